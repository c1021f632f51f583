"""Every place where the program can speak to something outside itself: read from its source, held against doors.json.

A new one that no sink of the canary run looks at fails here, with its file and what it uses.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).parent / "doors.json"
# Talking: whoever imports these opens a line to somewhere, or may.
TALKING = {
    "requests", "httpx", "urllib.request", "urllib3", "smtplib", "socket", "http.client", "aiohttp", "websockets", "ftplib",
    "telnetlib", "paramiko", "standardwebhooks", "boto3", "botocore", "twilio", "redis", "celery", "kombu", "stripe",
    "sentry_sdk", "subprocess", "multiprocessing", "syslog", "logging.handlers", "django.core.mail", "django.core.cache",
    "django.core.files.storage", "tempfile", "shelve", "dbm",
}  # fmt: skip
# Writing: whoever calls these leaves a file, or a line somewhere.
WRITING = {
    "write_text", "write_bytes", "fdopen", "mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile",
    "TemporaryDirectory", "SpooledTemporaryFile", "copyfile", "print",
}  # fmt: skip
_MODE = re.compile("[wax][bt]?[+]?|r[bt]?[+]")


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{name.name}" for name in node.names)


def _writes(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called == "open":
        words = [a.value for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Constant)]
        return "open" if any(isinstance(w, str) and _MODE.fullmatch(w) for w in words) else ""
    return called if called in WRITING else ""


def used_in(source: str) -> set[str]:
    """Which of the two kinds a file uses."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        for name in _imported(node):
            found |= {talking for talking in TALKING if name == talking or name.startswith(f"{talking}.")}
        found |= {_writes(node)} - {""}
    return found


def doors() -> dict[str, list[str]]:
    """File -> what it uses, of the whole product."""
    found = {}
    for area in ("backend", "network", "payments"):
        for path in sorted((ROOT / area).rglob("*.py")):
            used = used_in(path.read_text(encoding="utf-8"))
            if used:
                found[str(path.relative_to(ROOT))] = sorted(used)
    return found


def commands() -> list[str]:
    """Our own management commands: what they print and write may be mailed by cron or kept by a shell."""
    return sorted(path.stem for path in ROOT.glob("*/management/commands/*.py") if path.stem != "__init__")


def declared() -> dict[str, dict[str, dict[str, str | list[str]]]]:
    found: dict[str, dict[str, dict[str, str | list[str]]]] = json.loads(LIST.read_text(encoding="utf-8"))
    return found
