"""A marker is found in every disguise, and nothing else is taken for one."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from email.header import Header
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


def _pdf_stream(text: str) -> bytes:
    return b"%PDF-1.7\nstream\n" + zlib.compress(text.encode()) + b"\nendstream\n"


def _weasy(text: str) -> bytes:
    from weasyprint import HTML

    return bytes(HTML(string=f"<title>t</title><p>For <b>{text}</b></p>").write_pdf(pdf_variant="pdf/ua-1"))


def _zip_of(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def _zip(text: str) -> bytes:
    return _zip_of("a.json", text.encode())


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
    "utf-16, the other way round": lambda t: f"hello {t}".encode("utf-16-be"),
    "soft hyphens": "\u00ad".join,
    "soft hyphens in bytes": lambda t: "\u00ad".join(t).encode(),
    "nothing of no width": lambda t: "\u200b".join(t).encode() + b" and \xe2\x80\x8d",
    "soft hyphens by name": "&shy;".join,
    "folded": lambda t: f"Subject: {t[:7]}\r\n {t[7:]}",
    "folded with a tab": lambda t: f"Subject: {t[:7]}\n\t{t[7:]}".encode(),
    "tags": lambda t: f"<b>{t[:4]}</b><wbr>{t[4:]}",
    "quoted-printable": lambda t: f"{t[:6]}=\r\n{t[6:]}",
    "quoted-printable, every letter": lambda t: "".join(f"={b:02X}" for b in t.encode()),
    "quoted-printable, broken": lambda t: "".join(f"={b:02X}" + "=\r\n" * (n == 5) for n, b in enumerate(t.encode())),
    "a mail's header": lambda t: Header(f"{t} \u00e9", "utf-8").encode(),
    "a mail's header, quoted": lambda t: f"=?utf-8?q?{''.join(f'={b:02X}' for b in t.encode())}?=",
    "bytes as Python shows them": lambda t: "".join(f"\\x{b:02x}" for b in t.encode()),
    "deflate": lambda t: zlib.compress(t.encode()),
    "gzip": lambda t: gzip.compress(t.encode()),
    "zip": _zip,
    "zip in a zip": lambda t: _zip_of("inner.zip", _zip(t)),
    "a spreadsheet": lambda t: _zip_of("xl/sharedStrings.xml", f"<sst><si><t>{t}</t></si></sst>".encode()),
    "a name within a zip": lambda t: _zip_of(f"{t}.json", b"{}"),
    "pdf": _pdf,
    "pdf's title": lambda t: b"%PDF-1.7\n<</Title <feff" + t.encode("utf-16-be").hex().encode() + b">>>",
    "pdf in pieces": lambda t: _pdf_stream(f"BT /F1 12 Tf [({t[:4]}) -20 ({t[4:]})] TJ ET"),
    "pdf by our own maker": _weasy,
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
