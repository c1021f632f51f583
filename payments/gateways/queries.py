from __future__ import annotations

from uuid import UUID

from backend.kernel.errors import NotFound
from payments.gateways.data import Endpoint, Hint
from payments.gateways.models import ProviderEvent


def hint(event_row: UUID) -> Hint:
    """What the provider told us, by our own row. Raises NotFound."""
    row = ProviderEvent.objects.filter(id=event_row).first()
    if row is None:
        raise NotFound
    return Hint(
        endpoint=Endpoint(row.endpoint), event_id=row.event_id, type=row.type, object_ref=row.object_ref, live=False
    )
