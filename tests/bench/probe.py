"""A process that is measured: told over a pipe which request to make, answers with what it cost.

`python -m tests.bench.probe bare|ours`, lines of JSON in and out. One process for each data size, so that all sizes
and all targets take turns in the same minutes.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

import django

if TYPE_CHECKING:
    from tests.bench.gate import Ask
    from tests.bench.targets import Target


def bare() -> list[Target]:
    from django.contrib.auth.models import User
    from django.core.wsgi import get_wsgi_application

    from tests.bench.targets import Target
    from tests.bench.wsgi import Browser

    application = get_wsgi_application()
    visitor, member = Browser(application), Browser(application)
    member.cookies = {"sessionid": _bare_session(User.objects.get(username="user-0"))}
    return [
        Target("bare Django page", "page", visitor, "GET", "/page"),
        Target("bare Django page, signed in, 20 rows", "page", member, "GET", "/rows"),
        Target("bare DRF view", "api", visitor, "GET", "/api"),
        Target("bare DRF list, 20 rows", "api", visitor, "GET", "/api/rows"),
    ]


def _bare_session(user: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    assert store.session_key is not None
    return store.session_key


def fill_bare(people: int) -> None:
    """As many users as there are people in ours."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    names = [("Ada", "Testbury"), ("Bo", "Sampleford")]
    User.objects.bulk_create(
        [
            User(username=f"user-{n}", first_name=names[n % 2][0], last_name=names[n % 2][1], email=f"u{n}@example.org")
            for n in range(people)
        ]
    )


def serve(targets: Sequence[Target | Ask], orders: TextIO, answers: TextIO) -> None:
    by_name = {target.name: target for target in targets}
    print(json.dumps([(target.name, target.kind) for target in targets]), file=answers, flush=True)
    for line in orders:
        order = json.loads(line)
        if order == "freeze":  # what was loaded is not looked through again: collections cost each request the same
            gc.collect()
            gc.freeze()
            print("{}", file=answers, flush=True)
            continue
        answer = by_name[order].once()
        print(
            json.dumps(
                {
                    "status": answer.status,
                    "cpu_ms": answer.cpu_ms,
                    "statements": len(answer.statements),
                    "bytes": len(answer.body),
                }
            ),
            file=answers,
            flush=True,
        )


def main() -> None:
    orders, answers = sys.stdin, sys.stdout
    sys.stdout = sys.stderr  # nothing else may print into the pipe
    django.setup()
    what = sys.argv[1]
    if what == "fill-bare":
        fill_bare(int(sys.argv[2]))
        return
    if what == "fill-gate":
        from datetime import timedelta

        from backend.kernel import clock
        from tests.bench import gate

        gate.fill(int(sys.argv[2]), clock.now() - timedelta(days=1))
        return
    targets: Sequence[Target | Ask]
    if what == "bare":
        targets = bare()
    elif what == "gate":
        from tests.bench import gate

        targets = gate.targets()
    else:
        from tests.bench.targets import ours

        targets = ours()
    serve(targets, orders, answers)


if __name__ == "__main__":
    main()
