"""One spokesperson with something in every room, and a stranger who must see none of it. Built through use cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.test import Client

from backend.accounts import usecases as accounts
from backend.accounts.models import UserSession
from backend.kernel import clock
from backend.kernel.actor import Actor
from network.bookings import usecases as bookings
from network.bookings.models import Booking, CheckIn
from network.bookings.states import CheckInState
from network.concerns import usecases as concerns
from network.concerns.states import ConcernAbout, ConcernKind
from network.consent import gate
from network.consent.data import Category, Format, Identity, Layer, Purpose, Recipient
from network.consent.models import Grant
from network.mentoring import usecases as mentoring
from network.notifications import usecases as notices
from network.opportunities import events as requests_events
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation, Opportunity
from network.opportunities.states import BriefState, InvitationMove, InvitationState
from network.people import usecases as people
from network.people.data import ProfileInput
from network.people.models import Person
from network.people.states import NameMode, Place
from payments import public as payments
from tests.factories.people import (
    actor_of,
    make_coordinator,
    make_person,
    make_standing_organisation,
    make_topic,
    requester_of,
)

TITLE = "A morning programme about coming home"
IDENTITY = Identity(name_mode=NameMode.FIRST, place=Place.REGION)


def payable(person_id: UUID, at: datetime) -> UUID:
    row = Person.objects.get(id=person_id)
    payments.register_payee(payee_ref=row.payee_ref, owner_user_id=row.user_id, at=at)
    return row.payee_ref


def client_of(person_id: UUID, at: datetime, *, proved: bool = True) -> Client:
    """A browser in which the person is signed in, freshly proved unless said otherwise."""
    user_id = Person.objects.values_list("user_id", flat=True).get(id=person_id)
    assert user_id is not None
    client = Client()
    token = accounts.make_demo_link(user_id=user_id, at=at)
    assert client.get(f"/demo/sign-in/{token}/").status_code == 303
    if proved:
        UserSession.objects.filter(user_id=user_id).update(stepped_up_at=at)
    return client


class Scene:
    """Times lie around the real present, so that a server in another thread sees the same scene."""

    def __init__(self) -> None:
        self.at = clock.now()
        self.coordinator = make_coordinator(at=self.at)
        self.topic = make_topic()
        self.wren = make_person(tag="wren", topics=[self.topic], coordinator=self.coordinator, at=self.at)
        self.tern = make_person(tag="tern", at=self.at)
        self.payee, self.other_payee = payable(self.wren, self.at), payable(self.tern, self.at)
        self.organisation = make_standing_organisation(at=self.at)
        self.requester = requester_of(self.organisation)
        payments.register_customer(
            customer_ref=self.organisation,
            billing=payments.Billing(name="Outlet", address_lines=("1 Street",), email="bills@outlet.example"),
            actor=Actor.system("test"),
            at=self.at,
        )
        self.me = actor_of(self.wren)
        self.waiting = self.invited(TITLE)
        self.answered = self.invited("An evening talk", days=20)
        self.yes(self.answered)
        self.agreeing = self.booked("A podcast", days=25)
        self.confirmed = self.booked("A committee", days=30)
        self._confirm(self.confirmed)
        self.done = self._done()
        self.check_in = CheckIn.objects.filter(booking_id=self.done).order_by("due_at").values_list("id", flat=True)[0]
        CheckIn.objects.filter(id=self.check_in).update(state=CheckInState.SENT, sent_at=self.at)
        self.pairing, self.proposed = self._pairings()
        self.span = people.add_unavailable(
            person_id=self.wren, starts_at=self.at + timedelta(days=40), ends_at=self.at + timedelta(days=41),
            actor=self.me, at=self.at,
        )  # fmt: skip
        people.save_profile(
            person_id=self.wren, profile=ProfileInput(phone="07700 900456"), by_phone=True, actor=self.coordinator,
            at=self.at,
        )  # fmt: skip
        self.concern = concerns.raise_concern(
            kind=ConcernKind.ASK, about=ConcernAbout.OTHER, about_id=None, words="Who pays the train?", actor=self.me,
            at=self.at,
        )  # fmt: skip
        notices.tell(topic=requests_events.INVITATION_SENT, object_id=self.waiting, source=uuid4(), at=self.at)
        self._looked_at()

    @property
    def grant(self) -> UUID:
        """The consent that stands for the request that was answered with yes."""
        found: UUID = Grant.objects.values_list("id", flat=True).get(
            person_id=self.wren, layer=Layer.FOR_REQUEST, opportunity_id=self.opportunity_of(self.answered)
        )
        return found

    def standing(self, layer: Layer) -> UUID:
        found: UUID = Grant.objects.values_list("id", flat=True).get(person_id=self.wren, layer=layer)
        return found

    def opportunity_of(self, invitation_id: UUID) -> UUID:
        found: UUID = Invitation.objects.values_list("opportunity_id", flat=True).get(id=invitation_id)
        return found

    def opportunity(self, title: str, *, days: int) -> Opportunity:
        starts = self.at + timedelta(days=days)
        made: Opportunity = Opportunity.objects.create(
            reference=f"RQ-{uuid4().hex[:7].upper()}", organisation_id=self.organisation, raised_by=self.requester.ref,
            source="web", state=BriefState.ACCEPTED, kind="live_broadcast", title=title, purpose="To show how it is.",
            why_lived_experience="Those who know should speak.", who_decides="The minister listens.",
            question_areas="Finding a room.", audience="Two million listeners", recording="live", edited=False,
            editorial_terms="The editor decides.", quote_check="none", first_shown="On air", online_how_long="30 days",
            reuse="We ask first.", identity_needed="first", welfare_risks="Comments online.",
            welfare_support="Somebody sits with you.", place="Studio 4, London", fee_pence=20000,
            expenses="Trains are booked for you.", starts_at=starts, ends_at=starts + timedelta(hours=1),
            answer_by=self.at + timedelta(days=5), point_of_no_return="It goes out as you speak.",
            outcome_report="We write to you.", created_at=self.at, updated_at=self.at,
        )  # fmt: skip
        return made

    def invited(self, title: str, *, days: int = 10, person_id: UUID | None = None) -> UUID:
        made: Invitation = Invitation.objects.create(
            opportunity=self.opportunity(title, days=days), person_id=person_id or self.wren,
            invited_by=self.coordinator.ref, why=["It fits your topics"], sent_at=self.at, version_seen=1,
        )  # fmt: skip
        return made.id

    def yes(self, invitation_id: UUID) -> None:
        requests.answer_invitation(
            invitation_id=invitation_id, move=InvitationMove.YES,
            shares=frozenset({Category.NAME, Category.STORY, Category.PLACE}), identity=IDENTITY, actor=self.me,
            at=self.at,
        )  # fmt: skip

    def booked(self, title: str, *, days: int) -> UUID:
        invitation_id = self.invited(title, days=days)
        self.yes(invitation_id)
        Invitation.objects.filter(id=invitation_id).update(state=InvitationState.CHOSEN)
        return bookings.open_booking(invitation_id=invitation_id, actor=Actor.system("test"), at=self.at).booking_id

    def _confirm(self, booking_id: UUID) -> None:
        bookings.confirm_booking(booking_id=booking_id, actor=self.me, at=self.at)
        bookings.confirm_booking(booking_id=booking_id, actor=self.requester, at=self.at)

    def _done(self) -> UUID:
        """Something that took place yesterday: agreed, done, owed, reported."""
        booking_id = self.booked("A newspaper interview", days=35)
        self._confirm(booking_id)
        before = self.at - timedelta(days=1)
        Booking.objects.filter(id=booking_id).update(starts_at=before, ends_at=before + timedelta(hours=1))
        bookings.mark_done(booking_id=booking_id, actor=self.coordinator, at=self.at)
        bookings.report_back(
            booking_id=booking_id, published="A page about it.", url="https://news.example.org/page",
            what_changed="A rule was dropped.", actor=self.requester, at=self.at,
        )  # fmt: skip
        return booking_id

    def _pairings(self) -> tuple[UUID, UUID]:
        others = [make_person(tag=f"owl{n}", at=self.at) for n in (1, 2)]
        mentoring.offer_to_mentor(person_id=self.wren, capacity=2, open_now=True, actor=self.me, at=self.at)
        first, second = (
            mentoring.propose_pairing(
                mentor_id=self.wren, mentee_id=other, why="You both know it.", actor=self.coordinator, at=self.at
            )
            for other in others
        )
        for actor in (self.me, actor_of(others[0])):
            mentoring.answer_pairing(pairing_id=first, yes=True, actor=actor, at=self.at)
        return first, second

    def _looked_at(self) -> None:
        with gate.window():
            gate.reveal(
                person_id=self.wren,
                category=Category.NAME,
                task="Calling about Tuesday",
                actor=self.coordinator,
                at=self.at,
            )
        with gate.window():
            gate.disclose(
                person_ids=[self.wren], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
                recipient=Recipient.organisation(self.organisation), opportunity=self.opportunity_of(self.answered),
                formats=frozenset({Format.LIVE}), actor=self.requester, at=self.at,
            )  # fmt: skip

    def paths(self) -> dict[str, str]:
        """Every page that can be read, by a short name."""
        return {
            "home": "/me/", "about": "/me/about/", "words": "/me/about/words/", "names": "/me/about/names/",
            "limits": "/me/about/limits/", "topics": "/me/about/topics/", "terms": "/me/about/terms/",
            "shown": "/me/about/shown/", "contact": "/me/about/contact/", "times": "/me/about/times/",
            "requests": "/me/requests/", "request": f"/me/requests/{self.waiting}/",
            "request-yes": f"/me/requests/{self.waiting}/yes/",
            "request-question": f"/me/requests/{self.waiting}/question/",
            "request-answered": f"/me/requests/{self.answered}/",
            "bookings": "/me/bookings/", "booking": f"/me/bookings/{self.agreeing}/",
            "booking-confirmed": f"/me/bookings/{self.confirmed}/", "booking-done": f"/me/bookings/{self.done}/",
            "booking-confirm": f"/me/bookings/{self.agreeing}/confirm/",
            "booking-stop": f"/me/bookings/{self.agreeing}/stop/",
            "booking-support": f"/me/bookings/{self.agreeing}/support/",
            "booking-expense": f"/me/bookings/{self.confirmed}/expenses/",
            "booking-calendar": f"/me/bookings/{self.confirmed}/calendar/",
            "check-in": f"/me/check-ins/{self.check_in}/",
            "sharing": "/me/sharing/", "consent": f"/me/sharing/{self.grant}/",
            "consent-stop": f"/me/sharing/{self.grant}/stop/", "consent-less": f"/me/sharing/{self.grant}/less/",
            "consent-see": f"/me/sharing/{self.grant}/see/", "consent-see-page": f"/me/sharing/{self.grant}/see/page/",
            "consent-again": f"/me/sharing/{self.grant}/again/", "consent-waive": f"/me/sharing/{self.grant}/waive/",
            "protection": "/me/sharing/protection/", "protection-off": "/me/sharing/protection/off/",
            "protection-somebody": "/me/sharing/protection/somebody/",
            "consent-give": "/me/sharing/give/coordination/", "receipt": f"/me/sharing/{self.grant}/receipt/",
            "never": "/me/about/never/", "helpers": "/me/sharing/helpers/",
            "looked-settings": "/me/sharing/looked/settings/",
            "looked": "/me/sharing/looked/", "taken-back": "/me/sharing/taken-back/",
            "stop": "/me/stop/", "stopped": "/me/stopped/",
            "messages": "/me/messages/", "asked": "/me/asked/", "ask": "/me/ask/other/",
            "ask-booking": f"/me/ask/booking/{self.done}/",
            "money": "/me/money/", "money-how": "/me/money/how/", "self-billing": "/me/money/invoices/",
            "statement": "/me/money/statement/", "mentoring": "/me/mentoring/", "offer": "/me/mentoring/offer/",
            "pairing": f"/me/mentoring/{self.pairing}/", "pairing-proposed": f"/me/mentoring/{self.proposed}/",
            "session": f"/me/mentoring/{self.pairing}/session/",
            "yours": "/me/yours/", "pause": "/me/yours/pause/", "copy": "/me/yours/copy/",
            "leave": "/me/yours/leave/", "delete": "/me/yours/delete/",
        }  # fmt: skip

    def own_only(self) -> dict[str, str]:
        """Those whose address names a thing of this person's: for anybody else there is no such page."""
        ids = {
            str(i)
            for i in (self.waiting, self.answered, self.agreeing, self.confirmed, self.done, self.check_in, self.grant,
                      self.pairing, self.proposed)
        }  # fmt: skip
        return {
            name: path
            for name, path in self.paths().items()
            if any(i in path for i in ids) and not path.startswith("/me/ask/")
        }
