"""Bank files, each read back by a parser of this test's own: control totals, fixed positions, the ISO schema."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from payments.gateways.bank.layouts import Layout, layouts
from payments.gateways.bank.rows import Batch, Originator, PaymentRow
from payments.gateways.bank.writing import lacks, write
from payments.money import Pence
from tests.payments.gateways.xsd import Schema

OWN = Originator(name="The Messages Network", sort_code="000000", account_number="00000000", service_user="123456")
ROWS = (
    PaymentRow(account_holder="A Example", sort_code="112233", account_number="12345678", amount=Pence(15000),
               reference="BK-TEST001"),
    PaymentRow(account_holder="=Zo\u00eb O\u2019Example, & Daughters of the Long Name", sort_code="040506",
               account_number="00000001", amount=Pence(4255), reference="BK-TEST002"),
)  # fmt: skip
BATCH = Batch(
    reference="BF-7K3RMW",
    made_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
    on=date(2026, 11, 3),
    rows=ROWS,
    originator=OWN,
)
NS = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
SCHEMA = Schema(ElementTree.parse(Path(__file__).parent / "schemas" / "pain.001.001.09.xsd").getroot())  # noqa: S314


@pytest.mark.parametrize("layout", layouts().values(), ids=lambda layout: layout.name)
def test_the_same_batch_is_the_same_bytes_and_says_that_no_bank_has_taken_it(layout: Layout) -> None:
    text = write(BATCH, layout)
    assert text == write(BATCH, layout)
    assert (text.count, text.total) == (2, 19255)
    assert layout.status == "unverified with the bank"
    assert layout.source
    with pytest.raises(ValueError, match="no payments"):
        write(Batch(reference="BF-1", made_at=BATCH.made_at, on=BATCH.on, rows=(), originator=OWN), layout)


@pytest.mark.parametrize("layout", [x for x in layouts().values() if x.kind == "csv"], ids=lambda layout: layout.name)
def test_csv_by_profile(layout: Layout) -> None:
    rows = list(csv.reader(io.StringIO(write(BATCH, layout).content, newline="")))
    if layout.header:
        assert rows.pop(0) == [heading for heading, _ in layout.columns]
    place = {what: n for n, (_, what) in enumerate(layout.columns)}
    assert [row[place["amount"]] for row in rows] == ["150.00", "42.55"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    for row, given in zip(rows, ROWS, strict=True):
        sort = row[place["sort_code"] if "sort_code" in place else place["sort_code_dashed"]]
        assert sort.replace("-", "") == given.sort_code
        assert row[place["account_number"]] == given.account_number


def test_standard_18_by_position() -> None:
    lines = write(BATCH, layouts()["standard-18"]).content.split("\r\n")
    assert lines.pop() == ""
    kinds = [line[:4] for line in lines]
    assert kinds[:4] == ["VOL1", "HDR1", "HDR2", "UHL1"]
    assert kinds[-3:] == ["EOF1", "EOF2", "UTL1"]
    labels, records = [*lines[:4], *lines[-3:]], lines[4:-3]
    assert {len(line) for line in labels} == {80}
    assert {len(line) for line in records} == {100}
    assert all(line.isascii() for line in lines)
    vol, hdr1, hdr2, uhl = lines[:4]
    assert (vol[4:10], vol[41:47], vol[79]) == ("7K3RMW", "123456", "1")
    assert hdr1[4:21] == "A123456S  1123456"
    assert hdr1[21:27] == vol[4:10], "the set is the submission"
    assert (hdr1[41:47], hdr1[47:53]) == (" 26306", " 26307")
    assert (hdr2[4], hdr2[5:10], hdr2[10:15]) == ("F", "02000", "00100")
    assert (uhl[4:10], uhl[10:20], uhl[20:28]) == (" 26307", "999999    ", "00000000")
    assert (uhl[28:37], uhl[37:40]) == ("1 DAILY  ", "001")
    *credits_, contra = records
    for line, row in zip(credits_, ROWS, strict=True):
        assert (line[:6], line[6:14], line[14], line[15:17]) == (row.sort_code, row.account_number, "0", "99")
        assert (line[17:23], line[23:31], line[31:35]) == ("000000", "00000000", "    ")
        assert int(line[35:46]) == row.amount
        assert line[64:82].strip() == row.reference
    assert (contra[15:17], int(contra[35:46]), contra[64:70]) == ("17", 19255, "CONTRA")
    assert (lines[-3][4:], lines[-2][4:]) == (hdr1[4:], hdr2[4:])
    utl = lines[-1]
    assert [int(utl[a:b]) for a, b in ((4, 17), (17, 30), (30, 37), (37, 44))] == [19255, 19255, 1, 2]


def test_pain_001_is_valid_and_adds_up() -> None:
    document = ElementTree.fromstring(write(BATCH, layouts()["pain.001.001.09"]).content)  # noqa: S314
    assert SCHEMA.faults(document) == []
    amounts = [e.text for e in document.iter(f"{NS}InstdAmt")]
    assert amounts == ["150.00", "42.55"]
    assert {e.text for e in document.iter(f"{NS}CtrlSum")} == {"192.55"}
    assert {e.text for e in document.iter(f"{NS}NbOfTxs")} == {"2"}
    assert [e.text for e in document.iter(f"{NS}EndToEndId")] == ["BK-TEST001", "BK-TEST002"]
    assert [e.text for e in document.iter(f"{NS}MmbId")] == ["000000", "112233", "040506"]


def _drop(name: str) -> Callable[[str], str]:
    return lambda text: text.replace(f"<{name}>", "<Odd>").replace(f"</{name}>", "</Odd>")


@pytest.mark.parametrize(
    "spoil",
    [
        _drop("MsgId"),
        _drop("Dbtr"),
        lambda text: text.replace("150.00", "150.00.1"),
        lambda text: text.replace("<ChrgBr>SHAR", "<ChrgBr>NONE"),
        lambda text: text.replace('Ccy="GBP"', 'Ccy="gbp"'),
        lambda text: text.replace("BF-7K3RMW<", "BF-7K3RMW" + "X" * 40 + "<"),
        lambda text: text.replace("<PmtMtd>TRF</PmtMtd>", ""),
    ],
)
def test_a_spoilt_message_is_refused(spoil: Callable[[str], str]) -> None:
    """The checker can fail."""
    text = write(BATCH, layouts()["pain.001.001.09"]).content
    assert spoil(text) != text
    assert SCHEMA.faults(ElementTree.fromstring(spoil(text)))  # noqa: S314


def test_what_must_be_set_first() -> None:
    bare = Originator(name="N", sort_code="000000", account_number="00000000")
    assert [n for n, x in layouts().items() if lacks(x, None)] == ["standard-18", "pain.001.001.09"]
    assert [n for n, x in layouts().items() if lacks(x, bare)] == ["standard-18"]
    assert not any(lacks(x, OWN) for x in layouts().values())
