"""Is the process alive, and can it work? For load balancers and whoever is on call."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from backend.closed import state
from backend.outbox import queries as outbox

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

    The outbox figures (work due, how long the longest-waiting of it has been due, dead letters) are reported, not
    judged: pages work while the queue is behind.
    """
    try:
        migrated = _all_migrated()
        work = outbox.health() if migrated else None
    except DatabaseError:
        return JsonResponse({"status": "not ready", "database": "not answering"}, status=503)
    if state.is_closed():
        return JsonResponse({"status": "not ready", "database": "ok", "closed": "restoring"}, status=503)
    if work is None:
        return JsonResponse({"status": "not ready", "database": "ok", "migrations": "waiting"}, status=503)
    return JsonResponse(
        {
            "status": "ready",
            "database": "ok",
            "migrations": "applied",
            "outbox_ready": work.ready,
            "outbox_oldest_seconds": round(work.oldest_ready_seconds, 1),
            "outbox_dead": work.dead,
        }
    )


def _all_migrated() -> bool:
    global _migrated  # noqa: PLW0603
    if _migrated:
        for alias in ("default", "keys"):
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
        return True
    _migrated = all(_fits(connections[alias]) for alias in ("default", "keys"))
    return _migrated


def _fits(database: BaseDatabaseWrapper) -> bool:
    loader = MigrationLoader(database)
    return not set(loader.graph.nodes) - set(loader.applied_migrations)
