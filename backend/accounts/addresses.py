"""Email addresses of accounts: sealed, found again by a blind index, opened through one door.

`address_of` is that door. It is for the mailer only, at the moment of sending, and only for a use named in
`AddressUse`. Addresses here are how an account signs in; how a person may be *contacted* is theirs to say and lives
in the vault behind the consent gate.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from backend.accounts.data import AddressUse
from backend.accounts.models import User
from backend.kernel import crypto
from backend.kernel.errors import Invalid
from backend.keys import store as keys
from backend.keys.data import Purpose

_TABLE, _COLUMN = "backend_user", "email_sealed"
LONGEST = 254  # RFC 5321


def normalise(email: str) -> str:
    """One spelling for each address. Raises Invalid when it is no address."""
    clean = unicodedata.normalize("NFKC", email).strip().lower()
    try:
        validate_email(clean)
    except ValidationError:
        clean = ""
    if not clean or len(clean) > LONGEST:
        raise Invalid({"email": ["Enter an email address, like name@example.org"]})
    return clean


def index(normalised: str) -> str:
    return crypto.blind_index("email", normalised)


def seal(normalised: str, user_id: UUID, *, at: datetime) -> bytes:
    """Under a key of this account alone, so that forgetting the account makes every copy of it unreadable."""
    key = keys.key_of(user_id, Purpose.ACCOUNT, at=at)
    return crypto.seal(normalised, key.raw, table=_TABLE, column=_COLUMN, row=str(user_id), version=key.version)


def address_of(user_id: UUID, use: AddressUse) -> str | None:
    """The address of an active account, or None. `use` is why; anything but an AddressUse is a TypeError."""
    if not isinstance(use, AddressUse):
        raise TypeError("an address is opened for a named use only")
    sealed = User.objects.filter(id=user_id, is_active=True).values_list("email_sealed", flat=True).first()
    key = keys.keys_of([user_id], Purpose.ACCOUNT).get(user_id) if sealed else None
    if not sealed or key is None:
        return None
    return crypto.unseal(sealed, key.raw, table=_TABLE, column=_COLUMN, row=str(user_id), version=key.version)


def forget(user_id: UUID, *, at: datetime) -> bool:
    """Destroy the key of the account's address."""
    return keys.destroy(user_id, Purpose.ACCOUNT, at=at)
