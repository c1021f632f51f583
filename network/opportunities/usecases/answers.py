"""What a person answers. Nobody else can (promise 3); a yes and its consent are one act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, ActorKind
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.outbox.publish import cancel, publish
from network.consent.data import NOT_IDENTIFIED, Identity, Recipient
from network.consent.states import IDENTIFYING, Category, Format, Layer
from network.consent.usecases import give, reaffirm, withdraw
from network.opportunities import events, kinds, rules
from network.opportunities.data import Answered
from network.opportunities.fields import QUOTE_CHECK, RECORDING
from network.opportunities.models import Invitation, Opportunity, Question
from network.opportunities.plain import when
from network.opportunities.queries import consent_ends, formats_of
from network.opportunities.states import (
    ANSWERS,
    BriefState,
    InvitationMove,
    InvitationState,
)
from network.opportunities.usecases._common import move_invitation, reason_given, today
from network.organisations.models import Organisation
from network.organisations.queries import standing
from payments.money import MOST, pounds

LONGEST_NOTE = 2000


def _locked(invitation_id: UUID, actor: Actor) -> tuple[Opportunity, Invitation]:
    """The brief and the invitation, locked in this order. Anybody but the person: NotFound."""
    found = Invitation.objects.filter(pk=invitation_id).values_list("opportunity_id", "person_id").first()
    if found is None or not rules.may_answer(actor, found[1], invitation_id):
        raise NotFound
    opportunity = Opportunity.objects.select_for_update().get(pk=found[0])
    return opportunity, Invitation.objects.select_for_update().get(pk=invitation_id)


def _still_open(opportunity: Opportunity, at: datetime) -> None:
    if opportunity.state not in (BriefState.ACCEPTED, BriefState.CHOSEN):
        raise Conflict("This request is not open any more. Nothing was changed.")
    if opportunity.starts_at is not None and opportunity.starts_at <= at:
        raise Conflict("The time of this request has passed. Nothing was changed.")


def _note(text: str, field: str) -> str:
    text = text.replace("\x00", "")  # a person's words are kept as they are, spaces and all (promise 7)
    if len(text) > LONGEST_NOTE:
        raise Invalid({field: [f"Use {LONGEST_NOTE:,} characters or fewer."]})
    return text


FORMAT_WORDS = {
    Format.LIVE: "live",
    Format.RECORDED: "recorded",
    Format.PRINT: "in print and in writing",
    Format.SOCIAL: "on social media",
    Format.EVIDENCE: "as evidence to a parliament, which is published",
    Format.EVENT: "at an event",
}


def facts_told(opportunity: Opportunity) -> Mapping[str, str]:
    """The brief as the wording of the consent quotes it (Ofcom 7.3): the requester's words, as they stand now."""
    words = dict(RECORDING) | dict(QUOTE_CHECK)
    name = Organisation.objects.filter(pk=opportunity.organisation_id).values_list("name", flat=True).get()
    return {
        "organisation": name,
        "title": opportunity.title,
        "purpose": opportunity.purpose,
        "why": opportunity.why_lived_experience,
        "first_shown": opportunity.first_shown,
        "kind": kinds.kind(opportunity.kind).name,
        "recording": next((text for code, text in words.items() if code == opportunity.recording), ""),
        "edited": "It will be edited." if opportunity.edited else "It will not be edited.",
        "question_areas": opportunity.question_areas,
        "other_contributors": opportunity.other_contributors,
        "editorial_terms": opportunity.editorial_terms,
        "quote_check": next((text for code, text in words.items() if code == opportunity.quote_check), ""),
        "welfare_risks": opportunity.welfare_risks,
        "welfare_support": opportunity.welfare_support,
        "audience": opportunity.audience,
        "starts": f"{when(opportunity.starts_at)}." if opportunity.starts_at else "",
        "formats": ", ".join(FORMAT_WORDS[f] for f in sorted(formats_of(opportunity))) or "in conversation only",
    }


