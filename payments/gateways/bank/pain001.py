"""ISO 20022 pain.001.001.09: one initiation, one block of payments out of our account, sort codes as clearing members."""

from __future__ import annotations

from datetime import UTC
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from payments.gateways.bank.rows import BankFileText, Batch, amount, finished, plain

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
SORT_CODES = "GBDSC"  # ISO external code of the UK domestic sort code


def _add(parent: Element, path: str, text: str = "") -> Element:
    """Make the elements along `path` and write `text` into the last."""
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text or None
    return parent


def _agent(parent: Element, name: str, sort_code: str) -> None:
    member = _add(parent, f"{name}/FinInstnId/ClrSysMmbId")
    _add(member, "ClrSysId/Cd", SORT_CODES)
    _add(member, "MmbId", sort_code)


def write(batch: Batch) -> BankFileText:
    """The whole message. Raises ValueError without our own account, or with nothing to pay."""
    own = batch.originator
    if own is None:
        raise ValueError("our own account is needed")
    document = Element("Document", {"xmlns": NAMESPACE})
    start = _add(document, "CstmrCdtTrfInitn")
    head = _add(start, "GrpHdr")
    _add(head, "MsgId", batch.reference)
    _add(head, "CreDtTm", f"{batch.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z")
    _add(head, "NbOfTxs", str(len(batch.rows)))
    _add(head, "CtrlSum", amount(batch.total))
    _add(head, "InitgPty/Nm", plain(own.name, 70))
    block = _add(start, "PmtInf")
    _add(block, "PmtInfId", batch.reference)
    _add(block, "PmtMtd", "TRF")
    _add(block, "NbOfTxs", str(len(batch.rows)))
    _add(block, "CtrlSum", amount(batch.total))
    _add(block, "PmtTpInf/SvcLvl/Cd", "URNS")  # as soon as the day allows, by net settlement
    _add(block, "ReqdExctnDt/Dt", batch.on.isoformat())
    _add(block, "Dbtr/Nm", plain(own.name, 70))
    _add(block, "DbtrAcct/Id/Othr/Id", own.account_number)
    _agent(block, "DbtrAgt", own.sort_code)
    _add(block, "ChrgBr", "SHAR")
    for number, row in enumerate(batch.rows, start=1):
        one = _add(block, "CdtTrfTxInf")
        ids = _add(one, "PmtId")
        _add(ids, "InstrId", f"{batch.reference}-{number}")
        _add(ids, "EndToEndId", plain(row.reference, 35) or f"{batch.reference}-{number}")
        _add(one, "Amt/InstdAmt", amount(row.amount)).set("Ccy", "GBP")
        _agent(one, "CdtrAgt", row.sort_code)
        _add(one, "Cdtr/Nm", plain(row.account_holder, 70))
        _add(one, "CdtrAcct/Id/Othr/Id", row.account_number)
        _add(one, "RmtInf/Ustrd", plain(row.reference, 18))
    indent(document)
    text = tostring(document, encoding="unicode")
    return finished(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n', batch)
