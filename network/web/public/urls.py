"""Addresses that anybody may open. Listed before the shared ones, two of which they take over with fuller pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from backend.kernel.actor import Role
from network.notifications.data import About
from network.web import message_links
from network.web.public import pages

_privacy = RedirectView.as_view(pattern_name="help-privacy")
_accessibility = RedirectView.as_view(pattern_name="help-accessibility")
for _view in (_privacy, _accessibility):
    _view.login_required = False  # type: ignore[attr-defined]  # LoginRequiredMiddleware reads it

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.Home.as_view(), name="front"),
    path("ask/", pages.Ask.as_view(), name="ask"),
    path("ask/registered/", pages.Registered.as_view(), name="registered"),
    path("complaints/", pages.Complain.as_view(), name="complain"),
    path("complaints/sent/", pages.Complained.as_view(), name="complained"),
    path("ended/<str:secret>/", pages.Certificate.as_view(), name="certificate"),
    path("help/privacy/", pages.Privacy.as_view(), name="help-privacy"),
    path("help/accessibility/", pages.Accessibility.as_view(), name="help-accessibility"),
    path("privacy/", _privacy, name="privacy"),
    path("accessibility/", _accessibility, name="accessibility"),
]

message_links.register(Role.SAFEGUARDING, About.COMPLAINT, "team:complaint")
