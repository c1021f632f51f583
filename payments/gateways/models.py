from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares
from backend.kernel.rows import Row
from payments.gateways.data import Endpoint


class ProviderEvent(Row):
    """That the provider told us something, once: id, type and object; never the payload."""

    endpoint = models.CharField(max_length=10)
    event_id = models.CharField(max_length=80)
    type = models.CharField(max_length=120)
    object_ref = models.CharField(max_length=120)
    received_at = models.DateTimeField()

    PRIVACY = Declares(technical="id endpoint event_id type object_ref received_at")

    class Meta:
        db_table = "payments_provider_event"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event_id"], name="provider_event_once"),
            models.CheckConstraint(
                condition=models.Q(endpoint__in=[e.value for e in Endpoint]), name="provider_endpoint_known"
            ),
        ]


class ProviderMode(Row):
    """Whether these books hold the provider's live or its test objects. Written once, at the first use of a key."""

    only = models.PositiveSmallIntegerField(default=1, unique=True)
    live = models.BooleanField()
    noted_at = models.DateTimeField()

    PRIVACY = Declares(technical="id only live noted_at")

    class Meta:
        db_table = "payments_provider_mode"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(only=1), name="provider_mode_only_one")]
