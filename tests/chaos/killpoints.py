"""Kill the process at each commit and each call to the outside, once for each distinct point.

Loaded into a process under test by `inject/sitecustomize.py`; standard library only. It wraps, before and after:
the database commit (and each write that commits by itself), mail sending, every HTTP request (Stripe, Parliament)
and every publication on the broker. A point is known by the kind of process, the side (before, after), the call,
the innermost functions of ours on the stack, and for a commit the functions and tables that wrote in it. The first
process to reach a point that is not in the journal appends it (fsync) and is gone with SIGKILL: no `finally`, no
rollback of ours, no goodbye. Reached again, the point lets everybody through. So a run that ends has died once at
every point on its way, and the journal is the enumeration.

Environment: OWN_WORDS_KILL_JOURNAL (file), OWN_WORDS_KILL_KIND (web, worker, celery, beat),
OWN_WORDS_KILL_SCOPE (process, or group: the whole Celery worker with its children),
OWN_WORDS_KILL_MODE (kill, or record: only write the points down), OWN_WORDS_KILL_PACKAGES (whose functions name a
point), OWN_WORDS_KILL_ONLY (a regular expression; other points are let through, not journalled).
"""

from __future__ import annotations

import fcntl
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType, ModuleType
from typing import Any

DEPTH = 3  # innermost frames of ours that name a point
_WRITE = re.compile(
    r"\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM|REPLACE\s+INTO)\s+\"?(\w+)", re.IGNORECASE
)
_passed: set[str] = set()


def _env(name: str, default: str) -> str:
    return os.environ.get(f"OWN_WORDS_KILL_{name}", default)


def _packages() -> tuple[str, ...]:
    return tuple(_env("PACKAGES", "backend,network,payments").split(","))


def frames_of_ours(depth: int = DEPTH) -> list[str]:
    """The innermost functions of ours on the stack, innermost first: module and qualified name, no line numbers."""
    found: list[str] = []
    roots = _packages()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and len(found) < depth:
        module = frame.f_globals.get("__name__", "")
        if any(module == root or module.startswith(root + ".") for root in roots):
            found.append(f"{module}:{frame.f_code.co_qualname}")
        frame = frame.f_back
    return found


def reach(side: str, call: str, detail: str = "", *, even_without_frames: bool = False) -> None:
    """Die here, if nobody has died here before."""
    frames = frames_of_ours()
    if not frames and not even_without_frames:
        return
    point = " | ".join(filter(None, (_env("KIND", "process"), side, call, detail, " < ".join(frames))))
    if point in _passed or not re.search(_env("ONLY", ""), point):
        return
    if not _journal(point):
        _passed.add(point)
        return
    if _env("MODE", "kill") == "record":
        _passed.add(point)
        return
    if _env("SCOPE", "process") == "group":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()  # a signal to one's own thread is delivered before this returns; never go on


