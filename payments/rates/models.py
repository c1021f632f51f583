from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares
from backend.kernel.rows import Row


class Rate(Row):
    """A figure that this network changed. It stands beside the card in `data/rates.csv` and wins on its day."""

    kind = models.CharField(max_length=60)
    effective_from = models.DateField()
    value = models.BigIntegerField()
    unit = models.CharField(max_length=20)
    source = models.CharField(max_length=300)
    set_by = models.CharField(max_length=80)
    set_at = models.DateTimeField()

    PRIVACY = Declares(technical="id kind effective_from value unit source set_by set_at")

    class Meta:
        db_table = "payments_rate"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "effective_from"], name="one_rate_a_day"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="rate_not_negative"),
        ]
