"""A message never gives anyone away (promise 10): subjects from a short list, bodies without content, no trace."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage

from backend.accounts.handlers import SUBJECT as CODE_SUBJECT
from backend.accounts.usecases import ensure_user, grant_role
from backend.kernel.actor import Actor, Role
from backend.kernel.ids import new_id
from network.bookings import events as bookings
from network.bookings.models import Booking, CheckIn, Recall
from network.bookings.states import CheckInKind
from network.breakglass.models import BrokenGlass
from network.casework.models import LookAlert
from network.concerns.models import Concern
from network.consent import events as consent
from network.consent.models import Grant
from network.mentoring import events as mentoring
from network.mentoring.models import MentoringSession, Pairing
from network.nevertell.models import NeverTellAsker, NeverTellHit
from network.nevertell.states import EntryKind
from network.nevertell.usecases import add_entry
from network.notifications import usecases
from network.notifications.catalogue import CATALOGUE
from network.notifications.data import About, Audience, Subject
from network.notifications.models import Delivery, Notice
from network.notifications.queries import messages_for
from network.opportunities import events as requests
from network.opportunities.models import ParliamentCall, Question
from network.organisations import events as organisations
from network.people.models import Person, PhoneHelp
from network.privacy import events as privacy
from network.privacy.states import ComplaintAbout
from network.privacy.usecases import make_complaint
from payments import public as payments
from payments.invoicing import events as invoices
from payments.money import Pence
from payments.payees import events as payees
from payments.payouts import events as payouts
from tests.factories import people
from tests.factories.booked import AT, STARTS, actor_of, coordinator, invitation, member, opportunity, organisation
from tests.network.notifications.conftest import send_all, tell

CANARY = "Zanzibar"  # stands in every field that somebody typed
_PERSONAL = re.compile(
    rf"{CANARY}|£|\bfee\b|\bpaid?\b|payment|prison|homeless|parliament|\bBBC\b|radio|Own Words", re.IGNORECASE
)


def test_there_are_at_most_six_subjects_and_none_says_what_it_is_about() -> None:
    subjects = {s.value for s in Subject} | {CODE_SUBJECT}
    assert len(subjects) <= 6
    assert not [s for s in subjects if _PERSONAL.search(s)]


def test_every_event_that_somebody_should_hear_of_has_its_words() -> None:
    """An event left out here is left out on purpose."""
    heard = set(CATALOGUE)
    told_in_another_way = {
        requests.BRIEF_CHANGED,  # the people concerned get invitation.changed
        requests.BRIEF_CLOSED,  # they get invitation.outcome
        requests.OPPORTUNITY_CHOSEN,  # becomes booking.opened
    }
    assert heard >= bookings.TOPICS
    assert heard >= mentoring.TOPICS
    every = {v for k, v in vars(requests).items() if k.isupper() and isinstance(v, str)}
    assert every - told_in_another_way <= heard
    assert consent.CONSENT_WITHDRAWN in heard
    assert privacy.COMPLAINT_MADE in heard
    assert {v for k, v in vars(organisations).items() if k.isupper() and isinstance(v, str)} <= heard
    assert {payouts.PAID, payouts.FAILED, payouts.DUE, payouts.HELD, payouts.REVERSED, payouts.RUN_SUBMITTED} <= heard
    assert {invoices.INVOICE_ISSUED, invoices.INVOICE_PAID, payees.DESTINATION_CHANGED} <= heard


def test_the_words_inside_name_nobody_and_no_cause() -> None:
    for topic, entry in CATALOGUE.items():
        for line in entry.lines:
            assert not re.search(r"£|prison|homeless|[Vv]ulnerable|hard to reach|BBC|Own Words", line.words), topic
            assert line.words[0].isupper(), topic
            assert line.words[-1] in ".?", topic


def test_no_mail_template_takes_anything_but_a_subject_and_a_link() -> None:
    found = sorted(Path(settings.ROOT, "templates", "email").glob("*/*.txt"))
    assert found
    for template in found:
        text = template.read_text(encoding="utf-8")
        assert set(re.findall(r"{{\s*(\w+)", text)) <= {"subject", "link", "code"}, template
        assert not _PERSONAL.search(text), template
        assert not re.search(r"https?://", text), template


class World:
    """One of everything, with the canary wherever somebody may have typed something."""

    def __init__(self) -> None:
        self.person = Person.objects.get(id=people.make_person(tag=CANARY))
        mentee = Person.objects.get(id=people.make_person(tag=f"{CANARY}2"))
        org = organisation(f"{CANARY} Broadcasting")
        self.requester = member(org)
        self.coordinator = coordinator(self.person, mentee)
        finance = ensure_user(email="finance@example.org", known_as=CANARY, at=AT)
        grant_role(user_id=finance, role=Role.FINANCE_APPROVER, scope_id=None, actor=Actor.system("t"), at=AT)
        brief = opportunity(org, raised_by=self.requester.ref, title=CANARY, audience=CANARY, place=CANARY)
        invited = invitation(brief, self.person)
        question = Question.objects.create(invitation=invited, text=CANARY, asked_at=AT)
        call = ParliamentCall.objects.create(
            external_id=1, title=CANARY, url="https://example.org", first_seen_at=AT, refreshed_at=AT
        )
        grant_id = people.give_for_request(self.person.id, org.id, brief.id).grant_id
        booking = Booking.objects.create(
            reference="BK-TEST", opportunity=brief, invitation_id=invited.id, organisation=org, person=self.person,
            state="done", starts_at=STARTS, ends_at=STARTS + timedelta(hours=1), fee_pence=15000, pay_by=AT.date(),
            person_confirmed_at=AT, requester_confirmed_at=AT, done_at=AT, created_at=AT, grant_id=grant_id,
            state_reason=CANARY,
        )  # fmt: skip
        check_in = CheckIn.objects.create(booking=booking, kind=CheckInKind.BEFORE, due_at=AT, answer=CANARY)
        recall = Recall.objects.create(
            organisation=org, person=self.person, grant_id=grant_id, asked_at=AT, answer=CANARY
        )
        pairing = Pairing.objects.create(
            mentor=self.person, mentee=mentee, why=CANARY, proposed_by="user:x", proposed_at=AT
        )
        session = MentoringSession.objects.create(
            pairing=pairing, reference="MS-TEST", held_on=AT.date(), minutes=60, fee_pence=5500, logged_by="x",
            logged_at=AT,
        )  # fmt: skip
        payments.register_payee(payee_ref=self.person.payee_ref, owner_user_id=self.person.user_id, at=AT)
        owed = payments.fee_owed(
            key="fee:x", payee_ref=self.person.payee_ref, customer_ref=org.id, reference="BK-TEST",
            amount=Pence(15000), pay_by=AT.date(), description_code="fee", actor=Actor.system("t"), at=AT,
        )  # fmt: skip
        help_ = PhoneHelp.objects.create(person=self.person, at=AT, actor_ref="user:x", before=b"", key_version=1)
        concern = Concern.objects.create(person=self.person, kind="ask", words=CANARY, raised_at=AT)
        complaint = make_complaint(about=ComplaintAbout.OTHER, words=CANARY, contact="", actor=Actor.nobody(), at=AT)
        lead = ensure_user(email="lead@example.org", known_as=CANARY, at=AT)
        grant_role(user_id=lead, role=Role.SAFEGUARDING, scope_id=None, actor=Actor.system("t"), at=AT)
        entry_id = add_entry(
            person_id=self.person.id, kind=EntryKind.NAME, value=f"{CANARY} Somebody",
            actor=actor_of(self.person), at=AT,
        )  # fmt: skip
        asker = NeverTellAsker.objects.create(organisation_id=org.id, changed_at=AT)
        hit = NeverTellHit.objects.create(
            person_id=self.person.id, entry_id=entry_id, asker=asker, how="exact", against="x", found_at=AT
        )
        glass = BrokenGlass.objects.create(
            person_id=self.person.id, category="life", group="name", reason=CANARY, asked_by=new_id(),
            asked_by_lead=False, asked_session="s", asked_at=AT, answered_by=new_id(), opened_at=AT,
            ends_at=AT + timedelta(minutes=30),
        )  # fmt: skip
        alert = LookAlert.objects.create(person=self.person, staff_id=new_id(), kind="hours", at=AT)
        admin = ensure_user(email="admin@example.org", known_as=CANARY, at=AT)
        grant_role(user_id=admin, role=Role.ADMIN, scope_id=None, actor=Actor.system("t"), at=AT)
        assert owed.invoice_id is not None
        self.objects: dict[About, UUID] = {
            About.INVITATION: invited.id, About.QUESTION: question.id, About.OPPORTUNITY: brief.id,
            About.CALL: call.id, About.BOOKING: booking.id, About.CHECK_IN: check_in.id, About.RECALL: recall.id,
            About.PAIRING: pairing.id, About.SESSION: session.id, About.GRANT: grant_id,
            About.PAYOUT: owed.payout_id, About.PAYOUT_RUN: new_id(), About.BANK_FILE: new_id(), About.INVOICE: owed.invoice_id,
            About.PAYEE: self.person.payee_ref, About.PERSON: self.person.id, About.HELP: help_.id,
            About.CONCERN: concern.id, About.ORGANISATION: org.id, About.COMPLAINT: complaint.complaint_id,
            About.MATCH: hit.id, About.GLASS: glass.id, About.LOOKED: glass.id, About.ALERT: alert.id,
        }  # fmt: skip
        self.rows: dict[About, Any] = {
            About.INVITATION: invited, About.QUESTION: question, About.OPPORTUNITY: brief, About.BOOKING: booking,
            About.CHECK_IN: check_in, About.RECALL: recall, About.PAIRING: pairing, About.ORGANISATION: org,
            About.MATCH: hit, About.GLASS: glass,
        }  # fmt: skip

    @property
    def ids(self) -> set[str]:
        """Ids that no mail may carry."""
        return {str(i) for i in self.objects.values()} | {str(self.person.id), str(self.person.user_id)}

    def in_state(self, about: About, state: str) -> None:
        """Put the thing into a state in which the event is worth telling."""
        if about is About.GRANT:
            Grant.objects.filter(id=self.objects[about]).update(suspended_at=AT if state == "suspended" else None)
        row = self.rows.get(about)
        if row is not None and hasattr(row, "state"):
            extra: dict[str, object] = {}
            if about is About.PAIRING:
                extra = {"mentor_yes_at": AT, "mentee_yes_at": AT}
            if about is About.BOOKING and state == "agreeing":
                extra = {"person_confirmed_at": None, "requester_confirmed_at": None}
            elif about is About.MATCH:
                extra = {"decided_by": "user:x"}
            elif about is About.BOOKING:
                extra = {"person_confirmed_at": AT, "requester_confirmed_at": AT}
            type(row).objects.filter(id=row.id).update(state=state, **extra)


def leaks(message: EmailMessage, ids: set[str]) -> list[str]:
    """What in a mail says more than "sign in": anything found here gives somebody away."""
    sent = message.message()
    text = sent.as_string().replace(message.to[0], "")
    found = [match.group() for match in _PERSONAL.finditer(text)]
    found += [i for i in ids if i in text]
    found += [
        url
        for url in re.findall(r"https?://\S+", text)
        if not re.fullmatch(rf"{settings.BASE_URL}/m/([\w-]{{22}}){{1,2}}/", url)
    ]
    if sent["Subject"] not in {s.value for s in Subject}:
        found.append("subject")
    if (len(message.to), message.cc, message.bcc, message.reply_to) != (1, [], [], []):
        found.append("recipients")
    if sent["From"] != settings.DEFAULT_FROM_EMAIL or sent["Auto-Submitted"] != "auto-generated":
        found.append("sender")
    if sent.get_content_type() != "text/plain" or sent.is_multipart():
        found.append("parts")
    return found


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_no_mail_of_any_event_carries_anything(world: World) -> None:
    missed = []
    for topic, entry in CATALOGUE.items():
        if entry.about is About.JOIN_INVITATION:
            continue  # tested with a real invitation
        if entry.states:
            world.in_state(entry.about, min(entry.states))
        audiences = {n.audience for n in tell(topic, world.objects[entry.about])}
        missed += [(topic, line.audience) for line in entry.lines if line.audience not in audiences]
        send_all()
    assert missed == []  # every line of the catalogue was really told to somebody
    assert not Delivery.objects.filter(state__in=("queued", "sending", "failed")).exists()
    mailed = sum(line.mail for e in CATALOGUE.values() for line in e.lines if e.about is not About.JOIN_INVITATION)
    assert len(mail.outbox) >= mailed
    ids = world.ids
    assert [found for message in mail.outbox if (found := leaks(message, ids))] == []
    for reader in (actor_of(world.person), world.requester, world.coordinator):
        assert CANARY not in repr(messages_for(reader))
    assert CANARY not in repr(list(Notice.objects.values())) + repr(list(Delivery.objects.values()))
    assert {n.audience for n in Notice.objects.all()} == set(Audience)


@pytest.mark.parametrize("more", [f"About {CANARY}", "https://tracker.example.org/x", "Your fee", "the booking's id"])
def test_a_body_that_takes_more_is_found(world: World, monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    """The mutant of the test above: a template with more in it."""
    booking_id = str(world.objects[About.BOOKING])
    world.in_state(About.BOOKING, "confirmed")

    extra = booking_id if more == "the booking's id" else more

    class Chatty:
        def render(self, context: dict[str, str]) -> str:
            return f"{context['link']}\n{extra}"

    monkeypatch.setattr(usecases, "select_template", lambda names: Chatty())
    tell(bookings.CONFIRMED, world.objects[About.BOOKING])
    send_all()
    assert mail.outbox
    assert all(leaks(message, world.ids) for message in mail.outbox)
