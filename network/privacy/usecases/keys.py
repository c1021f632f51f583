"""Changing the key that wraps people's data keys, while everything runs."""

from __future__ import annotations

from backend.kernel.actor import Actor
from network.vault import store
from network.vault.data import Warrant, WarrantKind


def rotate_vault_keys() -> int:
    """Wrap every data key under the newest key-encryption key. No detail is opened. Returns how many were moved."""
    return store.rotate_kek(Warrant(kind=WarrantKind.ROTATE, actor=Actor.system("rotation"), purpose="rotation"))
