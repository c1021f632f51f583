"""The story of the demo: half a year of a small network, told through its own use cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.conf import settings

from backend.config.seeding import people, requests
from backend.config.seeding.clockwork import Clockwork, staff
from backend.config.seeding.people import Acting, Someone
from backend.config.seeding.requests import Asker
from backend.kernel.actor import Role
from backend.kernel.errors import Unavailable
from network.bookings import usecases as bookings
from network.bookings.queries import check_ins_for
from network.consent import usecases as consent
from network.mentoring import usecases as mentoring
from network.opportunities import usecases as opportunities
from network.opportunities.data import BriefInput
from network.opportunities.states import InvitationMove, Source
from network.organisations.models import Organisation
from network.people import usecases as people_usecases
from network.people.states import NameMode
from payments.books.queries import unmatched_lines
from payments.books.usecases import importing, matching
from payments.gateways.registry import stripe_gateway
from payments.invoicing import usecases as invoicing
from payments.payees.data import CallBack, CallBackNote
from payments.payouts import queries as payouts
from payments.payouts.reconcile import record_top_up
from payments.payouts.usecases import bank, destinations, runs
from payments.public import invoices_for

SANDBOX = "Practice Newsroom"


@dataclass(slots=True)
class Cast:
    """Everybody in the story."""

    coordinator: Acting
    preparer: Acting
    approver: Acting
    bookkeeper: Acting
    people: list[Someone]
    askers: list[Asker]


def tell(*, people_count: int, organisation_count: int, seed: int, end: datetime) -> None:
    """Make the network: at least 12 people and 6 organisations, or the story has not enough parts (ValueError)."""
    if people_count < 12 or organisation_count < 6:
        raise ValueError("the story needs at least 12 people and 6 organisations")
    random, time = Random(seed), Clockwork(end)
    people_usecases.load_topics()
    cast = _cast(random, time, people_count, organisation_count)
    _float(time, cast)
    _mentoring(time, cast)
    _finished_and_paid(time, cast)
    _finished_and_owed(time, cast)
    _ended_early(time, cast)
    _under_way(time, cast)
    _waiting(time, cast)
    if settings.STRIPE_API_BASE:
        _funded(time, cast)


def _float(time: Clockwork, cast: Cast) -> None:
    """The bookkeeper reads the first bank statement: what trustees put aside so that people are paid first."""
    with time.at(75, 17) as at:
        day = f"{at:%d/%m/%Y}"
        content = f"Date,Description,Amount,Balance\n{day},FLOAT FROM TRUSTEES,110000.00,110000.00\n"
        actor = cast.bookkeeper(at)
        importing.import_statement(content=content.encode(), profile="signed", actor=actor, at=at)
        for line in unmatched_lines():
            matching.confirm(line_id=line.id, choice="as:float", note="", actor=actor, at=at)


def _funded(time: Clockwork, cast: Cast) -> None:
    """Finance enters what the network moved to its balance with the provider (a stand-in opens with some)."""
    with time.at(0) as at:
        try:
            book = list(stripe_gateway().book(since=at - timedelta(days=1)))
        except Unavailable:
            return  # no stand-in is running here; its opening balance will be finance's first difference
        for line in book:
            if line.type == "topup":
                record_top_up(amount=line.net, external_ref=line.source or line.id, actor=cast.preparer(at), at=at)


def _cast(random: Random, time: Clockwork, people_count: int, organisation_count: int) -> Cast:
    with time.at(181) as at:
        coordinator = staff("coordinator@example.org", "Sam (coordinator)", Role.COORDINATOR, at=at)
        staff("coordinator-2@example.org", "Jo (coordinator)", Role.COORDINATOR, at=at)
        preparer = staff("finance-1@example.org", "Ali (finance)", Role.FINANCE_PREPARER, at=at)
        approver = staff("finance-2@example.org", "Kit (finance)", Role.FINANCE_APPROVER, at=at)
        bookkeeper = staff("bookkeeper@example.org", "Noor (bookkeeper)", Role.BOOKKEEPER, at=at)
        staff("trustee@example.org", "Ira (trustee)", Role.TRUSTEE, at=at)
        staff("safeguarding@example.org", "Max (safeguarding)", Role.SAFEGUARDING, at=at)
        staff("admin@example.org", "Lee (administrator)", Role.ADMIN, at=at)
    askers = [
        requests.register(time, n, coordinator, random, days_ago=178 - n * 0.5 if n < 6 else 30 + n / 100)
        for n in range(organisation_count)
    ]
    Organisation.objects.filter(name=SANDBOX).update(sandbox=True)
    here = people_count - 1  # the last one has been invited and has not come yet
    found = [people.join(random, time, n, coordinator, days_ago=170 - n * 80 / here, lead=n < 8) for n in range(here)]
    with time.at(1, 15) as at:
        people_usecases.invite_person(known_as="Robin", email="invited@example.net", actor=coordinator(at), at=at)
    cast = Cast(coordinator, preparer, approver, bookkeeper, found, askers)
    for n, someone in enumerate(found[:6]):
        with time.at(85 - n / 10, 12) as at:
            people.choose_bank(random, someone, n, at)
    for someone in found[:6]:
        with time.at(81, 11) as at:
            destinations.record_call_back(
                payee_ref=someone.payee_ref,
                note=CallBackNote(how=CallBack.VIDEO, number_held_since=None),
                actor=preparer(at),
                at=at,
            )
    with time.at(12) as at:
        people_usecases.pause(
            person_id=found[9].person_id, until=time.end + timedelta(days=30), actor=found[9].acts(at), at=at
        )
    return cast


def _mentoring(time: Clockwork, cast: Cast) -> None:
    mentor, mentee, other = cast.people[1], cast.people[8], cast.people[7]
    with time.at(76) as at:
        mentoring.offer_to_mentor(person_id=mentor.person_id, capacity=2, open_now=True, actor=mentor.acts(at), at=at)
        pairing = mentoring.propose_pairing(
            mentor_id=mentor.person_id,
            mentee_id=mentee.person_id,
            why="Both want to speak to committees, and both like to write first.",
            actor=cast.coordinator(at),
            at=at,
        )
        mentoring.answer_pairing(pairing_id=pairing, yes=True, actor=mentor.acts(at), at=at)
    with time.at(75) as at:
        mentoring.answer_pairing(pairing_id=pairing, yes=True, actor=mentee.acts(at), at=at)
    for days in (60, 9):
        with time.at(days, 16) as at:
            mentoring.log_session(pairing_id=pairing, held_on=at.date(), minutes=60, actor=mentor.acts(at), at=at)
    with time.at(0.2) as at:
        mentoring.propose_pairing(
            mentor_id=mentor.person_id,
            mentee_id=other.person_id,
            why="You are both new to live radio.",
            actor=cast.coordinator(at),
            at=at,
        )


def _book(
    time: Clockwork,
    cast: Cast,
    *,
    asker: int,
    person: int,
    kind: str,
    title: str,
    topics: tuple[str, ...],
    on: float,
    named: bool = True,
    fee: int = 20000,
    others: tuple[int, ...] = (),
    hour: int = 11,
    confirm: bool = True,
) -> tuple[UUID, UUID, Asker, Someone]:
    """A request from sending to a confirmed booking that takes place `on` days before the end (negative: to come)."""
    who, someone = cast.askers[asker], cast.people[person]
    starts = requests.at_hour(time.end - timedelta(days=on), hour)
    sent = max(on + 16, 10.0)
    with time.at(sent, 9) as at:
        what = requests.brief(
            kind, title, topics, starts, answer_by=at + timedelta(days=5), fee_pence=fee,
            identity=NameMode.FIRST if named else NameMode.NONE,
        )  # fmt: skip
        opportunity = requests.send(who, what, at)
    with time.at(sent - 0.3) as at:
        wanted = [someone, *(cast.people[n] for n in others)]
        asked = requests.accept_and_invite(opportunity, cast.coordinator, wanted, at)
    with time.at(sent - 1, 18) as at:
        invitation = requests.say_yes(opportunity, someone, at, named=named)
        for n in others:
            if cast.people[n].person_id in asked:
                requests.say_yes(opportunity, cast.people[n], at, named=n % 2 == 0)
    with time.at(sent - 3, 12) as at:
        booking = requests.choose_and_open(opportunity, who, someone, invitation, at)
    if confirm:
        with time.at(sent - 4, 17) as at:
            requests.confirm_both(booking, who, someone, at)
    return opportunity, booking, who, someone


def _done(time: Clockwork, cast: Cast, booking: UUID, on: float, *, by: Asker | None = None) -> None:
    with time.at(on - 0.6) as at:
        bookings.mark_done(booking_id=booking, actor=(by.acts if by else cast.coordinator)(at), at=at)


def _close(time: Clockwork, cast: Cast, opportunity: UUID, days_ago: float) -> None:
    with time.at(days_ago) as at:
        opportunities.close_brief(
            opportunity_id=opportunity,
            reason="We had room for one voice this time, and chose by who could come on that day.",
            actor=cast.coordinator(at),
            at=at,
        )


def _pay_everything_due(time: Clockwork, cast: Cast, days_ago: float) -> None:
    """Two people, a bank file, and the statement that says it arrived."""
    with time.at(days_ago, 10) as at:
        run = runs.gather_run(payout_ids=None, actor=cast.preparer(at), at=at)
        digest = runs.submit_run(run_id=run, actor=cast.preparer(at), at=at)
    with time.at(days_ago - 0.1) as at:
        runs.approve_run(run_id=run, digest=digest, actor=cast.approver(at), at=at)
    with time.at(days_ago - 0.2) as at:
        file = bank.make_bank_file(actor=cast.preparer(at), at=at)
    with time.at(days_ago - 0.3) as at:
        digest = payouts.bank_file_visible_to(cast.approver(at), file).file.sha256
        bank.release_bank_file(file_id=file, sha256=digest, actor=cast.approver(at), at=at)
    with time.at(days_ago - 1, 9) as at:
        bank.mark_bank_file_paid(file_id=file, payout_ids=None, paid_on=at.date(), actor=cast.approver(at), at=at)


def _finished_and_paid(time: Clockwork, cast: Cast) -> None:
    opportunity, booking, who, _ = _book(
        time, cast, asker=0, person=0, kind="pre_recorded", title="Six months after the gate", on=50,
        topics=("prison-release", "prison-inside"), others=(2, 3),
    )  # fmt: skip
    _done(time, cast, booking, 50, by=who)
    _close(time, cast, opportunity, 48)
    someone = cast.people[0]
    with time.at(47.5, 18) as at:
        for check_in in check_ins_for(someone.acts(at)):
            bookings.answer_check_in(
                check_in_id=check_in.check_in_id,
                answer="Slept badly, glad I did it. The presenter kept to what we agreed.",
                wants_a_call=False,
                actor=someone.acts(at),
                at=at,
            )
    _pay_everything_due(time, cast, 47)
    with time.at(40) as at:
        bookings.report_back(
            booking_id=booking,
            published="A seven-minute piece on the evening programme",
            url="https://lantern-radio.example/six-months",
            what_changed="The council told us that it will keep a room free each night for people released after five.",
            actor=who.acts(at),
            at=at,
        )
    with time.at(30, 10) as at:
        invoice = invoices_for(who.organisation_id)[0]
        invoicing.record_bank_payment(
            invoice_id=invoice.invoice_id,
            amount=invoice.total,
            received_on=at.date(),
            statement_ref="Statement line 14",
            actor=cast.preparer(at),
            at=at,
        )


def _finished_and_owed(time: Clockwork, cast: Cast) -> None:
    opportunity, booking, who, _ = _book(
        time, cast, asker=2, person=1, kind="committee_oral_public", title="Evidence on support after eighteen", on=4,
        topics=("prison-inside", "leaving-care", "prison-release"), fee=24000, others=(4,),
    )  # fmt: skip
    _done(time, cast, booking, 4, by=who)
    _close(time, cast, opportunity, 3)
    opportunity, booking, who, _ = _book(
        time, cast, asker=1, person=0, kind="print_interview", title="The letter that started it", on=3,
        topics=("prison-release", "policing"), fee=15000, named=False,
    )  # fmt: skip
    _done(time, cast, booking, 3)
    with time.at(1.5) as at:
        invoice = invoices_for(who.organisation_id)[0]
        invoicing.record_bank_payment(
            invoice_id=invoice.invoice_id,
            amount=type(invoice.total)(5000),
            received_on=at.date(),
            statement_ref="Statement line 31",
            actor=cast.preparer(at),
            at=at,
        )


def _ended_early(time: Clockwork, cast: Cast) -> None:
    _, booking, who, someone = _book(
        time, cast, asker=3, person=4, kind="documentary", title="A year in five rooms", on=24,
        topics=("prison-families", "prison-inside"), fee=30000,
    )  # fmt: skip
    with time.at(26) as at:
        bookings.stop_booking(booking_id=booking, actor=someone.acts(at), at=at)
    _, booking, who, _ = _book(
        time, cast, asker=4, person=5, kind="panel", title="Who gets to decide?", on=18,
        topics=("policing", "probation", "prison-release"), named=False,
    )  # fmt: skip
    with time.at(19) as at:
        bookings.cancel_booking(
            booking_id=booking, reason="Our hall has flooded, so the day is off.", actor=who.acts(at), at=at
        )
    opportunity, *_ = _asked(
        time, cast, asker=0, people=(3,), kind="podcast", title="Ten questions nobody asks", sent=34, on=14,
        topics=("prison-inside",),
    )  # fmt: skip
    with time.at(32) as at:
        requests.say_yes(opportunity, cast.people[3], at)
    with time.at(29) as at:
        someone = cast.people[3]
        from network.consent.models import Grant

        grant = Grant.objects.get(person_id=someone.person_id, opportunity_id=opportunity)
        with_cards = cast.askers[0].acts(at)
        from network.consent import gate

        with gate.window():
            opportunities.cards_for(opportunity_id=opportunity, actor=with_cards, at=at)
        consent.withdraw(grant_id=grant.id, actor=someone.acts(at), at=at)
    _close(time, cast, opportunity, 27)
    with time.at(22) as at:
        what = _plain(time, "photo", "Portraits of people leaving", ("prison-release",), on=8, at=at)
        declined = requests.send(cast.askers[3], what, at)
    with time.at(21) as at:
        opportunities.decline(
            opportunity_id=declined,
            reason="The pictures would show doors and streets that people could be found by. We would gladly talk about "
            "another way.",
            actor=cast.coordinator(at),
            at=at,
        )
    with time.at(11) as at:
        what = _plain(time, "background_briefing", "How a release day works", ("prison-release",), on=-6, at=at)
        taken_back = requests.send(cast.askers[1], what, at)
    with time.at(10.5) as at:
        opportunities.withdraw_brief(
            opportunity_id=taken_back, reason="The series was put off.", actor=cast.askers[1].acts(at), at=at
        )


def _plain(
    time: Clockwork, kind: str, title: str, topics: tuple[str, ...], *, on: float, at: datetime, fee: int = 20000
) -> BriefInput:
    starts = requests.at_hour(time.end - timedelta(days=on), 14)
    return requests.brief(kind, title, topics, starts, answer_by=at + timedelta(days=5), fee_pence=fee)


def _asked(
    time: Clockwork,
    cast: Cast,
    *,
    asker: int,
    people: tuple[int, ...],
    kind: str,
    title: str,
    topics: tuple[str, ...],
    sent: float,
    on: float,
    fee: int = 20000,
) -> tuple[UUID, list[UUID]]:
    with time.at(sent, 10) as at:
        opportunity = requests.send(cast.askers[asker], _plain(time, kind, title, topics, on=on, at=at, fee=fee), at)
    with time.at(sent - 0.4) as at:
        asked = requests.accept_and_invite(opportunity, cast.coordinator, [cast.people[n] for n in people], at)
    return opportunity, asked


def _under_way(time: Clockwork, cast: Cast) -> None:
    """Bookings to come: one confirmed by both, one waiting for the person."""
    _book(
        time, cast, asker=0, person=0, kind="live_broadcast", title="Morning programme: the first night out", on=-5,
        topics=("prison-release", "probation"), fee=25000, hour=8,
    )  # fmt: skip
    _book(
        time, cast, asker=1, person=2, kind="podcast", title="The long way to a front door", on=-9,
        topics=("prison-families", "prison-inside"), confirm=False,
    )  # fmt: skip


def _waiting(time: Clockwork, cast: Cast) -> None:
    """What somebody has to do next, for each role."""
    opportunity, _ = _asked(
        time, cast, asker=0, people=(0, 2, 3, 6, 7), kind="pre_recorded", title="What a second chance costs", sent=3,
        on=-14, topics=("prison-release", "policing"), fee=22000,
    )  # fmt: skip
    for n, move in ((2, "yes"), (3, "yes"), (6, "question"), (7, "no")):
        with time.at(1.5 - n / 10) as at:
            someone = cast.people[n]
            try:
                invitation = requests.invitation_of(opportunity, someone.person_id)
            except LookupError:
                continue
            if move == "yes":
                requests.say_yes(opportunity, someone, at, named=n == 2)
            elif move == "question":
                opportunities.ask_question(
                    invitation_id=invitation,
                    text="Will the presenter have read anything about me before we start?",
                    actor=someone.acts(at),
                    at=at,
                )
            else:
                opportunities.answer_invitation(
                    invitation_id=invitation, move=InvitationMove.NO, actor=someone.acts(at), at=at
                )
    _asked(
        time, cast, asker=2, people=(0, 1, 5), kind="written_evidence", title="Evidence on release on a Friday", sent=2,
        on=-21, topics=("prison-release",), fee=15000,
    )  # fmt: skip
    with time.at(1, 11) as at:
        requests.send(
            cast.askers[4],
            _plain(
                time, "event_speaking", "Opening the festival", ("leaving-care", "policing"), on=-30, at=at, fee=30000
            ),
            at,
        )
    with time.at(0.8) as at:
        held = requests.send(
            cast.askers[3],
            _plain(time, "documentary", "Ten days in March", ("detention",), on=-60, at=at, fee=40000),
            at,
        )
    with time.at(0.6) as at:
        opportunities.hold(
            opportunity_id=held,
            reason="We asked who else will be filmed, and wait for the answer.",
            until=at + timedelta(days=5),
            actor=cast.coordinator(at),
            at=at,
        )
    with time.at(0.4) as at:
        opportunities.save_draft(
            brief=_plain(time, "live_broadcast", "Budget day reactions", ("universal-credit",), on=-25, at=at),
            organisation_id=cast.askers[0].organisation_id,
            source=Source.WEB,
            actor=cast.askers[0].acts(at),
            at=at,
        )
    with time.at(0.3) as at:
        requests.send(
            cast.askers[0],
            _plain(time, "live_broadcast", "The addict next door: a phone-in", ("recovery",), on=-12, at=at, fee=25000),
            at,
        )
