"""Every address of the product starts here."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("network.web.urls")),  # before the kit: the front door, and what the law asks to be told
    path("", include("backend.web.urls")),
    path("", include("backend.accounts.urls")),
    path("", include("payments.web.urls")),
    path("", include("payments.api.urls")),
    path("", include("network.api.urls")),
]

handler400 = "backend.web.errors.bad_request"
handler403 = "backend.web.errors.forbidden"
handler404 = "backend.web.errors.not_found"
handler500 = "backend.web.errors.broken"
