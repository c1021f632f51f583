"""A production that cannot say in whose name invoices go out must not start: no fee would become owed (promise 5)."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import CheckMessage, Error


def check_issuer(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:
    """System check: ISSUER_NAME and ISSUER_ADDRESS are set in production."""
    if settings.MODE != "production" or (settings.ISSUER_NAME and settings.ISSUER_ADDRESS):
        return []
    return [
        Error(
            "ISSUER_NAME and ISSUER_ADDRESS are not set, so no invoice could be issued and nobody could be owed a fee",
            hint="Set the name and address that go on invoices; a neutral name, for they pass through many hands.",
            id="payments.E001",
        )
    ]
