"""Time-based codes (RFC 6238) and recovery codes for staff. allauth.mfa stores and computes; the secret is encrypted.

allauth keeps "already used" in a cache that each process has for itself, so single use is ours, in the database.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.db import IntegrityError, transaction

from backend.accounts import throttle
from backend.accounts.models import UsedCode, User
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound, StepUpNeeded
from backend.kernel.ids import keyed_digest

PERIOD = timedelta(seconds=30)
TOLERANCE = 1  # periods before and after, for clocks that differ
MOST_TRIES = 5
WINDOW = timedelta(minutes=15)
WRONG = "That code is not right, or it has been used. Wait for the next one."


def _matching_counter(secret: str, code: str, at: datetime) -> int | None:
    now = int(at.timestamp() // PERIOD.total_seconds())
    for counter in range(now - TOLERANCE, now + TOLERANCE + 1):
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, counter)), code):
            return counter
    return None


def _spend(user_id: UUID, counter: int, at: datetime) -> bool:
    """True for the first that uses this period's code; the unique digest decides between simultaneous ones."""
    try:
        with transaction.atomic():
            UsedCode.objects.create(digest=keyed_digest("totp", str(user_id), str(counter)), used_at=at)
    except IntegrityError:
        return False
    return True


def _clean(code: str) -> str:
    return "".join(code.split())


@transaction.atomic
def enrol_totp(*, secret: str, code: str, actor: Actor, at: datetime) -> list[str]:
    """Switch the authenticator app on, once its first code is right. Returns recovery codes, to be shown once.

    Raises StepUpNeeded, Conflict when one is on already, Invalid for a wrong code.
    """
    if actor.user_id is None:
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    user = User.objects.select_for_update().get(id=actor.user_id)
    if Authenticator.objects.filter(user_id=user.id, type=Authenticator.Type.TOTP).exists():
        raise Conflict("An authenticator app is on already. Nothing was changed.")
    counter = _matching_counter(secret, _clean(code), at)
    if counter is None or not _spend(user.id, counter, at):
        raise Invalid({"code": [WRONG]})
    TOTP.activate(user, secret)
    Authenticator.objects.filter(user_id=user.id, type=Authenticator.Type.RECOVERY_CODES).delete()
    return list(RecoveryCodes.activate(user).generate_codes())


@transaction.atomic
def remove_totp(*, actor: Actor, at: datetime) -> None:
    """Switch the authenticator app off, with its recovery codes. Raises StepUpNeeded."""
    if actor.user_id is None:
        raise NotFound
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    Authenticator.objects.filter(
        user_id=actor.user_id, type__in=(Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    ).delete()


def try_second_factor(*, actor: Actor, code: str, at: datetime) -> bool:
    """True when `code` is this period's or an unused recovery code. Each works once; five tries in 15 minutes.

    Not one transaction on purpose: a failed try must stay counted.
    """
    if actor.user_id is None:
        raise NotFound
    key = str(actor.user_id)
    if not throttle.allow(bucket="second-factor", key=key, limit=MOST_TRIES, window=WINDOW, at=at):
        return False
    code = _clean(code)
    found = {a.type: a for a in Authenticator.objects.filter(user_id=actor.user_id)}
    totp = found.get(Authenticator.Type.TOTP)
    right = False
    if totp is not None:
        counter = _matching_counter(decrypt(totp.data["secret"]), code, at)
        right = counter is not None and _spend(actor.user_id, counter, at)
        recovery = found.get(Authenticator.Type.RECOVERY_CODES)
        if not right and recovery is not None:
            right = bool(RecoveryCodes(recovery).validate_code(code))
    if right:
        throttle.forget(bucket="second-factor", key=key)
    return right
