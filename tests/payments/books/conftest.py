from __future__ import annotations

import pytest

from tests.payments.books.ledger_book import Desk


@pytest.fixture
def desk(db: None, outbox: None) -> Desk:
    return Desk()
