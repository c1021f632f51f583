"""Rounds of the delayed artefacts (bar D4): queue things while the queue is paused, withdraw, let the queue run, and see
what went out. The witnesses are the mailbox, what an organisation's browser is given, and what a link answers; never
the product's own opinion.

A round is drawn from its seed alone. It runs inside a savepoint that is taken back, so that one world serves them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest.mock import patch

from django.core import mail
from django.db import transaction
from django.test import Client

from backend.kernel.errors import Conflict
from backend.outbox import worker
from backend.outbox.models import Work
from network.bookings import usecases as bookings
from network.bookings.models import Booking
from network.bookings.states import LIVE
from network.consent.models import Grant, Release
from network.consent.queries import status
from network.notifications import links
from network.notifications.catalogue import CATALOGUE
from network.notifications.models import Delivery, Notice
from network.notifications.states import DeliveryState
from network.people.models import Person
from network.privacy import usecases as privacy
from tests.withdrawal.world import MARK, World

WAYS = ("stop", "stop and keep", "by link", "leave", "forget me", "one consent", "one booking")
WHOLE = WAYS[:5]
HOW_FAR = ("untouched", "told", "half sent")
TOGETHER = 8  # artefacts in one round
# Events that change things themselves when their turn comes: afterwards one cannot tell what was so at a sending before.
MOVES_THINGS = {"erasure.asked", "consent.expired", "consent.withdrawn", "opportunity.chosen"}


@dataclass
class Outcome:
    """What a run found, and how many cases of each kind it was."""

    cases: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.cases.values())


class _Undo(Exception):
    """Takes a round back."""


@contextmanager
def taken_back() -> Iterator[None]:
    try:
        with transaction.atomic(), transaction.atomic(using="keys"):
            yield
            raise _Undo
    except _Undo:
        mail.outbox.clear()


class DeafProvider:
    """Stands where Stripe would: keeps what it was asked, answers nothing."""

    asked: list[str]

    def __init__(self) -> None:
        self.asked = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: object, **named: object) -> Any:
            self.asked.append(f"{name} {args!r} {named!r}")
            raise ConnectionError("nobody there")

        return call


def run_queue(*, mails_first: bool = False) -> None:
    """Until nothing is due. What fails is put off, so this ends. The mail workers may be quicker than the others."""
    if mails_first:
        worker.run_due(queues=("mail",))
    for _ in range(50):
        if not worker.run_due():
            return
    raise AssertionError("the queue does not come to rest")


def tell_only() -> None:
    """Write down who is told of what waits, and send nothing: the mail workers are paused."""
    for _ in range(10):
        if not worker.run_due(queues=("default",)):
            return


def withdraw(world: World, way: str, rng: Random, link: str) -> None:
    match way:
        case "stop":
            bookings.stop_everything(person_id=world.wren, actor=world.me, at=world.at)
        case "stop and keep":
            bookings.stop_everything(person_id=world.wren, keep_bookings=True, actor=world.me, at=world.at)
        case "by link":
            links.stop_everything(link=link, at=world.at)
        case "leave":
            bookings.leave(person_id=world.wren, actor=world.me, at=world.at)
        case "forget me":
            from dataclasses import replace

            privacy.ask_to_be_erased(
                person_id=world.wren, actor=replace(world.me, stepped_up_at=world.at), at=world.at
            )  # fmt: skip
        case "one consent":
            bookings.stop_sharing(grant_id=rng.choice(world.for_request()), actor=world.me, at=world.at)
        case "one booking":
            with suppress(Conflict):  # what was told already may have ended it: that is its stop
                bookings.stop_booking(
                    booking_id=rng.choice([world.agreeing, world.confirmed]), actor=world.me, at=world.at
                )


def a_link(world: World) -> str:
    """The link of a mail that she has had for a while."""
    notice = Notice.objects.filter(person_id=world.wren).order_by("created_at", "id").first()
    assert notice is not None
    return links.make_link(notice.token, opens=True)


def _digest(world: World) -> object:
    """What a link could have changed."""
    return (
        list(Person.objects.filter(id=world.wren).values_list("state", "quiet_since", "paused_until", "links_since")),
        list(Grant.objects.filter(person_id=world.wren).order_by("id").values_list("id", "state")),
        list(Booking.objects.filter(person_id=world.wren).order_by("id").values_list("id", "state", "version")),
    )


class Round:
    """One world, one way of withdrawing, and what was under way when it happened."""

    def __init__(self, world: World, seed: int, outcome: Outcome, *, topics: list[str], way: str = "") -> None:
        self.world, self.seed, self.outcome = world, seed, outcome
        self.rng = Random(seed)
        self.way = way or self.rng.choice(WAYS)
        self.topics = sorted(topics, key=lambda topic: topic not in CATALOGUE)  # messages first: others are not told
        self.provider = DeafProvider()

    def fault(self, what: str) -> None:
        self.outcome.faults.append(f"seed {self.seed}, {self.way}: {what}")

    def play(self) -> None:
        with (
            taken_back(),
            patch("payments.payouts.handlers.stripe_gateway", lambda: self.provider),
            patch("payments.invoicing.handlers.stripe_gateway", lambda: self.provider),
        ):
            Work.objects.update(state="done")  # what the scene itself left behind is not this round's
            Delivery.objects.update(state=DeliveryState.SUPPRESSED)
            desk = self.world.desk_browser() if self.rng.random() < 0.25 else None
            address, held = self.world.address, self._mails_had()
            answers, served = self.world.answer_links(), self.world.served()
            queued = [(topic, self._queue(topic)) for topic in self.topics]
            booked = Booking.objects.count()
            before = set(Work.objects.filter(state="ready").values_list("id", flat=True))
            withdraw(self.world, self.way, self.rng, held[0])
            mail.outbox.clear()
            run_queue(mails_first=self.rng.random() < 0.5)
            self._mails(address, queued, before)
            if self.way in WHOLE:
                self._links(held, answers)
            self._nothing_opened(booked)
            self._references()
            if desk is not None:
                self._served(desk, served)

    def _queue(self, topic: str) -> str:
        """Put one event under way, as far as the draw says. Returns how far."""
        others = self.world.others()
        object_id = others[topic]() if topic in others else self.rng.choice(self.world.fitting(topic))
        self.world.queue(topic, object_id)
        far = self.rng.choice(HOW_FAR) if topic in CATALOGUE else HOW_FAR[0]
        if far != HOW_FAR[0]:
            tell_only()
        if far == "half sent":  # a worker took it and vanished before the mail server had answered
            Delivery.objects.filter(state=DeliveryState.QUEUED).update(
                state=DeliveryState.SENDING, taken_at=self.world.at
            )
        return far

    def _mails_had(self) -> list[str]:
        """Links of mails that she had before."""
        return [a_link(self.world)]

    def _mails(self, address: str, queued: list[tuple[str, str]], before: set[Any]) -> None:
        whole = self.way in WHOLE
        for topic, far in queued:
            self.outcome.cases[f"{topic} ({far})"] += 1
        for message in mail.outbox:
            text = message.message().as_string()
            if message.to == [address]:
                if whole and not self._is_own_code(str(message.subject)):
                    self.fault(f"a mail went to her: {message.subject}; under way were {queued}")
            elif MARK in text.lower():
                self.fault(f"a mail to somebody else names her: {message.subject}")
        if not whole and MOVES_THINGS.isdisjoint(self.topics):
            self._nothing_asked_of_what_stopped(before)
        if any(MARK in asked.lower() for asked in self.provider.asked):
            self.fault("the payment provider was told more than it needs")

    def _is_own_code(self, subject: str) -> bool:
        """She may still sign in after STOP, and the code that she asked for herself comes; not once she has left.
        (When she asks to be forgotten it comes until the saga has its turn.)"""
        return subject == "Your code" and self.way != "leave"

    def _nothing_asked_of_what_stopped(self, before: set[Any]) -> None:
        """One thing was stopped: nobody is asked to confirm, answer or attend it. (News of other things may go.)"""
        sent = Delivery.objects.filter(state=DeliveryState.SENT).select_related("notice")
        from network.notifications.audience import still_true
        from network.notifications.data import Audience

        for delivery in sent:
            notice = delivery.notice
            if not still_true(notice.topic, notice.object_id, Audience(notice.audience), self.world.at):
                self.fault(f"{notice.topic} was sent although it is no longer so")

    def _links(self, had: list[str], answers: list[str]) -> None:
        """Every link made before does nothing, all in the same bytes, and a POST changes nothing."""
        client, seen, before = Client(), set(), _digest(self.world)
        fetched = [f"/m/{link}/{step}" for link in had for step in ("", "stop/", "this/", "later/")]
        fetched += [f"/a/{token}/{step}" for token in answers for step in ("", "yes/", "question/", "stop/")]
        fetched += ["/m/" + "x" * 44 + "/", "/a/forged/"]
        for path in fetched:
            answer = client.get(path)
            self.outcome.cases["link fetched"] += 1
            seen.add((answer.status_code, answer.content))
        posted = [f"/m/{link}/{step}/" for link in had for step in ("stop", "this", "later")]
        posted += [f"/a/{token}/{step}/" for token in answers for step in ("no", "not-now", "stop")]
        for path in posted:
            answer = client.post(path)
            self.outcome.cases["link pressed"] += 1
            seen.add((answer.status_code, answer.content))
        if len(seen) != 1 or {code for code, _ in seen} != {404}:
            self.fault(f"links answered in {len(seen)} ways: {sorted(code for code, _ in seen)}")
        if _digest(self.world) != before:
            self.fault("a link that is over changed something")

    def _nothing_opened(self, booked: int) -> None:
        """No booking began or goes on for her, but what she kept herself."""
        if self.way not in WHOLE:
            return
        live = Booking.objects.filter(person_id=self.world.wren, state__in=LIVE)
        if self.way == "stop and keep":
            live = live.filter(asked_until__isnull=True)
        self.outcome.cases["booking"] += 1
        if Booking.objects.count() != booked:
            self.fault("a booking began")
        if live.exists():
            self.fault("a booking goes on")

    def _references(self) -> None:
        """The consent references that organisations hold read as withdrawn."""
        ended = set(Grant.objects.filter(person_id=self.world.wren, state="given").values_list("id", flat=True))
        for release in Release.objects.all():
            self.outcome.cases["reference"] += 1
            said = status(release.ref, actor=self.world.member, at=self.world.at)
            if (said == "valid") is not (release.grant_id in ended):
                self.fault(f"a reference says {said}")
            if said == "valid" and self.way in WHOLE:
                self.fault("a reference is still good")

    def _served(self, desk: Client, served: Mapping[str, str]) -> None:
        """What an organisation's browser is given, in a session from before."""
        if self.way not in WHOLE:
            return
        for name, path in served.items():
            self.outcome.cases["fetched by the organisation"] += 1
            if MARK in desk.get(path).content.decode(errors="replace").lower():
                self.fault(f"{name} still shows her")


def deal(topics: list[str], rounds: int, seed: int) -> Iterator[tuple[int, list[str]]]:
    """Hands of artefacts, so that every topic is dealt about equally often, from one seed."""
    rng = Random(seed)
    deck: list[str] = []
    for number in range(rounds):
        hand: list[str] = []
        while len(hand) < min(TOGETHER, len(topics)):
            if not deck:
                deck = list(topics)
                rng.shuffle(deck)
            topic = deck.pop()
            if topic in hand:
                deck.insert(0, topic)
            else:
                hand.append(topic)
        yield seed * 1_000_000 + number, hand
