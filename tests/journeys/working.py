"""The part of the journey after the agreement: it takes place, check-ins, mentoring, invoices, pay."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from functools import partial
from urllib.parse import urljoin, urlsplit

from tests.journeys import witness
from tests.journeys.asking import EVIDENCE_TITLE, GAZETTE_TITLE
from tests.journeys.browser import Browser
from tests.journeys.html import Page
from tests.journeys.people import ID
from tests.journeys.story import CLERK, EVIDENCE_FEE, FEE, HERON, NEWSROOM, OPENING, REPORTER, WREN, Story

SORT_CODE, ACCOUNT = "10-20-30", "12345678"
REST = timedelta(hours=73)  # a new destination rests for 72 hours


def money_is_put_in(story: Story) -> None:
    """What the network put into its account with the provider stands in the books too, once, however often entered."""
    topup = story.site.stripe()["topup"][0]
    preparer = story.staff("finance_preparer")
    for _ in range(2):
        preparer.do("/money/books/top-up/", amount=f"{OPENING / 100:.2f}", external_ref=topup["id"])
    witness.balances(story, bank=-OPENING, stripe_balance=OPENING)


def it_takes_place(story: Story) -> None:
    """The day comes. Somebody says that it took place, and from that commit on the fee is owed and invoiced."""
    story.move_to(story.starts["gazette"] - timedelta(hours=20))
    story.wait(lambda: _check_in(story, HERON.email), "the question of the day before")
    story.move_to(story.starts["gazette"] + timedelta(hours=4))
    reporter, coordinator = story.browser(REPORTER), story.coordinator
    reporter.do(f"/desk/bookings/{story.known['gazette booking']}/done/", "It took place")
    coordinator.do(f"/team/bookings/{story.known['committee booking']}/", "It took place")
    witness.settled(story)
    witness.heard(story, "booking.done", "checkin.due", "payout.due", "invoice.issued")
    for name, fee in (("gazette", FEE), ("committee", EVIDENCE_FEE)):
        reference = story.known[f"{name} reference"]
        assert witness.payouts(story)[reference] == ("due", fee)
        number, state, total, paid = witness.invoice(story, reference)
        assert (state, total, paid) == ("issued", fee, 0)
        assert number
        story.known[f"{name} invoice number"] = number
    whole = FEE + EVIDENCE_FEE
    witness.balances(story, fee_cost=whole, fee_income=-whole, payable=-whole, receivable=whole)
    assert witness.transfers(story) == []


def _check_in(story: Story, email: str) -> str | None:
    page = story.browser(email).get("/me/")
    return next(page.paths(f"/me/check-ins/{ID}/"), None)


def check_ins_are_answered(story: Story) -> None:
    """How it is going, in their own words, to their coordinator only; a call that is asked for is asked for at once."""
    heron = story.browser(HERON.email)
    asked = _check_in(story, HERON.email)
    assert asked is not None
    heron.do(asked, answer="It went well, I slept badly.", wants_a_call=True)
    assert witness.count(story, "network_check_in WHERE state = 'answered'") == 1
    witness.settled(story)
    witness.heard(story, "checkin.call_asked")
    follow = story.coordinator.get("/team/check-ins/")
    assert "Heron" in follow
    assert "slept badly" in story.coordinator.get(f"/team/bookings/{story.known['gazette booking']}/")
    assert "slept badly" not in story.browser(REPORTER).get(f"/desk/bookings/{story.known['gazette booking']}/").body
    reporter = story.browser(REPORTER)
    reporter.do(
        f"/desk/bookings/{story.known['gazette booking']}/report/", published="Half a page, on Saturday.",
        what_changed="The council put it on its list.",
    )  # fmt: skip
    assert "The council put it on its list." in heron.get(f"/me/bookings/{story.known['gazette booking']}/")


def two_are_paired(story: Story) -> None:
    """Wren offers to mentor, a coordinator suggests Heron; both say yes; a session is written down and is paid for."""
    wren, heron = story.browser(WREN.email), story.browser(HERON.email)
    wren.do("/me/mentoring/offer/", open_now="yes", capacity="1")
    form = story.coordinator.get("/team/mentoring/new/").form_with(["mentor_id", "mentee_id"])
    assert form is not None
    page = story.coordinator.get("/team/mentoring/new/")
    mentor = form.controls["mentor_id"].options[0]
    mentee = witness.person_id(story, HERON.known_as).replace("-", "")
    mentee = next(value for value in form.controls["mentee_id"].options if value.replace("-", "") == mentee)
    assert WREN.known_as in page
    assert len(form.controls["mentor_id"].options) == 1
    story.coordinator.do(
        "/team/mentoring/new/", mentor_id=mentor, mentee_id=mentee, why="Both know the first week out."
    )
    for browser, other in ((heron, WREN), (wren, HERON)):
        pairing = browser.get("/me/mentoring/").link(f"/me/mentoring/{ID}/")
        if browser is heron:
            assert other.first not in browser.get(pairing)
            assert other.known_as not in browser.get(pairing)
        browser.do(pairing, "Yes")
    assert witness.one(story, "SELECT state FROM network_pairing") == "active"
    pairing = wren.get("/me/mentoring/").link(f"/me/mentoring/{ID}/")
    wren.do(f"{pairing}session/", minutes="60")
    reference, fee = witness.one(story, "SELECT reference, fee_pence FROM network_mentoring_session")
    story.known["session reference"], story.known["session fee"] = str(reference), str(fee)
    witness.settled(story)
    witness.heard(story, "pairing.proposed", "pairing.active", "session.logged")
    assert witness.payouts(story)[str(reference)] == ("due", fee)
    whole = FEE + EVIDENCE_FEE
    witness.balances(story, fee_cost=whole + fee, fee_income=-whole, payable=-whole - fee, receivable=whole)
    assert witness.count(story, "payments_invoice") == 2, "the network bears the cost of mentoring"


# --- how people are paid --------------------------------------------------------------------------------------------


def they_say_how_to_be_paid(story: Story) -> None:
    """Heron through Stripe's own page, Wren to a bank account; each after a fresh proof. New details rest."""
    heron, wren = story.browser(HERON.email), story.browser(WREN.email)
    page = heron.do("/me/money/how/", route="stripe", legal_name=HERON.full)
    assert page.path == "/me/money/stripe/"
    story.wait(lambda: _onboards(story, heron), "Stripe to be ready to pay Heron")
    wren.do(
        "/me/money/how/", route="bank", legal_name=WREN.full, account_holder=WREN.full, sort_code=SORT_CODE,
        account_number=ACCOUNT,
    )  # fmt: skip
    for browser in (heron, wren):
        browser.do("/me/money/invoices/", "I agree")
    rows = story.site.query("SELECT route, stripe_ready, held_until IS NOT NULL FROM payments_payee WHERE route <> ''")
    assert sorted(tuple(map(str, row)) for row in rows) == sorted(
        [("bank", _false(rows), _true(rows)), ("stripe", _true(rows), _true(rows))]
    ), rows
    for (sealed,) in story.site.query("SELECT account_number_sealed FROM payments_payee WHERE route = 'bank'"):
        assert sealed
        assert ACCOUNT.encode() not in bytes(sealed)
    witness.settled(story)
    witness.heard(story, "payee.destination_changed")


