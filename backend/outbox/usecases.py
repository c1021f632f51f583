"""What a person can do about work that was given up, and the machinery's own tidying."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, NotFound
from backend.outbox import doorbell
from backend.outbox.models import JobRun, Work
from backend.outbox.states import WorkState

KEEP_FINISHED = timedelta(days=30)
KEEP_JOB_RUNS = timedelta(days=7)


def _dead(actor: Actor, work_id: UUID) -> Work:
    if not actor.has(Role.ADMIN):
        raise NotFound
    work = Work.objects.filter(id=work_id).first()
    if work is None:
        raise NotFound
    return work


@transaction.atomic
def retry(*, actor: Actor, work_id: UUID, at: datetime) -> None:
    """Put a dead letter back to work, its tries counted afresh. Raises NotFound, or Conflict when it is not dead."""
    work = _dead(actor, work_id)
    changed = Work.objects.filter(id=work_id, state=WorkState.DEAD).update(
        state=WorkState.READY, attempts=0, not_before=at, finished_at=None, lease_until=None, lease_token=None
    )
    if changed != 1:
        raise Conflict("Somebody has already dealt with this one. Nothing was changed.")
    doorbell.ring_on_commit(work.queue, [work_id])


@transaction.atomic
def dismiss(*, actor: Actor, work_id: UUID, at: datetime) -> None:
    """Let a dead letter go. It stays in the table as dismissed. Raises NotFound, or Conflict when it is not dead."""
    _dead(actor, work_id)
    changed = Work.objects.filter(id=work_id, state=WorkState.DEAD).update(state=WorkState.DISMISSED, finished_at=at)
    if changed != 1:
        raise Conflict("Somebody has already dealt with this one. Nothing was changed.")


def tidy(at: datetime) -> int:
    """Scheduled: forget finished work after 30 days and job runs after 7. Dead letters stay until looked at."""
    finished = (WorkState.DONE, WorkState.CANCELLED, WorkState.DISMISSED)
    gone, _ = Work.objects.filter(state__in=finished, finished_at__lt=at - KEEP_FINISHED).delete()
    runs, _ = JobRun.objects.filter(started_at__lt=at - KEEP_JOB_RUNS).delete()
    return gone + runs
