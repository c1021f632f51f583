"""A marker is found in every disguise, and nothing else is taken for one."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.canary.markers import Book, Mark

BOOK = Book()
NAME = BOOK.fresh("name_full")
PHONE = BOOK.fresh("phone")
ACCOUNT = BOOK.fresh("account_number")
for _text, _field in ((NAME, "name_full"), (PHONE, "phone"), (ACCOUNT, "account_number")):
    assert BOOK.note(_text, Mark("person:1", _field))


def _pdf(text: str) -> bytes:
    """As WeasyPrint writes: glyph numbers in a compressed stream, with a table from glyph to letter."""
    glyphs = {letter: n + 3 for n, letter in enumerate(sorted(set(text)))}
    shown = "".join(f"{glyphs[letter]:04x}" for letter in text)
    page = zlib.compress(f"BT /F1 12 Tf <{shown}> Tj ET".encode())
    table = "".join(f"<{n:04x}> <{ord(letter):04x}>\n" for letter, n in glyphs.items())
    letters = zlib.compress(f"{len(glyphs)} beginbfchar\n{table}endbfchar".encode())
    return b"%PDF-1.7\n" + b"".join(b"stream\n" + part + b"\nendstream\n" for part in (page, letters))


def _zip(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", text)
    return file.getvalue()


DISGUISES: dict[str, Callable[[str], bytes | str]] = {
    "plain": lambda t: f"<p>{t}, yes</p>",
    "upper": lambda t: t.upper(),
    "lower": lambda t: t.lower(),
    "url": lambda t: "".join(f"%{b:02X}" for b in t.encode()),
    "url twice": lambda t: quote("".join(f"%{b:02X}" for b in t.encode())),
    "html": lambda t: "".join(f"&#x{ord(c):x};" for c in t),
    "json": lambda t: "".join(f"\\u{ord(c):04x}" for c in t),
    "json in json": lambda t: json.dumps(json.dumps(t)),
    "base64": lambda t: base64.b64encode(f"my name is {t} and".encode()),
    "base64, one on": lambda t: base64.b64encode(f"my name is  {t} and".encode()),
    "base64, two on": lambda t: base64.b64encode(f"my name is   {t} and".encode()),
    "base64 at the end": lambda t: base64.b64encode(t.encode()),
    "base64 for addresses": lambda t: base64.urlsafe_b64encode(f"\xff\xfe?{t}".encode()),
    "base64 in lines": lambda t: base64.encodebytes(("x" * 50 + t + "x" * 50).encode()),
    "hex": lambda t: t.encode().hex(),
    "hex, in capitals": lambda t: b"\\x" + f"..{t}".encode().hex().upper().encode(),
    "utf-16": lambda t: f"hello {t}".encode("utf-16"),
    "soft hyphens": "\u00ad".join,
    "tags": lambda t: f"<b>{t[:4]}</b><wbr>{t[4:]}",
    "quoted-printable": lambda t: f"{t[:6]}=\r\n{t[6:]}",
    "gzip": lambda t: gzip.compress(t.encode()),
    "zip": _zip,
    "pdf": _pdf,
}


@pytest.mark.parametrize("how", DISGUISES)
def test_a_marker_is_found_in_every_disguise(how: str) -> None:
    assert [mark.field for mark in BOOK.find(DISGUISES[how](NAME)).values()] == ["name_full"]


@pytest.mark.parametrize("text", [PHONE, PHONE[:4] + " " + PHONE[4:8] + " " + PHONE[8:], f"tel:{PHONE}", f"({PHONE})"])
def test_a_number_is_found_however_it_is_grouped(text: str) -> None:
    assert [mark.field for mark in BOOK.find(text).values()] == ["phone"]


def test_short_numbers_count_only_when_they_stand_alone() -> None:
    assert [mark.field for mark in BOOK.find(f"<dd>{ACCOUNT}</dd>").values()] == ["account_number"]
    for within in (f"a{ACCOUNT}", f"{ACCOUNT}-4f", f"12:00:00.{ACCOUNT}", f"1{ACCOUNT}"):
        assert BOOK.find(within) == {}


def test_markers_differ_and_strangers_are_nobody() -> None:
    book = Book()
    made = {book.fresh(field) for field in ("story", "email", "phone", "legal_name") for _ in range(500)}
    assert len(made) == 2000
    assert BOOK.find("zqvxkjaaaaaaaa and Robin Testbury") == {}
