"""Somebody at a browser with no JavaScript: opens addresses, fills forms, reads their mail for codes.

Nothing here depends on how often a request or a mail arrives: a browser signs in again when its session is gone, asks
for another code when one was used up, and proves who it is when a page asks for that.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from tests.journeys.html import Form, Page, Value
from tests.processes import Site

T = TypeVar("T")
PATIENCE = 120.0  # seconds for something that workers do by themselves; a bound, not a measure
_ASKED_TOO_OFTEN = 16 * 60  # after this long the count of codes begins afresh
_CHROME = ("/sign-out/", "/leave/")  # forms of the frame around every page


class Refused(AssertionError):
    """The page said no; the message has its words."""


class Waited(AssertionError):
    """Something did not happen in time."""


def until(what: Callable[[], T | None], message: str, seconds: float = PATIENCE) -> T:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise Waited(f"waited {seconds:.0f} s for {message}")
        time.sleep(0.2)


class Browser:
    """One person's browser. `email` is whose it is, once they have an account."""

    TURNS = 6  # how often somebody starts again before they give up: asking for a code, coming in, a new secret
    CODE_WITHIN = 20.0  # seconds; after that they ask for another one

    def __init__(self, session: requests.Session, site: Site, email: str = "") -> None:
        self.session, self.site, self.email = session, site, email
        self._used: set[str] = set()  # codes that were typed already

    # Looking

    def send(self, method: str, url: str, data: list[tuple[str, str]] | None = None) -> Page:
        """One request and the redirects after it, each followed by GET as browsers do."""
        headers = {"Referer": url} if method == "POST" else {}
        answer = self.session.request(method, url, data=data, headers=headers, allow_redirects=False, timeout=120)
        for _ in range(10):
            if answer.status_code not in (301, 302, 303):
                break
            url = urljoin(url, answer.headers["Location"])
            answer = self.session.request("GET", url, allow_redirects=False, timeout=120)
        kind = answer.headers.get("Content-Type", "")
        body = answer.text if kind.startswith(("text/", "application/json", "application/ld+json")) else ""
        assert answer.status_code < 500, f"{answer.status_code} at {url}\n{self.site['web'].tail(60)}"
        return Page(url, answer.status_code, body, kind)

    def get(self, path: str) -> Page:
        """Open an address, signing in again if the session is over. Raises Refused for anything but success."""
        page = self.visit(path)
        if page.status != 200:
            raise Refused(f"{page!r} for {self.email or 'a visitor'}: {page.text[:300]}")
        return page

    def visit(self, path: str) -> Page:
        """The same, whatever comes of it: for what should be refused."""
        url = urljoin(self.site.base_url, path)
        page = self.send("GET", url)
        if page.path == "/sign-in/" and urlsplit(url).path != "/sign-in/" and self.email:
            self.sign_in()
            page = self.send("GET", url)
        if page.path == "/confirm/" and urlsplit(url).path != "/confirm/":
            self.prove(page)
            page = self.send("GET", url)
        return page

    def download(self, path: str) -> bytes:
        """A file, as bytes."""
        self.get("/account/")  # signed in, whatever happened before
        answer = self.session.get(urljoin(self.site.base_url, path), timeout=120)
        if answer.status_code != 200:
            raise Refused(f"{answer.status_code} for {path}")
        return answer.content

    # Doing

    def press(self, page: Page, button: str = "", **values: Value) -> Page:
        """Fill the form that has these fields (or this button) and send it. The answer is not judged."""
        form = self._form(page, button, values)
        if form is None:
            there = [([b.text for b in f.buttons], sorted(f.controls)) for f in page.forms]
            raise AssertionError(f"no form with {sorted(values)} and {button!r} on {page!r}; there are {there}")
        pressed = form.button(button) if button else (form.buttons[0] if form.buttons else None)
        return self.send("POST", urljoin(page.url, form.action), form.filled(values, pressed))

    def _form(self, page: Page, button: str, values: Mapping[str, Value]) -> Form | None:
        if button or values:
            return page.form_with(list(values), button)
        own = [f for f in page.forms if f.method == "post" and not f.action.endswith(_CHROME)]
        return next((f for f in own if not f.action), own[-1] if own else None)

    def do(self, path: str, button: str = "", **values: Value) -> Page:
        """Open a page, fill its form, send it; again from the start where a sign-in or a proof came between.

        Raises Refused with the page's words when it says no.
        """
        for _ in range(self.TURNS):
            page = self.get(path)
            if self._form(page, button, values) is None:
                proof = next((href for _, href in page.links if urlsplit(href).path == "/confirm/"), "")
                if proof:  # the button comes once it is proved
                    self.prove(Page(proof, 200, ""))
                    continue
            answer = self.press(page, button, **values)
            if answer.path == "/sign-in/" and self.email:
                self.sign_in()
                continue
            if answer.path == "/confirm/":
                self.prove(answer)
                continue
            if answer.status != 200 or answer.errors:
                raise Refused(
                    f"{answer!r} after {path} for {self.email or 'a visitor'}: {answer.errors or answer.text[:500]}"
                )
            return answer
        raise Refused(f"{path} asks again and again who {self.email} is")

    def refused(self, path: str, button: str = "", **values: Value) -> Page:
        """The same where a refusal is what should come; returns the refusing page."""
        for _ in range(self.TURNS):
            answer = self.press(self.get(path), button, **values)
            if answer.path == "/sign-in/" and self.email:
                self.sign_in()
            elif answer.path == "/confirm/":
                self.prove(answer)
            else:
                break
        no = answer.status in (403, 404, 409, 422) and (answer.errors or answer.status != 422)
        assert no, f"{answer!r} was not refused"
        return answer

    # Who am I

    def codes(self) -> list[str]:
        """The codes mailed to this address that were not typed yet, oldest first."""
        found = []
        for mail in self.site.mails():
            code = re.search(r"^Your code is (\d{6})$", mail.get_content(), re.MULTILINE)
            if code and self.email in str(mail["To"]) and code[1] not in self._used:
                found.append(code[1])
        return found

    def _type_code(self, ask: Callable[[], Page], done: Callable[[Page], bool]) -> Page:
        """Ask for a code, type the newest, and again with a new one where it does not work any more."""
        for turn in range(self.TURNS):
            self._used.update(self.codes())  # codes of earlier askings
            page = ask()
            try:
                until(self.codes, f"a code for {self.email}", self.CODE_WITHIN if turn < self.TURNS - 1 else PATIENCE)
            except Waited:
                if turn >= 3:
                    self.site.move_clock(_ASKED_TOO_OFTEN)  # asked too often: nothing is mailed for a while
                continue
            code = self.codes()[-1]
            self._used.add(code)
            if page.form_with(["code"]) is None:
                continue
            answer = self.press(page, code=code)
            if done(answer):
                return answer
        raise Refused(f"no code works for {self.email}")

    def sign_in(self) -> Page:
        """By a code that is mailed."""
        assert self.email
        home = urljoin(self.site.base_url, "/sign-in/")

        def ask() -> Page:
            return self.press(self.send("GET", home), email=self.email)

        return self._type_code(ask, lambda page: not page.path.startswith("/sign-in/"))

    def prove(self, page: Page) -> Page:
        """The fresh proof that some pages ask for."""
        back = parse_qs(urlsplit(page.url).query).get("next", ["/account/"])[0]
        here = urljoin(self.site.base_url, "/confirm/")

        def ask() -> Page:
            start = self.send("GET", f"{here}?{requests.compat.urlencode({'next': back})}")
            if start.path == "/sign-in/":
                self.sign_in()
                start = self.send("GET", here)
            return self.press(start, "Email me a")

        return self._type_code(ask, lambda answer: answer.path != "/confirm/")

    def step_up(self) -> None:
        """Prove it now, so that the next five minutes need no more."""
        self.get("/account/")
        self.prove(Page(urljoin(self.site.base_url, "/confirm/?next=/account/"), 200, ""))


class Program:
    """A requester's own software: a token by client credentials, JSON, and a key of its own for every POST."""

    def __init__(self, session: requests.Session, site: Site, client_id: str, secret: str) -> None:
        self.session, self.site, self.client_id, self.secret = session, site, client_id, secret
        self._token = ""

    def token(self) -> str:
        answer = self.session.post(
            self.site.url("/oauth/token"), data={"grant_type": "client_credentials"},
            auth=(self.client_id, self.secret), timeout=60,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        self._token = answer.json()["access_token"]
        return self._token

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> requests.Response:
        """One call; a fresh token where the old one has run out. The answer is not judged."""
        for _ in range(2):
            headers = {"Authorization": f"Bearer {self._token or self.token()}"}
            if key:
                headers["Idempotency-Key"] = key
            answer = self.session.request(
                method, self.site.url(path), json=body, headers=headers, timeout=60, allow_redirects=False
            )
            if answer.status_code != 401:
                break
            self._token = ""
        assert answer.status_code < 500, f"{answer.status_code} at {path}\n{self.site['web'].tail(60)}"
        return answer

    def ok(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """What a successful call answers."""
        answer = self.call(method, path, body, key)
        assert answer.status_code in (200, 201, 202, 204), f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json() if answer.content else None
