"""Stopping is never more than two taps away (issue B, promise 4): from every page everything, and one thing from
wherever it is shown. A tap is a link followed or a button pressed, as a browser without scripts would."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from network.bookings.models import Booking
from network.bookings.states import BookingState
from network.consent.models import Grant
from network.consent.states import GrantState, Layer
from network.notifications import links
from network.notifications.models import Notice
from tests.network.web.person.scene import Scene, client_of

MOST = 2
EVERYTHING = re.compile(r"^/me/stop/$|^/m/[\w-]+/stop/$|^/a/[\w:.-]+/stop/$")


class Taps(HTMLParser):
    """What can be followed and what can be pressed on a page."""

    def __init__(self, path: str, page: str) -> None:
        super().__init__()
        self.path, self.links, self.buttons = path, [], []
        self._form: str | None = None
        self.feed(page)

    links: list[str]
    buttons: list[str]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and (given.get("href") or "").startswith("/"):
            self.links.append(str(given["href"]))
        elif tag == "form" and given.get("method") == "post":
            self._form = given.get("action") or self.path
        elif tag == "button" and self._form is not None:
            self.buttons.append(self._form)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def taps_to(client: Client, path: str, wanted: re.Pattern[str]) -> int | None:
    """The fewest taps from a page to a button that posts to `wanted`; None when it takes more than `MOST`."""
    here = Taps(path, client.get(path).content.decode())
    if any(wanted.search(target) for target in here.buttons):
        return 1
    for link in dict.fromkeys(here.links):
        if wanted.search(link):
            there = Taps(link, client.get(link).content.decode())
            if any(wanted.search(target) for target in there.buttons):
                return 2
    return None


def test_everything_stops_within_two_taps_of_every_page(scene: Scene, wren: Client) -> None:
    far = {
        name: taps
        for name, path in scene.paths().items()
        if name != "statement"  # printed and handed over on purpose
        and not ((taps := taps_to(wren, path, EVERYTHING)) and taps <= MOST)
    }
    assert far == {}


def test_every_page_of_a_person_is_walked(scene: Scene) -> None:
    """A page that is added to the addresses and not to the walk fails here."""
    from network.web.person.urls import mine

    posts_only = {
        "time-remove", "undo-help", "request-no", "request-not-now", "consent-refuse", "consent-renew", "back",
        "never-remove", "never-asked", "request-still", "request-take-back", "helper-end",
        "consent-defer", "messages-read", "money-stripe-start", "pairing-yes", "pairing-no", "pairing-end", "download-file",
    }  # fmt: skip
    files_and_hosted = {
        "receipt-file",
        "receipt-of",
        "receipt-file-of",
        "consent-see-answer",
        "invoice",
        "money-stripe",
        "money-stripe-back",
    }
    kept_only = {"booking-go-on"}  # walked below
    walked = "\n".join(scene.paths().values())
    missing = []
    for pattern in mine:
        name, route = str(getattr(pattern, "name", "")), str(pattern.pattern)
        shape = re.escape("/me/" + route).replace(r"<uuid:id>", r"[0-9a-f-]{36}")
        shape = re.sub(r"<slug:\w+>", r"[\\w-]+", shape)
        if name not in posts_only | files_and_hosted | kept_only and not re.search(rf"^{shape}$", walked, re.MULTILINE):
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize(
    ("page", "stops"),
    [
        ("booking", r"/me/bookings/{agreeing}/stop/$"),
        ("booking-confirmed", r"/me/bookings/{confirmed}/stop/$"),
        ("request-answered", r"/me/requests/{answered}/no/$"),
        ("consent", r"/me/sharing/{grant}/stop/$"),
        ("sharing", r"/me/sharing/{grant}/stop/$"),
    ],
)
def test_one_thing_stops_within_two_taps_of_where_it_is_shown(
    scene: Scene, wren: Client, page: str, stops: str
) -> None:
    ids = {name: getattr(scene, name) for name in ("agreeing", "confirmed", "answered", "grant")}
    assert taps_to(wren, scene.paths()[page], re.compile(stops.format(**ids))) in (1, 2)


def test_each_consent_that_stands_is_stopped_from_the_list(scene: Scene, wren: Client) -> None:
    standing = Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN)
    assert standing.count() >= 4
    for grant_id in standing.values_list("id", flat=True):
        assert taps_to(wren, "/me/sharing/", re.compile(rf"/me/sharing/{grant_id}/stop/$")) == 2, grant_id


def test_from_the_link_of_a_message_it_is_two_taps_and_no_session(scene: Scene) -> None:
    notice = Notice.objects.get(person_id=scene.wren)
    client, path = Client(), f"/m/{links.make_link(notice.token, opens=False)}/"
    for step in ("stop", "this", "later"):
        assert taps_to(client, path, re.compile(rf"{path}{step}/$")) == 2, step


def test_a_page_without_its_stop_is_found(scene: Scene, wren: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: the bar that carries Stop leads nowhere."""
    from backend.web import navigation

    plain = navigation.link
    monkeypatch.setattr(navigation, "link", lambda name: "" if name == navigation.STOP else plain(name))
    assert taps_to(wren, "/me/about/", EVERYTHING) is None


def test_what_is_kept_for_now_is_stopped_or_goes_on_within_two_taps(scene: Scene) -> None:
    client = client_of(scene.wren, scene.at)
    assert client.post("/me/stop/", {"arranged": "keep"}).status_code == 303
    assert Booking.objects.get(id=scene.agreeing).state == BookingState.AGREEING
    for page in ("/me/stopped/", f"/me/bookings/{scene.agreeing}/"):
        assert taps_to(client, page, re.compile(rf"/me/bookings/{scene.agreeing}/stop/$")) == 2
        assert taps_to(client, page, re.compile(rf"/me/bookings/{scene.agreeing}/go-on/$")) == 2
    assert taps_to(client, f"/me/bookings/{scene.agreeing}/go-on/", EVERYTHING) == 2
    assert not Grant.objects.filter(
        person_id=scene.wren, state=GrantState.GIVEN, layer=Layer.FOR_REQUEST
    ).exists()  # kept, and nothing shown
