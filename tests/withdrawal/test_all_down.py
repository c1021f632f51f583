"""Bar D5: stopping works with Redis, Celery, mail and Stripe all down, and waits for none of them.

Real processes: the web server alone over its database. What it might lean on is a port that refuses, or one that takes
the connection and never answers. The witnesses are plain SQL on the database the moment the answer has come, and the
sockets, which count who knocked. Times are printed as a ratio, never asserted.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import pytest

from tests.ports import free_port
from tests.processes import Engine, Site

pytestmark = pytest.mark.processes

Down = Literal["refuses", "frozen"]
AT_ONCE = 50
# A port that refuses says so at once; one that never answers is the hard case, and the one of the short tier.
DOWN = [pytest.param("refuses", marks=pytest.mark.slow), "frozen"]
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


class Frozen:
    """A port that takes every connection and never says a word. `knocks` counts them."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self._listener.getsockname()[1]
        self.knocks = 0
        self._held: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.knocks += 1
                self._held.append(line)

    def close(self) -> None:
        self._listener.close()
        for line in self._held:
            line.close()


class Browser:
    """Enough of a browser: cookies, and the hidden values of the first form that posts to the page itself."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, SimpleCookie()

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it leads, body."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{m.key}={m.value}" for m in self.cookies.values())}
        body = urlencode(form) if form is not None else None
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://127.0.0.1:{self.port}",
                "Referer": f"http://127.0.0.1:{self.port}{path}",
            }
        line.request(method, path, body, headers)
        answer = line.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookies.load(value)
        text = answer.read().decode(errors="replace")
        line.close()
        return answer.status, answer.getheader("Location") or "", text

    def press(self, path: str) -> tuple[int, str, float]:
        """Open a page and press its button: the two taps. Status, where it leads, seconds of the second tap."""
        status, _, page = self.ask("GET", path)
        assert status == 200, (path, status)
        form = dict(re.findall(r'name="(csrfmiddlewaretoken|once)" value="([^"]*)"', page))
        began = time.monotonic()
        status, where, _ = self.ask("POST", path, form)
        return status, where, time.monotonic() - began


class Place:
    """A site of which only the web server runs, and everything that it might call is down."""

    def __init__(self, folder: Path, engine: Engine, down: Down, *, mutant: str = "") -> None:
        self.redis, self.mail, self.stripe = Frozen(), Frozen(), Frozen()
        ports = [f.port for f in (self.redis, self.mail, self.stripe)]
        if down == "refuses":
            ports = [free_port() for _ in ports]
        self.site = Site(
            folder,
            engine=engine,
            env={
                "REDIS_URL": f"redis://127.0.0.1:{ports[0]}/0",
                "EMAIL_URL": f"smtp://127.0.0.1:{ports[1]}",
                "STRIPE_API_BASE": f"http://127.0.0.1:{ports[2]}",
                "PARLIAMENT_API_BASE": f"http://127.0.0.1:{ports[2]}",
                "STOP_MUTANT": mutant,
            },
        )
        web = self.site.add_web()
        if mutant:
            web.argv[web.argv.index("backend.config.wsgi")] = "tests.withdrawal.wrong:application"

    def __enter__(self) -> Place:
        self.site["web"].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.site.stop()
        for frozen in (self.redis, self.mail, self.stripe):
            frozen.close()

    @property
    def knocks(self) -> tuple[int, int, int]:
        """How often the web server turned to Redis, to the mail server, to Stripe."""
        return self.redis.knocks, self.mail.knocks, self.stripe.knocks

    def gather(self, count: int) -> list[dict[str, str]]:
        env = self.site.env
        self.site.env = env | {"REDIS_URL": "", "EMAIL_URL": "memory://"}  # making the people may wait for nobody
        try:
            made: list[dict[str, str]] = self.site.django(
                f"from tests.withdrawal.crowd import gather\nresult = gather({count})"
            )
        finally:
            self.site.env = env
        return made

    def stop_by_link(self, someone: dict[str, str]) -> float:
        """Two taps; then what the database says, at once. Returns the seconds of the second."""
        status, where, took = Browser(self.site.port).press(f"/m/{someone['link']}/stop/")
        assert (status, where) == (303, "/a/stopped/"), (status, where)
        self.is_stopped(someone)
        return took

    def is_stopped(self, someone: dict[str, str]) -> None:
        """By plain SQL, in the spelling of either engine."""
        for_sql = someone["person"].replace("-", "") if self.site.engine == "sqlite" else someone["person"]
        live = self.site.query(
            "SELECT count(*) FROM network_grant WHERE person_id = %s AND state = 'given' AND layer <> 'keep_record'",
            for_sql,
        )
        booked = self.site.query("SELECT state FROM network_booking WHERE person_id = %s", for_sql)
        person = self.site.query(
            "SELECT state, quiet_since IS NOT NULL, links_since IS NOT NULL FROM network_person WHERE id = %s", for_sql
        )
        recalls = self.site.query("SELECT count(*) FROM network_recall WHERE person_id = %s", for_sql)
        assert live == [(0,)], "a consent stands"
        assert booked == [("stopped",)], "a booking stands"
        assert [tuple(map(str, row)) for row in person] in ([("paused", "1", "1")], [("paused", "True", "True")])
        assert recalls == [(1,)], "nobody is asked to take it back"


def p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[max(0, round(len(seconds) * 0.99) - 1)]


@contextlib.contextmanager
def crowded(place: Place, paths: Sequence[str]) -> Iterator[None]:
    """Fifty others at once, reading all the time."""
    over = threading.Event()
    failed: list[object] = []

    def read(number: int) -> None:
        while not over.is_set():
            status, _, _ = Browser(place.site.port).ask("GET", paths[number % len(paths)])
            if status not in (200, 404):
                failed.append(status)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        readers = [pool.submit(read, number) for number in range(AT_ONCE)]
        try:
            yield
        finally:
            over.set()
    for reader in readers:
        reader.result()
    assert failed == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("down", DOWN)
def test_stopping_leans_on_nothing(
    tmp_path: Path, engine: Engine, down: Down, capsys: pytest.CaptureFixture[str]
) -> None:
    each = 30 if engine == "postgresql" or down == "refuses" else 5
    with Place(tmp_path, engine, down) as place:
        crowd = place.gather(2 * each + 2)
        quiet, loaded = crowd[:each], crowd[each : 2 * each]
        alone = [place.stop_by_link(someone) for someone in quiet]
        paths = [f"/m/{someone['link']}/" for someone in crowd] + ["/health/live"]
        with crowded(place, paths), ThreadPoolExecutor(4) as pool:
            among = list(pool.map(place.stop_by_link, loaded))
        _signed_in(place, crowd[-2:])
        assert place.knocks == (0, 0, 0), "stopping turned to something that is not the database"
        waiting = place.site.query("SELECT count(*) FROM backend_work WHERE state = 'ready'")
        assert waiting[0][0] > len(crowd), "the rest of the work waits in the database for whoever comes back"
    with capsys.disabled():
        print(
            f"\nD5 {engine}, Redis {down}: {len(crowd)} stops, each effective when answered; "
            f"p99 under {AT_ONCE} readers / alone = {p99(among) / p99(alone):.1f} "
            f"({p99(among) * 1000:.0f} ms / {p99(alone) * 1000:.0f} ms)"
        )


def _signed_in(place: Place, two: list[dict[str, str]]) -> None:
    """The same from a person's own pages: everything, and one booking."""
    for someone, path in ((two[0], "/me/stop/"), (two[1], f"/me/bookings/{two[1]['booking']}/stop/")):
        browser = Browser(place.site.port)
        assert browser.ask("GET", f"/demo/sign-in/{someone['sign_in']}/")[0] == 303
        status, where, _ = browser.press(path)
        assert (status, where.startswith("/me/")) == (303, True)
        after, _, page = browser.ask("GET", where)
        assert (after, "topped" in page) == (200, True)
    place.is_stopped(two[0])
    booked = two[1]["booking"].replace("-", "") if place.site.engine == "sqlite" else two[1]["booking"]
    assert place.site.query("SELECT state FROM network_booking WHERE id = %s", booked) == [("stopped",)]


@pytest.mark.parametrize("down", DOWN)
def test_a_stop_that_is_enqueued_first_is_found(tmp_path: Path, down: Down) -> None:
    with Place(tmp_path, "sqlite", down, mutant="enqueue first") as place:
        (someone,) = place.gather(1)
        with pytest.raises(AssertionError):
            place.stop_by_link(someone)


@pytest.mark.slow
def test_a_stop_that_rings_the_doorbell_is_found(tmp_path: Path) -> None:
    with Place(tmp_path, "sqlite", "frozen", mutant="rings") as place:
        (someone,) = place.gather(1)
        place.stop_by_link(someone)  # it does count at once, but it has waited for Redis
        assert place.knocks[0] > 0
