"""Ports for the servers that tests start, each given out once: `python -m tests.ports` prints one.

They lie below the range from which the system takes ports for outgoing calls (32768 and up on Linux). A port asked of
the system by binding to 0 comes from that range, and any call made before the server binds may take it.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

RANGE = range(15_000, 32_000)
_LOCKS = Path(tempfile.gettempdir()) / f"own-words-ports-{os.getuid()}"
_held: list[int] = []  # open for as long as this process lives, and with them the locks


def free_port() -> int:
    """A port that nobody listens on, and that no other test process is given while this one lives."""
    _LOCKS.mkdir(exist_ok=True)
    for port in random.sample(RANGE, len(RANGE)):
        claim = os.open(_LOCKS / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            os.close(claim)
            continue
        _held.append(claim)
        return port
    raise RuntimeError(f"no port between {RANGE.start} and {RANGE.stop} is free")


if __name__ == "__main__":
    print(free_port())
