"""Words that nobody would write, one for each thing about each person, and how to find them again in any disguise."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import unquote_plus

PREFIX = "zqvxkj"
_WORD = re.compile(PREFIX + "[a-z2-7]{8}")
# Where only digits fit. A phone number is long enough to be looked for anywhere. Account and sort code stand alone:
# not inside an id, nor the fraction of a second.
_PHONE = re.compile("99887766[0-9]{5}")
_ALONE = re.compile(r"(?<![\w.-])9988(?:[0-9]{4}|[0-9]{2})(?![\w-])")
_SORT = re.compile(r"(?<![\w.-])99-88-([0-9]{2})(?![\w-])")
_STRIPE = re.compile("acct_[0-9a-z]{16,}")  # the provider draws these; each is noted when it is known
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"

_PHONE_FIELDS = frozenset({"phone"})
_NAMES = frozenset({"name_full", "name_first", "name_other", "known_as", "legal_name", "account_holder"})
_MAILS = frozenset({"email", "account"})
SORT_CODES = 100  # all that two digits tell apart: so many people can be planted, and no more


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose it is ("person:ID", "user:ID") and which field it fills."""

    owner: str
    field: str


class Book:
    """Which marker stands for what."""

    def __init__(self) -> None:
        self.marks: dict[str, Mark] = {}
        self._number = 0
        self._sort_codes = 0

    def fresh(self, field: str) -> str:
        """A new value for a field, in a shape that the field takes, holding a marker."""
        self._number += 1
        n = self._number
        if field in _PHONE_FIELDS:
            return f"+99887766{n:05d}"
        if field == "account_number":
            return f"9988{n:04d}"
        if field == "sort_code":
            self._sort_codes += 1
            if self._sort_codes > SORT_CODES:
                raise ValueError("no two people may have one sort code")
            return f"9988{self._sort_codes - 1:02d}"
        word = self._word(n)
        if field == "stripe_account":
            return f"acct_{word}"
        if field in _MAILS:
            return f"{word}@mark.example"
        if field in _NAMES:
            return word.capitalize()
        return f"Here {word} there."

    @staticmethod
    def _word(number: int) -> str:
        # Spread over the alphabet, so that two markers differ in more than their last letter.
        mixed, letters = number * 2654435761 % 2**40, ""
        for _ in range(8):
            mixed, rest = divmod(mixed, 32)
            letters += _ALPHABET[rest]
        return PREFIX + letters

    def note(self, value: str, mark: Mark) -> bool:
        """Write down whose marker `value` holds. False when it holds none."""
        found = markers_in(value)
        for marker in found:
            self.marks.setdefault(marker, mark)
        return bool(found)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({m: [k.owner, k.field] for m, k in self.marks.items()}), encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> Book:
        book = cls()
        book.marks = {m: Mark(*both) for m, both in json.loads(path.read_text(encoding="ascii")).items()}
        return book

    def find(self, data: bytes | str, *, alone: bool = True) -> dict[str, Mark]:
        """Every marker of this book in the data, whatever form it has."""
        found = markers_in(data, alone=alone)
        return {marker: self.marks[marker] for marker in sorted(found) if marker in self.marks}


def markers_in(data: bytes | str, *, alone: bool = True) -> set[str]:
    """Markers in plain or in disguise: letter case, URL, HTML and JSON escapes, base64, hex, UTF-16, soft hyphens, folds
    and tags between letters, quoted-printable, and inside gzip, deflate, zip (so office documents) and PDF. `alone`: the
    short numbers as well."""
    found: set[str] = set()
    for text in _texts(data):
        for view in _views(text):
            found |= _plain(view, alone)
        found |= _base64(text) | _hex(text)
    return found


def _plain(text: str, alone: bool) -> set[str]:
    found = set()
    if PREFIX in text:
        found |= set(_WORD.findall(text))
    if "99887766" in text:
        found |= set(_PHONE.findall(text))
    if "acct_" in text:
        found |= set(_STRIPE.findall(text))
    if alone and "9988" in text:
        found |= set(_ALONE.findall(text))
    if alone and "99-88-" in text:
        found |= {f"9988{last}" for last in _SORT.findall(text)}
    return found


def _texts(data: bytes | str, depth: int = 0) -> Iterator[str]:
    if isinstance(data, str):
        yield data
        return
    yield data.decode("latin-1")
    if depth > 2:
        return
    for inner in _unpacked(data):
        yield from _texts(inner, depth + 1)


def _unpacked(data: bytes) -> Iterable[bytes]:
    if data[:2] == b"\x1f\x8b":
        try:
            return [gzip.decompress(data)]
        except (OSError, EOFError, zlib.error):
            return []
    if data[:1] == b"\x78":  # zlib, as in a deflated body
        try:
            return [zlib.decompress(data)]
        except zlib.error:
            return []
    if data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = [name.encode() for name in archive.namelist()]
                words = [info.comment + info.extra for info in archive.infolist()]
                return [*names, *words, archive.comment, *(archive.read(n) for n in archive.namelist())]
        except (zipfile.BadZipFile, RuntimeError):
            return []
    if data[:5] == b"%PDF-":
        return list(_pdf(data))
    return []


