"""Bar D4: whatever was under way before a withdrawal and has its turn after it discloses nothing and sends nothing.

Every topic that anybody subscribes to and every scheduled job is a case, or the first test fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils.module_loading import import_string

from backend.config.schedule import SCHEDULE
from backend.config.subscriptions import SUBSCRIPTIONS
from backend.outbox.models import Work
from network.bookings import handlers as bookings_handlers
from network.bookings.models import Booking
from network.consent import gate
from network.consent.models import Grant
from network.notifications import links, usecases
from network.notifications.catalogue import CATALOGUE
from network.notifications.data import Audience
from network.notifications.models import Delivery, Notice
from network.notifications.states import DeliveryState
from network.opportunities import links as answers
from network.people.models import Person
from network.people.states import Channel
from tests.withdrawal.rounds import HOW_FAR, WAYS, WHOLE, Outcome, Round, a_link, deal, run_queue, taken_back, withdraw
from tests.withdrawal.world import World

SEED = 20261122
SHORT_ROUNDS = 36
TOPICS = sorted({s.topic for s in SUBSCRIPTIONS})
# Scheduled jobs that hold no person's data and send nothing about one: they only call the provider or tidy up.
NOT_ABOUT_ANYBODY = {
    "outbox-sweep", "schedule-lost", "outbox-tidy", "once-tidy", "accounts-tidy", "parliament-refresh",
    "payouts-settle", "checkouts-settle", "stripe-sweep", "reconcile",
}  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def play(world: World, rounds: int, *, seed: int = SEED, topics: list[str] = TOPICS, way: str = "") -> Outcome:
    outcome = Outcome()
    for number, hand in deal(topics, rounds, seed):
        Round(world, number, outcome, topics=hand, way=way).play()
    return outcome


def test_every_subscription_and_every_message_is_a_case(world: World) -> None:
    others = set(world.others())
    assert set(TOPICS) == set(CATALOGUE) | others
    for topic in CATALOGUE:
        assert world.fitting(topic), f"{topic}: nothing of this kind in the world"
    for topic, make in world.others().items():
        assert make(), topic
    dealt = {topic for _, hand in deal(TOPICS, SHORT_ROUNDS, SEED) for topic in hand}
    assert dealt == set(TOPICS)  # the short tier misses none


def test_each_message_would_have_been_sent(world: World) -> None:
    """The positive control: without a withdrawal every line of the catalogue that is mailed to her does go."""
    silent = []
    for topic, entry in CATALOGUE.items():
        line = entry.line(Audience.PERSON)
        if line is None or not line.mail or topic == "person.invited":  # she has joined: that one is never sent again
            continue
        with taken_back():
            Work.objects.update(state="done")
            Delivery.objects.update(state=DeliveryState.SUPPRESSED)
            address = world.address
            world.queue(topic, Random(SEED).choice(world.fitting(topic)))
            run_queue()
            if not any(message.to == [address] for message in mail.outbox):
                silent.append(topic)
    assert silent == []


def test_each_link_and_page_would_have_answered(world: World) -> None:
    client, link = Client(), a_link(world)
    for path in (f"/m/{link}/", f"/m/{link}/stop/", f"/m/{link}/this/", f"/m/{link}/later/"):
        assert client.get(path).status_code == 200, path
    for token in world.answer_links():
        assert client.get(f"/a/{token}/").status_code == 200
    desk = world.desk_browser()
    assert sum("wren" in desk.get(path).content.decode().lower() for path in world.served().values()) >= 5


def test_nothing_under_way_outlives_a_withdrawal(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = play(world, SHORT_ROUNDS)
    with capsys.disabled():
        print(f"\nD4 short tier: {outcome.count} cases, {len(outcome.faults)} faults, seed {SEED}")
    assert outcome.faults == []
    assert outcome.count >= 1000


@pytest.mark.slow
@pytest.mark.parametrize("part", range(1, 9))
def test_ten_thousand_cases(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: int) -> None:
    """Each topic in each way and at each point of its way, by seed; links and pages besides. Eight parts, each of an
    eighth, so that several processes can share them and one can be run by itself."""
    outcome = play(world, 164, seed=SEED + part)
    topics = sum(n for name, n in outcome.cases.items() if "(" in name)
    with capsys.disabled():
        print(
            f"\nD4, part {part} of 8: {topics} queued artefacts, {outcome.count} cases in all, "
            f"{len(outcome.faults)} faults"
        )
    (tmp_path / "d4.json").write_text(json.dumps(outcome.cases, indent=1))
    assert outcome.faults == []
    assert topics >= 1250
    assert {name.split(" (")[0] for name in outcome.cases if "(" in name} == set(TOPICS)


@pytest.mark.parametrize("way", WHOLE[:4])
def test_no_scheduled_job_writes_to_somebody_who_stopped(world: World, way: str) -> None:
    """At each job's own time, for a month."""
    jobs = [job for job in SCHEDULE if job.name not in NOT_ABOUT_ANYBODY]
    assert {job.name for job in SCHEDULE} >= NOT_ABOUT_ANYBODY
    address = world.address
    Work.objects.update(state="done")  # what the scene itself left behind is not this test's
    withdraw(world, way, Random(SEED), a_link(world))
    mail.outbox.clear()
    for days in (0, 1, 4, 8, 15, 31):
        for job in jobs:
            import_string(job.function)(at=world.at + timedelta(days=days, minutes=5))
        Work.objects.filter(state="ready").update(not_before=world.at)
        run_queue()
    assert [m.subject for m in mail.outbox if m.to == [address]] == []
    assert [m.subject for m in mail.outbox if "wren" in m.message().as_string().lower()] == []
    assert not Booking.objects.filter(person_id=world.wren, state__in=("agreeing", "confirmed")).exists()
    assert not Grant.objects.filter(person_id=world.wren, state="given").exclude(layer="keep_record").exists()


