"""A payment run with many workers that are killed, against the stand-in's own book.

    python -m tests.chaos.money prepare COUNT PEOPLE      so much owed, put forward and approved, by the use cases
    python -m tests.chaos.money pool WORKERS KILLS SEED   forks workers, kills them with SIGKILL at drawn moments and
                                                          forks others, until nothing is left to do; prints JSON

The handlers, the claims and the leases are the product's own. Waits are shortened by `HURRY`, mutants come by
OWN_WORDS_MUTANT (`MUTANTS`), clocks may be skewed by MONEY_SKEW.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import django

django.setup()

from django.conf import settings  # noqa: E402 - needs Django to be ready
from django.db import DatabaseError, connection, connections, transaction  # noqa: E402

from backend.kernel import clock  # noqa: E402
from backend.kernel.actor import Actor, ActorKind, Role  # noqa: E402
from backend.outbox import registry, tasks, worker  # noqa: E402
from payments import public  # noqa: E402
from payments.gateways.stripe_connect import StripeConnect  # noqa: E402
from payments.handlers import SUBSCRIPTIONS, TOPICS  # noqa: E402
from payments.money import Pence  # noqa: E402
from payments.payouts import queries, schedule  # noqa: E402
from payments.payouts.usecases import batches, runs, sending  # noqa: E402
from payments.payouts.usecases.destinations import record_call_back  # noqa: E402
from payments.rates.usecases import set_rate  # noqa: E402
from tests.payments.cast import IN_PERSON, staff  # noqa: E402

# Waits that are minutes in production. Each stays longer than what it waits for here.
HURRY: tuple[tuple[object, str, timedelta], ...] = (
    (worker, "LEASE", timedelta(seconds=4)),
    (worker, "SHORT_LEASE", timedelta(seconds=4)),
    (worker, "FIRST_DELAY", timedelta(seconds=0.5)),
    (sending, "LEASE", timedelta(seconds=4)),
    (sending, "LOOK_AGAIN", timedelta(seconds=1)),
    (sending, "EMPTY_TWICE", timedelta(seconds=3)),
    (sending, "PARKED_FOR", timedelta(seconds=2)),
    (schedule, "LOST_RING", timedelta(seconds=6)),
)
QUICK_RETRY = 0.05  # seconds between the provider client's own tries


def hurry() -> None:
    for where, name, value in HURRY:
        setattr(where, name, value)
    import stripe._http_client as client

    client.HTTPClient._sleep_time_seconds = lambda *args, **kwargs: QUICK_RETRY  # type: ignore[method-assign]
    registry.connect(SUBSCRIPTIONS, TOPICS)


# --- programs made wrong on purpose -----------------------------------------------------------------------------------


def _fresh_keys() -> None:
    """A new key for each attempt, and no look into the provider's book first."""
    plain = StripeConnect.send
    StripeConnect.send = lambda self, order: plain(self, replace(order, key=str(uuid4())))  # type: ignore[method-assign]
    StripeConnect.find_by_group = lambda self, group: []  # type: ignore[method-assign]


def _state_then_ledger() -> None:
    """State and ledger in two commits."""
    one, many = sending._post_sent, batches._post

    def later(plain: Callable[..., None], *args: Any) -> None:
        transaction.on_commit(lambda: plain(*args))

    sending._post_sent = partial(later, one)
    batches._post = partial(later, many)


def _own_clock() -> None:
    """Leases by the worker's own clock, which the skew has moved."""
    worker.database_now = lambda: clock.now()  # type: ignore[attr-defined]  # noqa: PLW0108 - as it is by then


def _one_by_one() -> None:
    """No batches."""
    registry.connect([replace(s, together=None, most=1) for s in SUBSCRIPTIONS], TOPICS)


def _no_sweeper() -> None:
    """The broker is believed: nobody looks into the outbox for what was not rung for."""
    tasks.sweep = lambda at=None: 0
    schedule.settle_unknowns = lambda at: 0


MUTANTS: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "fresh-keys": _fresh_keys,
    "state-then-ledger": _state_then_ledger,
    "own-clock": _own_clock,
    "one-by-one": _one_by_one,
    "no-sweeper": _no_sweeper,
}


# --- before -----------------------------------------------------------------------------------------------------------


def _post(path: str, body: dict[str, object]) -> None:
    data = json.dumps(body).encode()
    with urllib.request.urlopen(f"{settings.STRIPE_API_BASE}{path}", data=data, timeout=10) as answer:
        answer.read()


def _account(payee_ref: UUID, person: Actor, at: datetime) -> None:
    from payments.payees import details
    from payments.payees.data import Purpose

    assert person.person_id is not None
    common: dict[str, Any] = {"payee_ref": payee_ref, "owner": person.person_id, "actor": person, "at": at}
    public.set_payment_choice(route=public.Route.STRIPE, legal_name="A Example", bank=None, **common)
    public.onboarding_link(refresh_url="http://127.0.0.1/r", return_url="http://127.0.0.1/b", **common)
    with transaction.atomic():
        account = details.open_for(payee_ref, Purpose.ONBOARD, person, at).stripe_account
    _post("/_test/capability", {"account": account, "status": "active"})
    public.check_onboarding(payee_ref=payee_ref, owner=person.person_id, actor=person, at=at)


