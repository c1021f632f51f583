"""Identifiers and secrets. Nothing sequential or time-ordered ever reaches a requester (bar P4)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from uuid import UUID, uuid4

from django.conf import settings

# No vowels (no words by chance), nothing that looks like something else.
_READABLE = "23456789BCDFGHJKMNPQRTVWXZ"


def new_id() -> UUID:
    """A random (version 4) id. An id is a name, not a secret."""
    return uuid4()


def new_secret() -> str:
    """256 random bits, URL-safe. Store only its `secret_hash`."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """SHA-256 of a random secret. Enough for 256-bit secrets; never use it for a password or a short code."""
    return hashlib.sha256(secret.encode()).hexdigest()


def short_code(digits: int = 6) -> str:
    """A numeric code to type; single use, short-lived and rate limited by whoever stores it."""
    return "".join(secrets.choice("0123456789") for _ in range(digits))


def reference(prefix: str, length: int = 7) -> str:
    """A short random reference that can be read out over the phone, such as "BK-7K3RMWT"."""
    return f"{prefix}-{''.join(secrets.choice(_READABLE) for _ in range(length))}"


def _keyed(purpose: str, *parts: str) -> bytes:
    key = hashlib.sha256(f"own-words:{purpose}:{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).digest()


def pairwise_id(organisation_id: UUID, person_id: UUID) -> UUID:
    """The public id of a person for one organisation: two organisations cannot join theirs (control C16)."""
    return UUID(bytes=_keyed("pairwise", str(organisation_id), str(person_id))[:16], version=4)


def keyed_digest(purpose: str, *parts: str) -> str:
    """A keyed hash, so that low-variety values cannot be guessed from the stored digest."""
    return _keyed(purpose, *parts).hex()
