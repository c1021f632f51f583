"""A check of a requester's words: flag, explain, cite, never force; and never on a person's own words (promise 7).

The list is data (`material/language.csv`: term, what guides prefer, mode, source). Guides disagree on some terms, so
the modes differ: `replace` and `remove` suggest; `soft` mentions; `ask` and `ask-contested` say to ask the person;
`replace-unless-self` leaves a person's name for themselves alone. Look-alikes ("a clean copy", "work placement") are
kept out by the columns `only_near` (one of these must stand in the same sentence) and `never_in`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from network.opportunities.data import LanguageFlag

_FILE = Path(__file__).parent / "material" / "language.csv"

_WHY = {
    "replace": "Guides for writers suggest other words: {prefer}.",
    "remove": "Guides for writers suggest leaving this out.",
    "soft": "Some people mind this word. You could say: {prefer}.",
    "ask": "Ask the person which word they use. {prefer}.",
    "ask-contested": "Guides disagree about this word, and so do the people it is used of. Ask the person. {prefer}.",
    "replace-unless-self": "Unless it is somebody’s own word for themselves, guides suggest: {prefer}.",
}
# "the homeless" is about people only where no noun follows ("the homeless charity" names no person).
_AFTER_NOUN = (
    r"(?=\s*(?:$|[.,;:!?)\"”’']|(?:are|is|were|was|who|and|or|in|on|of|at|by|with|to|have|has|need|needs|can|cannot|"
    r"for|from|will|would|should|do|don|get|living|as|than|but|into|when|more|that)\b))"
)
_ENDING = r"(?:['’]s|s['’]|e?s)?"


def _phrase(text: str) -> str:
    """A phrase as a pattern: a hyphen, a space or a line break between words are one and the same."""
    return r"[\s\-‐‑–]+".join(re.escape(word) for word in re.split(r"[\s\-]+", text.strip()))


def _alternatives(text: str) -> list[str]:
    return sorted(filter(None, (part.strip() for part in text.split("|"))), key=len, reverse=True)


class _Term:
    def __init__(self, row: dict[str, str]) -> None:
        self.row = row
        flags = 0 if row["case"] == "yes" else re.IGNORECASE
        patterns = []
        for phrase in _alternatives(row["patterns"]):
            nominal = phrase.startswith("the ") and phrase.count(" ") == 1
            patterns.append(_phrase(phrase) + ("" if nominal else _ENDING) + (_AFTER_NOUN if nominal else ""))
        self.find = re.compile(rf"(?<![\w-])(?:{'|'.join(patterns)})(?![\w-])", flags)
        near, never = _alternatives(row["only_near"]), _alternatives(row["never_in"])
        self.near = re.compile(rf"\b(?:{'|'.join(map(_phrase, near))})", re.IGNORECASE) if near else None
        self.never = (
            re.compile(rf"\b(?:{'|'.join(_phrase(n) + _ENDING for n in never)})\b", re.IGNORECASE) if never else None
        )

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        shielded = [m.span() for m in self.never.finditer(text)] if self.never else []
        for match in self.find.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in shielded):
                continue
            if self.near is not None:
                sentence, start = _sentence(text, match)
                around = sentence[: match.start() - start] + " " + sentence[match.end() - start :]
                if not self.near.search(around):
                    continue
            yield match


def _sentence(text: str, match: re.Match[str]) -> tuple[str, int]:
    start = max(text.rfind(mark, 0, match.start()) for mark in ".!?\n") + 1
    ends = [position for mark in ".!?\n" if (position := text.find(mark, match.end())) >= 0]
    return text[start : min(ends, default=len(text))], start


@lru_cache(maxsize=1)
def _terms() -> tuple[_Term, ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_Term(row) for row in csv.DictReader(file))


def language_flags(text: str) -> tuple[LanguageFlag, ...]:
    """What a requester may want to look at again in `text`, in reading order. Changes nothing and forbids nothing.

    Where two terms cover the same words, the longer one speaks ("ex-addict" before "addict").
    """
    found = [(m.start(), -m.end(), term, m) for term in _terms() for m in term.matches(text)]
    flags: list[LanguageFlag] = []
    covered = -1
    for start, minus_end, term, match in sorted(found, key=lambda f: (f[0], f[1])):
        if start < covered:
            continue
        covered = -minus_end
        row = term.row
        flags.append(
            LanguageFlag(
                start=start,
                end=-minus_end,
                found=match.group(0),
                prefer=row["prefer"],
                mode=row["mode"],
                why=_WHY[row["mode"]].format(prefer=row["prefer"].rstrip(".")),
                source=row["source"],
                confirmed=row["source_status"].startswith("confirmed"),
            )
        )
    return tuple(flags)
