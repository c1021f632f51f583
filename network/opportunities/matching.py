"""Whom a brief fits, by people's own terms; why, in words; and in whose turn. Never a score on a person.

Nine statements (candidates, what they asked to hear of, how often they were asked, what they are booked for, who may
be asked, and four for whom they must never be told to), however many people there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from backend.kernel.clock import LONDON
from backend.kernel.ids import keyed_digest
from network.consent.queries import people_who_may_be_asked
from network.nevertell.queries import kept_from
from network.opportunities import kinds
from network.opportunities.data import Candidate
from network.opportunities.models import Invitation, Opportunity
from network.opportunities.states import InvitationState, Recording
from network.people.models import PersonTopic, Topic, Unavailable
from network.people.states import NameMode, PersonState

_OPENNESS = (NameMode.NONE, NameMode.OTHER, NameMode.FIRST, NameMode.FULL)  # each name includes those before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a brief asks, as far as matching goes."""

    opportunity_id: UUID
    organisation_id: UUID
    kind: str
    fee_pence: int
    starts_at: datetime
    ends_at: datetime
    remote: bool
    in_person: bool
    identity_needed: str
    live: bool
    topic_ids: frozenset[UUID]  # the brief's own
    near_topic_ids: frozenset[UUID]  # with their parents and children
    at: datetime

    @property
    def hours_ahead(self) -> float:
        return (self.starts_at - self.at).total_seconds() / 3600

    @property
    def short_notice_live(self) -> bool:
        """A live request so soon that it is refused unless somebody asked for those (facts E2)."""
        limit = kinds.policy("short_notice_live_hours", self.at.astimezone(LONDON).date())
        return self.live and self.hours_ahead < limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A person's own terms, and how they have been asked and booked lately."""

    person_id: UUID
    known_as: str
    reference: str
    min_fee_pence: int
    notice_hours: int
    short_notice_live_ok: bool
    kinds: tuple[str, ...]
    in_person_ok: bool
    remote_ok: bool
    max_per_month: int
    rest_days: int
    name_mode: str
    unavailable: bool
    topics: tuple[str, ...]  # names of the topics they chose that the brief is about
    tell_me_all: tuple[str, ...]
    times_asked: int = 0
    last_asked: datetime | None = None
    booked: tuple[tuple[datetime, datetime], ...] = field(default=())


def wanted_of(row: Opportunity, at: datetime) -> Wanted:
    """Raises ValueError for a brief without times or fee: such a one cannot have been sent in."""
    if row.starts_at is None or row.ends_at is None or row.fee_pence is None:
        raise ValueError("a brief without times or fee asks nobody")
    own = frozenset(row.topics.values_list("id", flat=True))
    near = Topic.objects.filter(Q(id__in=own) | Q(parent_id__in=own) | Q(children__id__in=own)).values_list(
        "id", flat=True
    )
    return Wanted(
        opportunity_id=row.id,
        organisation_id=row.organisation_id,
        kind=row.kind,
        fee_pence=row.fee_pence,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        remote=row.remote,
        in_person=bool(row.place),
        identity_needed=row.identity_needed,
        live=row.recording == Recording.LIVE or kinds.kind(row.kind).live,
        topic_ids=own,
        near_topic_ids=frozenset(near),
        at=at,
    )


def unmet(facts: Facts, wanted: Wanted) -> list[str]:
    """Which of the person's own terms the brief does not meet, in words fit for them. Empty: it fits."""
    missing: list[str] = []
    if facts.min_fee_pence > wanted.fee_pence:
        missing.append("The fee is below the least they set.")
    if facts.kinds and wanted.kind not in facts.kinds:
        missing.append("This kind of work is not on their list.")
    if wanted.short_notice_live:
        if not facts.short_notice_live_ok:
            missing.append("It is live and at short notice.")
    elif wanted.hours_ahead < facts.notice_hours:
        missing.append(f"It is sooner than the {facts.notice_hours} hours’ notice they need.")
    if not ((wanted.remote and facts.remote_ok) or (wanted.in_person and facts.in_person_ok)):
        missing.append("It is not where they can work.")
    if wanted.identity_needed in list(NameMode) and facts.name_mode in list(NameMode):
        if _OPENNESS.index(NameMode(wanted.identity_needed)) > _OPENNESS.index(NameMode(facts.name_mode)):
            missing.append("It asks for more of a name than they give.")
    elif wanted.identity_needed:
        missing.append("It asks for more of a name than they give.")
    if facts.unavailable or any(s < wanted.ends_at and wanted.starts_at < e for s, e in facts.booked):
        missing.append("They are not free at that time.")
    month = wanted.starts_at.astimezone(LONDON).strftime("%Y-%m")
    in_month = sum(1 for s, _ in facts.booked if s.astimezone(LONDON).strftime("%Y-%m") == month)
    if in_month >= facts.max_per_month:
        missing.append("They have as many that month as they want.")
    rest = timedelta(days=facts.rest_days)
    if any(s < wanted.ends_at + rest and wanted.starts_at < e + rest for s, e in facts.booked):
        missing.append(f"They rest for {facts.rest_days} days after each.")
    return missing