def _true(rows: list[tuple[object, ...]]) -> str:
    return "True" if any(isinstance(value, bool) for row in rows for value in row) else "1"


def _false(rows: list[tuple[object, ...]]) -> str:
    return "False" if _true(rows) == "True" else "0"


def _onboards(story: Story, heron: Browser) -> bool:
    """To the provider's page and back, as often as it takes: its links work once."""
    page = heron.get("/me/money/stripe/")
    if "All there" in page:
        return True
    go = heron.do("/me/money/stripe/", "Go to Stripe")
    hosted = heron.send("GET", go.link_to("Stripe’s page"))
    if hosted.status == 200:
        assert HERON.full not in hosted.body
        heron.press(hosted, "Finish")
    return "All there" in heron.get("/me/money/stripe/back/")


# --- what those who asked pay ---------------------------------------------------------------------------------------


def invoices_are_paid(story: Story) -> None:
    """One by card on Stripe's own page, one by a bank transfer that finance enters; each counts once."""
    reporter, clerk, preparer = story.browser(REPORTER), story.browser(CLERK), story.staff("finance_preparer")
    path = reporter.get("/desk/invoices/").link(f"/desk/invoices/{ID}/")
    page = reporter.get(path)
    assert story.known["gazette invoice number"] in page
    assert "£185.00" in page
    printed = reporter.get(f"{path}print/")
    assert story.known["gazette invoice number"] in printed.body
    assert NEWSROOM in printed.body
    assert reporter.download(f"{path}pdf/").startswith(b"%PDF-")
    for body in (page.body, printed.body):
        away = [mark for mark in (*HERON.marks, "Heron", GAZETTE_TITLE) if mark in body]
        assert not away, f"the invoice says {away}"
    assert clerk.visit(path).status == 404, "another organisation's invoice"
    hosted = reporter.do(path, "Pay by card")
    assert hosted.url.startswith(story.site.env["STRIPE_API_BASE"])
    assert "£185.00" in hosted.body
    assert not [mark for mark in (*HERON.marks, GAZETTE_TITLE) if mark in hosted.body]
    back = reporter.press(hosted, "Pay by card")
    assert back.path == path
    story.wait(
        lambda: witness.invoice(story, story.known["gazette reference"])[1] == "paid", "the card payment to arrive"
    )
    assert "Nothing to pay" in reporter.get(path)
    # By bank: finance reads it off the statement, twice by mistake.
    number = story.known["committee invoice number"]
    found = preparer.get("/money/invoices/").link_to(number)
    one = urlsplit(found).path
    for _ in range(2):
        form = preparer.visit(f"{one}payment/")
        answer = preparer.press(form, amount="210.00", statement_ref="FPS 001")
        assert answer.status in (200, 409, 422)
    assert witness.invoice(story, story.known["committee reference"])[1:] == ("paid", EVIDENCE_FEE, EVIDENCE_FEE)
    assert clerk.get("/desk/invoices/").text.count("Paid") >= 1
    witness.settled(story)
    witness.heard(story, "invoice.paid")
    fees = witness.balance(story, "stripe_fees")
    witness.balances(story, receivable=0, bank=EVIDENCE_FEE - OPENING, stripe_balance=OPENING + FEE - fees)
    assert witness.count(story, "payments_invoice_receipt") == 2
    charges = [c["amount"] for c in story.site.stripe()["charge"]]
    assert charges == [FEE], "the provider's own book: one charge"


