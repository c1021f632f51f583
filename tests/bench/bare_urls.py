from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "page.html", {"heading": "A page"})


def rows_page(request: HttpRequest) -> HttpResponse:
    rows = User.objects.order_by("-id")[:20]
    return render(request, "page.html", {"heading": f"For {request.user}", "rows": rows})


class View(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request) -> Response:
        return Response({"heading": "An answer"})


class Users(ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "username", "first_name", "last_name", "email", "date_joined")


class Cursor(CursorPagination):
    page_size = 20
    ordering = "-id"


class Rows(ListAPIView[User]):
    authentication_classes = ()
    permission_classes = ()
    queryset = User.objects.all()
    serializer_class = Users
    pagination_class = Cursor


urlpatterns = [
    path("page", page),
    path("rows", rows_page),
    path("api", View.as_view()),
    path("api/rows", Rows.as_view()),
]