def prepare(count: int, people: int) -> None:
    now = clock.now()
    long_ago = now - timedelta(days=10)
    for kind in ("payout_limit_pence", "payee_week_limit_pence", "network_day_limit_pence"):
        set_rate(
            kind=f"policy:{kind}", effective_from=long_ago.date(), value=10**9, source="A long run in a test",
            actor=staff(Role.FINANCE_APPROVER), at=long_ago,
        )  # fmt: skip
    preparer, approver = staff(Role.FINANCE_PREPARER, at=now), staff(Role.FINANCE_APPROVER, at=now)
    payees = [uuid4() for _ in range(people)]
    for payee_ref in payees:
        person = Actor(
            kind=ActorKind.USER, user_id=uuid4(), roles=frozenset({Role.SPOKESPERSON}), person_id=uuid4(),
            session_ref="person", stepped_up_at=long_ago,
        )  # fmt: skip
        public.register_payee(payee_ref=payee_ref, owner_user_id=person.user_id, at=long_ago)
        _account(payee_ref, person, long_ago)
        record_call_back(
            payee_ref=payee_ref, note=IN_PERSON, actor=replace(preparer, stepped_up_at=long_ago), at=long_ago
        )
    with transaction.atomic():
        for number in range(count):
            public.fee_owed(
                key=f"fee:{number}", payee_ref=payees[number % people], customer_ref=None,
                reference=f"BK-{number:06d}", amount=Pence(10000 + number), pay_by=now.date(),
                description_code="fee", actor=Actor.system("test"), at=now,
            )  # fmt: skip
    run_id = runs.prepare_run(payout_ids=None, actor=preparer, at=now)
    digest = queries.run_visible_to(approver, run_id).digest
    runs.approve_run(run_id=run_id, digest=digest, actor=approver, at=now)


# --- the run ----------------------------------------------------------------------------------------------------------


def _left() -> int:
    """Payouts that are not paid yet, as the parent of the workers sees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM payments_payout WHERE state <> 'paid'")
        return int(cursor.fetchone()[0])


def _sent_within() -> float:
    """Seconds from the first attempt to the last payout that was accepted and in the book."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(made_at) FROM payments_payout_attempt")
        first = cursor.fetchone()[0]
        cursor.execute("SELECT max(settled_at) FROM payments_payout_attempt")
        last = cursor.fetchone()[0]
    if first is None or last is None:
        return 0.0
    return float((_moment(last) - _moment(first)).total_seconds())


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _work(number: int) -> None:
    """One worker for ever: due work, and (one of them) what runs by the clock."""
    skews = [float(part) for part in os.environ.get("MONEY_SKEW", "0").split(",")]
    skew = timedelta(seconds=skews[number % len(skews)])
    plain_now = clock.now
    clock.now = lambda: plain_now() + skew
    while True:
        try:
            done = worker.run_due(queues=("money",), most=20)
            if number == 0 or not done:
                worker.bury_lost()
                schedule.settle_unknowns(clock.database_now())
            if not done:
                time.sleep(0.1)
        except DatabaseError:  # the server went away: a new line to it, and on
            time.sleep(0.2)
        worker.close_connections()  # of both databases, as the product's own loop does between its rounds


def _fork(number: int) -> int:
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            _work(number)
        finally:
            os._exit(1)
    return pid


def pool(workers: int, kills: int, seed: int, patience: float = 900) -> dict[str, object]:
    """Run until all is paid or patience ends. Kills are spread over the run by what is left to do."""
    draw = random.Random(seed)
    total = _left()
    pids = {n: _fork(n) for n in range(workers)}
    killed, start = 0, time.monotonic()
    left = total
    while left and time.monotonic() - start < patience:
        # As many kills as the share of the work that is done, and at least one a second.
        due = kills * (total - left) / max(1, total) + (time.monotonic() - start)
        if killed < min(kills, due):
            number = draw.randrange(workers)
            os.kill(pids[number], signal.SIGKILL)
            os.waitpid(pids[number], 0)
            pids[number] = _fork(number)
            killed += 1
            time.sleep(draw.uniform(0, 0.02))
            if killed % 4:
                continue
        else:
            time.sleep(0.02)
        try:
            left = _left()
        except DatabaseError:
            connections["default"].close()
    took = time.monotonic() - start
    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return {"seconds": round(took, 2), "sent": round(_sent_within(), 2), "kills": killed, "left": left, "seed": seed}


def main(argv: Sequence[str]) -> None:
    hurry()
    MUTANTS[os.environ.get("OWN_WORDS_MUTANT", "")]()
    if argv[0] == "prepare":
        prepare(int(argv[1]), int(argv[2]))
    else:
        print(json.dumps(pool(int(argv[1]), int(argv[2]), int(argv[3]), float(argv[4]) if len(argv) > 4 else 900)))


def __getattr__(name: str) -> Any:
    """`celery -A tests.chaos.money`: the product's own app, with this module's short waits."""
    if name in ("app", "celery"):
        from backend.config.celery import app

        hurry()
        MUTANTS[os.environ.get("OWN_WORDS_MUTANT", "")]()
        return app
    raise AttributeError(name)


if __name__ == "__main__":
    main(sys.argv[1:])
