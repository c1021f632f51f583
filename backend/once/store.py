"""The effect and its answer commit together, so that a crash between them cannot happen.

A second request with the same key waits for the first one's commit (unique index on PostgreSQL, the single
writer on SQLite) and gets the stored answer. When the first one fails, its row is rolled back with it, and the
second may try. Semantics after Stripe's: the same key with another body is an error, not a replay.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from backend.kernel import crypto
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict
from backend.kernel.ids import keyed_digest
from backend.once.models import Answered

KEEP_FOR = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: HTTP status, where a page led to, the body of an API answer."""

    status: int
    location: str = ""
    body: str = ""


@dataclass(slots=True)
class Claim:
    """The right to have the effect. Fill it with `store()` before the transaction ends."""

    row: Answered

    def store(self, answer: Answer) -> None:
        self.row.status = answer.status
        self.row.location = answer.location[:300]
        if answer.body:
            self.row.body_sealed = _seal(self.row, answer.body)
        self.row.save(update_fields=["status", "location", "body_sealed"])


def _key() -> bytes:
    return crypto.keyring().derived("once")


def _seal(row: Answered, body: str) -> bytes:
    return crypto.seal(body, _key(), table="backend_answered", column="body_sealed", row=str(row.id))


def _unseal(row: Answered) -> str:
    if not row.body_sealed:
        return ""
    return crypto.unseal(row.body_sealed, _key(), table="backend_answered", column="body_sealed", row=str(row.id))


def name_of(*, actor: Actor, route: str, key: str) -> str:
    """What one key means: it counts per actor and route. 64 hexadecimal digits."""
    return keyed_digest("once", actor.ref, route, key)


def claim(*, actor: Actor, route: str, key: str, body: bytes, at: datetime) -> Claim | Answer:
    """Either the right to act, or the answer given before. Call it inside the transaction of the effect.

    `key` is the client's (a form's hidden key, an `Idempotency-Key`); it counts per actor and route.
    Raises Conflict when the key was used with another body.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("claim() belongs in the transaction of the effect")
    digest = hashlib.sha256(body).hexdigest()
    row = Answered(key=name_of(actor=actor, route=route, key=key), request_digest=digest, at=at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        stored = Answered.objects.get(key=row.key)
        if stored.request_digest != digest:
            raise Conflict(
                "This was already sent with other content. The first one counts; nothing was changed now.",
                code="key-reused",
                next_step="Use a new key for a new request.",
            ) from None
        return Answer(stored.status, stored.location, _unseal(stored))
    return Claim(row)


def answered(*, actor: Actor, route: str, key: str) -> Answer | None:
    """What was answered under this key before, if anything; reads only, for those who must know before they check."""
    stored = Answered.objects.filter(key=name_of(actor=actor, route=route, key=key)).first()
    return Answer(stored.status, stored.location, _unseal(stored)) if stored is not None else None


def forget_old(at: datetime) -> int:
    """Delete answers older than 26 hours. Returns how many."""
    return Answered.objects.filter(at__lt=at - KEEP_FOR).delete()[0]
