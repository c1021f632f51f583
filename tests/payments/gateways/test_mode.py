"""Live and test never mix: books begun under one kind of key refuse the other, before anything is claimed or sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backend.kernel.errors import NotAllowed
from payments.gateways import mode
from payments.gateways.models import ProviderMode
from payments.gateways.registry import stripe_gateway

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("first", "second"), [("sk_test_a", "sk_live_a"), ("rk_live_a", "sk_test_a")])
def test_books_belong_to_the_mode_of_their_first_key(settings: Any, first: str, second: str) -> None:
    settings.STRIPE_SECRET_KEY = first
    stripe_gateway()
    stripe_gateway()
    settings.STRIPE_SECRET_KEY = second
    with pytest.raises(NotAllowed) as refused:
        stripe_gateway()
    assert refused.value.code == "wrong-mode"
    assert first not in str(refused.value)
    settings.STRIPE_SECRET_KEY = first.replace("_a", "_rotated")
    stripe_gateway()
    assert ProviderMode.objects.count() == 1


def test_without_a_key_nothing_is_noted(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    stripe_gateway()
    assert not ProviderMode.objects.exists()


def test_of_two_processes_at_once_one_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([None, True])
    mode.keep_to(live=True)
    monkeypatch.setattr(mode, "_noted", lambda: next(answers))
    mode.keep_to(live=True)


def test_the_database_holds_one_mode_only(at: datetime) -> None:
    ProviderMode.objects.create(live=True, noted_at=at)
    for only in (1, 2):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProviderMode.objects.create(live=False, noted_at=at, only=only)
