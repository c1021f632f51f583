"""Addresses of the network's pages: a package for each kind of reader."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from backend.kernel.actor import Role
from network.notifications.data import About
from network.web import message_links
from network.web.message_links import MessageLink

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("network.web.public.urls")),
    path("m/<str:token>/", MessageLink.as_view(), name="message-link"),
    path("", include("network.web.person.urls")),
    path("", include("network.web.desk.urls")),
    path("team/", include("network.web.team.urls")),
]

# The finance pages know nothing of messages; where a message about money leads for finance is said here, by name.
_FINANCE = (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)
for _about, _page in (
    (About.PAYOUT, "money:payout"),
    (About.PAYOUT_RUN, "money:run"),
    (About.BANK_FILE, "money:file"),
    (About.INVOICE, "money:invoice"),
    (About.PAYEE, "money:payee"),
):
    message_links.register(_FINANCE, _about, _page)
