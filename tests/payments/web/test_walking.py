"""Finance's work, walked by its pages alone: two people in two browsers, each proving themselves by an emailed code."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client

from backend.kernel import clock
from backend.kernel.actor import Actor, Role
from backend.outbox import worker
from network.notifications.data import About, Leads
from network.web.message_links import leads_to
from payments import public
from payments.expenses.queries import claims_of
from payments.gateways.standin.server import StandIn
from payments.invoicing.models import CreditNote, Invoice, InvoiceReceipt
from payments.ledger.data import BANK, STRIPE_BALANCE, payable, receivable
from payments.ledger.queries import balance, trial_balance
from payments.money import Pence
from payments.payouts.models import Payout, PayoutRun
from payments.payouts.usecases import destinations
from tests.payments.cast import IN_PERSON
from tests.payments.conftest import press
from tests.payments.web.scene import Payee, Scene, actor_for, client_of, customer, payee, prove, user

pytestmark = pytest.mark.django_db
FINANCE_PAGES = "/money/"


def confirm(client: Client, address: str) -> None:
    """Follow the link to the proof, have a code sent, type it, and arrive where the link came from."""
    assert address.startswith("/confirm/?next=")
    back = address.partition("next=")[2].replace("%2F", "/")
    before = len(mail.outbox)
    sent = client.post("/confirm/send/", {"next": back})
    worker.run_due()
    codes = [found.group() for m in mail.outbox[before:] if (found := re.search(r"\b\d{6}\b", str(m.body)))]
    assert len(codes) == 1
    answer = client.post(sent["Location"], {"code": codes[0]})
    assert (answer.status_code, answer["Location"]) == (303, back)


def proof_link(page: str) -> str:
    found = re.search(r'href="(/confirm/\?next=[^"]+)"', page)
    assert found
    return found.group(1)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.content.decode())


def owe(to: Payee, customer_ref: UUID | None, number: int = 1, amount: int = 15000) -> public.Owed:
    return public.fee_owed(
        key=f"fee:walk:{number}",
        payee_ref=to.ref,
        customer_ref=customer_ref,
        reference=f"BK-WALK{number:03d}",
        amount=Pence(amount),
        pay_by=(clock.now() + timedelta(days=7)).date(),
        description_code="fee",
        actor=Actor.system("test"),
        at=clock.now(),
    )


class Two:
    """The two of finance, each with a browser of their own."""

    def __init__(self) -> None:
        now = clock.now()
        self.sam, self.kit = user(Role.FINANCE_PREPARER, "Sam", now), user(Role.FINANCE_APPROVER, "Kit", now)
        self.preparer, self.approver = client_of(self.sam), client_of(self.kit)

    def prepare(self) -> UUID:
        """From the first page to a run that waits, with the proof on the way."""
        assert "Your next task: prepare a payment run" in text(self.preparer, "/money/")
        answer = self.preparer.get("/money/runs/new/")
        assert answer.status_code == 303
        confirm(self.preparer, answer["Location"])
        page = text(self.preparer, "/money/runs/new/")
        chosen = re.findall(r'name="payouts" value="([^"]+)"', page) or re.findall(r'value="([0-9a-f-]{36})"', page)
        once = re.findall(r'name="once" value="([^"]+)"', page)[-1]
        ticked = [value for value in chosen if value != once]
        for _ in range(2):  # a double click has one effect
            answer = self.preparer.post("/money/runs/new/", {"payouts": ticked, "once": once})
            assert answer.status_code == 303
        run = PayoutRun.objects.get()
        assert answer["Location"] == f"/money/runs/{run.id}/"
        assert "Somebody else acts next" in text(self.preparer, answer["Location"])
        assert "waits for somebody else to approve it" in text(self.preparer, "/money/")
        return run.id

    def approve(self, run_id: UUID) -> None:
        run = PayoutRun.objects.get(id=run_id)
        assert f"Your next task: approve payment run {run.reference}" in text(self.approver, "/money/")
        page = text(self.approver, f"/money/runs/{run_id}/")
        assert "Approve this run" not in page, "a proof comes first"
        confirm(self.approver, proof_link(page))
        page = text(self.approver, f"/money/runs/{run_id}/")
        found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
        assert found
        answer = self.approver.post(f"/money/runs/{run_id}/approve/", {"digest": found.group(1)})
        assert answer.status_code == 303


@pytest.fixture
def two(db: None) -> Two:
    return Two()


def test_by_bank(two: Two) -> None:
    long_ago = clock.now() - timedelta(days=10)
    person, payer = payee(long_ago, public.Route.BANK), customer("The Daily Example", long_ago)
    destinations.record_call_back(
        payee_ref=person.ref, note=IN_PERSON, actor=actor_for(two.kit, Role.FINANCE_APPROVER, long_ago), at=long_ago
    )
    owed = owe(person, payer)
    run_id = two.prepare()
    two.approve(run_id)
    assert "Your next task: make a bank file" in text(two.preparer, "/money/")
    make = {"once": "make-1", "layout": "generic-1"}
    answer, again = (two.preparer.post("/money/files/make/", make) for _ in range(2))
    assert answer.status_code == again.status_code == 303
    assert answer["Location"] == again["Location"]
    file_path = answer["Location"]
    assert "Somebody else acts next" in text(two.preparer, file_path)
    refused = two.preparer.post(f"{file_path}download/")
    assert refused.status_code != 200
    assert b"12345678" not in refused.content
    assert "Your next task: release 1 bank file" in text(two.approver, "/money/")
    digest = re.search(r'name="sha256" value="([0-9a-f]{64})"', text(two.approver, file_path))
    assert digest
    assert two.approver.post(f"{file_path}release/", {"sha256": digest.group(1)}).status_code == 303
    download = two.preparer.post(f"{file_path}download/")
    assert download["Content-Type"].startswith("text/csv")
    assert download["Cache-Control"] == "no-store"
    assert b"12345678" in download.content
    assert b"150.00" in download.content
    assert "Your next task: check the bank statement" in text(two.preparer, "/money/")
    form = {"payouts": [str(owed.payout_id)], "paid_on": clock.now().date().isoformat(), "once": "paid-1"}
    wrong = two.preparer.post(f"{file_path}paid/", {**form, "paid_on": "2036-01-01"})
    assert wrong.status_code == 422
    assert "today or before" in wrong.content.decode()
    assert Payout.objects.get().state == "sending"
    for _ in range(2):
        assert two.preparer.post(f"{file_path}paid/", form).status_code == 303
    payout = Payout.objects.get()
    assert payout.state == "paid"
    assert balance(payable(person.ref)) == 0
    assert balance(BANK) == -15000
    assert trial_balance(clock.now()).difference == 0
    page = text(two.approver, f"/money/payments/{payout.id}/")
    for words in ("Put forward for approval", "By Sam.", "By you.", "Paid"):
        assert words in page
    assert "The books balance" in text(two.approver, "/money/books/")
    assert "Nothing is waiting for you" in text(two.preparer, "/money/")
    # It bounces a day later: owed again, and somebody has to approve it again.
    prove(two.preparer, two.sam)
    assert two.preparer.post(f"/money/payments/{payout.id}/returned/").status_code == 303
    payout.refresh_from_db()
    assert (payout.state, payout.round, payout.approved_by) == ("due", 2, None)
    assert balance(payable(person.ref)) == -15000


@pytest.mark.django_db(transaction=True)
def test_by_stripe(two: Two, standin: StandIn) -> None:
    now = clock.now()
    person = payee(now - timedelta(days=10), public.Route.STRIPE)
    press(
        public.onboarding_link(
            payee_ref=person.ref,
            owner=person.owner,
            refresh_url="http://127.0.0.1:8000/r",
            return_url="http://127.0.0.1:8000/b",
            actor=person.actor(now - timedelta(days=9)),
            at=now - timedelta(days=9),
        )
    )
    public.check_onboarding(payee_ref=person.ref, owner=person.owner, actor=person.actor(now), at=now)
    kit = actor_for(two.kit, Role.FINANCE_APPROVER, now)
    destinations.record_call_back(payee_ref=person.ref, note=IN_PERSON, actor=kit, at=now)
    owe(person, None)
    two.approve(two.prepare())
    worker.run_due()
    top_up = {"amount": "10000", "external_ref": "tu_opening", "once": "t"}
    for _ in range(2):
        assert two.preparer.post("/money/books/top-up/", top_up).status_code == 303
    payout = Payout.objects.get()
    assert payout.state in ("sent", "paid")
    assert len(standin.snapshot()["transfer"]) == 1
    assert balance(payable(person.ref)) == 0
    assert balance(STRIPE_BALANCE) == 1_000_000 - 15000
    page = text(two.approver, f"/money/payments/{payout.id}/")
    assert "Try 1" in page
    assert "Our system" in page
    answer = two.approver.post("/money/books/check/now/")
    assert answer.status_code == 303
    page = text(two.approver, "/money/books/check/")
    # The stand-in's opening balance came in under its own id, not under the one that was typed: reported, not mended.
    assert "They do not agree" in page
    assert "Your next task" in text(two.approver, "/money/")


def test_an_invoice_by_bank_transfer(two: Two, scene: Scene) -> None:
    invoice = Invoice.objects.get(id=scene.late_invoice)
    path = f"/money/invoices/{invoice.id}/"
    prove(two.preparer, two.sam)
    form = {"amount": "180.00", "received_on": clock.now().date().isoformat(), "statement_ref": "X 1", "once": "a"}
    receipts = InvoiceReceipt.objects.filter(invoice=invoice)
    for name, value in (("amount", "180.01"), ("amount", "-1"), ("amount", "lots"), ("received_on", "soon"),
                        ("received_on", "2036-01-01"), ("statement_ref", " ")):  # fmt: skip
        wrong = two.preparer.post(f"{path}payment/", {**form, name: value, "once": f"{name}{value}"})
        assert wrong.status_code == 422, (name, value)
        assert "Error: " in wrong.content.decode()
        assert not receipts.exists()
    for _ in range(2):
        assert two.preparer.post(f"{path}payment/", form).status_code == 303
    assert receipts.count() == 1
    invoice.refresh_from_db()
    assert (invoice.state, invoice.paid_pence) == ("paid", 18000)
    page = text(two.preparer, path)
    assert "Nothing more to come in" in page
    assert two.preparer.get(f"{path}pdf/").content.startswith(b"%PDF-")
    assert "Still to pay" in text(two.preparer, f"{path}page/")


def test_a_credit_note(two: Two, scene: Scene) -> None:
    invoice = Invoice.objects.get(id=scene.late_invoice)
    before = balance(receivable(scene.customer))
    owed_before = balance(payable(scene.settled.ref))
    prove(two.approver, two.kit)
    path = f"/money/invoices/{invoice.id}/credit/"
    assert two.approver.post(path, {"amount": "180.01", "reason": "x", "once": "1"}).status_code == 422
    assert two.approver.post(path, {"amount": "80", "reason": "", "once": "2"}).status_code == 422
    assert not CreditNote.objects.exists()
    for _ in range(2):
        assert two.approver.post(path, {"amount": "80", "reason": "Agreed", "once": "3"}).status_code == 303
    assert CreditNote.objects.count() == 1
    assert balance(receivable(scene.customer)) == before - 8000
    assert balance(payable(scene.settled.ref)) == owed_before, "the person is paid in any case"


def test_typed_words_outlive_an_old_proof(two: Two, scene: Scene) -> None:
    """The form was opened with a fresh proof; by the time it is sent the proof has run out."""
    path = f"/money/invoices/{scene.late_invoice}/payment/"
    form = {"amount": "180.00", "received_on": "2026-11-01", "statement_ref": "My typed words", "once": "a"}
    answer = two.preparer.post(path, form)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "My typed words" in page
    assert 'href="/confirm/?next=%2Fmoney%2Fproved%2F"' in page
    assert not InvoiceReceipt.objects.filter(invoice_id=scene.late_invoice).exists()


def test_expenses(two: Two, scene: Scene) -> None:
    path = f"/money/expenses/{scene.claim}/"
    page = text(two.preparer, path)
    assert "Train, return" in page
    assert "Save the decision" not in page
    confirm(two.preparer, proof_link(page))
    refused = two.preparer.post(path, {"decision": "refuse", "reason": "", "once": "1"})
    assert refused.status_code == 422
    assert two.preparer.post(path, {"decision": "approve", "reason": "", "once": "2"}).status_code == 303
    assert {c.state for c in claims_of(scene.settled.ref)} == {"approved"}
    assert Payout.objects.filter(key=f"expense:{scene.claim}", amount_pence=4250).count() == 1
    again = two.preparer.post(path, {"decision": "refuse", "reason": "No", "once": "3"})
    assert again.status_code == 409
    other = f"/money/expenses/{scene.second_claim}/"
    words = {"decision": "refuse", "reason": "We booked this for you.", "once": "4"}
    assert two.preparer.post(other, words).status_code == 303
    assert claims_of(scene.fresh.ref)[0].reason == "We booked this for you."


def test_new_details_are_confirmed_by_a_call(two: Two, scene: Scene) -> None:
    path = f"/money/payees/{scene.fresh.ref}/"
    page = text(two.preparer, path)
    assert "Ring the person" in page
    prove(two.preparer, two.sam)
    new_number = {"how": "known_number", "number_held_since": clock.now().date().isoformat(), "once": "1"}
    wrong = two.preparer.post(f"{path}confirm/", new_number)
    assert wrong.status_code == 422
    assert "at least 30 days" in wrong.content.decode()
    assert "Record the call" in text(two.preparer, path)
    right = {"how": "known_number", "number_held_since": "2026-01-01", "once": "2"}
    assert two.preparer.post(f"{path}confirm/", right).status_code == 303
    page = text(two.preparer, path)
    assert "Record the call" not in page
    assert "New details resting" in page


def test_taking_out_and_giving_up(two: Two, scene: Scene) -> None:
    prove(two.preparer, two.sam)
    assert two.preparer.post(f"/money/payments/{scene.waiting.payout_id}/take-out/").status_code == 303
    assert scene.state_of(scene.waiting.payout_id) == "due"
    assert PayoutRun.objects.get(id=scene.third_run).state == "cancelled"
    assert two.preparer.post(f"/money/runs/{scene.third_run}/give-up/").status_code == 409


def test_trying_again_and_handing_over(two: Two, scene: Scene) -> None:
    prove(two.preparer, two.sam)
    assert two.preparer.post(f"/money/payments/{scene.refused.payout_id}/retry/").status_code == 303
    assert scene.state_of(scene.refused.payout_id) == "approved"
    path = f"/money/payments/{scene.handed.payout_id}/handed-over/"
    wrong = two.preparer.post(path, {"receipt": "", "paid_on": clock.now().date().isoformat(), "once": "1"})
    assert wrong.status_code == 422
    right = {"receipt": "R-17", "paid_on": clock.now().date().isoformat(), "once": "2"}
    assert two.preparer.post(path, right).status_code == 303
    assert scene.state_of(scene.handed.payout_id) == "paid"


def test_ones_own_pay_is_prepared_by_somebody_else(two: Two, settings: Any) -> None:
    now = clock.now()
    person = payee(now - timedelta(days=10), public.Route.DONATE)
    public.register_payee(payee_ref=person.ref, owner_user_id=two.sam, at=now)
    owed = owe(person, None)
    prove(two.preparer, two.sam)
    page = text(two.preparer, "/money/runs/new/")
    assert "another person puts it forward" in page
    answer = two.preparer.post("/money/runs/new/", {"payouts": [str(owed.payout_id)], "once": "1"})
    assert answer.status_code == 422
    assert Payout.objects.get().state == "due"
    other = user(Role.FINANCE_PREPARER, "Ash", now)
    client = client_of(other)
    prove(client, other)
    answer = client.post("/money/runs/new/", {"payouts": [str(owed.payout_id)], "once": "1"})
    assert answer.status_code == 303
    assert Payout.objects.get().state == "submitted"


def test_the_home_page_takes_as_many_statements_for_many(two: Two, django_assert_max_num_queries: Any) -> None:
    now = clock.now()
    for number in range(12):
        owe(payee(now, public.Route.DONATE), None, number)
    with django_assert_max_num_queries(26):
        two.preparer.get("/money/")


def test_production_without_a_name_says_so(two: Two, settings: Any) -> None:
    settings.ISSUER_ADDRESS = []
    assert "Invoices cannot be issued yet" in text(two.preparer, "/money/")
    assert "Invoices cannot be issued yet" in text(two.preparer, "/money/invoices/")


def test_finance_arrives_at_its_own_page(two: Two) -> None:
    for client in (two.preparer, two.approver):
        assert client.get("/")["Location"] == FINANCE_PAGES


def test_a_message_about_money_leads_here(scene: Scene) -> None:
    actor = actor_for(scene.approver, Role.FINANCE_APPROVER, scene.now)
    for about, thing, page in (
        ("payout", scene.due.payout_id, f"/money/payments/{scene.due.payout_id}/"),
        ("payout_run", scene.third_run, f"/money/runs/{scene.third_run}/"),
        ("invoice", scene.part_paid, f"/money/invoices/{scene.part_paid}/"),
        ("payee", scene.fresh.ref, f"/money/payees/{scene.fresh.ref}/"),
    ):
        leads = Leads(notice_id=scene.due.payout_id, topic="x", about=About(about), object_id=thing)
        assert leads_to(leads, actor) == page


def test_above_a_limit_a_trustee_decides(two: Two) -> None:
    long_ago = clock.now() - timedelta(days=10)
    person = payee(long_ago, public.Route.BANK)
    destinations.record_call_back(
        payee_ref=person.ref, note=IN_PERSON, actor=actor_for(two.kit, Role.FINANCE_APPROVER, long_ago), at=long_ago
    )
    owed = owe(person, None, amount=250_000)
    run_id = two.prepare()
    assert "a trustee decides after you" in text(two.approver, f"/money/runs/{run_id}/")
    two.approve(run_id)
    path = f"/money/payments/{owed.payout_id}/"
    for client in (two.preparer, two.approver):
        assert "A trustee acts next" in text(client, path)
        assert "BK-WALK001" in text(client, "/money/payments/above-a-limit/")
        assert "above a limit" not in text(client, "/money/").split("Your next task")[-1][:60]
    robin = user(Role.FINANCE_APPROVER, "Robin", clock.now())
    trustee = client_of(robin)
    assert "1 payment above a limit" in text(trustee, "/money/")
    confirm(trustee, proof_link(text(trustee, path)))
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', text(trustee, path))
    assert found
    confirmed = two.approver.post(f"{path}agree/", {"digest": found.group(1)})
    assert Payout.objects.get().state == "held", confirmed.content[:200]
    assert trustee.post(f"{path}agree/", {"digest": found.group(1)}).status_code == 303
    assert Payout.objects.get().state == "approved"
    page = text(trustee, path)
    assert "A trustee agreed" in page
    assert "the limit for one payment" in page