# --- what people are paid -------------------------------------------------------------------------------------------


def people_are_paid(story: Story) -> None:
    """Two different people approve; money waits until new details have rested and were confirmed by a call; then it
    goes, once: one payment by Stripe, two in a bank file."""
    preparer, approver = story.staff("finance_preparer"), story.staff("finance_approver")
    references = [story.known[f"{name} reference"] for name in ("gazette", "committee", "session")]
    preparer.do("/money/runs/new/", "Put it forward")
    assert {witness.payouts(story)[r][0] for r in references} == {"submitted"}
    run = preparer.get("/money/runs/").link(f"/money/runs/{ID}/")
    assert preparer.get(run).form_with([], "Approve") is None, "nobody approves their own run"
    approver.do(run, "Approve this run")
    prepared, approved = witness.one(story, "SELECT prepared_by, approved_by FROM payments_payout_run")
    assert prepared
    assert approved
    assert prepared != approved
    witness.payout_comes_to(story, story.known["gazette reference"], "held")
    assert witness.transfers(story) == [], "money moved while the new details rest"
    witness.settled(story)
    witness.heard(story, "payout.run_submitted", "payout.approved", "payout.held")
    # Where both are to be paid is new: finance rings first.
    for payee in list(preparer.get("/money/payees/?show=call").paths(f"/money/payees/{ID}/")):
        preparer.do(f"{payee}confirm/", how="in_person")
    assert witness.count(story, "payments_payee WHERE called_back_at IS NOT NULL") == 2
    early = _make_file(preparer)
    assert early is None, "a file was made while the new details rest"
    told = {email: len(witness.mails_to(story, email)) for email in (HERON.email, WREN.email)}
    story.move_to(story.now + REST)
    witness.payout_comes_to(story, story.known["gazette reference"], "paid")
    assert [amount for amount, _ in witness.transfers(story)] == [FEE]
    for reference in references[1:]:
        story.wait(partial(_may_go, story, reference), f"{reference} to be ready for a file")
    file = story.wait(lambda: _make_file(preparer), "a bank file")
    assert preparer.get(file).form_with([], "Release this file") is None, "nobody releases their own file"
    approver.do(file, "Release this file")
    _file_is_right(story, preparer, file)
    preparer.do(f"{file}paid/", "Mark as paid")
    assert {witness.payouts(story)[r][0] for r in references} == {"paid"}
    witness.settled(story)
    witness.heard(story, "payout.sent", "payout.paid")
    for email, before in told.items():
        subjects = [str(mail["Subject"]) for mail in witness.mails_to(story, email)[before:]]
        assert "You have a message" in subjects, f"{email} was not told: {subjects}"
    witness.mails_give_nobody_away(story, "£", "Stripe", story.known["gazette reference"], *HERON.marks, *WREN.marks)
    session = int(story.known["session fee"])
    fees = witness.balance(story, "stripe_fees")
    witness.balances(story, payable=0, receivable=0, bank=-session - OPENING, stripe_balance=OPENING - fees)
    for browser, amount in ((story.browser(HERON.email), "£185.00"), (story.browser(WREN.email), "£210.00")):
        page = browser.get("/me/money/")
        assert amount in page
        assert "Paid" in page
    assert story.browser(WREN.email).get("/me/money/statement/").text.count("£") >= 2
    witness.everything_holds(story)
    compared = json.loads(story.site.manage("reconcile"))
    assert compared["differences"] == [], compared


