from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor
from backend.kernel.crypto import CannotOpen
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from payments import public
from payments.gateways.standin.server import StandIn
from payments.payees import details
from payments.payees.data import CallBack, CallBackNote, Purpose
from payments.payees.models import Payee, PayeeChange
from payments.payees.queries import standing
from payments.payouts.usecases.destinations import record_call_back
from tests.payments.cast import BANK, IN_PERSON, START, Cast, choose_bank, choose_other, make_cast


def test_nothing_readable_is_stored(cast: Cast) -> None:
    choose_bank(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM payments_payee")
        stored = str([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor.fetchall()])
    for words in ("Alex", "A Example", "123456", "12345678"):
        assert words not in stored
    opened = details.open_for(cast.payee_ref, Purpose.CALL_BACK, cast.preparer, START)
    assert (opened.legal_name, opened.sort_code, opened.account_number) == ("Alex Example", "123456", "12345678")
    assert "Alex" not in repr(opened)
    assert "1234" not in repr(BANK)


def test_who_looks_is_seen(cast: Cast) -> None:
    choose_bank(cast)
    details.open_for(cast.payee_ref, Purpose.CALL_BACK, cast.preparer, START)
    event = AccessEvent.objects.get()
    assert (event.person_id, event.purpose, event.context, event.actor_ref) == (
        cast.payee_ref, "call_back", "payee", cast.preparer.ref,
    )  # fmt: skip
    for stranger in (Actor.nobody(), replace(cast.person, person_id=None), replace(cast.person)):
        with pytest.raises(NotFound):
            details.open_for(cast.payee_ref, Purpose.CALL_BACK, stranger, START)
    assert AccessEvent.objects.count() == 1


def test_a_sealed_value_does_not_open_elsewhere(cast: Cast) -> None:
    other = make_cast()
    choose_bank(cast)
    choose_bank(other)
    stolen = Payee.objects.get(id=cast.payee_ref).account_number_sealed
    Payee.objects.filter(id=other.payee_ref).update(account_number_sealed=stolen)
    with pytest.raises(CannotOpen):
        details.open_for(other.payee_ref, Purpose.CALL_BACK, cast.preparer, START)


def test_only_the_person_chooses(cast: Cast) -> None:
    for actor in (cast.preparer, replace(cast.person, person_id=uuid4()), Actor.system("x"), Actor.nobody()):
        with pytest.raises(NotFound):
            public.set_payment_choice(
                payee_ref=cast.payee_ref,
                owner=cast.owner,
                route=public.Route.BANK,
                legal_name="A",
                bank=BANK,
                actor=actor,
                at=START,
            )
    with pytest.raises(NotFound):
        public.payment_choice(payee_ref=cast.payee_ref, owner=cast.owner, actor=cast.preparer, at=START)
    assert not PayeeChange.objects.exists()


def test_a_destination_needs_a_fresh_step_up(cast: Cast) -> None:
    with pytest.raises(StepUpNeeded):
        public.set_payment_choice(
            payee_ref=cast.payee_ref, owner=cast.owner, route=public.Route.BANK, legal_name="A", bank=BANK,
            actor=replace(cast.person, stepped_up_at=START - timedelta(minutes=6)), at=START,
        )  # fmt: skip
    assert standing(cast.payee_ref).route is None


@pytest.mark.parametrize(
    ("sort_code", "number", "fields"),
    [
        ("12345", "12345678", {"sort_code"}),
        ("12-34-56", "12", {"account_number"}),
        ("x", "y", {"sort_code", "account_number"}),
    ],
)
def test_bad_bank_details_say_which(cast: Cast, sort_code: str, number: str, fields: set[str]) -> None:
    bank = public.BankDetails(account_holder="A", sort_code=sort_code, account_number=number)
    with pytest.raises(Invalid) as refused:
        choose_bank(cast, bank=bank)
    assert set(refused.value.fields) == fields
    assert standing(cast.payee_ref).route is None


def test_money_rests_before_a_new_destination_and_a_call_confirms_it(cast: Cast) -> None:
    choose_bank(cast)
    choice = public.payment_choice(payee_ref=cast.payee_ref, owner=cast.owner, actor=cast.person, at=START)
    assert (choice.last4, choice.ready, choice.held_until) == ("5678", False, START + timedelta(hours=72))
    assert "call" in choice.what_next
    stands = record_call_back(payee_ref=cast.payee_ref, note=IN_PERSON, actor=cast.preparer, at=START)
    assert stands.blocked_by(START + timedelta(hours=71)) == "resting"
    assert stands.blocked_by(START + timedelta(hours=72)) == ""
    later = START + timedelta(days=10)
    choose_bank(cast, at=later)  # the same details again are no change
    assert standing(cast.payee_ref).blocked_by(later) == ""
    choose_bank(cast, at=later, bank=replace(BANK, account_number="87654321"))
    changed = standing(cast.payee_ref)
    assert (changed.blocked_by(later), changed.version) == ("call_back", 2)
    assert changed.held_until == later + timedelta(hours=72)


def test_call_back_refusals_change_nothing(cast: Cast) -> None:
    choose_bank(cast)
    new = CallBackNote(how=CallBack.KNOWN_NUMBER, number_held_since=START.date() - timedelta(days=29))
    none = CallBackNote(how=CallBack.KNOWN_NUMBER, number_held_since=None)
    for note in (new, none):
        with pytest.raises(Invalid):
            record_call_back(payee_ref=cast.payee_ref, note=note, actor=cast.preparer, at=START)
    for actor, error in (
        (cast.person, NotFound),
        (replace(cast.preparer, stepped_up_at=None), StepUpNeeded),
        (replace(cast.preparer, user_id=cast.person.user_id), NotAllowed),
    ):
        with pytest.raises(error):
            record_call_back(payee_ref=cast.payee_ref, note=IN_PERSON, actor=actor, at=START)
    assert standing(cast.payee_ref).called_back_at is None
    old = CallBackNote(how=CallBack.KNOWN_NUMBER, number_held_since=date(2026, 1, 1))
    record_call_back(payee_ref=cast.payee_ref, note=old, actor=cast.preparer, at=START)
    with pytest.raises(Conflict):
        record_call_back(payee_ref=cast.payee_ref, note=old, actor=cast.preparer, at=START)


def test_stripe_onboarding_on_click(on_stripe: Cast, standin: StandIn) -> None:
    stands = standing(on_stripe.payee_ref)
    assert (stands.stripe_ready, stands.needs_call_back, stands.version) == (True, False, 1)
    public.onboarding_link(
        payee_ref=on_stripe.payee_ref, owner=on_stripe.owner, refresh_url="http://a/", return_url="http://b/",
        actor=on_stripe.person, at=START,
    )  # fmt: skip
    assert len(standin.snapshot()["account"]) == 1
    for actor, error in ((on_stripe.preparer, NotFound), (replace(on_stripe.person, stepped_up_at=None), StepUpNeeded)):
        with pytest.raises(error):
            public.onboarding_link(
                payee_ref=on_stripe.payee_ref, owner=on_stripe.owner, refresh_url="http://a/", return_url="http://b/",
                actor=actor, at=START,
            )  # fmt: skip


def test_giving_on_needs_no_name_and_no_rest(cast: Cast) -> None:
    choose_other(cast, public.Route.DECLINE)
    choice = public.payment_choice(payee_ref=cast.payee_ref, owner=cast.owner, actor=cast.person, at=START)
    assert (choice.ready, choice.held_until) == (True, None)


def test_changes_are_kept(cast: Cast) -> None:
    choose_bank(cast)
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        PayeeChange.objects.update(what="nothing")
    assert PayeeChange.objects.get().what == "destination"
