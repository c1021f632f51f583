"""Every way by which something about a person leaves, found in the code itself.

A place in the code that opens one of the gate's doors, or answers with something other than a page, has to be named here
with the channels that go through it. What is not named fails the test, so that a new channel cannot be forgotten.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from network.consent import gate

ROOT = Path(__file__).resolve().parents[4]
AREAS = ("backend", "network", "payments")
# Doors that lead to somebody else, by the module that holds them.
MORE_DOORS = {"lists": {"ask", "ask_one", "credential"}}

THROUGH: dict[tuple[str, str], set[str]] = {
    ("network/opportunities/usecases/choosing.py", "gate.disclose"): {"page: cards", "API: cards", "use case: cards"},
    ("network/bookings/queries.py", "gate.disclose"): {"page: booking", "API: booking"},
    ("network/casework/usecases.py", "gate.reveal"): {"page: reveal"},
    ("network/casework/usecases.py", "gate.named_like"): {"page: search"},
    ("network/notifications/usecases.py", "gate.contact_for_message"): {"email"},
    ("network/opportunities/matching.py", "people_who_may_be_asked"): {"page: match"},
    ("network/api/consents.py", "lists.ask_one"): {"API: status"},
    ("network/api/consents.py", "lists.ask"): {"API: statuses"},
    ("network/api/consents.py", "lists.credential"): {"API: status list"},
}
# Yes or no about a category or a surname, for a rule of ours; nothing of it is shown to anybody.
SILENT_DOORS: set[tuple[str, str]] = {
    ("network/casework/usecases.py", "gate.shares_a_surname"),
}
# Without anybody's consent, in an emergency: a withdrawal does not close it, its half hour does (bar I3).
EMERGENCY: set[tuple[str, str]] = {("network/web/team/emergency.py", "gate.break_glass")}
# The person's own eyes: nobody's consent is needed.
OWN: set[tuple[str, str]] = {
    ("network/web/person/home.py", "gate.own_details"),
    ("network/web/person/about.py", "gate.own_details"),
    ("network/opportunities/usecases/trying.py", "gate.preview"),
    ("network/web/person/consents.py", "gate.my_protection"),
    ("network/web/person/protected.py", "gate.my_protection"),
}
FILES: dict[str, str] = {
    "text/calendar": "iCal",
    "application/pdf": "PDF",
    "application/zip": "",  # the person's own export
    "text/csv": "",  # a bank's file: finance identity, which is no consent of this ledger
}
# Channels through which a read shows what was agreed; the files never show anything of a person.
SHOWING = set[str]().union(*THROUGH.values())
SILENT = {kind for kind in FILES.values() if kind}
CHANNELS = SHOWING | SILENT


def doors() -> set[str]:
    """Public functions of the gate, whoever wrote them."""
    own = {
        name
        for name, found in inspect.getmembers(gate, inspect.isfunction)
        if not name.startswith("_") and found.__module__ == gate.__name__
    }
    return own - {"window", "categories_of"}


def _calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(value=ast.Name(id="gate"), attr=name) if name in doors() | {"people_who_may_be_asked"}:
                yield f"gate.{name}"
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in MORE_DOORS.get(module, ()):
                yield f"{module}.{name}"
            case ast.Name(id="people_who_may_be_asked"):
                yield "people_who_may_be_asked"


def in_the_code() -> set[tuple[str, str]]:
    """Each place that opens a door."""
    found = set()
    for area in AREAS:
        for path in (ROOT / area).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if not name.startswith("network/consent/"):
                found |= {(name, call) for call in _calls(path)}
    return found


def file_types() -> set[str]:
    """What is answered that is neither a page nor JSON."""
    found = set()
    for area in AREAS:
        for path in (ROOT / area).rglob("*.py"):
            if "/web/" in str(path) or "/api/" in str(path):
                found |= set(re.findall(r'content_type="([a-z]+/[a-z.+-]+)', path.read_text(encoding="utf-8")))
    return {kind for kind in found if "json" not in kind and kind != "text/html"}
