"""Who takes part in the journey, what they say, and what has been found out on the way. Every name is invented."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import requests

from backend.kernel.clock import LONDON
from tests.journeys.browser import Browser, Program, Waited, until
from tests.processes import Site

T = TypeVar("T")
PATIENCE, NUDGE_EVERY = 180, 12  # seconds of waiting; bounds, not measures
NUDGE = 20 * 60  # seconds that the site's clock is moved each time
Http = Callable[[], requests.Session]
FEE = 18_500  # pence; what the newsroom pays
EVIDENCE_FEE = 21_000  # pence; what the committee pays
OPENING = 10_000_000  # pence; what the network has with its payment provider


@dataclass(frozen=True)
class Member:
    """One spokesperson. `known_as` is the coordinator's working name; the rest is the person's own."""

    known_as: str
    email: str
    full: str
    first: str
    town: str
    region: str
    change: str
    story: str

    @property
    def marks(self) -> tuple[str, ...]:
        """What stands nowhere but in this person's own details."""
        return (self.email, self.full, self.first, self.town, self.change, self.story)


HERON = Member(
    "Heron", "heron@inbox.example", "Oriel Testbury", "Oriel", "Little Sampling", "the Quiet Coast",
    "Xanthe wants a bed on the first night out.", "Quillwort was the word for it.",
)  # fmt: skip
WREN = Member(
    "Wren", "wren@inbox.example", "Fenwick Placeholder", "Fenwick", "Upper Mockham", "the Long Valley",
    "Zephyr wants letters that people can read.", "Marrowfat stood on the form.",
)  # fmt: skip
PLOVER = Member(
    "Plover", "plover@inbox.example", "Isolde Specimen", "Isolde", "Nether Draft", "the Far Hills",
    "Yarrow wants one worker and not nine.", "Bindweed grew on the sill.",
)  # fmt: skip
MEMBERS = (HERON, WREN, PLOVER)

STAFF = {
    "coordinator": ("coordinator@office.example", "Avery Coordinator"),
    "finance_preparer": ("preparer@office.example", "Blake Preparer"),
    "finance_approver": ("approver@office.example", "Casey Approver"),
    "safeguarding": ("lead@office.example", "Devon Lead"),
}
ADMIN = "admin@office.example"
NEWSROOM, COMMITTEE = "The Sample Gazette", "Committee on Worked Examples"
EDITOR, REPORTER, CLERK = "editor@gazette.example", "reporter@gazette.example", "clerk@committee.example"


@dataclass
class Story:
    """The site, everybody's browser, and what they have learnt so far."""

    site: Site
    http: Http
    browsers: dict[str, Browser] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)  # ids, paths and numbers by name
    programs: dict[str, Program] = field(default_factory=dict)
    starts: dict[str, datetime] = field(default_factory=dict)  # when each appearance begins, UTC

    def browser(self, email: str = "") -> Browser:
        """The one browser of this address; a fresh one without an address."""
        if not email:
            return Browser(self.http(), self.site)
        if email not in self.browsers:
            self.browsers[email] = Browser(self.http(), self.site, email)
        return self.browsers[email]

    def staff(self, role: str) -> Browser:
        return self.browser(STAFF[role][0])

    @property
    def coordinator(self) -> Browser:
        return self.staff("coordinator")

    @property
    def now(self) -> datetime:
        """The site's present moment, UTC."""
        return datetime.fromisoformat(self.site.now().removesuffix("+00")).replace(tzinfo=UTC)

    def wait(self, what: Callable[[], T | None], message: str) -> T:
        """Wait for what workers do by themselves, and return it. Where it takes long, as after a process died in the
        middle of it, the minutes of leases, repeats and hourly sweeps are made to go by."""
        for _ in range(PATIENCE // NUDGE_EVERY):
            with contextlib.suppress(Waited):
                return until(what, message, NUDGE_EVERY)
            self.site.move_clock(NUDGE)
        return until(what, message, NUDGE_EVERY)

    def move_to(self, moment: datetime) -> None:
        """Let the time come; backwards is nothing."""
        seconds = int((moment - self.now).total_seconds()) + 1
        if seconds > 0:
            self.site.move_clock(seconds)


def when(name: str, moment: datetime) -> dict[str, str]:
    """A moment as the two boxes of a form take it: UK time."""
    local = moment.astimezone(LONDON)
    return {f"{name}_0": local.date().isoformat(), f"{name}_1": f"{local:%H:%M}"}


def in_days(now: datetime, days: int, hour: int) -> datetime:
    """So many days on, at that hour in London."""
    day: date = now.astimezone(LONDON).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, tzinfo=LONDON).astimezone(UTC)
