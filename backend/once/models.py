from __future__ import annotations

from django.db import models

from backend.kernel.privacy import Declares
from backend.kernel.rows import Row


class Answered(Row):
    """A request that took effect, and how it was answered. Kept for a day; the body is sealed."""

    key = models.CharField(max_length=64, unique=True)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    location = models.CharField(max_length=300, blank=True)
    body_sealed = models.BinaryField(default=bytes)
    at = models.DateTimeField()

    PRIVACY = Declares(technical="id key request_digest status location body_sealed at")

    class Meta:
        db_table = "backend_answered"
