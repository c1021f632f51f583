from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Purpose(StrEnum):
    """What a key is for. Whoever is erased keeps none but the finance ones, and those end with their own retention."""

    DETAILS = "details"  # everything a person of the network is or said
    ACCOUNT = "account"  # the address somebody signs in with
    PAYEE = "payee"  # finance identity
    BANK_FILE = "bank_file"
    NETWORK = "network"  # look-up hashes, and words that are about nobody


NETWORK_OWNER = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Key:
    """An opened data key. Its repr says nothing."""

    raw: bytes = field(repr=False)
    version: int


class Gone(Exception):
    """The key was destroyed; nothing makes it again."""
