"""What the environment says about invoices and about the payment provider's pages."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.config.env import Env
from tests.deploy.check import PRODUCTION

SHOW = (
    "import django; django.setup(); from django.conf import settings as s;"
    "print(s.ISSUER_NAME or '-', s.ISSUER_ADDRESS, s.ISSUER_ACCOUNT, s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])"
)


def shown(**more: str) -> str:
    base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    values = {**base, **PRODUCTION, **more}
    found = {name: value for name, value in values.items() if value}
    done = subprocess.run([sys.executable, "-c", SHOW], env=found, capture_output=True, text=True, check=True)
    return done.stdout


def test_production_has_no_made_up_issuer() -> None:
    said = shown(ISSUER_NAME="", ISSUER_ADDRESS="", ISSUER_ACCOUNT="")
    assert said.startswith("- [] None")


def test_what_is_said_is_taken() -> None:
    said = shown(ISSUER_NAME="A Name", ISSUER_ADDRESS=" 1 Road | Town ", ISSUER_ACCOUNT="12-34-56|12345678")
    assert said.startswith("A Name ['1 Road', 'Town'] ('12-34-56', '12345678')")


def test_forms_may_lead_to_the_provider_and_to_its_stand_in_only_where_there_is_one() -> None:
    said = shown()
    assert "https://connect.stripe.com" in said
    assert "127.0.0.1" not in said
    assert "'http://127.0.0.1:8001'" in shown(STRIPE_API_BASE="http://127.0.0.1:8001/")


@pytest.mark.parametrize("odd", ["12-34-56", "123456|12345678", "12-34-56|1234567", "a|b"])
def test_an_odd_account_stops_the_program(odd: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ISSUER_ACCOUNT"):
        Env({"ISSUER_ACCOUNT": odd}).bank_account("ISSUER_ACCOUNT", "")
