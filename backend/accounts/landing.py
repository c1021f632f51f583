"""Where each role arrives after signing in. The edges say so; accounts knows no pages but its own."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from backend.kernel.actor import Actor, Role

# When somebody has several roles, the first of these decides.
_ORDER = (
    Role.SPOKESPERSON,
    Role.COORDINATOR,
    Role.SAFEGUARDING,
    Role.FINANCE_PREPARER,
    Role.FINANCE_APPROVER,
    Role.BOOKKEEPER,
    Role.REQUESTER,
    Role.SUPPORTER,
    Role.ADMIN,
    Role.TRUSTEE,
)
_pages: dict[Role, str] = {}


def register(role: Role, url_name: str) -> None:
    """An edge names its first page for `role` (called in an app's ready())."""
    _pages[role] = url_name


def page_for(actor: Actor) -> str:
    """The path of the actor's first page; the account page when no edge has one."""
    for role in _ORDER:
        if role in actor.roles and role in _pages:
            try:
                return reverse(_pages[role])
            except NoReverseMatch:
                continue
    return reverse("account")
