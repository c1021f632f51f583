"""Workers as they run in production, and what happens when they, or the broker, do not."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.backend.outbox.places import ROOT, Place, own_database, own_redis, wait_for

pytestmark = pytest.mark.processes
DONE_BOTH = {"probe.inside done": 1, "probe.outside done": 1, "probe.echo done": 1}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The embedded way: a database and no broker."""
    with own_database(tmp_path) as database:
        place = Place(tmp_path, database)
        try:
            yield place
        finally:
            place.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with own_redis(tmp_path) as found:
        yield found


def test_the_embedded_worker_does_everything_and_stops_cleanly(place: Place) -> None:
    worker = place.worker()
    place.publish("probe.inside")
    place.publish("probe.outside")
    wait_for(lambda: place.states() == DONE_BOTH, "all work done")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0


@pytest.mark.parametrize("topic", ["probe.inside", "probe.outside"])
def test_killed_in_the_middle_it_is_done_again_and_takes_effect_once(place: Place, topic: str) -> None:
    place.hold.touch()
    first = place.worker()
    place.publish(topic)
    started = "begin" if topic == "probe.outside" else "inside"
    wait_for(lambda: place.lines(started), "the handler to have begun")
    place.kill(first)
    place.hold.unlink()
    assert f"{topic} ready" in place.states(), "not lost"
    assert "probe.echo ready" not in place.states(), "nothing of it committed"
    place.end_leases()
    place.worker()
    wait_for(lambda: place.states().get(f"{topic} done") == 1, "the work to be done again")
    assert len(place.lines(started)) == 2
    if topic == "probe.inside":
        wait_for(lambda: place.lines("echo"), "its effect")
        assert place.states() == {"probe.inside done": 1, "probe.echo done": 1}
    else:
        assert len(place.lines("end")) == 1


def test_several_workers_do_each_piece_once(place: Place) -> None:
    place.publish("probe.outside", 60)
    place.publish("probe.inside", 60)
    for _ in range(3):
        place.worker()
    everything = {"probe.inside done": 60, "probe.outside done": 60, "probe.echo done": 60}
    wait_for(lambda: place.states() == everything, "all work done")
    for word in ("begin", "end", "echo"):
        said = place.lines(word)
        assert len(said) == len(set(said)) == 60


def test_rate_limits_hold_across_processes(place: Place) -> None:
    code = (
        "from datetime import timedelta\nfrom backend.kernel import clock\nfrom backend.accounts import throttle\n"
        "print(sum(throttle.allow(bucket='b', key='k', limit=25, window=timedelta(hours=1), at=clock.now())"
        " for _ in range(20)))"
    )
    tries = [
        subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=ROOT,
            env=place.env,
            stdout=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    allowed = [int(one.communicate()[0]) for one in tries]
    assert sum(allowed) == 25


def test_celery_and_beat_do_the_same_work(place: Place, broker: tuple[str, subprocess.Popen[bytes]]) -> None:
    place.env["REDIS_URL"] = broker[0]
    place.celery("worker", "--concurrency", "1", "--queues", "default,mail,money", "--loglevel", "INFO")
    place.celery("beat", "--schedule", str(place.folder / "beat"), "--loglevel", "INFO")
    place.publish("probe.inside")
    place.publish("probe.outside")
    wait_for(lambda: place.states() == DONE_BOTH, "all work done")
    runs = "SELECT job FROM backend_job_run WHERE finished_at IS NOT NULL AND error = ''"
    wait_for(lambda: place.sql(runs), "a scheduled job to have run")
    log = (place.folder / "log.txt").read_text(errors="replace")
    assert str(place.lines("begin")[0].split()[1]) not in log, "arguments are not logged"


def test_what_was_only_in_redis_may_be_lost(place: Place, broker: tuple[str, subprocess.Popen[bytes]]) -> None:
    place.env["REDIS_URL"] = broker[0]
    place.publish("probe.outside", 20)
    client = redis.Redis.from_url(broker[0])
    assert client.llen("money") == 1, "one ring for the batch"
    assert b"probe" not in client.lindex("money", 0)  # type: ignore[operator]
    client.flushall()
    place.celery("worker", "--concurrency", "1", "--queues", "default,mail,money")
    place.celery("beat", "--schedule", str(place.folder / "beat"))
    wait_for(lambda: place.states() == {"probe.outside done": 20}, "the sweeper to ring again")
    assert len(place.lines("end")) == 20


def test_a_frozen_broker_holds_nobody_up_and_loses_nothing(
    place: Place, broker: tuple[str, subprocess.Popen[bytes]]
) -> None:
    place.env["REDIS_URL"] = broker[0]
    broker[1].send_signal(signal.SIGSTOP)
    assert place.publish("probe.outside") < 8, "bar M3: a web request never waits longer"
    assert place.states() == {"probe.outside ready": 1}
    broker[1].send_signal(signal.SIGCONT)
    place.celery("worker", "--concurrency", "1", "--queues", "default,mail,money")
    place.celery("beat", "--schedule", str(place.folder / "beat"))
    wait_for(lambda: place.states() == {"probe.outside done": 1}, "the sweeper to ring")


def test_without_a_broker_publishing_goes_on(place: Place, broker: tuple[str, subprocess.Popen[bytes]]) -> None:
    place.env["REDIS_URL"] = broker[0]
    broker[1].kill()
    broker[1].wait()
    place.publish("probe.outside")
    place.worker()
    wait_for(lambda: place.states() == {"probe.outside done": 1}, "the embedded worker beside Celery")
