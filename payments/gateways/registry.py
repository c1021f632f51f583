"""Which gateway this installation uses. One function, so that a test can put another in its place."""

from __future__ import annotations

from payments.gateways.stripe_connect import StripeConnect


def stripe_gateway() -> StripeConnect:
    return StripeConnect()
