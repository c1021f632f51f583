"""Is the application closed? Asked for every request and every piece of work, so it costs no statement once it is open.

Two signs, either is enough: a row in the database, which backups carry with them and which a process looks for when it
starts; and a file beside the replay list, for processes that run while a restore begins.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from backend.closed.models import Closed

_found_open: bool | None = None  # None: nobody has looked yet in this process


def sign() -> Path:
    return Path(f"{settings.REPLAY_LIST}.closed")


def look() -> bool:
    """Ask the database. True while it is closed (or cannot say)."""
    global _found_open  # noqa: PLW0603
    try:
        _found_open = not Closed.objects.exists()
    except DatabaseError:  # away, or without our tables yet: the readiness check says which
        return False
    return not _found_open


def is_closed(*, ask_first: bool = True) -> bool:
    """`ask_first`: whether a process that never looked asks the database now. Web processes look when they start."""
    if sign().exists():
        return True
    if _found_open is None:
        return look() if ask_first else False
    return look() if not _found_open else False


def close() -> None:
    """Put up the sign for processes that run now."""
    sign().parent.mkdir(parents=True, exist_ok=True)
    sign().touch()


def open_again() -> None:
    Closed.objects.all().delete()
    sign().unlink(missing_ok=True)
    look()
