from __future__ import annotations

from typing import Any

import pytest

from backend.config.issuer import check_issuer


@pytest.mark.parametrize("missing", ["ISSUER_NAME", "ISSUER_ADDRESS"])
def test_production_without_an_issuer_does_not_start(missing: str, settings: Any) -> None:
    settings.MODE = "production"
    settings.ISSUER_NAME, settings.ISSUER_ADDRESS = "A Network", ["1 Example Street"]
    assert check_issuer() == []
    setattr(settings, missing, "")
    assert [error.id for error in check_issuer()] == ["payments.E001"]


def test_the_demo_may(settings: Any) -> None:
    settings.ISSUER_NAME = ""
    assert check_issuer() == []
