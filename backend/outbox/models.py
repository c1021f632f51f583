from __future__ import annotations

from typing import ClassVar

from django.db import models

from backend.kernel.privacy import Declares
from backend.kernel.rows import Row
from backend.outbox.states import WorkState


class Work(Row):
    """One subscriber's work for one event. The row is the truth; a lost ring costs only time."""

    topic = models.CharField(max_length=80)
    subscriber = models.CharField(max_length=120)
    object_id = models.UUIDField()
    key = models.CharField(max_length=255, unique=True)
    queue = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.READY)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)  # exception type and place, never its message

    PRIVACY = Declares(
        technical="id topic subscriber object_id key queue state created_at not_before attempts lease_until "
        "lease_token finished_at error"
    )

    class Meta:
        db_table = "backend_work"
        indexes: ClassVar = [
            models.Index(fields=["not_before", "id"], condition=models.Q(state="ready"), name="work_ready"),
            models.Index(fields=["finished_at", "id"], condition=models.Q(state="dead"), name="work_dead"),
            models.Index(fields=["object_id"], name="work_object"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=WorkState.values), name="work_state_known"),
        ]


class JobRun(Row):
    """One run of one scheduled job. The unique slot makes two schedulers harmless."""

    job = models.CharField(max_length=80)
    slot = models.BigIntegerField()  # whole periods since 1970, by the database's clock
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)  # exception type and place, never its message

    PRIVACY = Declares(technical="id job slot started_at finished_at error")

    class Meta:
        db_table = "backend_job_run"
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "slot"], name="one_run_for_each_slot")]
        indexes: ClassVar = [models.Index(fields=["started_at"], name="job_run_started")]
