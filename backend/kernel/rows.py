"""What every table of ours has in common: a random id, and nothing that tells time or order."""

from __future__ import annotations

from django.db import models

from backend.kernel.ids import new_id


class Row(models.Model):
    """Abstract base. Subclasses declare `PRIVACY` for each of their columns."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
