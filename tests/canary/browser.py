"""What a browser keeps of a visit: everything that Chromium stores, and what is on the screen, after leaving in a hurry.

The browser is a real one with a profile on disk, over TLS (the site's cookies ask for it), so that what a person who
shares the machine could find afterwards can be searched: storage, caches, history, the profile's own files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, CDPSession, sync_playwright

from tests.browser import chromium
from tests.canary.markers import Book
from tests.canary.sinks import Sighting
from tests.canary.site import ORIGIN, Deployment
from tests.canary.taps import Tap, own_certificate

ELSEWHERE = "https://www.bbc.co.uk/weather"
# Everything that a page could put aside, by any of the ways there are.
_STORED = """async () => {
  const all = {local: {...localStorage}, session: {...sessionStorage}, cookies: document.cookie, name: window.name};
  all.state = history.state;
  all.databases = indexedDB.databases ? (await indexedDB.databases()).map(d => d.name) : [];
  all.caches = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) all.caches.push(`${name} ${request.url}`);
  }
  all.workers = (await navigator.serviceWorker.getRegistrations()).map(r => r.scope);
  return JSON.stringify(all);
}"""


# On its way elsewhere a page answers nobody; it is told beforehand to say what it shows at that moment. What is not
# displayed has no text here, for eyes and for screen readers alike.
_LEAVING = """addEventListener('beforeunload', () => {
  if (document.documentElement.classList.contains('own-left'))
    console.log('left', document.title, document.body.innerText);
});"""


@dataclass
class Visit:
    """What was seen and kept. Each list is looked at by the test."""

    own: list[Sighting] = field(default_factory=list)  # on the pages, while signed in: the control
    blank: list[Sighting] = field(default_factory=list)  # on the screen from the moment of leaving
    kept: list[Sighting] = field(default_factory=list)  # in the browser, afterwards
    elsewhere: set[str] = field(default_factory=set)  # origins that were asked for anything
    titles: set[str] = field(default_factory=set)
    files: int = 0  # of the profile that were searched


def _see(book: Book, sink: str, where: str, text: str | bytes, *, alone: bool = True) -> Iterator[Sighting]:
    for marker, mark in book.find(text, alone=alone).items():
        yield Sighting(sink, where, "browser", "spokesperson", mark, marker)


def _screen(line: CDPSession) -> str:
    """What is to be seen and read out: the title, the words that show, the tree that assistive technology gets. Asked of
    the browser itself: a page on its way elsewhere does not answer Playwright."""
    shown = line.send(
        "Runtime.evaluate",
        {"expression": "[document.title, document.body ? document.body.innerText : '', location.href].join('\\n')"},
    )["result"].get("value", "")
    tree = line.send("Accessibility.getFullAXTree")["nodes"]
    read = [str(node.get(part, {}).get("value", "")) for node in tree for part in ("name", "value", "description")]
    return "\n".join([str(shown), *read])


class _Elsewhere:
    """The site that Leave goes to."""

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>Weather</title><h1>Weather</h1>")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.port: int = self._server.server_address[1]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def _browser(
    deployment: Deployment, port: int, seen: set[str], elsewhere: _Elsewhere
) -> Iterator[tuple[BrowserContext, Path]]:
    folder = deployment.folder / f"browser-{len(list(deployment.folder.glob('browser-*')))}"
    host = urlsplit(ORIGIN).hostname or ""
    certificate = own_certificate(deployment.folder, host)
    tap, other = Tap(port, tls=certificate), Tap(elsewhere.port, tls=certificate)
    rules = (
        f"MAP {host} 127.0.0.1:{tap.port}, MAP {urlsplit(ELSEWHERE).hostname} 127.0.0.1:{other.port}, MAP * ~NOTFOUND"
    )
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    try:
        with sync_playwright() as play:
            context = play.chromium.launch_persistent_context(
                str(folder), executable_path=chromium(), ignore_https_errors=True, locale="en-GB",
                args=["--no-sandbox", f"--host-resolver-rules={rules}"],
            )  # fmt: skip
            context.on("request", lambda request: seen.add("{0.scheme}://{0.netloc}".format(urlsplit(request.url))))
            yield context, folder
            with contextlib.suppress(Exception):
                context.close()
    finally:
        tap.stop()
        other.stop()
        if before is None:
            os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


PAGES = ("/me/", "/me/about/", "/me/about/names/", "/me/about/words/", "/me/sharing/", "/me/money/", "/me/money/how/")


def visit(deployment: Deployment, port: int, *, way: str = "button", keeps: str = "") -> Visit:
    """A spokesperson signs in, reads their pages, begins to write, and leaves by `way` (button, shift).

    `keeps`: a mutant's script, run in each page, that puts something aside."""
    done, book = Visit(), deployment.book
    told = next(w for w in deployment.cast["walkers"] if w["role"] == "spokesperson")
    elsewhere = _Elsewhere()
    with _browser(deployment, port, done.elsewhere, elsewhere) as (context, folder):
        context.add_init_script(_LEAVING)
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        line = context.new_cdp_session(page)
        page.goto(f"{ORIGIN}/demo/sign-in/{told['link']}/")
        for path in PAGES:
            page.goto(f"{ORIGIN}{path}")
            done.own += _see(book, "page", path, page.content())
            done.titles.add(page.title())
            done.kept += _see(book, "title", path, page.title())
            if keeps:
                page.evaluate(keeps)
            # Leaving clears what was put aside; a browser that is closed without it does not, so it is looked at here.
            done.kept += _see(book, "storage", path, page.evaluate(_STORED))
        page.goto(f"{ORIGIN}/me/about/words/")
        words = page.locator("textarea").first
        words.fill(f"{words.input_value()} and more")
        done.own += _see(book, "page", "a form", words.input_value())
        if way == "button":
            page.get_by_role("button", name="Leave this site").click(no_wait_after=True)
        else:
            page.locator("body").press("Shift", no_wait_after=True)
            page.keyboard.press("Shift")
            page.keyboard.press("Shift")
        page.wait_for_url(f"{ELSEWHERE}**")
        # What whoever comes into the room sees while the other site has not answered yet.
        left = [text for text in said if text.startswith("left")]
        assert left, "the page said what it showed when it was left"
        done.blank += _see(book, "screen", "while leaving", "\n".join(left))
        done.blank += _see(book, "screen", "elsewhere", _screen(line))
        for step in ("back", "back again"):
            page.go_back()
            done.blank += _see(book, "screen", step, _screen(line) + page.content())
        page.goto(f"{ORIGIN}/me/about/")
        done.blank += _see(book, "screen", "the page again", _screen(line) + page.content())
        assert urlsplit(page.url).path == "/sign-in/", page.url
        page.goto(f"{ORIGIN}/help/")  # a page of the same origin reads what earlier ones stored
        done.kept += _see(book, "storage", "storage", page.evaluate(_STORED))
        done.kept += _see(book, "storage", "cookies", str(context.cookies()))
        assert not [c for c in context.cookies() if "session" in str(c.get("name"))], "signed out"
        context.close()
        elsewhere.stop()
        done.files = _search_profile(folder, book, done)
    shutil.rmtree(folder, ignore_errors=True)
    return done


def _search_profile(folder: Path, book: Book, done: Visit) -> int:
    """Every file of the profile, raw; and each SQLite one row by row."""
    count = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue  # the browser's last process tidies up
        count += 1
        done.kept += _see(book, "profile", str(path.relative_to(folder)), data, alone=False)
        if data[:16] == b"SQLite format 3\0":
            done.kept += _see(book, "profile", str(path.relative_to(folder)), _rows(path), alone=False)
    return count


def _rows(path: Path) -> bytes:
    found: list[bytes] = []
    with contextlib.suppress(sqlite3.DatabaseError), contextlib.closing(sqlite3.connect(path)) as line:
        line.text_factory = bytes
        for (table,) in line.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in line.execute(f'SELECT * FROM "{table.decode()}"'):  # noqa: S608
                found += [v if isinstance(v, bytes) else str(v).encode() for v in row]
    return b"\n".join(found)


def history_of(folder: Path) -> list[Any]:
    """Addresses and titles of the history, for whoever looks into a failure."""
    with contextlib.closing(sqlite3.connect(next(folder.rglob("History")))) as line:
        return line.execute("SELECT url, title FROM urls").fetchall()
