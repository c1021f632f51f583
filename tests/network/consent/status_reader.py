"""A second implementation of the status lists, for tests: it shares no line with the product.

JWS by hand from RFC 7515 and 8037, the bitstring as W3C Bitstring Status List 1.0 (3.3) says: the whole list as one long
number in binary, index 0 at the left.
"""

from __future__ import annotations

import base64
import json
import zlib
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "===")


def opened(document: str, keys: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    """The credential inside, once its signature, its key and its time are right. Raises otherwise."""
    header, payload, signature = document.split(".")
    said = json.loads(_bytes(header))
    assert said["alg"] == "EdDSA"
    assert said["typ"] == "vc+jwt"
    (key,) = [each for each in keys["keys"] if each["kid"] == said["kid"]]
    assert (key["kty"], key["crv"]) == ("OKP", "Ed25519")
    Ed25519PublicKey.from_public_bytes(_bytes(key["x"])).verify(
        _bytes(signature), f"{header}.{payload}".encode("ascii")
    )
    credential: dict[str, Any] = json.loads(_bytes(payload))
    assert credential["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert {"VerifiableCredential", "BitstringStatusListCredential"} <= set(credential["type"])
    assert credential["issuer"] == said["iss"]
    assert datetime.fromisoformat(credential["validFrom"]) <= at < datetime.fromisoformat(credential["validUntil"])
    subject = credential["credentialSubject"]
    assert subject["type"] == "BitstringStatusList"
    assert subject["id"].startswith(credential["id"])
    return credential


def bits(encoded: str) -> str:
    """The whole list as a text of 0 and 1."""
    assert encoded[0] == "u", "multibase: base64url without padding"
    assert "=" not in encoded
    raw = zlib.decompress(_bytes(encoded[1:]), 16 + zlib.MAX_WBITS)
    assert len(raw) >= 16 * 1024, "the standard's least size"
    return f"{int.from_bytes(raw, 'big'):0{len(raw) * 8}b}"


def value(credential: dict[str, Any], entry: dict[str, Any]) -> int:
    """What the list says at an entry (the standard's validate algorithm, 3.2)."""
    subject = credential["credentialSubject"]
    assert entry["type"] == "BitstringStatusListEntry"
    assert entry["statusListCredential"] == credential["id"]
    assert entry["statusPurpose"] == subject["statusPurpose"]
    size = entry.get("statusSize", 1)
    assert size == subject.get("statusSize", 1)
    start = int(entry["statusListIndex"]) * size
    return int(bits(subject["encodedList"])[start : start + size], 2)


def message(credential: dict[str, Any], entry: dict[str, Any]) -> str:
    said = value(credential, entry)
    assert len(entry["statusMessage"]) == 2 ** entry["statusSize"]
    (words,) = [each["message"] for each in entry["statusMessage"] if int(each["status"], 16) == said]
    return str(words)
