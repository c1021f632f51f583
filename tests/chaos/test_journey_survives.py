"""The whole journey while its processes are killed at each commit and each call outside: nothing twice, nothing lost.

Walked twice, undisturbed and killed at every point on the way; both must leave the same bookings, money, consents,
notices and provider's book. Each distinct point kills once; what people may do again because a page never came
(ask for another code, look again) is listed in `effects`, with why.
"""

from __future__ import annotations

import json
import pprint
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos import effects
from tests.chaos.armed import ArmedSite, Mode, Patient
from tests.journeys import walk
from tests.journeys.browser import Browser
from tests.processes import Engine

pytestmark = pytest.mark.processes

# The short tier dies where a second effect would come from: after the commits of forms and of the outbox's work, and
# on both sides of each call outside. Left out are sign-in and the schedule's own book-keeping, many and alike.
DANGEROUS = (
    r"^(?:web|worker) \| (?:after \| (?:commit|write)|\w+ \| (?:http|mail)) \| "
    r"(?!.*backend\.(?:accounts|outbox\.(?:jobs|usecases)))"
)
AFTER_A_MAIL = ("after | mail", "before | commit | network.notifications.usecases:_sent")
CALLS = {"commit", "write", "http", "mail"}

# The walk moves the clock by days in a moment, and which job has seen the last move is a matter of luck. So what the
# clock does within a day is done once more for everybody, before what has come of it is held side by side.
CLOCK_COMES_ROUND = """
from datetime import timedelta
from django.utils.module_loading import import_string
from backend.kernel.clock import database_now
from backend.outbox.jobs import known
result = [job.name for job in known() if job.once and job.every < timedelta(days=1)]
for job in known():
    if job.name in result:
        import_string(job.function)(at=database_now())
"""


@dataclass(frozen=True)
class Walked:
    """What a walk has left behind, looked at before its processes ended."""

    outcome: dict[str, object]
    notices: tuple[int, int, int, int]
    points: list[str]
    deaths: Counter[str]
    faults: object
    too_often: object


