"""Which gateway this installation uses. One function, so that a test can put another in its place."""

from __future__ import annotations

from django.conf import settings

from payments.gateways.mode import keep_to
from payments.gateways.stripe_connect import StripeConnect, is_live


def stripe_gateway() -> StripeConnect:
    """Raises NotAllowed when the key is of the other mode (live or test) than the books."""
    if settings.STRIPE_SECRET_KEY:
        keep_to(is_live(settings.STRIPE_SECRET_KEY))
    return StripeConnect()
