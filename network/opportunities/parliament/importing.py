"""Keeping our list of open calls for evidence in step with Parliament's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from backend.kernel.errors import Unavailable
from backend.outbox.publish import publish
from network.opportunities.data import Imported
from network.opportunities.events import CALL_DEADLINE_MOVED
from network.opportunities.models import ParliamentCall
from network.opportunities.parliament.client import Client, Gone
from network.opportunities.parliament.text import day, line, moment, plain
from network.opportunities.states import CallState

PAGES = "https://committees.parliament.uk/work/{id}/"
LONGEST_SCOPE = 20_000


@dataclass(frozen=True, slots=True)
class Call:
    """One open call as Parliament has it now."""

    external_id: int
    title: str
    committee: str
    house: str
    kind: str
    scope: str
    opens_on: date | None
    closes_at: datetime | None
    contact_email: str


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31


def read_call(details: Mapping[str, Any], committees: list[Mapping[str, Any]]) -> Call:
    """From the API's shapes to ours; tolerant of nulls, which are common in them. Raises ValueError without an id."""
    external_id: Any = details.get("id")
    if not _is_id(external_id):
        raise ValueError("a business without an id")
    every = [p for p in details.get("openSubmissionPeriods") or [] if isinstance(p, dict)]
    periods = [p for p in every if p.get("submissionType") in (None, "WrittenEvidence")] or every
    ends = [moment(period.get("endDate")) for period in periods]
    closes_at = None if not ends or None in ends else max(end for end in ends if end is not None)
    starts = [found for period in periods if (found := day(period.get("startDate")))]
    type_ = details.get("type")
    contact = details.get("contact")
    names = [line(committee.get("name"), 200) for committee in committees]
    houses = [str(committee.get("house") or "") for committee in committees]
    return Call(
        external_id=external_id,
        title=line(details.get("title"), 300) or f"Call for evidence {external_id}",
        committee=line(", ".join(filter(None, names)), 200),
        house=houses[0][:20] if houses else "",
        kind=line(type_.get("name"), 80) if isinstance(type_, dict) else "",
        scope=plain(details.get("scope"))[:LONGEST_SCOPE],
        opens_on=min(starts) if starts else day(details.get("openDate")),
        closes_at=closes_at,
        contact_email=line(contact.get("email"), 254) if isinstance(contact, dict) else "",
    )


def import_calls(*, client: Client, at: datetime) -> Imported:
    """Read every open call and bring our list in step: new, changed, moved deadlines, closed.

    The reading is done outside any transaction; each call is written in its own. A call whose details cannot be read
    keeps what we had and counts as failed. Raises Unavailable when the list itself cannot be read: then nothing changes.
    """
    listed = {item["id"]: item for item in client.open_calls() if _is_id(item.get("id"))}
    new = changed = moved = failed = 0
    still: set[int] = set()
    for external_id, summary in listed.items():
        still.add(external_id)
        try:
            details = {**summary, **client.business(external_id)}
            committees = client.committees_of(external_id)
            call = read_call(details, committees)
        except Gone:
            still.discard(external_id)  # it went while we were reading
            continue
        except (Unavailable, ValueError):
            failed += 1
            continue
        result = _keep(call, at)
        new += result == "new"
        changed += result in ("changed", "moved")
        moved += result == "moved"
    closed = _close_others(still, at)
    return Imported(
        seen=len(listed),
        new=new,
        changed=changed,
        moved_deadlines=moved,
        closed=closed,
        failed=failed,
        requests=client.requests,
        retries=client.retries,
    )


_COMPARED = ("title", "committee", "house", "kind", "scope", "opens_on", "closes_at", "contact_email")


@transaction.atomic
def _keep(call: Call, at: datetime) -> str:
    values = {name: getattr(call, name) for name in _COMPARED}
    row = ParliamentCall.objects.select_for_update().filter(external_id=call.external_id).first()
    if row is None:
        ParliamentCall.objects.create(
            external_id=call.external_id,
            url=PAGES.format(id=call.external_id),
            first_seen_at=at,
            refreshed_at=at,
            **values,
        )
        return "new"
    differs = {name for name in _COMPARED if getattr(row, name) != values[name]}
    reopened = row.state == CallState.CLOSED
    before = row.closes_at
    for name, value in values.items():
        setattr(row, name, value)
    row.refreshed_at = at
    if reopened:
        row.state = CallState.OPEN
    if "closes_at" in differs:
        row.deadline_moved_from = before
        row.save()
        publish(CALL_DEADLINE_MOVED, row.id, key=f"{row.id}:{call.closes_at}", at=at)
        return "moved"
    row.save()
    return "changed" if differs or reopened else "same"


def _close_others(still: set[int], at: datetime) -> int:
    rows = ParliamentCall.objects.filter(state__in=(CallState.OPEN, CallState.BRIEFED, CallState.DISMISSED))
    return rows.exclude(external_id__in=still).update(state=CallState.CLOSED, refreshed_at=at)


def refresh_calls(at: datetime) -> Imported:
    """The daily reading, for the schedule. Talks to Parliament: never inside a transaction. Raises Unavailable."""
    return import_calls(client=Client.from_settings(), at=at)