@transaction.atomic
def answer_invitation(
    *,
    invitation_id: UUID,
    move: InvitationMove,
    fee_pence: int | None = None,
    terms_note: str = "",
    shares: frozenset[Category] = frozenset(),
    identity: Identity = NOT_IDENTIFIED,
    reuse: bool = False,
    share_until: datetime | None = None,
    version_read: int | None = None,
    actor: Actor,
    at: datetime,
) -> Answered:
    """The person's own answer: yes (with terms, and what may be shown), no, or not now. For a question see below.

    A yes gives consent for this one request, to the one organisation it names, in the same transaction; a no after a
    yes takes it back. `version_read` is the version of the brief that the person saw; a yes to an older one is refused.
    `share_until` (UTC) ends the consent sooner than it would end by itself, never later.
    `fee_pence` may ask for more than the brief offers, never for less: how to be paid is chosen elsewhere.
    Raises NotFound for everybody but the person, Conflict, Invalid.
    """
    if move not in ANSWERS or move == InvitationMove.QUESTION:
        raise Invalid({"move": ["Choose yes, no or not now."]})
    opportunity, row = _locked(invitation_id, actor)
    _still_open(opportunity, at)
    had = row.grant_id if row.state == InvitationState.YES else None
    if move == InvitationMove.YES:
        if version_read is not None and version_read < opportunity.version_that_matters:
            raise Conflict(
                "The request has changed since you read it. Nothing was changed.", next_step="Read it again."
            )
        row.agreed_fee_pence = _fee(fee_pence, opportunity)
        row.terms_note = _note(terms_note, "terms_note")
        row.grant_id = _give(opportunity, row, shares, identity, reuse, share_until, actor, at)
        row.outcome_reason = ""
    elif had is not None:
        withdraw(grant_id=had, actor=actor, at=at)
        row.grant_id = None
        row.agreed_fee_pence = None
    move_invitation(row, move)
    row.version_seen = opportunity.version
    row.answered_at = at
    row.save()
    publish(events.INVITATION_ANSWERED, row.id, key=f"{row.id}:{row.version}", at=at)
    cancel(row.id, topics=frozenset({events.INVITATION_REMINDER}))
    return Answered(invitation_id=row.id, state=row.state, grant_id=row.grant_id, version=row.version)


def _fee(fee_pence: int | None, opportunity: Opportunity) -> int:
    offered = opportunity.fee_pence or 0
    if fee_pence is None:
        return offered
    if fee_pence < offered:
        raise Invalid({"fee_pence": [f"They offer {pounds(offered)}. You never need to ask for less."]})
    if fee_pence > MOST:
        raise Invalid({"fee_pence": [f"Enter {pounds(MOST)} or less."]})
    return fee_pence


def _give(
    opportunity: Opportunity,
    row: Invitation,
    shares: frozenset[Category],
    identity: Identity,
    reuse: bool,
    share_until: datetime | None,
    actor: Actor,
    at: datetime,
) -> UUID:
    if not shares:
        raise Invalid({"shares": ["Choose at least one thing that they may see, or answer “not now”."]})
    ends_at = consent_ends(opportunity, at)
    if share_until is not None:
        if not at < share_until:
            raise Invalid({"share_until": ["Choose a day to come."]})
        ends_at = min(ends_at, share_until)
    stand = standing(opportunity.organisation_id, today(at))
    if not stand.may_receive_identity and shares <= IDENTIFYING:
        raise Invalid(
            {
                "shares": [
                    "We may not show this organisation names, contact, pictures or places yet. Choose something else."
                ]
            }
        )
    receipt = give(
        person_id=row.person_id,
        layer=Layer.FOR_REQUEST,
        categories=shares,
        recipient=Recipient.organisation(opportunity.organisation_id),
        opportunity=opportunity.id,
        identity=identity,
        formats=formats_of(opportunity),
        reuse=reuse,
        ends_at=ends_at,
        told=facts_told(opportunity),
        actor=actor,
        at=at,
    )
    return receipt.grant_id


@transaction.atomic
def answer_change(*, invitation_id: UUID, version_read: int, actor: Actor, at: datetime) -> Answered:
    """Yes again, to a request that changed after somebody's yes, also when they are chosen already: as they chose it
    before, under the facts of now. (No is what it always is: `answer_invitation`, or stopping what was chosen.)

    `version_read` is the version of the brief that the person saw. Raises NotFound for everybody but the person, Conflict
    when it changed again or when nothing waits for an answer, Invalid.
    """
    opportunity, row = _locked(invitation_id, actor)
    _still_open(opportunity, at)
    if row.state not in (InvitationState.YES, InvitationState.CHOSEN) or row.grant_id is None:
        raise Conflict("There is nothing here that waits for your answer. Nothing was changed.")
    if version_read < opportunity.version_that_matters:
        raise Conflict("The request has changed since you read it. Nothing was changed.", next_step="Read it again.")
    reaffirm(grant_id=row.grant_id, told=facts_told(opportunity), formats=formats_of(opportunity), actor=actor, at=at)
    offered = opportunity.fee_pence or 0
    if row.state == InvitationState.YES:
        row.agreed_fee_pence = max(row.agreed_fee_pence or 0, offered)
    row.version_seen, row.answered_at = opportunity.version, at
    row.version += 1
    row.save(update_fields=["version_seen", "answered_at", "version", "agreed_fee_pence"])
    publish(events.INVITATION_ANSWERED, row.id, key=f"{row.id}:{row.version}", at=at)
    return Answered(invitation_id=row.id, state=row.state, grant_id=row.grant_id, version=row.version)


