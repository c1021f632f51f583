from __future__ import annotations

import contextlib
import re
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound, OwnWordsError, StepUpNeeded, Unavailable
from payments import public
from payments.invoicing import queries
from payments.invoicing.models import CreditNote, Invoice, InvoiceReceipt
from payments.invoicing.usecases import credit_invoice, record_bank_payment
from payments.ledger.data import BANK, FEE_COST, FEE_INCOME, payable, receivable
from payments.ledger.models import Entry
from payments.ledger.queries import balance
from payments.money import Pence
from payments.payouts.models import Payout
from tests.payments.cast import START, Cast, choose_bank, choose_other, make_cast, owe

MACHINE = Actor.system("test")


def _get(owed: public.Owed) -> Invoice:
    assert owed.invoice_id is not None
    return Invoice.objects.get(id=owed.invoice_id)


def _invoice(cast: Cast, number: int = 1, amount: int = 15000) -> Invoice:
    return _get(owe(cast, number, amount))


def test_owing_a_fee_is_one_act_with_both_sides(cast: Cast) -> None:
    owed = owe(cast)
    assert owe(cast) == owed
    assert (Payout.objects.count(), Invoice.objects.count(), Entry.objects.count()) == (1, 1, 2)
    assert balance(payable(cast.payee_ref)) == -15000
    assert balance(FEE_COST) == 15000
    assert balance(receivable(cast.customer_ref)) == 15000
    assert balance(FEE_INCOME) == -15000


def test_the_same_key_with_other_facts_is_refused_and_changes_nothing(cast: Cast) -> None:
    owe(cast)
    with pytest.raises(Conflict):
        owe(cast, amount=15001)
    with pytest.raises(Conflict):
        owe(replace(cast, customer_ref=uuid4()))
    assert (Payout.objects.count(), Invoice.objects.count(), Entry.objects.count()) == (1, 1, 2)


@pytest.mark.parametrize("what", ["payee_ref", "customer_ref"])
def test_an_unknown_party_leaves_nothing_half_done(cast: Cast, what: str) -> None:
    stranger = replace(cast, payee_ref=uuid4()) if what == "payee_ref" else replace(cast, customer_ref=uuid4())
    with pytest.raises(NotFound):
        owe(stranger)
    assert (Payout.objects.count(), Invoice.objects.count(), Entry.objects.count()) == (0, 0, 0)


def test_the_network_bears_a_session_itself(cast: Cast) -> None:
    owed = public.fee_owed(
        key="session:1",
        payee_ref=cast.payee_ref,
        customer_ref=None,
        reference="MS-TEST001",
        amount=public.session_rate(START.date()),
        pay_by=START.date(),
        description_code="session",
        actor=MACHINE,
        at=START,
    )
    assert owed.invoice_id is None
    assert balance(payable(cast.payee_ref)) == -5500


def test_numbers_are_gapless_in_each_customers_own_series(cast: Cast) -> None:
    other = make_cast()
    numbers = [_invoice(cast, 1).number, _invoice(cast, 2).number]
    with pytest.raises(Conflict):
        owe(cast, 2, 1)  # a refused one takes no number
    numbers.append(_invoice(cast, 3).number)
    others = public.fee_owed(
        key="fee:other", payee_ref=other.payee_ref, customer_ref=other.customer_ref, reference="BK-TEST900",
        amount=Pence(9000), pay_by=START.date(), description_code="fee", actor=MACHINE, at=START,
    )  # fmt: skip
    series = {n.partition("-")[0] for n in numbers}
    assert len(series) == 1
    assert [n.partition("-")[2] for n in numbers] == ["0001", "0002", "0003"]
    their = _get(others).number
    assert their.endswith("-0001")
    assert their.partition("-")[0] not in series


def _pay(cast: Cast, invoice: Invoice, amount: int, ref: str = "FPI 1") -> None:
    record_bank_payment(
        invoice_id=invoice.id,
        amount=Pence(amount),
        received_on=START.date(),
        statement_ref=ref,
        actor=cast.preparer,
        at=START,
    )


