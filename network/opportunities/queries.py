"""Reads. Each takes a constant number of statements, however many briefs or people there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q

from backend.audit.record import record_access
from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid, NotFound
from backend.kernel.sealed import open_rows
from backend.kernel.states import moves_from
from network.consent.queries import standing_grants
from network.consent.states import Format
from network.opportunities import kinds, rules
from network.opportunities.data import (
    BriefInput,
    BriefLine,
    BriefPage,
    CallLine,
    Change,
    InboxLine,
    InvitationLine,
    InvitationPage,
    LanguageFlag,
    Moment,
    QuestionLine,
    ToBook,
)
from network.opportunities.fields import LABELS, NAMES
from network.opportunities.language import language_flags
from network.opportunities.models import (
    Invitation,
    Opportunity,
    OpportunityChange,
    OpportunityHistory,
    ParliamentCall,
    Question,
)
from network.opportunities.plain import plain_english, when
from network.opportunities.states import (
    BRIEF,
    INVITATION,
    WAITING,
    BriefMove,
    BriefState,
    CallState,
    InvitationState,
    Recording,
    Source,
)
from network.organisations.queries import LEVEL_WORDS, STATE_WORDS, about, askers_of, standing, standings
from network.people.queries import named_for

BRIEF_WORDS = {
    BriefState.DRAFT: "Draft",
    BriefState.SUBMITTED: "Sent in",
    BriefState.ACCEPTED: "People are being asked",
    BriefState.ON_HOLD: "On hold",
    BriefState.DECLINED: "Declined",
    BriefState.CHOSEN: "Somebody is chosen",
    BriefState.CLOSED: "Closed",
    BriefState.WITHDRAWN: "Taken back",
}
INVITATION_WORDS = {
    InvitationState.SENT: "Waiting for an answer",
    InvitationState.YES: "Yes",
    InvitationState.NO: "No",
    InvitationState.QUESTION: "A question was asked",
    InvitationState.NOT_NOW: "Not now",
    InvitationState.CHOSEN: "Chosen",
    InvitationState.NOT_CHOSEN: "Not chosen this time",
    InvitationState.LAPSED: "Closed before an answer",
    InvitationState.STOPPED: "Stopped",
    InvitationState.CALLED_OFF: "Called off",
}
_FROM_ROW = tuple(name for name in NAMES if name != "topics")


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def written(row: Opportunity, topics: Iterable[str]) -> BriefInput:
    """A stored brief as its requester wrote it."""
    values = {name: getattr(row, name) for name in _FROM_ROW}
    return BriefInput(**values, topics=tuple(topics), extras=dict(row.extras))


def topic_slugs(opportunity_ids: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    rows = (
        Opportunity.topics.through.objects.filter(opportunity_id__in=list(opportunity_ids))
        .order_by("topic__slug")
        .values_list("opportunity_id", "topic__slug")
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for opportunity_id, slug in rows:
        found[opportunity_id] = (*found.get(opportunity_id, ()), slug)
    return found


def next_step(row: Opportunity) -> str:
    """What happens next, for the requester. It never depends on who there is to ask (control C2)."""
    by = f" We will write to you by {_day(row.next_word_by)}." if row.next_word_by else ""
    match BriefState(row.state):
        case BriefState.DRAFT:
            return "Send it in when it is ready."
        case BriefState.SUBMITTED:
            return f"A coordinator reads it.{by}"
        case BriefState.ON_HOLD:
            until = f" It comes back by itself on {when(row.hold_until)}." if row.hold_until else ""
            return f"On hold: {row.state_reason}{until}"
        case BriefState.ACCEPTED:
            return f"People decide for themselves whether to answer.{by}"
        case BriefState.CHOSEN:
            return "Confirm the booking. Tell those you have not chosen why, and close the brief."
        case BriefState.DECLINED | BriefState.CLOSED | BriefState.WITHDRAWN:
            return row.state_reason or "Nothing more to do."


def _kind_name(code: str) -> str:
    try:
        return kinds.kind(code).name
    except KeyError:
        return code


def _line(row: Opportunity) -> BriefLine:
    return BriefLine(
        opportunity_id=row.id,
        reference=row.reference,
        organisation_id=row.organisation_id,
        organisation=row.organisation.name,
        title=row.title or "No title yet",
        kind=row.kind,
        kind_name=_kind_name(row.kind),
        source=row.source,
        state=row.state,
        state_words=BRIEF_WORDS[BriefState(row.state)],
        next_step=next_step(row),
        fee_pence=row.fee_pence,
        starts_at=row.starts_at,
        answer_by=row.answer_by,
        next_word_by=row.next_word_by,
    )


def briefs_visible_to(actor: Actor, at: datetime) -> list[BriefLine]:
    """The organisation's own briefs for its people and programs; for coordinators all that were sent in."""
    rows = Opportunity.objects.select_related("organisation").order_by("-updated_at", "id")
    if rules.may_coordinate(actor):
        theirs = Q(state=BriefState.DRAFT) & ~Q(source=Source.PARLIAMENT) & ~Q(raised_by=actor.ref)
        return [_line(row) for row in rows.exclude(theirs)]
    if actor.organisation_id is None or not rules.may_read_brief(actor, actor.organisation_id):
        return []
    return [_line(row) for row in rows.filter(organisation_id=actor.organisation_id)]


