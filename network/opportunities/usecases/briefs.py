"""Writing a brief: draft, send in, change, copy, take back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import reference
from backend.outbox.publish import publish
from network.consent.usecases import suspend_for_change
from network.nevertell.data import Traits
from network.nevertell.usecases import know_asker
from network.opportunities import events, kinds, rules
from network.opportunities.data import Acknowledged, BriefInput, Checked
from network.opportunities.fields import (
    AGREED,
    IDENTITY,
    MATTERS,
    NAMES,
    QUOTE_CHECK,
    RECORDING,
    cleaned,
    problems,
)
from network.opportunities.models import Invitation, Opportunity, OpportunityChange
from network.opportunities.plain import plain_english, when
from network.opportunities.queries import flags_of, topic_slugs, visible_brief, written
from network.opportunities.states import BriefMove, BriefState, InvitationState, Source
from network.opportunities.usecases._common import (
    locked,
    move,
    reason_given,
    seen,
    settle,
    today,
    trusted,
    working_days_after,
)
from network.people.models import Topic
from payments.money import pounds
from payments.public import fee_floor

_STORED = tuple(name for name in NAMES if name not in ("topics", "preparation_minutes"))
_CHOICES = {
    "recording": {str(code): words for code, words in RECORDING},
    "quote_check": {str(code): words for code, words in QUOTE_CHECK},
    "identity_needed": {str(code): words for code, words in IDENTITY},
}
CHANGEABLE = (BriefState.SUBMITTED, BriefState.ON_HOLD, BriefState.ACCEPTED, BriefState.CHOSEN)

BOOKED = "A booking was agreed on this. Cancel it and agree anew, or leave this as it was."


def _checked(
    brief: BriefInput, *, at: datetime, submitting: bool, before: BriefInput | None = None
) -> tuple[BriefInput, dict[str, UUID]]:
    """The brief without stray characters, and its topics by slug. Raises Invalid with every problem at once.

    `before`, for a change: a deadline for answers that has passed is no fault of what is changed later.
    """
    brief = cleaned(brief)
    topics = dict(
        Topic.objects.filter(slug__in=brief.topics, retired_at__isnull=True).values_list("slug", "id")
    )  # fmt: skip
    floor: int | None = None
    if submitting:
        try:
            floor = fee_floor(kinds.kind(brief.kind).rate, today(at))
        except KeyError:
            floor = None  # an unknown kind is told of below
    found = problems(brief, fee_floor=floor, known_topics=frozenset(topics), at=at, submitting=submitting)
    if before is not None and before.answer_by == brief.answer_by:
        found.pop("answer_by", None)
    if found:
        raise Invalid(found, "The brief is not complete yet. Nothing was sent.")
    return brief, topics


def _write(row: Opportunity, brief: BriefInput, topics: dict[str, UUID], at: datetime) -> None:
    for name in _STORED:
        setattr(row, name, getattr(brief, name))
    minutes = brief.preparation_minutes
    row.preparation_minutes = kinds.kind(brief.kind).preparation_minutes if minutes is None else minutes
    row.extras = dict(brief.extras)
    row.updated_at = at
    row.save()
    row.topics.set(Topic.objects.filter(id__in=topics.values()))
    _know(row, at)


def _know(row: Opportunity, at: datetime) -> None:
    """What the brief says, in the form in which people's never-tell lists are held against it (control C4)."""
    said = [getattr(row, name) for name in _STORED if isinstance(getattr(row, name), str)]
    words = "\n".join((*said, *(str(text) for text in row.extras.values())))
    know_asker(organisation_id=row.organisation_id, opportunity_id=row.id, traits=Traits(words=words), at=at)


def _acknowledged(row: Opportunity) -> Acknowledged:
    return Acknowledged(
        opportunity_id=row.id,
        reference=row.reference,
        state=row.state,
        version=row.version,
        next_word_by=row.next_word_by,
    )


