"""The HTTP side: routes, keys, faults, and signed webhooks."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import queue
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from payments.gateways.standin import pages
from payments.gateways.standin.book import Body, Book
from payments.gateways.standin.faults import Faults, Planned
from payments.gateways.standin.objects import Problem, Stripe, listing, missing, now, since


def nest(pairs: list[tuple[str, str]]) -> Body:
    """Stripe's form encoding (`a[b][0]=c`) as dictionaries."""
    out: Body = {}
    for name, value in pairs:
        steps = [step for step in re.split(r"\[|\]\[|\]", name) if step]
        here = out
        for step in steps[:-1]:
            here = here.setdefault(step, {})
        here[steps[-1]] = value
    return out


@dataclass
class Webhooks:
    """Where to deliver and how to sign. One that does not answer is tried again; then the sweep must find it."""

    base: str = ""  # such as http://127.0.0.1:8000/webhooks/stripe
    secrets: dict[str, str] = field(default_factory=dict)
    tries: int = 4

    def deliver(self, endpoint: str, event: Body) -> bool:
        payload = json.dumps(event).encode()
        for number in range(self.tries):
            stamp = str(now())
            digest = hmac.new(
                self.secrets[endpoint].encode(), f"{stamp}.".encode() + payload, hashlib.sha256
            ).hexdigest()
            request = urllib.request.Request(  # noqa: S310
                f"{self.base.rstrip('/')}/{endpoint}",
                data=payload,
                headers={"Content-Type": "application/json", "Stripe-Signature": f"t={stamp},v1={digest}"},
            )
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                    if answer.status < 300:
                        return True
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.2 * 2**number)
        return False


class StandIn:
    """The stand-in as a whole; `start()` serves in a thread, for tests, `serve()` in this one."""

    def __init__(
        self,
        *,
        book: str = ":memory:",
        host: str = "127.0.0.1",
        port: int = 0,
        webhooks: Webhooks | None = None,
        faults: Faults | None = None,
        opening: int = 0,
    ) -> None:
        self.book, self.faults, self.webhooks = Book(book), faults or Faults(), webhooks or Webhooks()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        self.base = f"http://{host}:{self._server.server_address[1]}"
        self._post: queue.Queue[tuple[str, Body] | None] = queue.Queue()
        self._postman = threading.Thread(target=self._deliver, daemon=True)
        self._postman.start()
        if opening and not self.book.count("opened"):
            with self.book.work():
                self.book.add("opened", 1)
                self.stripe().top_up(opening, tell=False)  # before anybody listens

    def stripe(self) -> Stripe:
        return Stripe(self.book, self.base)

    def _deliver(self) -> None:
        while (item := self._post.get()) is not None:
            if self.webhooks.base and self.webhooks.secrets.get(item[0]):
                self.webhooks.deliver(*item)
            self._post.task_done()
        self._post.task_done()

    def send_events(self, events: list[tuple[str, Body]]) -> None:
        for item in events:
            self._post.put(item)

    def flush(self) -> None:
        """Wait until every event was delivered or given up."""
        self._post.join()

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.2)

    def start(self) -> StandIn:
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._post.put(None)
        self._postman.join(timeout=5)
        self.book.close()

    def snapshot(self) -> Body:
        """Its own book, for tests to reconcile against."""
        with self.book.work() as book:
            kinds = ("transfer", "charge", "balance_transaction", "account", "session", "event", "thin_event", "topup")
            return {kind: book.all(kind) for kind in kinds} | {"balance": book.count("balance")}


class _Cut(Exception):
    pass


