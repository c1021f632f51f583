"""Taking note of what a provider tells us. The object is fetched afresh later; order and number are not promised."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from backend.kernel.ids import new_id
from backend.outbox.publish import publish
from payments.gateways.data import Hint
from payments.gateways.events import PROVIDER_HINT
from payments.gateways.models import ProviderEvent


@transaction.atomic
def note_hint(*, hint: Hint, at: datetime) -> bool:
    """Keep a verified hint and ring for it. False when this event was known already: nothing happens twice."""
    row = ProviderEvent(
        id=new_id(),
        endpoint=hint.endpoint,
        event_id=hint.event_id,
        type=hint.type,
        object_ref=hint.object_ref,
        received_at=at,
    )
    ProviderEvent.objects.bulk_create([row], ignore_conflicts=True)
    if not ProviderEvent.objects.filter(id=row.id).exists():
        return False
    publish(PROVIDER_HINT, row.id, key=str(row.id), at=at)
    return True