def briefs_page(
    actor: Actor, *, state: str = "", after: UUID | None = None, limit: int = 20
) -> tuple[list[BriefLine], bool]:
    """One page of the organisation's own briefs, newest first, and whether there are more. `after` is the last line
    of the page before; an id that is none of theirs raises Invalid. Empty for anybody but the organisation."""
    if actor.organisation_id is None or not rules.may_read_brief(actor, actor.organisation_id):
        return [], False
    rows = Opportunity.objects.filter(organisation_id=actor.organisation_id)
    if after is not None:
        last = rows.filter(pk=after).values_list("created_at", flat=True).first()
        if last is None:
            raise Invalid({"cursor": ["This is no place in your list. Start without it."]})
        rows = rows.filter(Q(created_at__lt=last) | Q(created_at=last, id__gt=after))
    if state:
        rows = rows.filter(state=state)
    found = list(rows.select_related("organisation").order_by("-created_at", "id")[: limit + 1])
    return [_line(row) for row in found[:limit]], len(found) > limit


def visible_brief(actor: Actor, opportunity_id: UUID) -> Opportunity:
    """The row, for use cases of this area. Raises NotFound for strangers, and for somebody else's unsent draft."""
    row = Opportunity.objects.select_related("organisation").filter(pk=opportunity_id).first()
    if row is None or not rules.may_read_brief(actor, row.organisation_id):
        raise NotFound
    ours = actor.speaks_for(row.organisation_id) or row.raised_by == actor.ref or row.source == Source.PARLIAMENT
    if row.state == BriefState.DRAFT and not ours:
        raise NotFound
    return row


def brief_visible_to(actor: Actor, opportunity_id: UUID, at: datetime) -> BriefPage:
    """A whole brief: as written, as a person will read it, its changes and history. Raises NotFound for strangers."""
    row = visible_brief(actor, opportunity_id)
    brief = written(row, topic_slugs([row.id]).get(row.id, ()))
    moves = [move.value for move in moves_from(BRIEF, BriefState(row.state)) if _may_move(actor, row, move)]
    return BriefPage(
        line=_line(row),
        version=row.version,
        written=brief,
        plain=plain_english(brief, organisation=row.organisation.name),
        changes=changes_of(row.id),
        history=history_of(row.id),
        flags=flags_of(brief),
        state_reason=row.state_reason,
        hold_until=row.hold_until,
        moves=tuple(moves),
    )


def _may_move(actor: Actor, row: Opportunity, move: BriefMove) -> bool:
    match move:
        case BriefMove.ACCEPT | BriefMove.HOLD | BriefMove.DECLINE:
            return rules.may_coordinate(actor)
        case BriefMove.CHOOSE:
            return rules.may_choose(actor, row.organisation_id)
        case BriefMove.END_HOLD:
            return False
        case BriefMove.SUBMIT | BriefMove.WITHDRAW | BriefMove.CLOSE:
            return rules.may_write_brief(actor, row.organisation_id)


