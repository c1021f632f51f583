"""Starts a worker again the moment it dies, from a process that has imported everything: a death costs a fork.

python -m tests.chaos.nursery DEATHS worker
python -m tests.chaos.nursery DEATHS celery -A backend.config.celery worker ...

Each child leads a group of its own, so that one that dies takes its own children along and nobody else. Every death
by SIGKILL is a line in the file DEATHS. A child that ends in any other way ends the nursery with its status.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import django

_PR_SET_PDEATHSIG = 1


def leases_run_out() -> None:
    """The one worker died: go on as if the minutes of its lease had passed, and do not count the try (see armed.py)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE backend_work SET lease_until = NULL, lease_token = NULL, attempts = 0 "
            "WHERE state = 'ready' AND lease_token IS NOT NULL"
        )
    connection.close()


def program(argv: Sequence[str]) -> Callable[[], object]:
    """What the child does, with everything it needs imported here and now."""
    if argv[0] == "worker":
        from django.core.management import call_command

        import backend.management.commands.worker

        return lambda: call_command(*argv)
    from celery.__main__ import main as celery

    import backend.config.celery  # noqa: F401 - likewise

    sys.argv = list(argv)
    return celery


def _child(run: Callable[[], object], parent: int, *, works: bool) -> None:
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if works:
        leases_run_out()
    run()


def _died_by_itself(child: int) -> bool:
    """Whether the child is dead already; it is not taken away."""
    try:
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def main(deaths: Path, argv: Sequence[str]) -> int:
    django.setup()
    run, works, current = program(argv), "beat" not in argv, 0
    asked = ended_by_us = False

    def end(number: int, frame: FrameType | None) -> None:
        """Asked to end: the child is killed, and that is no death of its own; one a moment before it is."""
        nonlocal asked, ended_by_us
        asked = True
        if current and not _died_by_itself(current):
            ended_by_us = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(current, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end)
    while True:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # nobody asks between the look and the fork
        if asked:
            return 0
        current = os.fork()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        if current == 0:
            _child(run, os.getppid(), works=works)
            return 0
        _, status = os.waitpid(current, 0)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(current, signal.SIGKILL)  # children that outlived it
        if ended_by_us:
            return 0
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            return os.waitstatus_to_exitcode(status)
        with deaths.open("a", encoding="ascii") as file:
            file.write(f"{current}\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