@transaction.atomic
def save_draft(
    *,
    brief: BriefInput,
    organisation_id: UUID,
    source: Source,
    opportunity_id: UUID | None = None,
    expected_version: int | None = None,
    actor: Actor,
    at: datetime,
) -> Acknowledged:
    """Keep an unfinished brief, a new one or an earlier draft. Only what could never be kept is refused.

    Raises NotFound for strangers, NotAllowed for a suspended organisation, Conflict once it was sent in, Invalid.
    """
    if opportunity_id is None:
        if not rules.may_write_brief(actor, organisation_id):
            raise NotFound
        trusted(organisation_id, at)
        row = Opportunity(
            reference=reference("RQ"),
            organisation_id=organisation_id,
            raised_by=actor.ref,
            source=source,
            created_at=at,
            updated_at=at,
        )
    else:
        row = locked(opportunity_id, actor, rules.may_write_brief)
        if row.organisation_id != organisation_id:
            raise NotFound
        trusted(organisation_id, at)
        if row.state != BriefState.DRAFT:
            raise Conflict("This brief was sent in already.", next_step="Change it instead.")
        seen(row, expected_version)
        row.version += 1
    checked, topics = _checked(brief, at=at, submitting=False)
    _write(row, checked, topics, at)
    return _acknowledged(row)


@transaction.atomic
def submit_brief(
    *, opportunity_id: UUID, expected_version: int | None = None, actor: Actor, at: datetime
) -> Acknowledged:
    """Send a draft in. The answer is a reference and the day of our next word: the same whoever there is to ask.

    Raises NotFound, NotAllowed, Conflict, and Invalid with every field that a person would need and that is missing.
    """
    row = locked(opportunity_id, actor, rules.may_write_brief)
    trusted(row.organisation_id, at)
    seen(row, expected_version)
    if row.state != BriefState.DRAFT:
        move(row, BriefMove.SUBMIT, actor=actor, at=at)  # raises Conflict: only a draft can be sent in
    _checked(written(row, topic_slugs([row.id]).get(row.id, ())), at=at, submitting=True)
    day = today(at)
    row.submitted_at = at
    row.next_word_by = working_days_after(day, kinds.policy("first_word_working_days", day))
    row.version_that_matters = row.version
    row.save(update_fields=["submitted_at", "next_word_by", "version_that_matters"])
    move(row, BriefMove.SUBMIT, actor=actor, at=at)
    publish(events.BRIEF_SUBMITTED, row.id, key=str(row.id), at=at)
    return _acknowledged(row)


@transaction.atomic
def send_brief(*, brief: BriefInput, organisation_id: UUID, source: Source, actor: Actor, at: datetime) -> Acknowledged:
    """Write a brief and send it in, in one step: nothing is kept of one that is refused.

    Raises NotFound, NotAllowed, and Invalid with every problem at once.
    """
    if not rules.may_write_brief(actor, organisation_id):
        raise NotFound
    trusted(organisation_id, at)
    _checked(brief, at=at, submitting=True)
    draft = save_draft(brief=brief, organisation_id=organisation_id, source=source, actor=actor, at=at)
    return submit_brief(opportunity_id=draft.opportunity_id, actor=actor, at=at)


def check_brief(*, brief: BriefInput, organisation_id: UUID, submitting: bool, actor: Actor, at: datetime) -> Checked:
    """Try a brief without keeping anything: every refusal of `send_brief` (or of `save_draft`, when not `submitting`),
    or what a person would read. Raises NotFound, NotAllowed, Invalid."""
    if not rules.may_write_brief(actor, organisation_id):
        raise NotFound
    stand = trusted(organisation_id, at)
    checked, _ = _checked(brief, at=at, submitting=submitting)
    return Checked(plain_english(checked, organisation=stand.name), flags_of(checked))


def _shown(name: str, value: object) -> str:
    """A field's value in words, for showing what changed."""
    if value is None or value == "" or value == ():
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, date):
        return value.isoformat()
    if name == "fee_pence":
        return pounds(int(str(value)))
    if name == "topics" and isinstance(value, tuple):
        return ", ".join(value)
    if name == "kind":
        return kinds.kind(str(value)).name
    if isinstance(value, dict):
        return "\n".join(f"{key}: {text}" for key, text in sorted(value.items()))
    return _CHOICES.get(name, {}).get(str(value), str(value))


