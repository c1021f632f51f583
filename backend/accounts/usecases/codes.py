"""Codes by email: to sign in, and to confirm that it is still you.

Whether an address has an account must not show (bar P3). So every asking does the same work: one count, one look-up,
one row, one piece of work in the outbox. Only the mailer, later and elsewhere, finds that there is nobody to write to.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from backend.accounts import addresses, throttle
from backend.accounts.events import CODE_ASKED
from backend.accounts.models import SignInCode, User
from backend.accounts.states import CodePurpose
from backend.kernel import crypto
from backend.kernel.actor import Actor
from backend.kernel.errors import NotFound, TooMany
from backend.kernel.ids import keyed_digest, new_id, short_code
from backend.outbox.publish import publish

LASTS = timedelta(minutes=10)
MOST_TRIES = 5  # for one code, and for one address in WINDOW
MOST_ASKED = 5  # codes for one address in WINDOW
WINDOW = timedelta(minutes=15)
_TABLE, _COLUMN = "backend_sign_in_code", "code_sealed"


def _key() -> bytes:
    return crypto.keyring().derived("sign-in-code")


def _hash(attempt_id: UUID, code: str) -> str:
    return keyed_digest("sign-in-code", str(attempt_id), code)


def sealed_code(attempt_id: UUID, sealed: bytes) -> str:
    """For the mailer: the code, while it has not been mailed."""
    return crypto.unseal(sealed, _key(), table=_TABLE, column=_COLUMN, row=str(attempt_id))


def known_device(user_id: UUID, device: str) -> str:
    """The mark of a browser that has signed in as this user before: kept in its cookie, never in the database.

    It gives the owner a count of their own, so that a stranger who uses up the tries for an address locks out nobody.
    """
    return f"{device}.{keyed_digest('known-device', str(user_id), device)}"


def _count_key(address_digest: str, user_id: UUID | None, mark: str) -> str:
    device, _, proof = mark.partition(".")
    if user_id and device and hmac.compare_digest(proof, keyed_digest("known-device", str(user_id), device)):
        return f"{address_digest}:{device}"
    return address_digest


def _write(user_id: UUID | None, purpose: CodePurpose, address_digest: str, at: datetime) -> UUID:
    attempt_id = new_id()
    code = short_code()
    SignInCode.objects.create(
        id=attempt_id,
        user_id=user_id,
        purpose=purpose,
        address_digest=address_digest,
        code_hash=_hash(attempt_id, code),
        code_sealed=crypto.seal(code, _key(), table=_TABLE, column=_COLUMN, row=str(attempt_id)),
        created_at=at,
        expires_at=at + LASTS,
    )
    publish(CODE_ASKED, attempt_id, key=str(attempt_id), at=at)
    return attempt_id


@transaction.atomic
def ask_for_code(*, email: str, at: datetime, device_mark: str = "") -> UUID:
    """Somebody typed an address on the sign-in page. Returns the id of the attempt, always.

    Raises Invalid for what is no address; that says nothing about accounts. After too many askings the attempt is
    written all the same, but never mailed.
    """
    index = addresses.index(addresses.normalise(email))
    user_id = User.objects.filter(email_index=index, is_active=True).values_list("id", flat=True).first()
    digest = keyed_digest("address", index)
    allowed = throttle.allow(
        bucket="code-asked", key=_count_key(digest, user_id, device_mark), limit=MOST_ASKED, window=WINDOW, at=at
    )
    return _write(user_id if allowed else None, CodePurpose.SIGN_IN, digest, at)


@transaction.atomic
def ask_to_confirm(*, actor: Actor, at: datetime) -> UUID:
    """A signed-in person asks for a code to confirm that it is them. Raises TooMany after five in 15 minutes."""
    if actor.user_id is None:
        raise NotFound
    if not throttle.allow(bucket="confirm-asked", key=str(actor.user_id), limit=MOST_ASKED, window=WINDOW, at=at):
        raise TooMany("You have asked for several codes. Please wait 15 minutes and ask again.")
    return _write(actor.user_id, CodePurpose.CONFIRM, keyed_digest("confirm", str(actor.user_id)), at)


def try_code(*, attempt_id: UUID, code: str, purpose: CodePurpose, at: datetime, device_mark: str = "") -> UUID | None:
    """The user whose code this is, once; else None, for whatever reason: the page says the same for all of them.

    Not one transaction on purpose: a failed try must stay counted. Both counts and the use are compare-and-swap.
    """
    row = SignInCode.objects.filter(id=attempt_id, purpose=purpose).first()
    if row is None:
        return None
    count_key = _count_key(row.address_digest, row.user_id, device_mark)
    if not throttle.allow(bucket="code-tried", key=count_key, limit=MOST_TRIES, window=WINDOW, at=at):
        return None
    live = SignInCode.objects.filter(id=attempt_id, used_at__isnull=True, expires_at__gt=at)
    if not live.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        return None
    right = hmac.compare_digest(row.code_hash, _hash(attempt_id, code.strip().replace(" ", "")))
    if not right or row.user_id is None:
        return None
    with transaction.atomic():
        if not live.update(used_at=at, code_sealed=b""):
            return None
        if not User.objects.filter(id=row.user_id, is_active=True).exists():
            return None
        throttle.forget(bucket="code-tried", key=count_key)
    return row.user_id
