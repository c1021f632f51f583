"""Addresses that payment providers call."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from payments.api.webhooks import StripeWebhook
from payments.gateways.data import Endpoint

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"webhooks/stripe/{endpoint}", StripeWebhook.as_view(endpoint=endpoint), name=f"stripe-{endpoint}")
    for endpoint in Endpoint
]
