"""Sealing personal data: AES-256-GCM, per-owner data keys, and a keyring that is not in the database.

A sealed value is `version byte | 12-byte nonce | ciphertext+tag`. The associated data names table, column, row and
data-key version, so that a ciphertext moved to another row does not open (bar E2). Data keys (`backend.keys`) are wrapped
by a key-encryption key from `VAULT_KEYS` ("id:base64,id:base64"; the first one wraps new keys, the others still unwrap).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

SCHEME = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 12


class CannotOpen(Exception):
    """The value does not open with this key in this place. It carries no detail on purpose."""


def new_key() -> bytes:
    return AESGCM.generate_key(bit_length=256)


def _aad(table: str, column: str, row: str, version: int) -> bytes:
    return "\x1f".join((table, column, row, str(version))).encode()


def seal(plaintext: str, key: bytes, *, table: str, column: str, row: str, version: int = 1) -> bytes:
    """Encrypt `plaintext` for exactly one place."""
    nonce = os.urandom(NONCE_BYTES)
    return SCHEME + nonce + AESGCM(key).encrypt(nonce, plaintext.encode(), _aad(table, column, row, version))


def unseal(sealed: bytes | memoryview, key: bytes, *, table: str, column: str, row: str, version: int = 1) -> str:
    """Decrypt. Raises CannotOpen when the key, the place or any byte is not right."""
    sealed = bytes(sealed)
    if sealed[:1] != SCHEME:
        raise CannotOpen
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, _aad(table, column, row, version)).decode()
    except InvalidTag:
        raise CannotOpen from None


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as stored: which key-encryption key wrapped it, and the wrapped bytes."""

    kek_id: str
    blob: bytes


@dataclass(frozen=True)
class Keyring:
    """The key-encryption keys, newest first."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """Read `VAULT_KEYS`. Raises ValueError on anything odd; a wrong key must stop the program, not weaken it."""
        pairs: list[tuple[str, bytes]] = []
        for part in filter(None, (p.strip() for p in text.split(","))):
            name, _, encoded = part.partition(":")
            raw = base64.b64decode(encoded, validate=True)
            if not name or len(raw) != KEY_BYTES:
                raise ValueError("VAULT_KEYS holds entries of the form id:base64 of 32 bytes")
            pairs.append((name, raw))
        if not pairs or len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("VAULT_KEYS needs at least one key, each under its own id")
        return cls(tuple(pairs))

    def _key(self, kek_id: str) -> bytes:
        for name, raw in self.keys:
            if name == kek_id:
                return raw
        raise CannotOpen

    def wrap(self, data_key: bytes, *, owner: str) -> Wrapped:
        """Wrap a data key under the newest key-encryption key, bound to its owner."""
        name, raw = self.keys[0]
        nonce = os.urandom(NONCE_BYTES)
        return Wrapped(name, SCHEME + nonce + AESGCM(raw).encrypt(nonce, data_key, f"dek\x1f{owner}".encode()))

    def unwrap(self, wrapped: Wrapped, *, owner: str) -> bytes:
        blob = bytes(wrapped.blob)
        try:
            return AESGCM(self._key(wrapped.kek_id)).decrypt(
                blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :], f"dek\x1f{owner}".encode()
            )
        except InvalidTag:
            raise CannotOpen from None

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose (blind index, codes), from the network's own data key: it outlives rotation, and no
        key-encryption key has to be kept for it."""
        return hmac.new(_root(), f"own-words:{purpose}".encode(), hashlib.sha256).digest()


def _no_root() -> bytes:
    raise RuntimeError("nobody said where the network's own key is (backend.config.apps does)")


_root: Callable[[], bytes] = _no_root


def connect(root: Callable[[], bytes]) -> None:
    """Say where the network's own key comes from. Called once when Django is ready."""
    global _root  # noqa: PLW0603
    _root = root


@lru_cache(maxsize=4)
def _parse(text: str) -> Keyring:
    return Keyring.parse(text)


def keyring() -> Keyring:
    """The keyring of this process, from the settings."""
    return _parse(settings.VAULT_KEYS)


def blind_index(kind: str, value: str) -> str:
    """A keyed hash to find an exact email or phone again. Never for values of low variety."""
    return hmac.new(keyring().derived(f"blind:{kind}"), value.encode(), hashlib.sha256).hexdigest()
