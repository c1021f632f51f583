"""Addresses of the shared edge kit."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from backend.web import health, helping, leave, style

urlpatterns: list[URLPattern | URLResolver] = [
    path("leave/", leave.leave, name="leave"),
    path("help/", helping.Help.as_view(), name="help"),
    path("help/leaving/", helping.Leaving.as_view(), name="help-leaving"),
    path("help/privacy/", helping.Privacy.as_view(), name="help-privacy"),
    path("help/accessibility/", helping.Accessibility.as_view(), name="help-accessibility"),
    path("help/problems/", helping.Problems.as_view(), name="help-problems"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]
if settings.MODE != "production":
    urlpatterns += [
        path("demo/components/", style.Components.as_view(), name="demo-components"),
        path("demo/components/person/", style.PersonComponents.as_view(), name="demo-components-person"),
        path("demo/components/sheet/", style.Sheet.as_view(), name="demo-components-sheet"),
    ]