def test_bank_payments_part_and_whole_each_statement_line_once(cast: Cast) -> None:
    invoice = _invoice(cast)
    _pay(cast, invoice, 5000, "FPI 1")
    _pay(cast, invoice, 5000, "fpi  1 ")
    assert Invoice.objects.get().state == "part_paid"
    assert balance(BANK) == 5000
    _pay(cast, invoice, 10000, "FPI 2")
    assert (Invoice.objects.get().state, Invoice.objects.get().settled_at) == ("paid", START)
    assert balance(receivable(cast.customer_ref)) == 0
    assert balance(BANK) == 15000


def test_bank_payment_refusals_change_nothing(cast: Cast) -> None:
    invoice = _invoice(cast)
    tries: list[tuple[Actor, int, str, int, type[OwnWordsError]]] = [
        (cast.preparer, 15001, "x", 0, Invalid),
        (cast.preparer, 0, "x", 0, Invalid),
        (cast.preparer, 5, " ", 0, Invalid),
        (cast.preparer, 5, "x", 1, Invalid),
        (replace(cast.preparer, stepped_up_at=None), 5, "x", 0, StepUpNeeded),
        (cast.person, 5, "x", 0, NotFound),
    ]
    for actor, amount, ref, days, error in tries:
        with pytest.raises(error):
            record_bank_payment(
                invoice_id=invoice.id,
                amount=Pence(amount),
                received_on=START.date() + timedelta(days=days),
                statement_ref=ref,
                actor=actor,
                at=START,
            )
    assert Invoice.objects.get().state == "issued"
    assert not InvoiceReceipt.objects.exists()
    assert balance(BANK) == 0


def test_a_fee_taken_back_credits_the_invoice(cast: Cast) -> None:
    invoice = _invoice(cast)
    for _ in range(2):
        public.cancel_fee(key="fee:1", actor=MACHINE, at=START)
    assert Invoice.objects.get().state == "credited"
    assert [c.number for c in CreditNote.objects.all()] == [f"{invoice.number.partition('-')[0]}-C001"]
    for account in (payable(cast.payee_ref), receivable(cast.customer_ref), FEE_COST, FEE_INCOME):
        assert balance(account) == 0
    assert public.verify() == []


def test_a_part_credit_and_the_rest_paid(cast: Cast) -> None:
    invoice = _invoice(cast)
    credit_invoice(
        key="c1", invoice_id=invoice.id, amount=Pence(4000), reason="Shorter than planned", actor=MACHINE, at=START
    )
    _pay(cast, invoice, 11000)
    assert Invoice.objects.get().state == "paid"
    with pytest.raises(Invalid):
        credit_invoice(key="c2", invoice_id=invoice.id, amount=Pence(11001), reason="x", actor=MACHINE, at=START)


def test_another_customer_finds_nothing(cast: Cast) -> None:
    invoice = _invoice(cast)
    stranger = uuid4()
    assert public.invoices_for(stranger) == []
    with pytest.raises(NotFound):
        public.invoice_page(invoice_id=invoice.id, customer_ref=stranger)
    with pytest.raises(NotFound):
        public.invoice_pdf(invoice_id=invoice.id, customer_ref=stranger)
    with pytest.raises(NotFound):
        public.pay_link(
            invoice_id=invoice.id, customer_ref=stranger, success_url="http://a/", cancel_url="http://a/",
            actor=MACHINE, at=START,
        )  # fmt: skip
    assert queries.invoices_visible_to(cast.person) == []
    with pytest.raises(NotFound):
        queries.invoice_visible_to(cast.person, invoice.id)
    assert len(queries.invoices_visible_to(cast.approver)) == 1


def test_the_page_says_all_and_nothing_about_the_person(cast: Cast) -> None:
    choose_bank(cast)
    invoice = _invoice(cast)
    page = public.invoice_page(invoice_id=invoice.id, customer_ref=cast.customer_ref)
    for words in (
        invoice.number,
        "The Daily Example",
        "1 Example Street",
        "£150.00",
        "2 December 2026",
        "BK-TEST001",
        "No VAT",
    ):
        assert words in page
    for words in ("Alex", "12345678", "12-34-56", str(cast.payee_ref)):
        assert words not in page


