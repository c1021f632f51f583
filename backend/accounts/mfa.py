"""allauth's adapter for second factors: secrets are encrypted, and the account shows as nobody in the app."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser

from backend.kernel import crypto


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def _key(self) -> bytes:
        return crypto.keyring().derived("second-factor")

    def encrypt(self, text: str) -> str:
        sealed = crypto.seal(text, self._key(), table="mfa_authenticator", column="data", row="")
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        sealed = base64.b64decode(encrypted_text)
        return crypto.unseal(sealed, self._key(), table="mfa_authenticator", column="data", row="")

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """What the authenticator app shows: neutral, on a phone that others may see (promise 10)."""
        return "Messages"
