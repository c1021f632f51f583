"""How programs of requesters prove who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # DRF's views import this module through its settings
    from rest_framework.views import APIView


class ProgramAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> None:
        return None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class Denied(BasePermission):
    """The default: an API view that names no permission lets nobody in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False
