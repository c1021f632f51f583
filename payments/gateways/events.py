"""Payload: the id of our row about a provider's event."""

PROVIDER_HINT = "payments.provider_hint"

TOPICS = (PROVIDER_HINT,)
