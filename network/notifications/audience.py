"""Who hears of an event. Addressing reads ids and states only; addresses are opened when a message is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from backend.accounts.queries import users_with_role
from backend.kernel.actor import Role
from backend.kernel.errors import NotFound
from network.bookings.models import Booking, CheckIn, Recall
from network.breakglass.queries import facts_of_glass
from network.casework.queries import state_of_alert
from network.concerns.models import Concern
from network.consent.queries import grant_facts
from network.mentoring.models import MentoringSession, Pairing
from network.nevertell.queries import facts_of_hit
from network.notifications.catalogue import CATALOGUE, Entry
from network.notifications.data import About, Audience, Facts, To
from network.opportunities.models import Invitation, Opportunity, Question
from network.organisations.models import Member, Organisation
from network.people.models import Person, PhoneHelp
from network.people.queries import coordinators_of, join_link, people_by_payee_ref
from network.privacy.models import Complaint
from payments import public as payments


def _join_invitation(object_id: UUID, at: datetime) -> Facts | None:
    link = join_link(invitation_id=object_id, at=at)
    return Facts(state="open", people=(link.person_id,)) if link else None


def _invitation(object_id: UUID, at: datetime) -> Facts | None:
    row = Invitation.objects.select_related("opportunity").filter(id=object_id).first()
    if row is None:
        return None
    return Facts(
        state=row.state,
        people=(row.person_id,),
        organisation_id=row.opportunity.organisation_id,
        raised_by=row.opportunity.raised_by,
    )


def _question(object_id: UUID, at: datetime) -> Facts | None:
    row = Question.objects.select_related("invitation__opportunity").filter(id=object_id).first()
    if row is None:
        return None
    return Facts(
        state="open" if row.answered_at is None else "answered",
        people=(row.invitation.person_id,),
        organisation_id=row.invitation.opportunity.organisation_id,
        raised_by=row.invitation.opportunity.raised_by,
    )


def _opportunity(object_id: UUID, at: datetime) -> Facts | None:
    row = Opportunity.objects.filter(id=object_id).first()
    if row is None:
        return None
    return Facts(state=row.state, organisation_id=row.organisation_id, raised_by=row.raised_by)


def _nobody_in_particular(object_id: UUID, at: datetime) -> Facts | None:
    return Facts()


def _booking(object_id: UUID, at: datetime) -> Facts | None:
    row = Booking.objects.select_related("opportunity", "report_back").filter(id=object_id).first()
    if row is None:
        return None
    acted = set()
    if row.person_confirmed_at is not None:
        acted.add(Audience.PERSON)
    if row.requester_confirmed_at is not None:
        acted.add(Audience.REQUESTER)
    return Facts(
        state="reported" if hasattr(row, "report_back") else row.state,
        people=(row.person_id,),
        organisation_id=row.organisation_id,
        raised_by=row.opportunity.raised_by,
        acted=frozenset(acted) if row.state == "agreeing" else frozenset(),
    )


def _check_in(object_id: UUID, at: datetime) -> Facts | None:
    row = CheckIn.objects.select_related("booking").filter(id=object_id).first()
    if row is None:
        return None
    return Facts(state=row.state, people=(row.booking.person_id,))


def _recall(object_id: UUID, at: datetime) -> Facts | None:
    row = Recall.objects.filter(id=object_id).first()
    if row is None:
        return None
    return Facts(state=row.state, people=(row.person_id,) if row.person_id else (), organisation_id=row.organisation_id)


def _pairing(object_id: UUID, at: datetime) -> Facts | None:
    row = Pairing.objects.filter(id=object_id).first()
    if row is None:
        return None
    return Facts(state=row.state, people=(row.mentor_id, row.mentee_id))


def _session(object_id: UUID, at: datetime) -> Facts | None:
    row = MentoringSession.objects.select_related("pairing").filter(id=object_id).first()
    if row is None:
        return None
    return Facts(people=(row.pairing.mentor_id, row.pairing.mentee_id))


def _grant(object_id: UUID, at: datetime) -> Facts | None:
    grant = grant_facts(object_id)
    if grant is None:
        return None
    raised_by = ""
    if grant.opportunity_id is not None:
        raised_by = (
            Opportunity.objects.filter(id=grant.opportunity_id).values_list("raised_by", flat=True).first() or ""
        )
    state = "suspended" if grant.suspended_at is not None else grant.state
    return Facts(state=state, people=(grant.person_id,), organisation_id=grant.recipient.id, raised_by=raised_by)


def _of_payee(payee_ref: UUID) -> Facts:
    person = people_by_payee_ref([payee_ref]).get(payee_ref)
    return Facts(people=(person,) if person else ())


def _payout(object_id: UUID, at: datetime) -> Facts | None:
    return _of_payee(payments.payee_of_payout(object_id))


def _payee(object_id: UUID, at: datetime) -> Facts | None:
    return _of_payee(object_id)


def _invoice(object_id: UUID, at: datetime) -> Facts | None:
    return Facts(organisation_id=payments.customer_of_invoice(object_id))


def _person(object_id: UUID, at: datetime) -> Facts | None:
    return Facts(people=(object_id,)) if Person.objects.filter(id=object_id).exists() else None


def _help(object_id: UUID, at: datetime) -> Facts | None:
    row = PhoneHelp.objects.filter(id=object_id).first()
    if row is None:
        return None
    return Facts(people=(row.person_id,))


def _concern(object_id: UUID, at: datetime) -> Facts | None:
    row = Concern.objects.filter(id=object_id).first()
    return None if row is None else Facts(state=row.state, people=(row.person_id,))


def _organisation(object_id: UUID, at: datetime) -> Facts | None:
    state = Organisation.objects.filter(id=object_id).values_list("state", flat=True).first()
    return None if state is None else Facts(state=state, organisation_id=object_id)


def _complaint(object_id: UUID, at: datetime) -> Facts | None:
    state = Complaint.objects.filter(id=object_id).values_list("state", flat=True).first()
    return None if state is None else Facts(state=state)


def _match(object_id: UUID, at: datetime) -> Facts | None:
    found = facts_of_hit(object_id)
    return Facts(state=found[1], people=(found[0],)) if found else None


def _glass(object_id: UUID, at: datetime) -> Facts | None:
    """For staff. Whose it is does not decide who is told: an emergency is everybody's."""
    found = facts_of_glass(object_id, at)
    return Facts(state=found[1]) if found else None