# --- mutants: each must be found --------------------------------------------------------------------------------------


def _decided_when_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address and the link are put into the queue, and used as they stand when the turn comes."""
    kept: dict[Any, tuple[str, str]] = {}
    plain = usecases._keep

    def keep(notice: Notice, route: Any, state: Any, *rest: Any) -> None:
        plain(notice, route, state, *rest)
        if state is DeliveryState.QUEUED and notice.person_id is not None:
            address = gate.contact_for_message(person_id=notice.person_id, channel=Channel.EMAIL, at=rest[1])
            if address:
                kept[notice.id] = address, links.make_link(notice.token, opens=True)

    taken = usecases._take

    def take(delivery_id: Any, at: Any) -> Any:
        delivery = Delivery.objects.select_related("notice").get(id=delivery_id)
        if delivery.notice_id in kept and delivery.state in (DeliveryState.QUEUED, DeliveryState.SENDING):
            Delivery.objects.filter(id=delivery_id).update(state=DeliveryState.SENDING)
            return delivery, *kept[delivery.notice_id]
        return taken(delivery_id, at)

    monkeypatch.setattr(usecases, "_keep", keep)
    monkeypatch.setattr(usecases, "_take", take)


def _links_never_die(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "takes_links", lambda person_id, *, made_at: True)


def _answer_links_never_die(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "takes_links", lambda person_id, *, made_at: True)


def _a_choice_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A choice that waits in the queue opens its booking whatever happened since."""
    from network.bookings.usecases import opening, stopping

    monkeypatch.setattr(stopping, "stop_unbooked", lambda **which: 0)
    monkeypatch.setattr(bookings_handlers, "stop_unbooked", lambda **which: 0)
    monkeypatch.setattr(opening, "grant_facts", lambda grant_id: None)


def _erasure_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Being forgotten stops nothing until the saga has its turn."""
    monkeypatch.setattr("network.privacy.usecases.erasing.bookings.stop_everything", lambda **given: None)


MUTANTS: dict[Callable[[pytest.MonkeyPatch], None], tuple[str, str]] = {
    _decided_when_queued: ("stop", "a mail went to her"),
    _links_never_die: ("leave", "links answered"),
    _answer_links_never_die: ("stop", "links answered"),
    _a_choice_is_not_asked_again: ("stop", "a booking began"),
    _erasure_waits_for_its_turn: ("forget me", "a mail went to her"),
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__.strip("_"))
def test_a_mutant_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, mutant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    way, expected = MUTANTS[mutant]
    mutant(monkeypatch)
    # The order in which queued work is taken is not drawn from the seed: a fault may need another hand to show.
    faults: list[str] = []
    for more in range(4):
        faults += play(world, len(TOPICS) // 8 + 1, seed=SEED + more, way=way).faults
        if any(expected in fault for fault in faults):
            return
    raise AssertionError(faults)


def test_the_world_is_left_as_it_was(world: World) -> None:
    """Rounds take themselves back, so that one cannot hide another's fault."""
    before = list(Person.objects.order_by("id").values()), list(Grant.objects.order_by("id").values())
    play(world, 3)
    assert (list(Person.objects.order_by("id").values()), list(Grant.objects.order_by("id").values())) == before


def test_every_way_and_every_distance_is_drawn() -> None:
    drawn = {Random(seed).choice(WAYS) for seed, _ in deal(TOPICS, SHORT_ROUNDS, SEED)}
    assert drawn == set(WAYS)
    assert len(HOW_FAR) == 3
