"""Writes of consent: one public function is one thing a person can do."""

from network.consent.usecases.grants import (
    defer,
    end_for_erasure,
    end_with_request,
    expire_due,
    give,
    narrow,
    receipt,
    refuse,
    renew,
    withdraw,
    withdraw_everything,
)
from network.consent.usecases.joining import join, leave
from network.consent.usecases.projection import rebuild_projection, verify

__all__ = [
    "defer",
    "end_for_erasure",
    "end_with_request",
    "expire_due",
    "give",
    "join",
    "leave",
    "narrow",
    "rebuild_projection",
    "receipt",
    "refuse",
    "renew",
    "verify",
    "withdraw",
    "withdraw_everything",
]
