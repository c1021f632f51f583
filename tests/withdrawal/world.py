"""One spokesperson with something in every room, everybody who might be told of it, and one of every kind of thing that
an event can be about. Every detail of hers says "wren": whatever reaches anybody else with that word in it is a leak."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.test import Client

from backend.accounts import events as accounts_events
from backend.accounts import usecases as accounts
from backend.accounts.models import SignInCode
from backend.kernel.actor import Actor, Role
from backend.outbox.publish import publish
from network.bookings import events as bookings_events
from network.bookings.models import Booking, Recall
from network.breakglass.models import BrokenGlass
from network.casework.models import LookAlert
from network.consent import events as consent_events
from network.consent.data import Layer
from network.consent.models import Grant
from network.mentoring import usecases as mentoring
from network.nevertell import events as never_tell_events
from network.nevertell.models import NeverTellAsker, NeverTellHit
from network.nevertell.states import EntryKind
from network.nevertell.usecases import add_entry
from network.notifications import events as notices_events
from network.notifications.audience import recipients
from network.notifications.catalogue import CATALOGUE
from network.notifications.data import About, To
from network.notifications.models import Delivery, Notice
from network.opportunities import events as requests_events
from network.opportunities import usecases as requests
from network.opportunities.links import answer_link
from network.opportunities.models import Invitation, ParliamentCall
from network.opportunities.states import InvitationState
from network.organisations.models import Organisation
from network.people import usecases as people
from network.people.data import ContactRule
from network.people.models import Person, PhoneHelp
from network.people.states import Channel
from network.privacy import events as privacy_events
from network.privacy.models import Erasure
from network.privacy.states import ComplaintAbout
from network.privacy.usecases import make_complaint
from payments.gateways import events as gateways_events
from payments.gateways.data import Endpoint, Hint
from payments.gateways.models import ProviderEvent
from payments.gateways.usecases import note_hint
from payments.invoicing.models import Invoice
from payments.payouts import events as payouts_events
from payments.payouts.models import Payout
from tests.factories import booked
from tests.factories.people import account_of
from tests.network.web.desk.scene import client_of as desk_client_of
from tests.network.web.person.scene import Scene

MARK = "wren"


class World(Scene):
    """The scene of the person's pages, with accounts for all who are told, and ids for every kind of thing."""

    def __init__(self) -> None:
        super().__init__()
        self.member = booked.member(Organisation.objects.get(id=self.organisation))
        accounts.grant_role(
            user_id=account_of(self.member), role=Role.REQUESTER, scope_id=self.organisation,
            actor=Actor.system("test"), at=self.at,
        )  # fmt: skip
        self._staff()
        self._private_mailbox()
        self.question = self._question()
        self.recall = Recall.objects.create(
            organisation_id=self.organisation, person_id=self.wren, grant_id=uuid4(), asked_at=self.at
        ).id
        self.session = self._session()
        self.chosen = self._chosen()
        self.code = accounts.ask_for_code(email=self.address, at=self.at)
        note_hint(
            hint=Hint(
                endpoint=Endpoint.PLATFORM, event_id="evt_1", type="transfer.paid", object_ref="tr_1", live=False
            ),
            at=self.at,
        )
        self._guarded()
        self.objects = self._objects()

    @property
    def address(self) -> str:
        """Where her mails go."""
        from backend.accounts.addresses import address_of
        from backend.accounts.data import AddressUse

        user_id = Person.objects.values_list("user_id", flat=True).get(id=self.wren)
        found = address_of(user_id, AddressUse.SIGN_IN_CODE) if user_id else None
        assert found
        return found

    def _staff(self) -> None:
        system = Actor.system("test")
        for role, email in ((Role.FINANCE_APPROVER, "finance@example.org"), (Role.SAFEGUARDING, "lead@example.org")):
            user_id = accounts.ensure_user(email=email, known_as="Rowan", at=self.at)
            accounts.grant_role(user_id=user_id, role=role, scope_id=None, actor=system, at=self.at)

    def _private_mailbox(self) -> None:
        """Nobody else sees her mail, so the link of a request opens it."""
        rule = ContactRule(
            channel=Channel.EMAIL, allowed=True, from_hour=0, to_hour=24, others_can_see=False,
            review_on=(self.at + timedelta(days=60)).date(),
        )  # fmt: skip
        people.set_safe_contact(person_id=self.wren, contact=[rule], actor=self.me, at=self.at)

    def _question(self) -> UUID:
        return requests.ask_question(
            invitation_id=self.answered, text="Who else comes?", actor=self.me, at=self.at
        )  # fmt: skip

    def _session(self) -> UUID:
        mentoring.log_session(pairing_id=self.pairing, held_on=self.at.date(), minutes=60, actor=self.me, at=self.at)
        from network.mentoring.models import MentoringSession

        found: UUID = MentoringSession.objects.values_list("id", flat=True).get(pairing_id=self.pairing)
        return found

    def _chosen(self) -> UUID:
        """Somebody chose her a moment ago; the booking has not been opened yet."""
        invitation_id = self.invited("A late programme", days=60)
        self.yes(invitation_id)
        Invitation.objects.filter(id=invitation_id).update(state=InvitationState.CHOSEN)
        return invitation_id

    def _guarded(self) -> None:
        """A line on her never-tell list that met somebody, an unusual look at her, and an emergency."""
        self.entry = add_entry(person_id=self.wren, kind=EntryKind.NAME, value="Kit Marlow", actor=self.me, at=self.at)
        asker = NeverTellAsker.objects.filter(organisation_id=self.organisation).order_by("id").first()
        if asker is None:
            asker = NeverTellAsker.objects.create(organisation_id=self.organisation, said="", changed_at=self.at)
        self.asker = asker.id
        self.match = NeverTellHit.objects.create(
            person_id=self.wren, entry_id=self.entry, asker=asker, how="similar", against="x", state="asked",
            found_at=self.at,
        ).id  # fmt: skip
        self.alert = LookAlert.objects.create(
            person_id=self.wren, staff_id=account_of(self.coordinator), kind="hours", at=self.at
        ).id
        self.glass = BrokenGlass.objects.create(
            person_id=self.wren, category="missing", group="contact", reason="Nobody can reach her.",
            asked_by=account_of(self.coordinator), asked_by_lead=False, asked_session="x", asked_at=self.at,
        ).id  # fmt: skip

    def _objects(self) -> Mapping[About, list[UUID]]:
        call = ParliamentCall.objects.create(
            external_id=1, title="A call", url="https://example.org", first_seen_at=self.at, refreshed_at=self.at
        )
        complaint = make_complaint(
            about=ComplaintAbout.OTHER, words="Late.", contact="", actor=Actor.nobody(), at=self.at
        )
        invitations = [self.waiting, self.answered, self.chosen]
        invitations += (
            Booking.objects.filter(person_id=self.wren).order_by("id").values_list("invitation_id", flat=True)
        )
        return {
            About.INVITATION: invitations,
            About.QUESTION: [self.question],
            About.OPPORTUNITY: [self.opportunity_of(i) for i in invitations],
            About.CALL: [call.id],
            About.BOOKING: [self.agreeing, self.confirmed, self.done],
            About.CHECK_IN: [self.check_in],
            About.RECALL: [self.recall],
            About.PAIRING: [self.pairing, self.proposed],
            About.SESSION: [self.session],
            About.GRANT: list(Grant.objects.filter(person_id=self.wren).order_by("id").values_list("id", flat=True)),
            About.PAYOUT: list(Payout.objects.order_by("id").values_list("id", flat=True)),
            About.PAYOUT_RUN: [uuid4()],
            About.INVOICE: list(Invoice.objects.order_by("id").values_list("id", flat=True)),
            About.PAYEE: [self.payee],
            About.PERSON: [self.wren],
            About.HELP: list(PhoneHelp.objects.filter(person_id=self.wren).values_list("id", flat=True)),
            About.CONCERN: [self.concern],
            About.ORGANISATION: [self.organisation],
            About.COMPLAINT: [complaint.complaint_id],
            About.MATCH: [self.match],
            About.ALERT: [self.alert],
            About.GLASS: [self.glass],
            About.LOOKED: [self.glass],
            About.BANK_FILE: [uuid4()],
            About.JOIN_INVITATION: [self._invited_to_join()],
        }

    def _invited_to_join(self) -> UUID:
        """An invitation to join that she had before she came; it can still be in the queue."""
        from network.people.models import JoinInvitation

        row = JoinInvitation.objects.create(
            person_id=self.wren, token_hash=uuid4().hex, code_digest="x", created_at=self.at,
            expires_at=self.at + timedelta(days=3),
        )  # fmt: skip
        return row.id

    # --- what can be queued -----------------------------------------------------------------------------------------

    def fitting(self, topic: str) -> list[UUID]:
        """Things an event of the catalogue can be about; those she would be told of first, where there are any."""
        every = self.objects[CATALOGUE[topic].about]
        told = [i for i in every if any(to == To(person_id=self.wren) for _, to in recipients(topic, i, self.at))]
        return told or every

    def others(self) -> Mapping[str, Callable[[], UUID]]:
        """The topics that are no message: what each is published about."""
        return {
            accounts_events.CODE_ASKED: lambda: SignInCode.objects.filter(id=self.code).values_list("id", flat=True)[0],
            consent_events.CONSENT_EXPIRED: lambda: self.grant,
            consent_events.CONSENT_NARROWED: lambda: self.grant,
            never_tell_events.ENTRY_ADDED: lambda: self.entry,
            never_tell_events.ASKER_CHANGED: lambda: self.asker,
            notices_events.DELIVERY_QUEUED: self._delivery,
            requests_events.OPPORTUNITY_CHOSEN: lambda: self.chosen,
            privacy_events.ERASURE_ASKED: self._erasure,
            gateways_events.PROVIDER_HINT: lambda: ProviderEvent.objects.values_list("id", flat=True)[0],
            payouts_events.APPROVED: lambda: self.objects[About.PAYOUT][0],
            payouts_events.LOOK: lambda: self.objects[About.PAYOUT][0],
            payouts_events.SENT: lambda: self.objects[About.PAYOUT][0],
        }

    def _delivery(self) -> UUID:
        """A mail to her that is decided and waits to be sent."""
        notice = Notice.objects.create(
            person_id=self.wren, audience="person", topic=bookings_events.REPORT_BACK, object_id=self.done,
            source=uuid4(), token=uuid4().hex[:22], created_at=self.at,
        )  # fmt: skip
        return Delivery.objects.create(notice=notice, route="email", not_before=self.at).id

    def _erasure(self) -> UUID:
        """Her asking to be forgotten, as the saga finds it."""
        return Erasure.objects.create(person_id=self.wren, asked_by="user:test", asked_at=self.at).id

    def queue(self, topic: str, object_id: UUID) -> None:
        with transaction.atomic():
            publish(topic, object_id, key=str(uuid4()), at=self.at)

    # --- what can be fetched ----------------------------------------------------------------------------------------

    def desk_browser(self) -> Client:
        """A browser of the organisation that everything of hers was shown to, signed in before she stops."""
        for invitation_id in (self.waiting, self.answered, self.chosen):
            requests.accept_boundaries(opportunity_id=self.opportunity_of(invitation_id), actor=self.member, at=self.at)
        return desk_client_of(self.member.user_id, self.at)

    def served(self) -> Mapping[str, str]:
        """Every page and file of the desk on which she can be seen or booked."""
        found = {
            "desk": "/desk/",
            "bookings": "/desk/bookings/",
            "briefs": "/desk/briefs/",
            "messages": "/desk/messages/",
        }
        for name in ("agreeing", "confirmed", "done"):
            found[f"booking {name}"] = f"/desk/bookings/{getattr(self, name)}/"
            found[f"calendar {name}"] = f"/desk/bookings/{getattr(self, name)}/calendar.ics"
        for name in ("waiting", "answered", "chosen"):
            brief = self.opportunity_of(getattr(self, name))
            found[f"brief {name}"] = f"/desk/briefs/{brief}/"
            found[f"people {name}"] = f"/desk/briefs/{brief}/people/"
        for number, invoice in enumerate(self.objects[About.INVOICE]):
            found[f"invoice {number}"] = f"/desk/invoices/{invoice}/"
            found[f"invoice print {number}"] = f"/desk/invoices/{invoice}/print/"
        return found

    def answer_links(self) -> list[str]:
        return [answer_link(i, at=self.at) for i in (self.waiting, self.answered)]

    def for_request(self) -> list[UUID]:
        rows = Grant.objects.filter(person_id=self.wren, layer=Layer.FOR_REQUEST).order_by("id")
        return list(rows.values_list("id", flat=True))