class _Handler(BaseHTTPRequestHandler):
    owner: ClassVar[StandIn]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent: account links and ids stay out of logs."""

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def _answer(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _json(self, status: int, body: Any, **headers: str) -> None:
        headers["Request_Id"] = "req_standin"
        self._answer(status, json.dumps(body).encode(), "application/json", **headers)

    def _html(self, text: str, status: int = 200) -> None:
        self._answer(status, text.encode(), "text/html; charset=utf-8")

    def _redirect(self, url: str) -> None:
        self._answer(303, b"", "text/plain", Location=url)

    def _handle(self, method: str) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if parts.path.startswith("/_test/"):
                self._test(method, parts.path, raw)
            elif parts.path.startswith(("/pay/", "/onboard/")):
                self._page(method, parts.path)
            elif parts.path.startswith(("/v1/", "/v2/")):
                self._api(method, parts.path, parts.query, raw)
            else:
                self._json(404, {"error": {"type": "invalid_request_error", "message": "Unrecognized request URL"}})
        except _Cut:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    # --- the API ----------------------------------------------------------------------------------------------------

    def _api(self, method: str, path: str, query: str, raw: bytes) -> None:
        if not self.headers.get("Authorization", "").removeprefix("Bearer ").startswith(("sk_test_", "rk_test_")):
            self._json(401, {"error": {"type": "invalid_request_error", "message": "A test key is needed"}})
            return
        fault = self.owner.faults.next(method, path)
        if fault is not None:
            if fault.kind == "cut_before":
                raise _Cut
            if fault.kind == "slow":
                time.sleep(fault.seconds)
            if fault.kind == "busy":
                self._json(
                    429, {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many"}}
                )
                return
            if fault.kind == "refused":  # a definite no, with a word that is in no list
                self._json(400, {"error": {"type": "invalid_request_error", "code": "not_this_one", "message": "No"}})
                return
            if fault.kind == "error_unsaved":
                self._json(500, {"error": {"type": "api_error", "message": "Something went wrong"}})
                return
        if path.startswith("/v2/") and raw:
            params: Body = json.loads(raw)
        else:
            params = nest(parse_qsl((raw.decode() if method == "POST" else query), keep_blank_values=True))
        status, body, replayed, events = self._keyed(method, path, params, raw, fault)
        self.owner.send_events(events)
        if fault is not None and fault.kind == "cut_after":
            raise _Cut
        self._json(status, body, **({"Idempotent_Replayed": "true"} if replayed else {}))

    def _keyed(
        self, method: str, path: str, params: Body, raw: bytes, fault: Planned | None
    ) -> tuple[int, Body, bool, list[tuple[str, Body]]]:
        """Do it once for its idempotency key: replay what was stored, refuse the same key with other parameters."""
        key = self.headers.get("Idempotency-Key", "") if method == "POST" else ""
        request = hashlib.sha256(f"{method} {path} ".encode() + raw).hexdigest()
        with self.owner.book.work() as book:
            stored = book.answer(key) if key else None
            if stored is not None:
                if stored[0] != request:
                    message = "Keys for idempotent requests can only be used with the same parameters."
                    return 400, {"error": {"type": "idempotency_error", "message": message}}, False, []
                return stored[1], stored[2], True, []
        stripe = self.owner.stripe()
        try:
            with self.owner.book.work() as book:
                if key and (stored := book.answer(key)) is not None:
                    return stored[1], stored[2], True, []
                body = _route(stripe, method, path, params)
                status = 200
                if fault is not None and fault.kind == "error_saved":
                    status, body = 500, {"error": {"type": "api_error", "message": "Something went wrong"}}
                if key:
                    book.keep_answer(key, request, status, body)
        except Problem as problem:
            if key and problem.saved:
                with self.owner.book.work() as book:
                    book.keep_answer(key, request, problem.status, problem.body)
            return problem.status, problem.body, False, []
        return status, body, False, stripe.outgoing

    # --- hosted pages -----------------------------------------------------------------------------------------------

    def _page(self, method: str, path: str) -> None:
        _, kind, token = path.split("/", 2)
        stripe = self.owner.stripe()
        session: Body | None = None
        label = target = ""
        with self.owner.book.work() as book:
            if kind == "pay":
                session = book.get("session", token)
                if session is None or session["status"] != "open":
                    self._html(pages.closed_page(), 410)
                    return
                label = (book.get("session_extra", f"extra_{token}") or {}).get("label", "")
                if method == "POST":
                    stripe.pay(token)
                    target = str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", token)
            else:
                link = book.get("link", token)
                if link is None or link["spent"] or link["until"] < now():
                    self._html(pages.closed_page(), 410)
                    return
                if method == "POST":
                    book.put("link", link | {"spent": True})
                    stripe.set_capability(link["account"], "active")
                    target = link["use"].get("return_url") or link["use"]["refresh_url"]
        if method == "POST":
            self.owner.send_events(stripe.outgoing)
            self._redirect(target)
        elif session is not None:
            self._html(pages.pay_page(label, session["amount_total"], session["cancel_url"] or "#"))
        else:
            self._html(pages.onboard_page())

    # --- for tests --------------------------------------------------------------------------------------------------

    def _test(self, method: str, path: str, raw: bytes) -> None:
        body = json.loads(raw) if raw else {}
        stripe = self.owner.stripe()
        if path == "/_test/book":
            self._json(200, self.owner.snapshot())
            return
        if path == "/_test/faults" and method == "POST":
            self.owner.faults.plan(*(Planned(**fault) for fault in body["faults"]))
            self._json(200, {"planned": [asdict(Planned(**fault)) for fault in body["faults"]]})
            return
        try:
            with self.owner.book.work() as book:
                if path == "/_test/topup":
                    answer: Body = stripe.top_up(int(body["amount"]))
                elif path == "/_test/capability":
                    answer = stripe.set_capability(body["account"], body["status"])
                elif path == "/_test/expire":
                    answer = stripe.expire(body["session"])
                elif path == "/_test/forget_keys":
                    book.forget_answers()
                    answer = {}
                else:
                    raise missing("route")
        except Problem as problem:
            self._json(problem.status, problem.body)
            return
        self.owner.send_events(stripe.outgoing)
        self._json(200, answer)


def _one(stripe: Stripe, kind: str, object_id: str, params: Body) -> Body:
    found = stripe.book.get(kind, object_id)
    if found is None:
        raise missing(kind.replace("_", " "))
    return stripe.expand(found, params.get("expand"))


def _route(stripe: Stripe, method: str, path: str, params: Body) -> Body:
    """Which doing a request asks for."""
    match method, path.strip("/").split("/"):
        case "POST", ["v1", "transfers"]:
            return stripe.create_transfer(params)
        case "GET", ["v1", "transfers"]:
            group = params.get("transfer_group")
            rows = [t for t in stripe.book.all("transfer") if group is None or t["transfer_group"] == group]
            return listing("/v1/transfers", since(rows, params), params)
        case "GET", ["v1", "transfers", transfer]:
            return _one(stripe, "transfer", transfer, params)
        case "POST", ["v1", "transfers", transfer, "reversals"]:
            return stripe.reverse(transfer, params)
        case "POST", ["v1", "checkout", "sessions"]:
            return stripe.create_session(params)
        case "GET", ["v1", "checkout", "sessions", session]:
            return _one(stripe, "session", session, params)
        case "GET", ["v1", "payment_intents", intent]:
            return _one(stripe, "payment_intent", intent, params)
        case "GET", ["v1", "balance"]:
            return stripe.balance()
        case "GET", ["v1", "balance_transactions"]:
            rows = since(stripe.book.all("balance_transaction"), params)
            return listing("/v1/balance_transactions", rows, params)
        case "GET", ["v1", "events"]:
            return listing("/v1/events", since(stripe.book.all("event"), params), params)
        case "POST", ["v2", "core", "accounts"]:
            return stripe.create_account(params)
        case "GET", ["v2", "core", "accounts", account]:
            return _one(stripe, "account", account, {})
        case "POST", ["v2", "core", "accounts", account]:
            return stripe.update_account(account, params)
        case "POST", ["v2", "core", "account_links"]:
            return stripe.create_link(params)
    raise Problem(404, "url_invalid", "Unrecognized request URL")