def changes_of(opportunity_id: UUID, *, after_version: int = 0) -> tuple[Change, ...]:
    rows = OpportunityChange.objects.filter(opportunity_id=opportunity_id, version__gt=after_version)
    return tuple(
        Change(
            version=row.version,
            at=row.at,
            field=row.field,
            label=LABELS.get(row.field, "More about it"),
            before=row.before,
            after=row.after,
            matters=row.matters,
        )
        for row in rows.order_by("version", "field")
    )


def history_of(opportunity_id: UUID) -> tuple[Moment, ...]:
    rows = OpportunityHistory.objects.filter(opportunity_id=opportunity_id).order_by("at", "id")
    return tuple(
        Moment(at=row.at, move=row.move, to_state=row.to_state, note=row.note, by=_who(row.actor_ref)) for row in rows
    )


def _who(actor_ref: str) -> str:
    kind = actor_ref.partition(":")[0]
    return {"program": "A program of the organisation", "system": "The network’s calendar"}.get(kind, "A person")


_CHECKED = tuple(name for name in NAMES if name not in ("kind", "recording", "quote_check", "identity_needed"))


def flags_of(brief: BriefInput) -> tuple[LanguageFlag, ...]:
    """The language check over every field a requester wrote."""
    flags: list[LanguageFlag] = []
    for name in _CHECKED:
        text = getattr(brief, name)
        if isinstance(text, str) and text:
            flags += [replace(flag, field=name) for flag in language_flags(text)]
    return tuple(flags)


def inbox(actor: Actor, at: datetime) -> list[InboxLine]:
    """What waits for the coordinators, the most pressing first. Empty for anybody else."""
    if not rules.may_coordinate(actor):
        return []
    live = (BriefState.SUBMITTED, BriefState.ON_HOLD, BriefState.ACCEPTED, BriefState.CHOSEN)
    rows = list(
        Opportunity.objects.select_related("organisation")
        .filter(state__in=live)
        .annotate(
            invited=Count("invitations", distinct=True),
            yes=Count("invitations", filter=Q(invitations__state=InvitationState.YES), distinct=True),
            waiting=Count("invitations", filter=Q(invitations__state__in=WAITING), distinct=True),
            open_questions=Count(
                "invitations__questions", filter=Q(invitations__questions__answered_at__isnull=True), distinct=True
            ),
        )
    )
    trust = standings({row.organisation_id for row in rows}, at.astimezone(LONDON).date())
    lines = []
    for row in rows:
        stand = trust[row.organisation_id]
        next_, due = _what_next(row, at, in_standing=stand.in_standing)
        words = STATE_WORDS[stand.state] + ". " + LEVEL_WORDS[stand.level]
        lines.append(
            InboxLine(
                line=_line(row),
                due_at=due,
                what_next=next_,
                standing=words,
                open_questions=_count(row, "open_questions"),
                asked=_count(row, "invited"),
                said_yes=_count(row, "yes"),
                waiting=_count(row, "waiting"),
            )
        )
    return sorted(lines, key=lambda line: (line.due_at is None, line.due_at or at, line.line.reference))


def _count(row: Opportunity, name: str) -> int:
    return int(getattr(row, name))


def _end_of(day: date | None) -> datetime | None:
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, 17, tzinfo=LONDON)


def _what_next(row: Opportunity, at: datetime, *, in_standing: bool) -> tuple[str, datetime | None]:
    if row.state == BriefState.SUBMITTED:
        if not in_standing:
            return "Check the organisation, then read the brief.", _end_of(row.next_word_by)
        return "Read it: accept, hold or decline.", _end_of(row.next_word_by)
    if row.state == BriefState.ON_HOLD:
        return "On hold. It comes back by itself.", row.hold_until
    if _count(row, "open_questions"):
        return "Answer a question that somebody asked.", at
    if row.state == BriefState.CHOSEN and not _count(row, "yes"):
        return "Somebody is chosen. Close it when everybody has heard.", row.starts_at
    if row.answer_by is not None and row.answer_by <= at:
        if _count(row, "yes"):
            return "The requester chooses, or gives each person a reason.", row.starts_at
        return "Nobody said yes in time. Ask others or close it.", row.answer_by
    if not _count(row, "invited"):
        return "Invite people.", row.answer_by
    return "Wait for answers, or invite more people.", row.answer_by