@transaction.atomic
def ask_question(*, invitation_id: UUID, text: str, actor: Actor, at: datetime) -> UUID:
    """Ask something before answering (or after a yes). The network passes it on without saying who asks.

    Raises NotFound for everybody but the person, Conflict, Invalid.
    """
    opportunity, row = _locked(invitation_id, actor)
    _still_open(opportunity, at)
    text = _note(text, "text")
    if not text.strip():
        raise Invalid({"text": ["Write your question."]})
    if row.state not in (InvitationState.YES, InvitationState.CHOSEN):
        move_invitation(row, InvitationMove.QUESTION)
        row.answered_at = at
        row.save(update_fields=["state", "version", "answered_at"])
    question = Question.objects.create(invitation=row, text=text, asked_at=at)
    publish(events.QUESTION_ASKED, question.id, key=str(question.id), at=at)
    return question.id


@transaction.atomic
def answer_question(*, question_id: UUID, answer: str, actor: Actor, at: datetime) -> None:
    """Answer what somebody asked: a coordinator any question; the requester one from somebody who has said yes.

    (From anybody else the question itself would tell the requester that there is somebody: promise 2.)
    Raises NotFound, Conflict when it was answered already, Invalid.
    """
    row = Question.objects.select_for_update().filter(pk=question_id).first()
    if row is None:
        raise NotFound
    row.invitation = invitation = Invitation.objects.select_related("opportunity").get(pk=row.invitation_id)
    if not rules.may_coordinate(actor):
        shown = invitation.state in (InvitationState.YES, InvitationState.CHOSEN)
        if not shown or not rules.may_write_brief(actor, invitation.opportunity.organisation_id):
            raise NotFound
    answer = reason_given(answer, field="answer", longest=2000)
    if row.answered_at is not None:
        raise Conflict("This question was answered already.")
    row.answer, row.answered_by, row.answered_at = answer, actor.ref, at
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    publish(events.QUESTION_ANSWERED, row.id, key=str(row.id), at=at)


# --- for bookings and for the handler of withdrawn consents ---------------------------------------------------------


@transaction.atomic
def stopped(*, invitation_id: UUID, actor: Actor, at: datetime) -> None:
    """The person stopped what they were chosen for, or their yes. The booking's own stop calls this.

    Only the person, or the machinery that carries out what they did. Raises NotFound, Conflict.
    """
    found = Invitation.objects.filter(pk=invitation_id).values_list("person_id", flat=True).first()
    if found is None or not (actor.is_person(found) or actor.kind is ActorKind.SYSTEM):
        raise NotFound
    row = Invitation.objects.select_for_update().get(pk=invitation_id)
    if row.state == InvitationState.STOPPED:
        return
    move_invitation(row, InvitationMove.STOP)
    row.save(update_fields=["state", "version"])


@transaction.atomic
def called_off(*, invitation_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """The requester or the network cancelled a booking: the person's time is free again. The booking's own
    cancellation calls this, after its own rules. Raises NotFound, NotAllowed, Invalid, Conflict."""
    row = (
        Invitation.objects.select_for_update(of=("self",)).select_related("opportunity").filter(pk=invitation_id).first()
    )  # fmt: skip
    if row is None:
        raise NotFound
    asks = rules.may_write_brief(actor, row.opportunity.organisation_id)
    if not asks and actor.kind is not ActorKind.SYSTEM:
        raise NotAllowed
    if row.state == InvitationState.CALLED_OFF:
        return
    row.outcome_reason = reason_given(reason)
    move_invitation(row, InvitationMove.CALL_OFF)
    row.save(update_fields=["state", "version", "outcome_reason"])


@transaction.atomic
def agreed_again(*, invitation_id: UUID, grant_id: UUID, actor: Actor, at: datetime) -> None:
    """Somebody who had stopped said yes again to a booking they had kept: what they were chosen for rests on the new
    consent. For the machinery, which carries out what the person did. Raises NotFound."""
    if not rules.may_run_jobs(actor):
        raise NotFound
    Invitation.objects.filter(pk=invitation_id, state=InvitationState.CHOSEN).update(grant_id=grant_id)


@transaction.atomic
def withdrawn(*, grant_id: UUID, actor: Actor, at: datetime) -> int:
    """A consent was withdrawn or ran out: a yes that rested on it is stopped. What was chosen already is for the
    booking to end. Returns how many yeses that were (0 or 1). For the machinery only."""
    if not rules.may_run_jobs(actor):
        raise NotFound
    rows = list(Invitation.objects.select_for_update().filter(grant_id=grant_id, state=InvitationState.YES))
    for row in rows:
        move_invitation(row, InvitationMove.STOP)
        row.save(update_fields=["state", "version"])
    return len(rows)
