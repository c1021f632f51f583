"""Is the process alive, and can it work? For load balancers and whoever is on call."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from backend.kernel import clock
from backend.outbox.models import Work
from backend.outbox.states import WorkState

_migrated = False  # once true it stays true for this process: a deployment starts new ones


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "live"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and its tables are those of this code; 503 otherwise.

    `outbox_oldest_seconds` is how long the longest-waiting work has been due; null when none is. It is reported, not
    judged: pages work while the queue is behind.
    """
    try:
        migrated = _all_migrated()
        waiting = _longest_wait(clock.now()) if migrated else None
    except DatabaseError:
        return JsonResponse({"status": "not ready", "database": "not answering"}, status=503)
    if not migrated:
        return JsonResponse({"status": "not ready", "database": "ok", "migrations": "waiting"}, status=503)
    return JsonResponse(
        {
            "status": "ready",
            "database": "ok",
            "migrations": "applied",
            "outbox_oldest_seconds": None if waiting is None else round(waiting.total_seconds(), 1),
        }
    )


def _all_migrated() -> bool:
    global _migrated  # noqa: PLW0603
    if _migrated:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    executor = MigrationExecutor(connection)
    _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _longest_wait(at: datetime) -> timedelta | None:
    first = (
        Work.objects.filter(state=WorkState.READY, not_before__lte=at)
        .order_by("not_before", "id")
        .values_list("not_before", flat=True)
        .first()
    )
    return None if first is None else at - first