# --- invitations ----------------------------------------------------------------------------------------------------


def _invitation_line(row: Invitation) -> InvitationLine:
    opportunity = row.opportunity
    return InvitationLine(
        invitation_id=row.id,
        opportunity_id=opportunity.id,
        person_id=row.person_id,
        known_as=row.person.known_as,
        reference=opportunity.reference,
        title=opportunity.title,
        organisation=opportunity.organisation.name,
        kind_name=_kind_name(opportunity.kind),
        state=row.state,
        state_words=INVITATION_WORDS[InvitationState(row.state)],
        fee_pence=row.agreed_fee_pence or opportunity.fee_pence or 0,
        starts_at=opportunity.starts_at,
        answer_by=opportunity.answer_by,
        sent_at=row.sent_at,
        answered_at=row.answered_at,
        outcome_reason=row.outcome_reason,
        why=tuple(row.why),
        changed_since_yes=_waits_for_answer(row),
    )


def _waits_for_answer(row: Invitation) -> bool:
    """The brief changed after this person's yes, and they have not answered again."""
    agreed = row.state in (InvitationState.YES, InvitationState.CHOSEN)
    return agreed and row.version_seen < row.opportunity.version_that_matters


def invitations_for(actor: Actor, at: datetime) -> list[InvitationLine]:
    """The person's own invitations: those that wait for them first. Empty for anybody else."""
    if actor.person_id is None:
        return []
    rows = (
        Invitation.objects.select_related("opportunity__organisation", "person")
        .filter(person_id=actor.person_id)
        .order_by("-sent_at", "id")
    )
    lines = [_invitation_line(row) for row in rows if rules.may_answer(actor, row.person_id, row.id)]
    return sorted(lines, key=lambda line: line.state not in WAITING)


@transaction.atomic
def invitations_of(actor: Actor, opportunity_id: UUID, at: datetime) -> list[InvitationLine]:
    """Who was asked about a brief and what they answered, for coordinators. Each person shown sees that it was read
    (promise 8), and those who work with somebody else are called by their reference. Raises NotFound for others."""
    if not rules.may_coordinate(actor):
        raise NotFound
    visible_brief(actor, opportunity_id)
    rows = (
        Invitation.objects.select_related("opportunity__organisation", "person")
        .filter(opportunity_id=opportunity_id)
        .order_by("sent_at", "id")
    )
    names = named_for(actor, {row.person_id: row.person.reference for row in rows}, at)
    lines = [replace(_invitation_line(row), known_as=names[row.person_id]) for row in rows]
    record_access(
        actor=actor, person_ids={line.person_id for line in lines}, categories=["answers"], purpose="coordination",
        released=False, at=at, context=f"opportunity:{opportunity_id}",
    )  # fmt: skip
    return lines


def formats_of(opportunity: Opportunity) -> frozenset[Format]:
    """The ways in which this request would use what somebody says."""
    kind = kinds.kind(opportunity.kind)
    found: set[Format] = set()
    if opportunity.recording == Recording.LIVE or kind.live:
        found.add(Format.LIVE)
    if opportunity.recording == Recording.RECORDED:
        found.add(Format.RECORDED)
    if kind.group == "parliament":
        found.add(Format.EVIDENCE)
    elif kind.code == "social_video":
        found.add(Format.SOCIAL)
    elif kind.group == "event":
        found.add(Format.EVENT)
    elif opportunity.recording == Recording.WRITTEN:
        found.add(Format.PRINT)
    return frozenset(found)


def consent_ends(row: Opportunity, at: datetime) -> datetime:
    """When consent for this request ends by itself: some days after the work."""
    days = kinds.policy("consent_after_days", at.astimezone(LONDON).date())
    return max(row.ends_at or at, at) + timedelta(days=days)


