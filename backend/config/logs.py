"""Logs: JSON lines to stderr with route names, opaque ids and exception types. No addresses, no user data.

What may be logged is a list, not a habit: of our own lines only the keys in `KEYS` are written; of other libraries'
lines the text before its values are put in, since their values hold paths, addresses and input; of an exception its
type and where it was raised, since messages and local variables hold data.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog

ROOT = Path(__file__).resolve().parents[2]
OURS = ("own_words", "backend", "network", "payments")

# Keys that a line of ours may carry. Ids are of work, requests and runs, never of people or organisations.
KEYS = frozenset(
    {
        *("event", "logger", "level", "at", "exception", "code", "name", "version", "source"),
        *("route", "method", "status", "ms", "request_id"),
        *("topic", "subscriber", "work", "task", "queue", "attempt", "attempts", "run", "batch", "state"),
        *("count", "claimed", "done", "failed", "dead", "seconds", "port", "pid"),
    }
)
# Libraries that write the path, the query or the host of a request into their lines; ours is the one request line.
SILENT = ("django.server", "django.security.DisallowedHost", "django.security.csrf", "django.template")
QUIET = ("stripe",)  # two lines for each call that went well; ours says what came of it
_SAFE_TEXT = re.compile(r"[\w .,:;()/<>\[\]+*'=%-]{0,200}", re.ASCII)
_MAX_FRAMES = 12


def exception_of(info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """ "ValueError at backend/x.py:12 < backend/y.py:40": the type and our own frames, innermost first.

    Chained exceptions follow after " from ". No message, no local variables, no source line.
    """
    parts = []
    error: BaseException | None = info[1]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = [_place(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
        parts.append(f"{type(error).__qualname__} at {' < '.join(reversed(frames[-_MAX_FRAMES:])) or '?'}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " from ".join(parts)


def _place(filename: str, line: int | None) -> str:
    path = Path(filename)
    try:
        shown = str(path.relative_to(ROOT))
    except ValueError:
        shown = "/".join(path.parts[-2:])
    if "site-packages/" in shown:
        shown = shown.split("site-packages/", 1)[1]
    return f"{shown}:{line}"


def _safe(value: object) -> object:
    """Numbers, yes and no pass; text passes when it has the shape of a name, a route or an id, and no @."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if _SAFE_TEXT.fullmatch(text) else "[left out]"


def keep_known(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """structlog processor: only the keys in `KEYS`, only plain values; says how many it dropped."""
    kept = {key: _safe(value) for key, value in event.items() if key in KEYS and key != "exception"}
    if "exception" in event:
        kept["exception"] = event["exception"]
    dropped = sum(key not in KEYS for key in event)
    if dropped:
        kept["left_out"] = dropped
    return kept


def _exc_info(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    elif isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info and info[1] is not None:
        event["exception"] = exception_of(info)
    return event


def _stamp(_: Any, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    event["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    event["level"] = "error" if method == "exception" else method
    return event


class Lines(logging.Formatter):
    """Lines of the standard library's loggers, ours and others', in the same shape."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.split(".")[0] in OURS
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if ours:
            line["event"] = _safe(record.getMessage())
        elif record.args and isinstance(record.msg, str):
            line["event"] = record.msg[:200]  # the template as written in their source, without its values
        else:
            # With no values to put in, the text may have been built from data: say only where it comes from.
            line["event"] = _place(record.pathname, record.lineno)
        request_id = getattr(getattr(record, "request", None), "opaque_id", None)
        if request_id is not None:
            line["request_id"] = str(request_id)
        if record.exc_info and record.exc_info[0] is not None and record.exc_info[1] is not None:
            line["exception"] = exception_of((record.exc_info[0], record.exc_info[1], record.exc_info[2]))
        return json.dumps(line, ensure_ascii=False)


def _only_exceptions(record: logging.LogRecord) -> bool:
    """django.request has a line for each 4xx, with its path. Ours has the status; only what broke is news."""
    return bool(record.exc_info)


class _Stderr:
    """Whatever stderr is now: tests and servers replace it after we are configured."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(_: dict[str, Any] | None = None, *, stream: TextIO | None = None) -> None:
    """Django's LOGGING_CONFIG. Replaces every handler that was there; safe to call again."""
    out: Any = stream or _Stderr()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("django", "django.server", "celery", "py.warnings"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    for name in SILENT:
        silent = logging.getLogger(name)
        silent.handlers = [logging.NullHandler()]
        silent.propagate = False
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    requests = logging.getLogger("django.request")
    requests.filters = [_only_exceptions]
    structlog.configure(
        processors=[
            _stamp,
            _exc_info,
            keep_known,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=out),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
