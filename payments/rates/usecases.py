"""Changing a figure of the network's own."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Invalid, NotFound
from payments.rates.models import Rate
from payments.rates.queries import figure


@transaction.atomic
def set_rate(*, kind: str, effective_from: date, value: int, source: str, actor: Actor, at: datetime) -> None:
    """Set a figure from a day on. The past keeps what it was: a day before today is refused.

    Raises NotFound, Invalid.
    """
    if not actor.has(Role.ADMIN, Role.FINANCE_APPROVER):
        raise NotFound
    known = figure(kind, effective_from)
    problems: dict[str, list[str]] = {}
    if known is None or kind.startswith(("interest:", "compensation:")):
        problems["kind"] = ["This figure is not one that the network sets"]
    if effective_from < at.date():
        problems["effective_from"] = ["Choose today or a later day: what was agreed before stays as it was"]
    if value < 0:
        problems["value"] = ["Enter a figure of 0 or more"]
    if not source.strip():
        problems["source"] = ["Say who decided this, and where it is written down"]
    if problems or known is None:
        raise Invalid(problems)
    Rate.objects.update_or_create(
        kind=kind,
        effective_from=effective_from,
        defaults={"value": value, "unit": known.unit, "source": source.strip(), "set_by": actor.ref, "set_at": at},
    )
