"""Addresses of the network's pages: a package for each kind of reader."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from network.web.message_links import MessageLink

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("network.web.public.urls")),
    path("m/<str:token>/", MessageLink.as_view(), name="message-link"),
    path("", include("network.web.person.urls")),
    path("", include("network.web.desk.urls")),
    path("team/", include("network.web.team.urls")),
]
