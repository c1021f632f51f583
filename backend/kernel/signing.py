"""Signatures that others can check without any secret: Ed25519, one key for each purpose.

The key is derived from the network's own data key, which never changes, so that what was signed once can be
checked for as long as the keyring lives. Only the public half is ever shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from backend.kernel.crypto import keyring


def b64url(raw: bytes) -> str:
    """Base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(value: Mapping[str, Any]) -> bytes:
    """One spelling for one value: sorted members, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _private(purpose: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keyring().derived(f"signing:{purpose}"))


def public_key(purpose: str) -> bytes:
    """The 32 bytes of the public key."""
    return _private(purpose).public_key().public_bytes_raw()


def public_jwk(purpose: str) -> dict[str, str]:
    """The public key as a JWK (RFC 8037), named by its thumbprint (RFC 7638)."""
    key = {"crv": "Ed25519", "kty": "OKP", "x": b64url(public_key(purpose))}
    thumbprint = b64url(hashlib.sha256(canonical(key)).digest())
    return {**key, "kid": thumbprint, "use": "sig", "alg": "EdDSA"}


def sign(purpose: str, message: bytes) -> str:
    """The signature, base64url."""
    return b64url(_private(purpose).sign(message))


def is_signed(purpose: str, message: bytes, signature: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key(purpose)).verify(unb64url(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def jws(purpose: str, header: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    """A compact JWS (RFC 7515) over `payload`; `alg` and `kid` are added to the header."""
    full = {**header, "alg": "EdDSA", "kid": public_jwk(purpose)["kid"]}
    signed = f"{b64url(canonical(full))}.{b64url(canonical(payload))}"
    return f"{signed}.{sign(purpose, signed.encode())}"
