"""Changing the key that wraps everybody's data keys, while everything runs."""

from __future__ import annotations

from backend.keys import store


def rotate_vault_keys() -> int:
    """Wrap every data key under the newest key-encryption key. No detail is opened. Returns how many were moved."""
    return store.rotate()


def waiting_for_rotation() -> int:
    """How many data keys an older key-encryption key still wraps."""
    return store.waiting_for_rotation()