def _journal(point: str) -> bool:
    """Append `point` unless it is there. True for the one process that appended it."""
    with open(os.environ["OWN_WORDS_KILL_JOURNAL"], "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if point + "\n" in file.readlines():
            return False
        file.write(point + "\n")
        file.flush()
        os.fsync(file.fileno())
        return True


def _around(owner: Any, name: str, call: str, detail: Callable[..., str | None] = lambda *a, **k: "") -> None:
    """Wrap `owner.name` with a point before and a point after. A `detail` of None means: not a point."""
    plain = getattr(owner, name)

    @functools.wraps(plain)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        what = detail(*args, **kwargs)
        if what is None:
            return plain(*args, **kwargs)
        reach("before", call, what)
        answer = plain(*args, **kwargs)
        reach("after", call, what)
        return answer

    setattr(owner, name, wrapper)


def _patch_commit(module: ModuleType) -> None:
    wrapper = module.BaseDatabaseWrapper
    plain_commit, plain_rollback = wrapper.commit, wrapper.rollback

    def commit(self: Any) -> None:
        written = " ".join(sorted(self.__dict__.pop("own_words_written", ())))
        reach("before", "commit", written)
        plain_commit(self)
        reach("after", "commit", written)

    def rollback(self: Any) -> None:
        self.__dict__.pop("own_words_written", None)
        plain_rollback(self)

    wrapper.commit, wrapper.rollback = commit, rollback


def _patch_statements(module: ModuleType) -> None:
    """Note who writes inside a transaction; a write outside one is a commit by itself."""
    cursor = module.CursorWrapper
    for name in ("_execute", "_executemany"):

        def make(plain: Callable[..., Any]) -> Callable[..., Any]:
            def run(self: Any, sql: Any, params: Sequence[Any], *rest: Any) -> Any:
                match = _WRITE.match(sql) if isinstance(sql, str) else None
                if match is None:
                    return plain(self, sql, params, *rest)
                who = f"{(frames_of_ours(1) or ['?'])[0]}>{match[1]}"
                if self.db.in_atomic_block or not self.db.autocommit:
                    self.db.__dict__.setdefault("own_words_written", set()).add(who)
                    return plain(self, sql, params, *rest)
                reach("before", "write", who)
                answer = plain(self, sql, params, *rest)
                reach("after", "write", who)
                return answer

            return run

        setattr(cursor, name, make(getattr(cursor, name)))


def _patch_mail(module: ModuleType) -> None:
    _around(module.EmailBackend, "send_messages", "mail")


def _patch_http(module: ModuleType) -> None:
    """Below requests, urllib3 and urllib: before anything is sent, and after the answer has come."""
    connection = module.HTTPConnection
    plain_put, plain_get = connection.putrequest, connection.getresponse

    def putrequest(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        self.own_words_request = f"{method} {_without_ids(url)}"
        reach("before", "http", self.own_words_request)
        plain_put(self, method, url, *args, **kwargs)

    def getresponse(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = plain_get(self, *args, **kwargs)
        reach("after", "http", getattr(self, "own_words_request", ""))
        return answer

    connection.putrequest, connection.getresponse = putrequest, getresponse


def _without_ids(url: str) -> str:
    path = re.sub(r"^https?://[^/]+", "", url.partition("?")[0])
    return "/".join("…" if re.search(r"\d", part) and len(part) > 3 else part for part in path.split("/"))


def _patch_broker(module: ModuleType) -> None:
    producer = module.Producer
    plain = producer.publish

    def publish(self: Any, body: Any, *args: Any, **kwargs: Any) -> Any:
        headers = kwargs.get("headers") or {}
        task = headers.get("task")
        if not task:  # Celery's own housekeeping between its processes
            return plain(self, body, *args, **kwargs)
        beat = _env("KIND", "") == "beat"  # its stack is Celery's alone: the job's name tells points apart
        what = f"{task} {headers.get('argsrepr', '')}" if beat else task
        reach("before", "publish", what, even_without_frames=beat)
        answer = plain(self, body, *args, **kwargs)
        reach("after", "publish", what, even_without_frames=beat)
        return answer

    producer.publish = publish


PATCHES: dict[str, Callable[[ModuleType], None]] = {
    "django.db.backends.base.base": _patch_commit,
    "django.db.backends.utils": _patch_statements,
    "django.core.mail.backends.filebased": _patch_mail,
    "django.core.mail.backends.smtp": _patch_mail,
    "http.client": _patch_http,
    "kombu.messaging": _patch_broker,
}


class AfterImport(importlib.abc.MetaPathFinder):
    """Calls a patch right after the import of its module, so that nothing is imported that the program would not."""

    def __init__(self, patches: dict[str, Callable[[ModuleType], None]]) -> None:
        self._patches = dict(patches)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        patch = self._patches.pop(fullname, None)
        if patch is None:
            return None
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        loader: Any = spec.loader
        plain = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            plain(module)
            patch(module)

        loader.exec_module = exec_module
        return spec


def install(patches: dict[str, Callable[[ModuleType], None]] | None = None) -> None:
    """Patch what is imported already, and the rest when it is."""
    patches = PATCHES if patches is None else patches
    late = {}
    for name, patch in patches.items():
        if name in sys.modules:
            patch(sys.modules[name])
        else:
            late[name] = patch
    sys.meta_path.insert(0, AfterImport(late))