def invitation_visible_to(actor: Actor, invitation_id: UUID, at: datetime) -> InvitationPage:
    """The whole brief as the person reads it, and their own answer. Raises NotFound for everybody else."""
    row = (
        Invitation.objects.select_related("opportunity__organisation", "person").filter(pk=invitation_id).first()
    )  # fmt: skip
    if row is None or not rules.may_answer(actor, row.person_id, row.id):
        raise NotFound
    opportunity = row.opportunity
    brief = written(opportunity, topic_slugs([opportunity.id]).get(opportunity.id, ()))
    open_ = opportunity.state in (BriefState.ACCEPTED, BriefState.CHOSEN)
    started = opportunity.starts_at is not None and opportunity.starts_at <= at
    moves = [m.value for m in moves_from(INVITATION, InvitationState(row.state)) if m.value in _PERSONS_MOVES]
    stand = standing(opportunity.organisation_id, at.astimezone(LONDON).date())
    kind = kinds.kind(opportunity.kind)
    changed = _waits_for_answer(row)
    if row.state == InvitationState.YES and not changed:
        moves = [m for m in moves if m != "yes"]
    return InvitationPage(
        line=_invitation_line(row),
        organisation_about=about(opportunity.organisation_id),
        organisation_standing=f"{STATE_WORDS[stand.state]}. {LEVEL_WORDS[stand.level]}",
        asked_by=askers_of(opportunity.organisation_id),
        plain=plain_english(brief, organisation=opportunity.organisation.name),
        consequences=kind.consequences,
        questions=questions_of(row.id),
        changes=changes_of(opportunity.id, after_version=row.version_seen) if row.answered_at else (),
        changed_since_yes=changed,
        version=opportunity.version,
        moves=tuple(moves) if open_ and not started else (),
        kind=opportunity.kind,
        live=kind.live,
        terms_note=row.terms_note,
        agreed_fee_pence=row.agreed_fee_pence,
        consent_ends_at=consent_ends(opportunity, at),
        grant_id=row.grant_id,
    )


_PERSONS_MOVES = ("yes", "no", "question", "not_now")


def open_invitations_of(person_id: UUID) -> tuple[InvitationLine, ...]:
    """What somebody is asked about now, or has said yes to. For the areas above, which say to whom it may be told."""
    rows = Invitation.objects.select_related("opportunity__organisation", "person").filter(
        person_id=person_id,
        state__in=(*WAITING, InvitationState.YES),
        opportunity__state__in=(BriefState.ACCEPTED, BriefState.CHOSEN),
    )
    return tuple(_invitation_line(row) for row in rows.order_by("sent_at", "id"))


def questions_of(invitation_id: UUID) -> tuple[QuestionLine, ...]:
    rows = Question.objects.select_related("invitation").filter(invitation_id=invitation_id)
    return tuple(_question(row) for row in open_rows(rows.order_by("asked_at", "id")))


def _question(row: Question) -> QuestionLine:
    return QuestionLine(
        question_id=row.id,
        invitation_id=row.invitation_id,
        text=row.text,
        asked_at=row.asked_at,
        answer=row.answer,
        answered_at=row.answered_at,
    )


# The consent that a question's yes rests on. Looked up for each question: a list of all that stand grows with the network.
_STANDS = Exists(standing_grants().filter(id=OuterRef("invitation__grant_id")))


def questions_visible_to(actor: Actor, opportunity_id: UUID) -> list[QuestionLine]:
    """Questions about a brief. Coordinators see all; the requester only those of people who have said yes, because a
    question from anybody else would tell that there is somebody (promise 2). Raises NotFound for strangers."""
    row = visible_brief(actor, opportunity_id)
    rows = Question.objects.select_related("invitation").filter(invitation__opportunity_id=row.id)
    if not rules.may_coordinate(actor):
        rows = rows.filter(_STANDS, invitation__state__in=(InvitationState.YES, InvitationState.CHOSEN))
    return [_question(question) for question in open_rows(rows.order_by("asked_at", "id"))]


def open_questions_for(actor: Actor) -> Mapping[UUID, int]:
    """Of the requester's own briefs, how many questions wait for them: of people who have said yes, as above."""
    if actor.organisation_id is None or not rules.may_read_brief(actor, actor.organisation_id):
        return {}
    rows = Question.objects.filter(
        _STANDS,
        answered_at__isnull=True,
        invitation__opportunity__organisation_id=actor.organisation_id,
        invitation__state__in=(InvitationState.YES, InvitationState.CHOSEN),
    )
    return dict(rows.values_list("invitation__opportunity_id").annotate(n=Count("id")))


