from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from backend.keys.data import Purpose


class DataKey(Row):
    """One data key, wrapped by a key from the environment. In the `keys` database, so no relation leads here.

    A destroyed key stays as an empty row: it cannot be made a second time by whoever writes a moment too late.
    """

    owner_id = models.UUIDField()
    purpose = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    kek_id = models.CharField(max_length=40, blank=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    PRIVACY = Declares(
        technical="id owner_id purpose version kek_id created_at destroyed_at",
        personal={
            "wrapped": Personal(Sensitivity.S4, "keyholder", "nobody: a wrapped key", "with what it opens", "emptied"),
        },
    )

    class Meta:
        db_table = "backend_data_key"
        indexes: ClassVar = [models.Index(fields=["kek_id"], name="data_key_by_kek")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner_id", "purpose"], name="one_data_key_each"),
            models.CheckConstraint(condition=models.Q(purpose__in=list(Purpose)), name="data_key_purpose_known"),
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(kek_id=""), name="destroyed_data_key_is_empty"
            ),
        ]
