"""When things go wrong: pages that break, work that fails until it is given up, workers killed, hints from outside."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.canary.site import Answer, Deployment, Walker
from tests.processes import wait_for

LETTERS = 3  # dead ones; each complaint makes at least one piece of work
PATIENCE = 300.0  # seconds; a bound, not a measure


def broken_pages(deployment: Deployment, see: Callable[[Answer], None], names: Iterable[str]) -> tuple[Path, int]:
    """Every view ends in a 500, with details in its variables, in its message and in the request. Returns the web
    server's log, and how many answers were a 500."""
    count = 0
    names = set(names)
    with deployment.served("every-page-breaks", breaks=True) as (port, log):
        for told in deployment.cast["walkers"]:
            if told["name"] not in names:
                continue
            walker = Walker(
                told, port, dict(deployment.cookies.get(told["name"], {})), deployment.tokens.get(told["name"], "")
            )
            for path in (
                "/me/about/",
                "/me/money/",
                "/desk/",
                "/team/",
                "/account/",
                "/api/v1/briefs",
                "/api/v1/kinds",
            ):
                for answer in _ask_with_details(walker, path, deployment):
                    see(answer)
                    count += answer.status == 500
    return log, count


def _ask_with_details(walker: Walker, path: str, deployment: Deployment) -> Iterable[Answer]:
    """With a name wherever a request can carry one."""
    some = next(marker for marker, mark in deployment.book.marks.items() if mark.field == "name_full")
    headers = {"User-Agent": f"Mozilla ({some})", "X-Forwarded-For": some, "Referer": f"https://x.example/{some}"}
    yield walker.ask(f"{path}?q={some}", headers=headers)
    if path.startswith("/api/"):
        sent = {**headers, "Content-Type": "application/json"}
        yield walker.ask(path, raw=json.dumps({"title": some}).encode(), headers=sent)
    else:
        yield walker.ask(path, data={"story": some, "q": some}, headers=headers)


def a_hint(deployment: Deployment, port: int, endpoint: str, secret: str) -> Answer:
    """A signed webhook as the provider sends one, full of what a provider knows of a payee."""
    names = [m for m, mark in deployment.book.marks.items() if mark.field in ("legal_name", "account_holder", "email")]
    event = {
        "id": f"evt_{endpoint}", "object": "event", "type": "account.updated", "created": int(time.time()),
        "livemode": False, "api_version": "2026-10-28.endive", "account": "acct_1", "request": {"id": None},
        "data": {"object": {"id": "acct_1", "object": "account", "individual": {"first_name": names[0], "email": names[-1]},
                            "external_accounts": {"data": [{"account_holder_name": names[1 % len(names)]}]}}},
    }  # fmt: skip
    if endpoint == "thin":
        event |= {"object": "v2.core.event", "type": "v2.core.account.updated", "created": "2026-11-01T00:00:00.000Z"}
        event |= {"related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"}}
    payload, stamp = json.dumps(event).encode(), str(int(time.time()))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, hashlib.sha256).hexdigest()
    walker = Walker({"name": "stripe", "role": "anonymous"}, port)
    headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={stamp},v1={digest}"}
    return walker.ask(f"/webhooks/stripe/{endpoint}", f"webhooks/stripe/{endpoint}", raw=payload, headers=headers)


def failed_work(deployment: Deployment, make: Callable[[], None], kills: int = 2) -> list[tuple[str, str]]:
    """Work that fails at every try, its workers killed on the way, until it is given up. Returns the dead letters:
    topic and what is written about the fault."""
    site = deployment.site
    with deployment.worked_by("every-work-breaks"):
        process = site["celery" if site.redis else "worker"]
        make()
        due = "SELECT count(*) FROM backend_work WHERE state = 'ready' AND not_before <= %s"
        assert site.query(due, site.now())[0][0], "there is work to do"

        def given_up() -> int:
            return int(site.query("SELECT count(*) FROM backend_work WHERE state = 'dead'")[0][0])

        end = time.monotonic() + PATIENCE
        while given_up() < LETTERS and time.monotonic() < end:
            wait_for(lambda: not site.query(due, site.now())[0][0], 10, 0.1)
            if kills:
                kills -= 1
                process.kill()
                process.start()
            site.move_clock(400)  # past the lease of whoever was killed, and the longest wait between two tries
    return [(str(t), str(e)) for t, e in site.query("SELECT topic, error FROM backend_work WHERE state = 'dead'")]
