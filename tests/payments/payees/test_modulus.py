"""The published test vectors of "Validating account numbers" (Vocalink), and that it is a warning only."""

from __future__ import annotations

import pytest

from payments import public
from payments.payees.modulus import check as modulus
from payments.payees.modulus.check import Fit, check
from tests.payments.cast import START, Cast, choose_bank

FITS = """089999 66374958, 107999 88837491, 202959 63748472, 871427 46238510, 872427 46238510, 871427 09123496,
871427 99123496, 820000 73688637, 827999 73988638, 827101 28748352, 134020 63849203, 118765 64371389, 938611 07806039,
938600 42368003, 938063 55065200, 772798 99345694, 086090 06774744, 309070 02355688, 309070 12345668, 309070 12345677,
309070 99345694, 074456 12345112, 070116 34012583, 074456 11104102, 180002 00000190"""
DOES_NOT = """938063 15764273, 938063 15764264, 938063 15763217, 118765 64371388, 203099 66831036, 203099 58716970,
089999 66374959, 107999 88837493"""
FOREIGN = "200915 41011166"


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(pair.split()[0], pair.split()[1]) for pair in text.split(",")]


@pytest.mark.parametrize(("sort_code", "number"), _pairs(FITS))
def test_fits(sort_code: str, number: str) -> None:
    assert check(sort_code, number) is Fit.FITS


@pytest.mark.parametrize(("sort_code", "number"), _pairs(DOES_NOT))
def test_does_not_fit(sort_code: str, number: str) -> None:
    assert check(sort_code, number) is Fit.DOES_NOT


@pytest.mark.parametrize(("sort_code", "number"), [*_pairs(FOREIGN), ("123456", "12345678")])
def test_cannot_be_told(sort_code: str, number: str) -> None:
    assert check(sort_code, number) is Fit.CANNOT_TELL


def test_without_the_exceptions_published_numbers_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: the plain method alone."""
    plain = modulus._passes
    monkeypatch.setattr(modulus, "EITHER", set())
    monkeypatch.setattr(
        modulus, "_passes", lambda r, s, n: plain(type(r)(r.first, r.last, r.method, r.weights, 0), s, n)
    )
    assert sum(check(*pair) is not Fit.FITS for pair in _pairs(FITS)) >= 8


def test_it_warns_and_never_refuses(cast: Cast) -> None:
    wrong = public.BankDetails(account_holder="A Example", sort_code="08-99-99", account_number="66374959")
    choose_bank(cast, bank=wrong)
    choice = public.payment_choice(payee_ref=cast.payee_ref, owner=cast.owner, actor=cast.person, at=START)
    assert (choice.route, choice.last4) == (public.Route.BANK, "4959")
    assert "do not fit" in choice.what_next
    right = public.BankDetails(account_holder="A Example", sort_code="08-99-99", account_number="66374958")
    choose_bank(cast, bank=right)
    choice = public.payment_choice(payee_ref=cast.payee_ref, owner=cast.owner, actor=cast.person, at=START)
    assert "do not fit" not in choice.what_next