def _may_go(story: Story, reference: str) -> bool:
    """Approved, and nothing holds it: a payment held for its call goes on by itself once the rest is over."""
    return witness.payouts(story)[reference][0] == "approved"


def _make_file(preparer: Browser) -> str | None:
    """The path of a new bank file; None when there is nothing that may go."""
    page = preparer.get("/money/files/")
    found = list(page.paths(f"/money/files/{ID}/"))
    if found:
        return found[0]
    if "Make the next file" not in page:
        return None
    preparer.step_up()
    answer: Page = preparer.press(preparer.visit("/money/files/make/"), "Make the bank file")
    return answer.path if re.fullmatch(f"/money/files/{ID}/", answer.path) else None


def _file_is_right(story: Story, preparer: Browser, file: str) -> None:
    preparer.get(file)
    answer = preparer.do(file, "Download")
    rows = list(csv.reader(io.StringIO(answer.body)))
    text = answer.body
    assert text.count(ACCOUNT) == 2, rows
    assert "210.00" in text, rows
    for reference in (story.known["committee reference"], story.known["session reference"]):
        assert reference in text
    away = [word for word in (EVIDENCE_TITLE, "Wren", "prison", "Committee") if word in text]
    assert not away, f"the bank reads {away}"
    assert urljoin(answer.url, "/") == urljoin(story.site.base_url, "/")