def _pdf(data: bytes) -> Iterator[bytes]:
    """The streams of a PDF, and its text by the fonts' own tables from glyph to letter."""
    streams = []
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            streams.append(zlib.decompress(found.group(1)))
        except zlib.error:
            streams.append(found.group(1))
    yield from streams
    for text in (data, *streams):  # titles, authors and the like; words set without a table of glyphs
        for found in re.finditer(rb"<(?:feff)?((?:[0-9A-Fa-f]{2}){4,})>", text, re.IGNORECASE):
            yield bytes.fromhex(found.group(1).decode())
        yield b"".join(re.findall(rb"\(((?:\\.|[^\\()])*)\)", text))
    tables = [_letters(stream) for stream in streams if b"beginbfchar" in stream or b"beginbfrange" in stream]
    for stream in streams:
        shown = b"".join(re.findall(rb"<([0-9A-Fa-f]+)>", stream)) if b" Tf" in stream else b""
        glyphs = [int(shown[n : n + 4], 16) for n in range(0, len(shown) - 3, 4)]
        for table in tables:
            yield "".join(table.get(glyph, "") for glyph in glyphs).encode()


def _letters(stream: bytes) -> dict[int, str]:
    table = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", stream, re.DOTALL):
        for glyph, letter in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            table[int(glyph, 16)] = bytes.fromhex(letter.decode()).decode("utf-16-be", "replace")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", stream, re.DOTALL):
        for first, last, letter in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            start = int(first, 16)
            for n in range(start, int(last, 16) + 1):
                table[n] = chr(int(letter, 16) + n - start)
    return table


_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")
_INVISIBLE = ("\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff")
_NOTHING = (
    *(c.encode().decode("latin-1").lower() for c in _INVISIBLE), *_INVISIBLE,  # as bytes first: they hold one another
    "\x00", "&shy;", "&zwj;", "&zwnj;", "&#173;", "&#xad;", "=\r\n", "=\n", "\r\n ", "\r\n\t", "\n ", "\n\t",
)  # fmt: skip
_QUOTED = re.compile("=([0-9a-f]{2})")
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")
_TAG = re.compile(r"<[^<>]*>")
_GAPS = re.compile(r"[\s()]+|(?<=[0-9])-(?=[0-9])")


def _views(text: str) -> Iterator[str]:
    low = text.lower()
    yield low
    kept = low
    for nothing in _NOTHING:
        if nothing in kept:
            kept = kept.replace(nothing, "")
    if len(kept) != len(low):
        yield kept
    if _QUOTED.search(kept):
        yield _QUOTED.sub(lambda m: chr(int(m.group(1), 16)), kept).lower()
    if "\\x" in low:
        yield _ESCAPED.sub(lambda m: chr(int(m.group(1), 16)), low).lower()
    if "%" in low:
        yield unquote_plus(low).lower()
        if "%25" in low:
            yield unquote_plus(unquote_plus(low)).lower()
    if "&#" in low:
        yield html.unescape(html.unescape(low)).lower()
    if "\\u" in low:
        yield _ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), low).lower()
    if "<" in low:
        yield _TAG.sub("", kept)
    if "99" in low:
        yield _GAPS.sub("", low)


def _cores(word: str) -> Iterator[str]:
    """The part of the base64 of `word` that is the same whatever stands before and after it."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + word.encode()).decode()
        yield text[(0, 2, 3)[before] : (before + len(word)) // 3 * 4]


_CASES = (PREFIX, PREFIX.capitalize(), PREFIX.upper())
_BASE64_CORES = tuple(sorted({core for word in (*_CASES, "99887766") for core in _cores(word)}))
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_HEX_CORES = tuple(word.encode().hex() for word in (*_CASES, "99887766"))
_HEX_RUN = re.compile("[0-9a-f]{16,}")


def _base64(text: str) -> set[str]:
    found: set[str] = set()
    joined = text.replace("\r", "").replace("\n", "")  # as mails break it
    if not any(core in joined for core in _BASE64_CORES):
        return found
    for run in chain(_BASE64_RUN.finditer(text), _BASE64_RUN.finditer(joined)):
        letters = run.group().replace("-", "+").replace("_", "/")
        if not any(core in letters for core in _BASE64_CORES):
            continue
        for start in range(4):
            part = letters[start:]
            try:
                plain = base64.b64decode(part[: len(part) // 4 * 4])
                rest = base64.b64decode(part + "A" * (-len(part) % 4))
            except binascii.Error:
                continue
            found |= _plain(plain.decode("latin-1").lower(), True) | _plain(rest.decode("latin-1").lower(), True)
    return found


def _hex(text: str) -> set[str]:
    low = text.lower()
    found: set[str] = set()
    if not any(core in low for core in _HEX_CORES):
        return found
    for run in _HEX_RUN.finditer(low):
        digits = run.group()
        for start in range(2):
            even = digits[start : start + (len(digits) - start) // 2 * 2]
            found |= _plain(bytes.fromhex(even).decode("latin-1").lower(), True)
    return found
