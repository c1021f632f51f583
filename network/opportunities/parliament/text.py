"""From HTML and loose dates to plain text and moments. Nothing of the HTML survives but its words and links."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

from backend.kernel.clock import LONDON

_BLOCKS = frozenset(
    (
        "p",
        "div",
        "br",
        "li",
        "ul",
        "ol",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "tr",
        "table",
        "section",
        "article",
        "blockquote",
    )
)
_SILENT = frozenset(("script", "style", "template", "noscript", "head", "title", "iframe", "object"))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag in _BLOCKS:
            self.parts.append("\n• " if tag == "li" else "\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _BLOCKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def plain(html: object) -> str:
    """The words of some HTML, one paragraph a line; "" for anything that is no text."""
    if not isinstance(html, str):
        return ""
    words = _Words()
    words.feed(html.replace("\x00", ""))
    words.close()
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(words.parts).splitlines())
    return "\n".join(line for line in lines if line and line != "•")


def moment(value: object) -> datetime | None:
    """A date and time of the API, in UTC. Those without a zone are United Kingdom time. None for what is no date."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=LONDON)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return None


def day(value: object) -> date | None:
    found = moment(value)
    return found.astimezone(LONDON).date() if found else None


def line(value: object, longest: int) -> str:
    """One line of text of at most `longest` characters."""
    text = " ".join(plain(value).split()) if isinstance(value, str) else ""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
