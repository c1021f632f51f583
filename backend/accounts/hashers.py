"""How secrets of API clients are stored. There are no passwords in this product."""

from __future__ import annotations

import hmac
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher

from backend.kernel.ids import secret_hash


class RandomSecretHasher(BasePasswordHasher):
    """SHA-256 of a 256-bit random secret (threats 4, V9). Nothing to stretch: it cannot be guessed, and a slow hash
    here would only tell known client ids from unknown ones and let anybody burn our time."""

    algorithm = "random_sha256"

    def salt(self) -> str:
        return ""

    def encode(self, password: str, salt: str) -> str:
        return f"{self.algorithm}${secret_hash(password)}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, _, digest = encoded.partition("$")
        return {"algorithm": algorithm, "hash": digest, "salt": ""}

    def verify(self, password: str, encoded: str) -> bool:
        return hmac.compare_digest(encoded, self.encode(password, ""))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Constant time already."""
