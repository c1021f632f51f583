"""What Stripe would do and answer: API 2026-10-28, only what we use. Shapes are checked against the SDK's own types."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from payments.gateways.standin.book import Body, Book

API_VERSION = "2026-10-28.endive"


class Problem(Exception):
    """An error answer. `saved`: it comes after validation, so Stripe keeps it for the idempotency key."""

    def __init__(
        self, status: int, code: str, message: str, *, kind: str = "invalid_request_error", saved: bool = False
    ) -> None:
        super().__init__(code)
        self.status, self.saved = status, saved
        self.body: Body = {"error": {"type": kind, "code": code, "message": message}}


def missing(what: str) -> Problem:
    return Problem(404, "resource_missing", f"No such {what}")


def now() -> int:
    return int(time.time())


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def listing(url: str, rows: list[Body], params: Body) -> Body:
    """A page of a v1 list, with Stripe's cursors."""
    after, limit = params.get("starting_after"), min(int(params.get("limit", 10)), 100)
    if after:
        ids = [row["id"] for row in rows]
        rows = rows[ids.index(after) + 1 :] if after in ids else []
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": rows[:limit]}


def since(rows: list[Body], params: Body) -> list[Body]:
    created = params.get("created")
    if isinstance(created, dict):
        rows = [
            r for r in rows if r["created"] >= int(created.get("gte", 0)) and r["created"] > int(created.get("gt", -1))
        ]
    return rows