@pytest.fixture(autouse=True)
def _people_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each point of signing in costs a code; people here ask for as many as it takes."""
    monkeypatch.setattr(Browser, "TURNS", 60)
    monkeypatch.setattr(Browser, "CODE_WITHIN", 8.0)


def walked(
    folder: Path, engine: Engine = "sqlite", *, redis: bool = False, mode: Mode = "kill", only: str = "",
    mutant: str = "",
) -> Walked:  # fmt: skip
    """Walk the whole journey. Raises AssertionError where one of its own witnesses disagrees."""
    folder.mkdir()
    with ArmedSite(folder, engine=engine, redis=redis, mode=mode, only=only, mutant=mutant) as site:
        walk.declare(site)
        site.start_all()
        assert site.calm(), "the workers die again and again at their start"
        walk.walk(site, Patient)
        assert site.quiet(180), "work is left over"
        site.django(CLOCK_COMES_ROUND)
        assert site.quiet(180), "work is left over"
        points, deaths = _counted(site)
        return Walked(
            outcome=effects.outcome(site),
            notices=effects.notices_mailed(site),
            points=points,
            deaths=deaths,
            faults=json.loads(site.manage("verify"))["faults"],
            too_often=effects.told_too_often(site),
        )


def _counted(site: ArmedSite) -> tuple[list[str], Counter[str]]:
    """The points and the deaths at a moment at which every death has been noticed; or as they are after a minute."""
    for _ in range(300):
        points = site.points()
        web = site["web"].log.read_text(encoding="utf-8", errors="replace").count("was sent SIGKILL")
        deaths = Counter({"web": web, "workers": site.worker_deaths()})
        if len(points) == sum(deaths.values()):
            break
        time.sleep(0.2)
    return points, deaths


def survived(killed: Walked) -> None:
    """What holds after any killed walk, without another one to hold it against."""
    web = [point for point in killed.points if point.startswith("web ")]
    assert killed.deaths == Counter({"web": len(web), "workers": len(killed.points) - len(web)}), "once at each point"
    assert killed.faults == []
    assert killed.too_often == {}
    assert killed.outcome["due or given up"] == [], "lost or buried work"
    sent, unsure, mails, different = killed.notices
    assert sent <= different <= sent + unsure, "every notice that was sent came, and no other"
    again = [
        point for point in killed.points if any(part in point for part in AFTER_A_MAIL) and "notifications" in point
    ]
    assert mails - different <= len(again), "at least once: again only for a death right after the mail left"
    on_the_way = [point for point in killed.points if "network.notifications.usecases:" in point]
    assert unsure <= len(on_the_way), "nobody knows only of one whose sender died while sending it"
    kinds = Counter(tuple(point.split(" | ")[:3]) for point in killed.points)
    print(f"\n{len(killed.points)} points, each killed its process once:")
    print("\n".join(f"{n:5} {' '.join(kind)}" for kind, n in sorted(kinds.items())))


def compare(plain: Walked, killed: Walked) -> None:
    """The same came of both. Where not: only what differs, (undisturbed, killed)."""
    names = plain.outcome.keys() | killed.outcome.keys()
    pairs = {n: (plain.outcome.get(n), killed.outcome.get(n)) for n in names}
    differ = {n: _without_what_agrees(*pair) for n, pair in pairs.items() if pair[0] != pair[1]}
    assert not differ, pprint.pformat(differ, width=160)


def _without_what_agrees(plain: object, killed: object) -> tuple[object, object]:
    if isinstance(plain, dict) and isinstance(killed, dict):
        apart = [key for key in plain.keys() | killed.keys() if plain.get(key) != killed.get(key)]
        return {key: plain.get(key) for key in apart}, {key: killed.get(key) for key in apart}
    return plain, killed


def test_killed_where_a_second_effect_would_come_from(tmp_path: Path) -> None:
    killed = walked(tmp_path / "killed", only=DANGEROUS)
    survived(killed)
    calls = {(point.split(" | ")[0], point.split(" | ")[2]) for point in killed.points}
    assert {("web", "commit"), ("web", "http"), ("worker", "commit"), ("worker", "http"), ("worker", "mail")} <= calls
    book = killed.outcome["the provider's book"]
    assert isinstance(book, dict)
    assert (len(book["transfer"]), len(book["charge"]), len(book["topup"])) == (1, 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "redis"), [("sqlite", False), ("postgresql", True)], ids=["embedded", "Celery and beat"]
)
def test_killed_at_every_point_it_ends_as_if_nobody_had_died(tmp_path: Path, engine: Engine, redis: bool) -> None:
    plain = walked(tmp_path / "plain", engine, redis=redis, mode="record")
    assert plain.deaths == Counter({"web": 0, "workers": 0})
    sent, unsure, mails, different = plain.notices
    assert (sent, unsure) == (mails, 0) == (different, 0)
    killed = walked(tmp_path / "killed", engine, redis=redis)
    survived(killed)
    compare(plain, killed)
    calls = {(point.split(" | ")[0], point.split(" | ")[2]) for point in killed.points}
    wanted = {("web", call) for call in CALLS - {"mail"}} | {("celery" if redis else "worker", call) for call in CALLS}
    if redis:
        wanted |= {("web", "publish"), ("celery", "publish"), ("beat", "publish")}
    assert wanted <= calls
    assert len(killed.points) >= len(plain.points) * 0.9, "the killed walk came by what the undisturbed one came by"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mutant", "only"),
    [
        ("once-forgets", r"^web \| after \| commit \| (?!.*backend\.accounts)"),
        ("fresh-keys", r"\| after \| http \| POST"),
    ],
)
def test_a_product_made_wrong_does_not_survive(tmp_path: Path, mutant: str, only: str) -> None:
    """Keys that mean nothing, or a fresh one for each try: the same kills lead to what the journey cannot end with."""
    plain = walked(tmp_path / "plain", mode="record")
    with pytest.raises(AssertionError):
        killed = walked(tmp_path / "killed", only=only, mutant=mutant)
        survived(killed)
        compare(plain, killed)
