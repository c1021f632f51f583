"""What may be seen where by whom is data, reviewed. Everything else is a leak."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.canary.sinks import Sighting
from tests.canary.site import ORIGIN, Answer

HERE = Path(__file__).parent


class Allowed:
    """The cells sink x place x role x whose x field of allowed.json."""

    def __init__(self, walkers: Iterable[Mapping[str, Any]]) -> None:
        told = json.loads((HERE / "allowed.json").read_text(encoding="utf-8"))
        groups = told["fields"]
        self.cells = [
            {**cell, "fields": {f for name in cell["fields"] for f in groups.get(name, [name])}}
            for cell in told["cells"]
        ]
        self.walkers = {w["name"]: w for w in walkers}
        self.used: set[int] = set()

    def allows(self, seen: Sighting) -> bool:
        for number, cell in enumerate(self.cells):
            if (
                seen.sink in cell["sinks"]
                and seen.mark.field in cell["fields"]
                and (seen.role in cell["roles"] or "*" in cell["roles"])
                and re.fullmatch(cell["where"], seen.where)
                and any(self._is(whose, seen) for whose in cell["whose"])
            ):
                self.used.add(number)
                return True
        return False

    def _is(self, whose: str, seen: Sighting) -> bool:
        walker = self.walkers.get(seen.who, {})
        owner = seen.mark.owner
        if whose == "own":
            return owner in walker.get("own", ()) or owner == seen.who
        if whose == "agreed":
            return seen.mark.field in walker.get("shown", {}).get(owner, ())
        return whose == "anybody" or owner in walker.get(whose, ())


# --- the headers of every answer (bar P5) ----------------------------------------------------------------------------

_FIXED = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def faults_of_headers(answer: Answer) -> list[str]:
    """What is missing or too much, in words."""
    found = answer.headers
    faults = [f"{n}: {found.get(n)!r}" for n, wanted in _FIXED.items() if found.get(n) != wanted]
    policy = {
        part.split()[0]: part.split()[1:]
        for part in found.get("content-security-policy", "").split(";")
        if part.strip()
    }
    if "unsafe-" in found.get("content-security-policy", ""):
        faults.append("CSP has unsafe-*")
    for name in ("default-src", "frame-ancestors", "object-src", "base-uri"):
        if policy.get(name) != ["'none'"]:
            faults.append(f"CSP {name}: {policy.get(name)}")
    if any(source in ("*", "https:", "http:", "data:") for source in policy.get("script-src", ["*"])):
        faults.append(f"CSP script-src: {policy.get('script-src')}")
    age = re.search(r"max-age=(\d+)", found.get("strict-transport-security", ""))
    if age is None or int(age.group(1)) < 365 * 24 * 3600:
        faults.append(f"HSTS: {found.get('strict-transport-security')!r}")
    faults += [f"{n}: {found[n]!r}" for n in ("etag", "last-modified", "x-powered-by") if n in found]
    if re.search(r"\d", found.get("server", "")):
        faults.append(f"server: {found['server']!r}")
    for cookie in filter(None, found.get("set-cookie", "").split("\n")):
        name = cookie.partition("=")[0]
        if not name.startswith("__Host-") or "secure" not in cookie.lower() or "httponly" not in cookie.lower():
            faults.append(f"cookie {name}")
        if not re.search("samesite=(lax|strict)", cookie.lower()):
            faults.append(f"cookie {name} without SameSite")
    return faults


# --- nothing from elsewhere (bar P6) ---------------------------------------------------------------------------------

# Only these may be looked up elsewhere, and only by somebody who clicks.
DECLARED_LINKS = re.compile(
    r"https://([\w.-]+\.)?(gov\.uk|parliament\.uk|ico\.org\.uk|bbc\.co\.uk|stripe\.com|ipso\.co\.uk|ofcom\.org\.uk)(/.*)?"
    r"|https?://[\w.-]+\.example(/.*)?"  # where an organisation says that it lives: made up in the seed
    r"|mailto:.*|tel:.*"
)
_FETCHES = {
    "img",
    "script",
    "iframe",
    "source",
    "video",
    "audio",
    "embed",
    "track",
    "input",
    "link",
    "object",
    "use",
    "image",
}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.clicked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name in ("src", "poster", "data", "background") or (name in ("href", "xlink:href") and tag in _FETCHES):
                self.fetched.append(value)
            elif name == "srcset":
                self.fetched += [part.split()[0] for part in value.split(",") if part.strip()]
            elif name == "style":
                self.fetched += re.findall(r"url\(['\"]?([^'\")]+)", value)
            elif name in ("href", "action", "formaction", "ping", "cite"):
                self.clicked.append(value)
        if tag == "meta" and (dict(attrs).get("http-equiv") or "").lower() == "refresh":
            self.fetched.append((dict(attrs).get("content") or "").partition("url=")[2])


def _elsewhere(link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme in ("data", ""):
        return bool(parts.netloc)
    return f"{parts.scheme}://{parts.netloc}" != ORIGIN


def faults_of_links(answer: Answer) -> list[str]:
    """Whatever the page makes a browser fetch from another origin, and links that nobody declared."""
    if answer.kind != "text/html":
        return []
    links = _Links()
    text = answer.body.decode("utf-8")
    links.feed(text)
    links.fetched += re.findall(r"(?:@import\s+|url\()['\"]?((?:https?:)?//[^'\")\s]+)", text)
    faults = [f"fetches {link}" for link in links.fetched if _elsewhere(link)]
    faults += [f"links to {x}" for x in links.clicked if _elsewhere(x) and not DECLARED_LINKS.fullmatch(x)]
    return faults