class Stripe:
    """The doings of one platform account. Every method runs inside `book.work()`."""

    def __init__(self, book: Book, base: str) -> None:
        self.book, self.base = book, base
        self.outgoing: list[tuple[str, Body]] = []  # (endpoint, event) to deliver once committed

    def event(self, endpoint: str, kind: str, body: Body) -> None:
        if endpoint == "thin":
            event: Body = {
                "id": self.book.new_id("evt"),
                "object": "v2.core.event",
                "type": kind,
                "created": iso(now()),
                "livemode": False,
                "context": None,
                "related_object": {
                    "id": body["id"],
                    "type": "v2.core.account",
                    "url": f"/v2/core/accounts/{body['id']}",
                },
            }
            self.book.put("thin_event", event)
        else:
            event = {
                "id": self.book.new_id("evt"),
                "object": "event",
                "api_version": API_VERSION,
                "created": now(),
                "data": {"object": body},
                "livemode": False,
                "pending_webhooks": 1,
                "request": {"id": None, "idempotency_key": None},
                "type": kind,
            }
            self.book.put("event", event)
        self.outgoing.append((endpoint, event))

    # --- balance ----------------------------------------------------------------------------------------------------

    def move(self, kind: str, source: str, amount: int, fee: int = 0) -> str:
        """One line of the book: what it did to the balance is `amount - fee`."""
        line: Body = {
            "id": self.book.new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": now(),
            "balance_type": "payments",
            "created": now(),
            "currency": "gbp",
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [
                {
                    "amount": fee,
                    "application": None,
                    "currency": "gbp",
                    "description": "Processing fees",
                    "type": "stripe_fee",
                }
            ]
            if fee
            else [],
            "net": amount - fee,
            "reporting_category": kind,
            "source": source,
            "status": "available",
            "type": kind,
        }
        self.book.put("balance_transaction", line)
        self.book.add("balance", amount - fee)
        return str(line["id"])

    def balance(self) -> Body:
        available = [
            {
                "amount": self.book.count("balance"),
                "currency": "gbp",
                "source_types": {"card": self.book.count("balance")},
            }
        ]
        pending = [{"amount": 0, "currency": "gbp", "source_types": {"card": 0}}]
        return {"object": "balance", "available": available, "livemode": False, "pending": pending}

    def top_up(self, amount: int, *, tell: bool = True) -> Body:
        body: Body = {"id": self.book.new_id("tu"), "amount": amount}
        self.book.put("topup", body)
        self.move("topup", body["id"], amount)
        if tell:
            self.event("platform", "topup.succeeded", body)
        return body

    # --- transfers --------------------------------------------------------------------------------------------------

    def create_transfer(self, params: Body) -> Body:
        try:
            amount, destination = int(params["amount"]), str(params["destination"])
            if params["currency"] != "gbp" or amount <= 0:
                raise ValueError
        except (KeyError, ValueError):
            raise Problem(400, "parameter_missing", "amount, currency and destination are needed") from None
        account = self.book.get("account", destination)
        if account is None:
            raise Problem(400, "resource_missing", "No such destination", saved=True)
        if capability(account)["status"] != "active":
            raise Problem(
                400, "insufficient_capabilities_for_transfer", "The destination cannot take transfers yet", saved=True
            )
        if self.book.count("balance") < amount:
            raise Problem(400, "balance_insufficient", "You have insufficient available funds", saved=True)
        transfer_id = self.book.new_id("tr")
        body: Body = {
            "id": transfer_id,
            "object": "transfer",
            "amount": amount,
            "amount_reversed": 0,
            "balance_transaction": self.move("transfer", transfer_id, -amount),
            "created": now(),
            "currency": "gbp",
            "description": params.get("description"),
            "destination": destination,
            "destination_payment": self.book.new_id("py"),
            "livemode": False,
            "metadata": params.get("metadata", {}),
            "reversals": {
                "object": "list",
                "data": [],
                "has_more": False,
                "url": f"/v1/transfers/{transfer_id}/reversals",
            },
            "reversed": False,
            "source_transaction": None,
            "source_type": "card",
            "transfer_group": params.get("transfer_group"),
        }
        self.book.put("transfer", body)
        self.event("platform", "transfer.created", body)
        return body

    def reverse(self, transfer_id: str, params: Body) -> Body:
        transfer = self.book.get("transfer", transfer_id)
        if transfer is None:
            raise missing("transfer")
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = int(params.get("amount", left))
        if not 0 < amount <= left:
            raise Problem(400, "amount_too_large", "There is not that much left to reverse")
        reversal_id = self.book.new_id("trr")
        body: Body = {
            "id": reversal_id,
            "object": "transfer_reversal",
            "amount": amount,
            "balance_transaction": self.move("transfer_refund", reversal_id, amount),
            "created": now(),
            "currency": "gbp",
            "destination_payment_refund": None,
            "metadata": params.get("metadata", {}),
            "source_refund": None,
            "transfer": transfer_id,
        }
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        transfer["reversals"]["data"].insert(0, body)
        self.book.put("transfer", transfer)
        self.event("platform", "transfer.reversed", transfer)
        return body

    # --- checkout ---------------------------------------------------------------------------------------------------

    def create_session(self, params: Body) -> Body:
        if "payment_method_types" in params:
            raise Problem(400, "parameter_unknown", "Received unknown parameter: payment_method_types")
        items = params.get("line_items", [])
        items = list(items.values()) if isinstance(items, dict) else items
        try:
            total = sum(int(i["quantity"]) * int(i["price_data"]["unit_amount"]) for i in items)
            if total <= 0 or params["mode"] != "payment":
                raise ValueError
        except (KeyError, ValueError, TypeError):
            raise Problem(400, "parameter_invalid_empty", "line_items with an amount are needed") from None
        session_id = self.book.new_id("cs_test")
        body: Body = {
            "id": session_id,
            "object": "checkout.session",
            "amount_subtotal": total,
            "amount_total": total,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "billing_address_collection": None,
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "created": now(),
            "currency": "gbp",
            "custom_fields": [],
            "custom_text": {
                "after_submit": None,
                "shipping_address": None,
                "submit": None,
                "terms_of_service_acceptance": None,
            },
            "customer": None,
            "customer_creation": "if_required",
            "expires_at": now() + 24 * 3600,
            "invoice": None,
            "livemode": False,
            "locale": None,
            "metadata": params.get("metadata", {}),
            "mode": "payment",
            "origin_context": None,
            "payment_intent": None,
            "payment_link": None,
            "payment_method_collection": "if_required",
            "payment_method_types": ["card"],
            "payment_status": "unpaid",
            "redirect_on_completion": "always",
            "setup_intent": None,
            "shipping_options": [],
            "status": "open",
            "submit_type": None,
            "subscription": None,
            "success_url": params.get("success_url"),
            "ui_mode": "hosted_page",
            "url": f"{self.base}/pay/{session_id}",
        }
        self.book.put("session", body)
        label = items[0]["price_data"]["product_data"]["name"]
        data = params.get("payment_intent_data", {})
        self.book.put("session_extra", {"id": f"extra_{session_id}", "label": label, "intent": data})
        return body

    def pay(self, session_id: str) -> Body:
        """The customer pays on the hosted page: a charge, its fee, and the signed event."""
        session = self.book.get("session", session_id)
        if session is None:
            raise missing("checkout session")
        if session["status"] != "open":
            return session
        extra = (self.book.get("session_extra", f"extra_{session_id}") or {}).get("intent", {})
        amount, metadata = session["amount_total"], extra.get("metadata", {})
        charge_id, intent_id = self.book.new_id("ch"), self.book.new_id("pi")
        fee = amount * 15 // 1000 + 20  # 1.5% and 20p, as UK cards cost
        group = extra.get("transfer_group")
        charge: Body = {
            "id": charge_id,
            "object": "charge",
            "amount": amount,
            "amount_captured": amount,
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "balance_transaction": self.move("charge", charge_id, amount, fee),
            "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
            "captured": True,
            "created": now(),
            "currency": "gbp",
            "customer": None,
            "disputed": False,
            "failure_balance_transaction": None,
            "livemode": False,
            "metadata": metadata,
            "on_behalf_of": None,
            "paid": True,
            "payment_intent": intent_id,
            "refunded": False,
            "review": None,
            "source": None,
            "source_transfer": None,
            "status": "succeeded",
            "transfer_group": group,
        }
        self.book.put("charge", charge)
        intent: Body = {
            "id": intent_id,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": amount,
            "application": None,
            "cancellation_reason": None,
            "capture_method": "automatic_async",
            "confirmation_method": "automatic",
            "created": now(),
            "currency": "gbp",
            "customer": None,
            "latest_charge": charge_id,
            "livemode": False,
            "metadata": metadata,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_types": ["card"],
            "payment_record": None,
            "review": None,
            "setup_future_usage": None,
            "source": None,
            "status": "succeeded",
            "transfer_group": group,
        }
        self.book.put("payment_intent", intent)
        session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent_id, "url": None}
        self.book.put("session", session)
        self.event("platform", "checkout.session.completed", session)
        return session

    def expire(self, session_id: str) -> Body:
        session = self.book.get("session", session_id)
        if session is None:
            raise missing("checkout session")
        if session["status"] == "open":
            session |= {"status": "expired", "url": None}
            self.book.put("session", session)
            self.event("platform", "checkout.session.expired", session)
        return session

    def expand(self, body: Body, paths: Any) -> Body:
        """Replace ids by the objects they name, along paths such as "payment_intent.latest_charge"."""
        names = list(paths.values()) if isinstance(paths, dict) else list(paths or [])
        for path in names:
            here = body
            for step in str(path).split("."):
                value = here.get(step)
                if isinstance(value, str):
                    found = self.book.get(step.removeprefix("latest_"), value)
                    if found is None:
                        break
                    here[step] = value = found
                if not isinstance(value, dict):
                    break
                here = value
        return body

    # --- payees (API v2) --------------------------------------------------------------------------------------------

    def create_account(self, params: Body) -> Body:
        wanted = params.get("configuration", {}).get("recipient", {}).get("capabilities", {})
        if not wanted.get("stripe_balance", {}).get("stripe_transfers", {}).get("requested"):
            raise Problem(400, "parameter_missing", "A recipient that asks for stripe_transfers is needed")
        body: Body = {
            "id": self.book.new_id("acct"),
            "object": "v2.core.account",
            "applied_configurations": ["recipient"],
            "closed": False,
            "configuration": {
                "recipient": {
                    "applied": True,
                    "capabilities": {
                        "stripe_balance": {
                            "stripe_transfers": {
                                "status": "restricted",
                                "status_details": [{"code": "requirements_past_due", "resolution": "provide_info"}],
                            }
                        }
                    },
                }
            },
            "contact_email": None,
            "created": iso(now()),
            "dashboard": params.get("dashboard"),
            "display_name": params.get("display_name"),
            "livemode": False,
            "metadata": params.get("metadata", {}),
        }
        return self.book.put("account", body)

    def update_account(self, account_id: str, params: Body) -> Body:
        account = self.book.get("account", account_id)
        if account is None:
            raise missing("account")
        account |= {k: v for k, v in params.items() if k in ("display_name", "contact_email", "metadata")}
        return self.book.put("account", account)

    def set_capability(self, account_id: str, status: str) -> Body:
        account = self.book.get("account", account_id)
        if account is None:
            raise missing("account")
        transfers = capability(account)
        transfers["status"] = status
        transfers["status_details"] = []
        self.book.put("account", account)
        self.event("thin", "v2.core.account[configuration.recipient].capability_status_updated", account)
        return account

    def create_link(self, params: Body) -> Body:
        account_id = str(params.get("account", ""))
        if self.book.get("account", account_id) is None:
            raise missing("account")
        use = params.get("use_case", {}).get("account_onboarding")
        if not isinstance(use, dict) or "refresh_url" not in use:
            raise Problem(400, "parameter_missing", "use_case.account_onboarding.refresh_url is needed")
        token = secrets.token_urlsafe(16)
        self.book.put("link", {"id": token, "account": account_id, "use": use, "spent": False, "until": now() + 300})
        return {
            "object": "v2.core.account_link",
            "account": account_id,
            "created": iso(now()),
            "expires_at": (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "livemode": False,
            "url": f"{self.base}/onboard/{token}",
            "use_case": params["use_case"],
        }


def capability(account: Body) -> Body:
    found: Body = account["configuration"]["recipient"]["capabilities"]["stripe_balance"]["stripe_transfers"]
    return found
