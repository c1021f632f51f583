"""The bitstring of W3C Bitstring Status List v1.0: index 0 is the left-most bit; GZIP, multibase base64url."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

from backend.kernel.signing import b64url

LEAST_BITS = 131_072  # 16 KB, the least the standard allows


def pack(values: Sequence[int], size: int) -> bytes:
    """`values` one after the other, each in `size` bits (a divisor of 8), the first one left-most.

    Raises ValueError for a list shorter than the standard allows, or a size that does not divide a byte.
    """
    if 8 % size or len(values) * size < LEAST_BITS or len(values) * size % 8:
        raise ValueError("the standard wants at least 131,072 bits, and we want whole bytes")
    packed = bytearray(len(values) * size // 8)
    each = 8 // size
    for index, value in enumerate(values):
        if value:
            packed[index // each] |= value << (8 - size - index % each * size)
    return bytes(packed)


def encoded(packed: bytes) -> str:
    """GZIP (without a time in it), base64url without padding, and multibase's "u"."""
    return "u" + b64url(gzip.compress(packed, mtime=0))
