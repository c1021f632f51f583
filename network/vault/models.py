"""The sealed store. No relation leads here: a person is a bare UUID, so no join or `person__name` can reach it."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import QuerySet

from backend.kernel.privacy import Declares, Personal, Sensitivity
from backend.kernel.rows import Row
from network.vault.data import UNBOUNDED, Field, Warrant

M = TypeVar("M", bound=models.Model)


class Sealed(RuntimeError):
    """Somebody tried to read the vault without a warrant: a mistake in the program."""


class SealedManager(models.Manager[M]):
    """Raises on every use but `opened()`. It is the base manager too, so `save()` and `refresh_from_db()` raise."""

    def get_queryset(self) -> QuerySet[M]:
        raise Sealed("the vault opens only with a warrant")

    def opened(self, warrant: Warrant) -> QuerySet[M]:
        """The rows of the people the warrant names (all rows for the kinds that open no values)."""
        rows = super().get_queryset()
        return rows if warrant.kind in UNBOUNDED else rows.filter(person_id__in=warrant.person_ids)


class VaultItem(Row):
    """One field of one person, sealed for exactly this person and field. `index` is a keyed hash, for a few fields."""

    person_id = models.UUIDField()
    field = models.CharField(max_length=20)
    sealed = models.BinaryField()
    key_version = models.PositiveSmallIntegerField()
    index = models.CharField(max_length=64, blank=True, db_index=True)

    objects = SealedManager()

    PRIVACY = Declares(
        technical="id person_id field key_version",
        personal={
            "sealed": Personal(
                Sensitivity.S4, "person", "the person; whoever they consented to", "while a member", "key destroyed"
            ),
            "index": Personal(Sensitivity.S4, "person", "nobody: keyed hash", "while a member", "deleted"),
        },
    )

    class Meta:
        db_table = "network_vault_item"
        base_manager_name = "objects"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person_id", "field"], name="one_vault_item_per_field"),
            models.CheckConstraint(condition=models.Q(field__in=list(Field)), name="vault_field_known"),
        ]