def _looked(object_id: UUID, at: datetime) -> Facts | None:
    """For the person, unless two people sealed it for a while."""
    found = facts_of_glass(object_id, at)
    return Facts(state="sealed" if found[2] else "seen", people=(found[0],)) if found else None


def _alert(object_id: UUID, at: datetime) -> Facts | None:
    state = state_of_alert(object_id)
    return Facts(state=state) if state else None


_FACTS: Mapping[About, Callable[[UUID, datetime], Facts | None]] = {
    About.JOIN_INVITATION: _join_invitation,
    About.INVITATION: _invitation,
    About.QUESTION: _question,
    About.OPPORTUNITY: _opportunity,
    About.CALL: _nobody_in_particular,
    About.BOOKING: _booking,
    About.CHECK_IN: _check_in,
    About.RECALL: _recall,
    About.PAIRING: _pairing,
    About.SESSION: _session,
    About.GRANT: _grant,
    About.PAYOUT: _payout,
    About.PAYOUT_RUN: _nobody_in_particular,
    About.BANK_FILE: _nobody_in_particular,
    About.PAYEE: _payee,
    About.INVOICE: _invoice,
    About.PERSON: _person,
    About.HELP: _help,
    About.CONCERN: _concern,
    About.ORGANISATION: _organisation,
    About.COMPLAINT: _complaint,
    About.MATCH: _match,
    About.GLASS: _glass,
    About.LOOKED: _looked,
    About.ALERT: _alert,
}


def facts_of(entry: Entry, object_id: UUID, at: datetime) -> Facts | None:
    """What the event is about, as it is now. None when the thing is gone (erased, run out)."""
    try:
        return _FACTS[entry.about](object_id, at)
    except NotFound:
        return None


def still_true(topic: str, object_id: UUID, audience: Audience, at: datetime) -> bool:
    """Whether telling is still right: everything is decided again at the moment of sending."""
    entry = CATALOGUE.get(topic)
    if entry is None:
        return False
    facts = facts_of(entry, object_id, at)
    return facts is not None and _tells(entry, facts, audience)


def _tells(entry: Entry, facts: Facts, audience: Audience) -> bool:
    return (not entry.states or facts.state in entry.states) and audience not in facts.acted


def who_asked(organisation_id: UUID, raised_by: str) -> tuple[UUID, ...]:
    """The member who raised a request, while they are one; else the organisation's owners; else all its members."""
    members = list(
        Member.objects.filter(organisation_id=organisation_id, left_at__isnull=True)
        .order_by("joined_at", "id")
        .values_list("user_id", "is_owner")
    )
    raiser = [user for user, _ in members if raised_by == f"user:{user}"]
    owners = [user for user, is_owner in members if is_owner]
    return tuple(raiser or owners or [user for user, _ in members])


def _coordinators(facts: Facts, at: datetime) -> tuple[UUID, ...]:
    """Those who work with the people concerned; all of them where nobody does, so that nothing lies unseen."""
    theirs = {user for person in facts.people for user in coordinators_of(person, at)}
    return tuple(sorted(theirs)) or tuple(users_with_role(Role.COORDINATOR, at=at))


def _finance(at: datetime) -> tuple[UUID, ...]:
    both = {*users_with_role(Role.FINANCE_PREPARER, at=at), *users_with_role(Role.FINANCE_APPROVER, at=at)}
    return tuple(sorted(both))


def recipients(topic: str, object_id: UUID, at: datetime) -> tuple[tuple[Audience, To], ...]:
    """Each recipient of an event, once, with the audience they belong to."""
    entry = CATALOGUE.get(topic)
    facts = facts_of(entry, object_id, at) if entry else None
    if entry is None or facts is None:
        return ()
    found: dict[To, Audience] = {}
    for line in entry.lines:
        if not _tells(entry, facts, line.audience):
            continue
        match line.audience:
            case Audience.PERSON:
                tos = [To(person_id=person) for person in facts.people]
            case Audience.REQUESTER:
                users = who_asked(facts.organisation_id, facts.raised_by) if facts.organisation_id else ()
                tos = [To(user_id=user) for user in users]
            case Audience.COORDINATORS:
                tos = [To(user_id=user) for user in _coordinators(facts, at)]
            case Audience.FINANCE:
                tos = [To(user_id=user) for user in _finance(at)]
            case Audience.SAFEGUARDING:
                tos = [To(user_id=user) for user in users_with_role(Role.SAFEGUARDING, at=at)]
            case Audience.OVERSIGHT:
                roles = (Role.SAFEGUARDING, Role.ADMIN)
                tos = [To(user_id=user) for role in roles for user in users_with_role(role, at=at)]
        for to in tos:
            found.setdefault(to, line.audience)
    return tuple((audience, to) for to, audience in found.items())