# --- for the areas above; no actor, never for an edge ---------------------------------------------------------------


def to_book(invitation_id: UUID) -> ToBook:
    """What a booking needs of a choice. Raises NotFound when the invitation is unknown or the brief has no times."""
    row = Invitation.objects.select_related("opportunity").filter(pk=invitation_id).first()
    if row is None or row.opportunity.starts_at is None or row.opportunity.ends_at is None:
        raise NotFound
    opportunity = row.opportunity
    return ToBook(
        invitation_id=row.id,
        opportunity_id=opportunity.id,
        organisation_id=opportunity.organisation_id,
        person_id=row.person_id,
        reference=opportunity.reference,
        title=opportunity.title,
        kind=opportunity.kind,
        fee_pence=row.agreed_fee_pence or opportunity.fee_pence or 0,
        starts_at=row.opportunity.starts_at,
        ends_at=row.opportunity.ends_at,
        point_of_no_return=opportunity.point_of_no_return,
        grant_id=row.grant_id,
        chosen=row.state == InvitationState.CHOSEN,
    )


def invitation_of_question(question_id: UUID) -> tuple[UUID, UUID]:
    """The invitation and the opportunity that a question belongs to. Raises NotFound."""
    found = Question.objects.filter(pk=question_id).values_list("invitation_id", "invitation__opportunity_id").first()
    if found is None:
        raise NotFound
    return found


def titles_of(opportunity_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Titles of briefs, in one statement. For pages whose own rule says who may know of them."""
    return dict(Opportunity.objects.filter(id__in=list(opportunity_ids)).values_list("id", "title"))


def who_asked(opportunity_id: UUID) -> tuple[UUID, str, str]:
    """Organisation, actor ref of whoever raised the brief ("user:<id>"), and its state. Raises NotFound."""
    found = Opportunity.objects.filter(pk=opportunity_id).values_list("organisation_id", "raised_by", "state").first()
    if found is None:
        raise NotFound
    return found


def state_of_holds() -> int:
    """How many briefs were ever put on hold: published (promise 3)."""
    return OpportunityHistory.objects.filter(move=BriefMove.HOLD).count()


def last_asked(person_ids: Iterable[UUID]) -> Mapping[UUID, tuple[int, datetime]]:
    """How often and when last each person was asked."""
    rows = Invitation.objects.filter(person_id__in=list(person_ids)).values_list("person_id")
    return {person: (count, last) for person, count, last in rows.annotate(n=Count("id"), last=Max("sent_at"))}


# --- Parliament -----------------------------------------------------------------------------------------------------


def calls_visible_to(actor: Actor, at: datetime) -> list[CallLine]:
    """Open calls for evidence, the soonest to close first, for coordinators and requesters. They are public."""
    may = rules.may_coordinate(actor) or (
        actor.organisation_id is not None and rules.may_read_brief(actor, actor.organisation_id)
    )
    if not may:
        return []
    rows = ParliamentCall.objects.filter(state__in=(CallState.OPEN, CallState.BRIEFED))
    lines = [_call(row, at) for row in rows]
    return sorted(lines, key=lambda line: (line.closes_at is None, line.closes_at or at, line.title))


def _call(row: ParliamentCall, at: datetime) -> CallLine:
    if row.closes_at is None:
        words = "No closing date"
    else:
        days = (row.closes_at.astimezone(LONDON).date() - at.astimezone(LONDON).date()).days
        words = f"Closes in {days} days" if days > 1 else ("Closes tomorrow" if days == 1 else "Closes today")
        if days < 0:
            words = "Closed"
    return CallLine(
        call_id=row.id,
        external_id=row.external_id,
        title=row.title,
        committee=row.committee,
        house=row.house,
        kind=row.kind,
        scope=row.scope,
        url=row.url,
        opens_on=row.opens_on,
        closes_at=row.closes_at,
        deadline_moved_from=row.deadline_moved_from,
        state=row.state,
        closes_words=words,
    )