@transaction.atomic
def change_brief(
    *, opportunity_id: UUID, brief: BriefInput, expected_version: int | None = None, actor: Actor, at: datetime
) -> Acknowledged:
    """Change a brief that was sent in. Each change is kept, before and after, and shown to everyone it touches.

    When it matters to somebody's yes (pay, time, place, audience, recording, terms ...), their consent for it is
    suspended in this very commit, until they have seen the change and answered again (Ofcom 7.3, fourth element). Once
    somebody is chosen, what the booking agreed cannot be changed here. Raises NotFound, Conflict, Invalid.
    """
    row = locked(opportunity_id, actor, rules.may_write_brief)
    trusted(row.organisation_id, at)
    seen(row, expected_version)
    if row.state not in CHANGEABLE:
        raise Conflict(
            "This brief cannot be changed now.",
            next_step="Copy it into a new one, or ask the network."
            if row.state != BriefState.DRAFT
            else "Save it as a draft.",
        )
    before = written(row, topic_slugs([row.id]).get(row.id, ()))
    checked, topics = _checked(brief, at=at, submitting=True, before=before)
    if checked.preparation_minutes is None:
        checked = replace(checked, preparation_minutes=kinds.kind(checked.kind).preparation_minutes)
    checked = replace(checked, topics=tuple(sorted(checked.topics)))
    names = [name for name in (*NAMES, "extras") if getattr(before, name) != getattr(checked, name)]
    if not names:
        return _acknowledged(row)
    if Invitation.objects.filter(opportunity=row, state=InvitationState.CHOSEN).exists():
        fixed = [name for name in names if name in AGREED]
        if fixed:
            raise Invalid({name: [BOOKED] for name in fixed})
    matters = any(name in MATTERS or name == "extras" for name in names)
    row.version += 1
    if matters:
        row.version_that_matters = row.version
    _write(row, checked, topics, at)
    OpportunityChange.objects.bulk_create(
        OpportunityChange(
            opportunity=row,
            version=row.version,
            at=at,
            actor_ref=actor.ref,
            field=name,
            before=_shown(name, getattr(before, name)),
            after=_shown(name, getattr(checked, name)),
            matters=name in MATTERS or name == "extras",
        )
        for name in names
    )
    publish(events.BRIEF_CHANGED, row.id, key=f"{row.id}:{row.version}", at=at)
    if matters:
        suspend_for_change(opportunity_id=row.id, actor=actor, at=at)
        agreed = (InvitationState.YES, InvitationState.CHOSEN)
        yes = Invitation.objects.filter(opportunity=row, state__in=agreed).order_by("id")
        for invitation_id in yes.values_list("id", flat=True):
            publish(events.INVITATION_CHANGED, invitation_id, key=f"{invitation_id}:{row.version}", at=at)
    return _acknowledged(row)


@transaction.atomic
def copy_brief(*, opportunity_id: UUID, source: Source, actor: Actor, at: datetime) -> Acknowledged:
    """Start a new draft from an earlier brief of the same organisation. Times are left out on purpose."""
    earlier = visible_brief(actor, opportunity_id)
    brief = written(earlier, topic_slugs([earlier.id]).get(earlier.id, ()))
    live = set(Topic.objects.filter(slug__in=brief.topics, retired_at__isnull=True).values_list("slug", flat=True))
    fresh = replace(
        brief,
        starts_at=None,
        ends_at=None,
        answer_by=None,
        outcome_promised_by=None,
        topics=tuple(slug for slug in brief.topics if slug in live),
    )
    return save_draft(brief=fresh, organisation_id=earlier.organisation_id, source=source, actor=actor, at=at)


@transaction.atomic
def withdraw_brief(*, opportunity_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Take a brief back. Whoever was asked hears why. Raises NotFound, Invalid, Conflict once somebody is chosen."""
    row = locked(opportunity_id, actor, rules.may_write_brief)
    drafted = row.state == BriefState.DRAFT  # nobody has read it: no reason is owed
    reason = (reason.strip()[:500] or "Taken back before it was sent in.") if drafted else reason_given(reason)
    row.state_reason = reason
    row.save(update_fields=["state_reason"])
    move(row, BriefMove.WITHDRAW, actor=actor, at=at, note=reason)
    settle(row, reason=reason, actor=actor, at=at, pass_over_yes=True)
    publish(events.BRIEF_WITHDRAWN, row.id, key=str(row.id), at=at)
