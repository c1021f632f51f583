"""A network in which everything that a coordinator can meet has happened, made through the use cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from backend.accounts import usecases as accounts
from backend.kernel import clock
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.ids import pairwise_id
from network.bookings import usecases as bookings
from network.bookings.models import Booking, CheckIn, Recall
from network.bookings.states import CheckInKind
from network.breakglass.models import BrokenGlass
from network.casework.models import LookAlert
from network.concerns.states import ConcernAbout, ConcernKind
from network.concerns.usecases import raise_concern
from network.consent import usecases as consent
from network.mentoring import usecases as mentoring
from network.nevertell.models import NeverTellEntry, NeverTellHit
from network.nevertell.states import EntryKind
from network.nevertell.usecases import add_entry, look_at_entry
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation, Opportunity, ParliamentCall
from network.opportunities.states import InvitationMove
from network.organisations import usecases as organisations
from network.people import usecases as people
from network.people.data import TermsInput
from network.people.models import Person, Topic
from network.privacy import usecases as privacy
from network.privacy.states import ComplaintAbout
from payments import public as payments
from tests.factories.people import account_of, actor_of, make_person, make_topic
from tests.factories.requests import TOPIC, apply, invite_one, make_brief, make_organisation, say_yes

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SYSTEM = Actor.system("test")


def staff(role: Role, name: str, at: datetime) -> Actor:
    user_id = accounts.ensure_user(email=f"{name.lower()}@staff.example", known_as=name, at=at)
    accounts.grant_role(user_id=user_id, role=role, actor=SYSTEM, at=at)
    return Actor(kind=ActorKind.USER, user_id=user_id, roles=frozenset({role}), session_ref=name, stepped_up_at=at)


def signed_in(actor: Actor) -> Client:
    """A browser of theirs."""
    assert actor.user_id is not None
    client = Client()
    token = accounts.make_demo_link(user_id=actor.user_id, at=clock.now())
    assert client.get(f"/demo/sign-in/{token}/").status_code == 303
    return client


class Scene:
    """`at` is now; what has happened before it happened at its own time."""

    def __init__(self) -> None:
        at = self.at = clock.now().replace(microsecond=0)
        before = at - 40 * DAY
        self.rowan, self.ash = staff(Role.COORDINATOR, "Rowan", before), staff(Role.COORDINATOR, "Ash", before)
        self.safeguarding = staff(Role.SAFEGUARDING, "Linden", before)
        self.admin = staff(Role.ADMIN, "Alder", before)
        self.finance = staff(Role.FINANCE_PREPARER, "Hazel", before)
        make_topic(TOPIC)
        Topic.objects.filter(slug=TOPIC).update(name="Leaving prison")
        self.wren, self.heron, self.lark, self.robin = (
            self.person(name, before) for name in ("Wren", "Heron", "Lark", "Robin")
        )
        self.stranger = self.person("Tern", before, works_with=self.ash)
        self.news, self.reporter = make_organisation(name="The Exampleton Echo", at=before)
        self.committee, self.clerk = make_organisation(
            name="Example Committee Office", kind="parliament", at=before, about="A committee of Parliament."
        )
        self.applied, self.applicant = apply(name="Applied Productions", kind="production", at=at - 2 * DAY)
        self.suspended, _ = make_organisation(name="Suspended Weekly", at=before)
        organisations.suspend(organisation_id=self.suspended, reason="They broke a promise.", actor=self.rowan, at=at)

    def person(self, name: str, at: datetime, works_with: Actor | None = None) -> UUID:
        terms = TermsInput(min_fee_pence=15_000, max_per_month=20, rest_days=0)
        person_id = make_person(
            tag=name.lower(), topics=[make_topic(TOPIC)], terms=terms, coordinator=works_with or self.rowan, at=at
        )
        Person.objects.filter(id=person_id).update(known_as=name)
        row = Person.objects.get(id=person_id)
        payments.register_payee(payee_ref=row.payee_ref, owner_user_id=row.user_id, at=at)
        return person_id

    # --- what may be there ------------------------------------------------------------------------------------------

    def submitted(self, **changes: Any) -> UUID:
        return make_brief(self.news, self.reporter, at=self.at - DAY, **changes)

    def accepted(self, **changes: Any) -> UUID:
        return make_brief(self.news, self.reporter, accepted_by=self.rowan, at=self.at - DAY, **changes)

    def unchecked(self) -> UUID:
        return make_brief(self.applied, self.applicant, at=self.at - HOUR, title="A film about coming home")

    def asked(self) -> tuple[UUID, UUID]:
        """A brief with a yes, a no, a question and a silence. Returns the brief and the question."""
        brief = self.accepted(title="What a first night outside is like")
        when = self.at - HOUR
        say_yes(invite_one(brief, self.wren, self.rowan, at=when), self.wren, at=when)
        no = invite_one(brief, self.heron, self.rowan, at=when)
        requests.answer_invitation(invitation_id=no, move=InvitationMove.NO, actor=actor_of(self.heron), at=when)
        curious = invite_one(brief, self.lark, self.rowan, at=when)
        question = requests.ask_question(
            invitation_id=curious, text="Will the offence be mentioned?", actor=actor_of(self.lark), at=when
        )
        invite_one(brief, self.robin, self.rowan, at=when)
        return brief, question

    def booking(self, person_id: UUID, *, starts: datetime, title: str = "A morning programme") -> UUID:
        """A confirmed booking, agreed a month ago."""
        at = self.at - 30 * DAY
        brief = make_brief(
            self.news, self.reporter, accepted_by=self.rowan, at=at, title=title, starts_at=starts,
            ends_at=starts + HOUR, answer_by=at + DAY,
        )  # fmt: skip
        invitation = invite_one(brief, person_id, self.rowan, at=at)
        say_yes(invitation, person_id, at=at)
        public_id = pairwise_id(self.news, person_id)
        requests.choose(opportunity_id=brief, public_id=public_id, actor=self.reporter, at=at)
        assert Invitation.objects.get(id=invitation).state == "chosen"
        made = bookings.open_booking(invitation_id=invitation, actor=SYSTEM, at=at).booking_id
        bookings.save_care_plan(
            booking_id=made, before="Ring me the night before.", on_the_day="", after="Leave me be until noon.",
            if_no_answer="Text my sister.", actor=actor_of(person_id), at=at,
        )  # fmt: skip
        bookings.confirm_booking(booking_id=made, actor=actor_of(person_id), at=at)
        bookings.confirm_booking(booking_id=made, actor=self.reporter, at=at)
        return made

    def silent(self, booking_id: UUID) -> UUID:
        """A check-in after the appearance that nobody answered."""
        bookings.send_due_check_ins(at=self.at - 3 * DAY)
        assert bookings.note_unanswered_check_ins(at=self.at)
        return CheckIn.objects.filter(booking_id=booking_id, state="no_answer").values_list("id", flat=True)[0]

    def call_asked(self, booking_id: UUID, person_id: UUID) -> UUID:
        bookings.send_due_check_ins(at=self.at)
        asked = CheckIn.objects.filter(booking_id=booking_id, state__in=("sent", "no_answer"))
        row = asked.exclude(kind=CheckInKind.BEFORE).order_by("-due_at")[0]
        bookings.answer_check_in(
            check_in_id=row.id, answer="It was harder than I thought.", wants_a_call=True, actor=actor_of(person_id),
            at=self.at,
        )  # fmt: skip
        return row.id

    def recall(self, booking_id: UUID, person_id: UUID) -> UUID:
        """The person takes back what was shown."""
        grant_id = Booking.objects.get(id=booking_id).grant_id
        assert grant_id is not None
        consent.withdraw(grant_id=grant_id, actor=actor_of(person_id), at=self.at - DAY)
        bookings.recall_what_was_given(grant_id=grant_id, at=self.at - DAY)
        return Recall.objects.get(grant_id=grant_id).id

    def pairing(self, *, active: bool = True) -> UUID:
        at = self.at - 5 * DAY
        mentoring.offer_to_mentor(person_id=self.heron, capacity=2, open_now=True, actor=actor_of(self.heron), at=at)
        made = mentoring.propose_pairing(
            mentor_id=self.heron, mentee_id=self.lark, why="Both want to speak to committees.", actor=self.rowan, at=at
        )
        for one in (self.heron, self.lark) if active else ():
            mentoring.answer_pairing(pairing_id=made, yes=True, actor=actor_of(one), at=at)
        return made

    def call(self, **changes: object) -> UUID:
        number = ParliamentCall.objects.count() + 9_000
        values: dict[str, object] = {
            "external_id": number, "title": "Support on leaving prison", "committee": "Example Affairs Committee",
            "house": "Commons", "kind": "Inquiry", "scope": "The committee asks what helps.\n\nAnd what does not.",
            "url": f"https://committees.parliament.uk/work/{number}/", "first_seen_at": self.at,
            "refreshed_at": self.at, "closes_at": self.at + 30 * DAY, "state": "open",
        }  # fmt: skip
        made: UUID = ParliamentCall.objects.create(**{**values, **changes}).id
        return made

    def concern(self, person_id: UUID, kind: ConcernKind) -> UUID:
        return raise_concern(
            kind=kind, about=ConcernAbout.OTHER, about_id=None, words=f"My own words: {kind}", actor=actor_of(person_id),
            at=self.at,
        )  # fmt: skip

    def match(self, person_id: UUID, value: str = "Morgan Testar") -> UUID:
        """A name on somebody's list that looks like one of the newsroom's. Returns the match."""
        add_entry(person_id=person_id, kind=EntryKind.NAME, value=value, actor=actor_of(person_id), at=self.at)
        for row in NeverTellEntry.objects.filter(person_id=person_id):
            look_at_entry(entry_id=row.id, at=self.at)
        hit = NeverTellHit.objects.filter(person_id=person_id, asker__organisation_id=self.news).first()
        assert hit is not None
        return hit.id

    def glass(self, person_id: UUID, *, asked_by: Actor | None = None, state: str = "asked") -> UUID:
        """An emergency: asked for, or over and without its review."""
        asker = asked_by or self.rowan
        row = BrokenGlass.objects.create(
            person_id=person_id, category="missing", group="contact", asked_by=account_of(asker), asked_by_lead=False,
            reason="They did not come to the studio and their phone is off.", asked_session="another", asked_at=self.at,
        )  # fmt: skip
        if state == "ended":
            BrokenGlass.objects.filter(id=row.id).update(
                state=state, answered_by=self.ash.user_id, opened_at=self.at - HOUR, ends_at=self.at - HOUR / 2
            )
        return row.id

    def complaint(self) -> UUID:
        return privacy.make_complaint(
            about=ComplaintAbout.TREATMENT, words="Nobody rang me back.", contact="somebody@home.example",
            actor=Actor.nobody(), at=self.at,
        ).complaint_id  # fmt: skip

    def invited(self) -> UUID:
        made = people.invite_person(known_as="Amber", email="amber@home.example", actor=self.rowan, at=self.at)
        return made.person_id


def everything() -> Scene:
    """The whole scene, for pictures and for the browser."""
    scene = Scene()
    at = scene.at
    scene.submitted(title="Rents after prison", why_lived_experience="Ex-offenders and hard to reach people know best.")
    scene.unchecked()
    scene.accepted(title="A podcast on first jobs")
    scene.asked()
    held = scene.submitted(title="A late idea")
    requests.hold(
        opportunity_id=held, reason="We need to know: who else is in the room?", until=at + 2 * DAY,
        actor=scene.rowan, at=at,
    )  # fmt: skip
    gone = scene.submitted(title="A quiz show")
    requests.decline(opportunity_id=gone, reason="It makes fun of people.", actor=scene.rowan, at=at)
    past = scene.booking(scene.wren, starts=at - 4 * DAY, title="The morning programme")
    scene.silent(past)
    scene.call_asked(past, scene.wren)
    scene.booking(scene.heron, starts=at + 3 * DAY, title="Evidence to the housing panel")
    done = scene.booking(scene.lark, starts=at - 9 * DAY, title="A long read on care leavers")
    bookings.mark_done(booking_id=done, actor=scene.reporter, at=at - 8 * DAY)
    Opportunity.objects.filter(bookings=done).update(outcome_promised_by=(at - DAY).date())
    scene.recall(scene.booking(scene.robin, starts=at - 12 * DAY, title="A day in court"), scene.robin)
    pairing = scene.pairing()
    mentoring.log_session(
        pairing_id=pairing, held_on=(at - 2 * DAY).date(), minutes=60, actor=scene.rowan, at=at
    )  # fmt: skip
    scene.call()
    scene.call(title="Housing for those who have none", deadline_moved_from=at + 5 * DAY)
    scene.invited()
    scene.concern(scene.wren, ConcernKind.ASK)
    scene.concern(scene.wren, ConcernKind.WORRY)
    scene.complaint()
    scene.match(scene.heron)
    scene.glass(scene.wren, asked_by=scene.ash)
    scene.glass(scene.lark, state="ended")
    LookAlert.objects.create(person_id=scene.lark, staff_id=account_of(scene.ash), kind="hours", at=at)
    organisations.write_note(
        organisation_id=scene.news, text="Sent the quotes a day early, as promised.", actor=scene.rowan, at=at
    )
    return scene