def test_the_pdf_is_tagged(cast: Cast) -> None:
    pytest.importorskip("weasyprint")
    invoice = _invoice(cast)
    pdf = public.invoice_pdf(invoice_id=invoice.id, customer_ref=cast.customer_ref)
    assert pdf.startswith(b"%PDF-")
    inside = pdf
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):
            inside += zlib.decompress(stream)
    assert b"StructTreeRoot" in inside
    assert b"pdfuaid" in inside
    fonts = re.findall(rb"/BaseFont\s*/[A-Z]+\+(\S+)", inside)
    assert fonts
    assert all(b"Sans" in font for font in fonts), "the style sheet was used"


def test_the_page_links_its_style(cast: Cast) -> None:
    """A style written into the page would be refused by the content security policy."""
    page = public.invoice_page(invoice_id=_invoice(cast).id, customer_ref=cast.customer_ref)
    assert "<style" not in page
    assert 'href="/static/payments/document.css"' in page


def test_nothing_is_issued_in_nobodys_name(cast: Cast, settings: Any) -> None:
    settings.ISSUER_NAME = ""
    with pytest.raises(Unavailable, match="name and address"):
        owe(cast)
    assert not Invoice.objects.exists()
    assert public.money_for([cast.payee_ref])[cast.payee_ref] == []


def test_what_was_issued_keeps_what_it_said(cast: Cast) -> None:
    invoice = _invoice(cast)
    public.register_customer(
        customer_ref=cast.customer_ref,
        billing=public.Billing(name="New Name", address_lines=("2 New Road",), email="new@example.org"),
        actor=MACHINE,
        at=START,
    )
    assert "The Daily Example" in public.invoice_page(invoice_id=invoice.id, customer_ref=cast.customer_ref)
    assert _get(owe(cast, 2)).name == "New Name"


def test_bad_billing_says_which_fields(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        public.register_customer(
            customer_ref=uuid4(),
            billing=public.Billing(name=" ", address_lines=("",), email="nobody", terms_days=90),
            actor=MACHINE,
            at=START,
        )
    assert set(refused.value.fields) == {"name", "address_lines", "email", "terms_days"}


@pytest.mark.parametrize("table", ["payments_credit_note", "payments_invoice_line", "payments_invoice_receipt"])
def test_what_was_issued_is_never_edited(cast: Cast, table: str) -> None:
    invoice = _invoice(cast)
    _pay(cast, invoice, 5)
    credit_invoice(key="c", invoice_id=invoice.id, amount=Pence(5), reason="x", actor=MACHINE, at=START)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET amount_pence = 1")  # noqa: S608


def test_self_billing_needs_a_running_agreement(cast: Cast) -> None:
    choose_other(cast, public.Route.MANUAL)
    owe(cast, 1)
    with pytest.raises(NotFound):
        _statement(cast, "fee:1", cast.person)
    with pytest.raises(NotFound):
        public.agree_self_billing(payee_ref=cast.payee_ref, owner=cast.owner, actor=cast.preparer, at=START)
    public.agree_self_billing(payee_ref=cast.payee_ref, owner=cast.owner, actor=cast.person, at=START)
    owe(cast, 2)
    page = _statement(cast, "fee:2", cast.person)
    for words in ("SELF-BILLING", "raised on your behalf", "Alex Example", "£150.00", "-0001", "No VAT"):
        assert words in page
    with pytest.raises(NotFound):
        _statement(cast, "fee:2", replace(cast.person, person_id=uuid4()))
    assert not AccessEvent.objects.exists()  # one's own document is no look by somebody else


def _statement(cast: Cast, key: str, actor: Actor) -> str:
    return public.statement_page(key=key, payee_ref=cast.payee_ref, owner=cast.owner, actor=actor, at=START)