def reasons(facts: Facts, wanted: Wanted) -> tuple[str, ...]:
    """Why somebody is asked, in words shown to the coordinator and to the person alike."""
    where = "can be done from home" if wanted.remote and facts.remote_ok else "in person"
    asked = f"last asked in {facts.last_asked.astimezone(LONDON):%B %Y}" if facts.last_asked else "not asked before"
    found = [f"Chose the topic {name}" for name in facts.topics]
    found.append("The fee is at or above the least they set")
    found.append("Asked for live work at short notice" if wanted.short_notice_live else "Enough notice")
    found.append(f"This kind of work, {where}")
    found.append(asked[0].upper() + asked[1:])
    return tuple(found)


def _people(wanted: Wanted) -> QuerySet[Any]:
    at = wanted.at
    invited = Invitation.objects.filter(person=OuterRef("person"), opportunity_id=wanted.opportunity_id)
    away = Unavailable.objects.filter(
        person=OuterRef("person"), starts_at__lt=wanted.ends_at, ends_at__gt=wanted.starts_at
    )
    return (
        PersonTopic.objects.filter(
            Q(person__paused_until__isnull=True) | Q(person__paused_until__lte=at),
            topic_id__in=wanted.near_topic_ids,
            person__state=PersonState.ACTIVE,
            person__terms__isnull=False,
        )
        .exclude(Exists(invited))
        .annotate(away=Exists(away))
    )


_TERMS = (
    "min_fee_pence", "notice_hours", "short_notice_live_ok", "kinds", "in_person_ok", "remote_ok", "max_per_month",
    "rest_days", "name_mode",
)  # fmt: skip


def facts_for(wanted: Wanted) -> list[Facts]:
    """Everybody who chose one of the topics, is here, and consented to being asked; with their own terms. Whoever
    must never be told to those who ask is not among them, and nothing says so (control C4)."""
    rows = _people(wanted).order_by("topic__name").values(
        "person_id", "tell_me_all", "away",
        known_as=F("person__known_as"), reference=F("person__reference"), topic_name=F("topic__name"),
        **{name: F(f"person__terms__{name}") for name in _TERMS},
    )  # fmt: skip
    by_person: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        by_person.setdefault(row["person_id"], []).append(row)
    kept = kept_from(by_person, organisation_id=wanted.organisation_id, opportunity_id=wanted.opportunity_id)
    allowed = people_who_may_be_asked(list(by_person), wanted.at) - kept
    ids = [person_id for person_id in by_person if person_id in allowed]
    asked = _asked(ids)
    booked = _booked(ids, wanted)
    return [
        _facts(person_id, by_person[person_id], asked.get(person_id), booked.get(person_id, ())) for person_id in ids
    ]


def _facts(
    person_id: UUID,
    rows: list[dict[str, Any]],
    asked: tuple[int, datetime] | None,
    booked: tuple[tuple[datetime, datetime], ...],
) -> Facts:
    first = rows[0]
    terms = {name: first[name] for name in _TERMS}
    terms["kinds"] = tuple(terms["kinds"] or ())
    return Facts(
        person_id=person_id,
        known_as=str(first["known_as"]),
        reference=str(first["reference"]),
        unavailable=bool(first["away"]),
        topics=tuple(str(row["topic_name"]) for row in rows),
        tell_me_all=tuple(str(row["topic_name"]) for row in rows if row["tell_me_all"]),
        times_asked=asked[0] if asked else 0,
        last_asked=asked[1] if asked else None,
        booked=booked,
        **terms,
    )


def _asked(ids: Iterable[UUID]) -> dict[UUID, tuple[int, datetime]]:
    rows = (
        Invitation.objects.filter(person_id__in=list(ids)).values("person_id").annotate(n=Count("id"), m=Max("sent_at"))
    )
    return {row["person_id"]: (row["n"], row["m"]) for row in rows}


def _booked(ids: Iterable[UUID], wanted: Wanted) -> dict[UUID, tuple[tuple[datetime, datetime], ...]]:
    """What people are chosen for within a year either way: their month and their rest are counted from these."""
    year = timedelta(days=366)
    rows = Invitation.objects.filter(
        person_id__in=list(ids),
        state=InvitationState.CHOSEN,
        opportunity__starts_at__lt=wanted.ends_at + year,
        opportunity__ends_at__gt=wanted.starts_at - year,
    ).values_list("person_id", "opportunity__starts_at", "opportunity__ends_at")
    found: dict[UUID, tuple[tuple[datetime, datetime], ...]] = {}
    for person_id, starts, ends in rows:
        if starts is not None and ends is not None:
            found[person_id] = (*found.get(person_id, ()), (starts, ends))
    return found


def turn(facts: Facts, opportunity_id: UUID) -> tuple[int, float, str]:
    """Whose turn it is: least asked, then longest ago, then by lot (keyed, so the same each time one looks)."""
    last = facts.last_asked.timestamp() if facts.last_asked else 0.0
    return facts.times_asked, last, keyed_digest("turn", str(opportunity_id), str(facts.person_id))


def candidates(wanted: Wanted, everyone: Iterable[Facts]) -> list[Candidate]:
    """Those whom the brief fits, in their turn."""
    fitting = [facts for facts in everyone if not unmet(facts, wanted)]
    return [
        Candidate(
            person_id=facts.person_id,
            known_as=facts.known_as,
            reference=facts.reference,
            reasons=reasons(facts, wanted),
            last_asked=facts.last_asked,
            times_asked=facts.times_asked,
        )
        for facts in sorted(fitting, key=lambda f: turn(f, wanted.opportunity_id))
    ]
