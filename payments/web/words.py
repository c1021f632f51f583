"""How the states of money are written on finance's pages. The keys have a prefix: other areas use the same bare words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from backend.accounts.queries import known_as
from backend.kernel.actor import Actor
from backend.web.words import name_states
from payments.payees.data import Route

name_states(
    {
        "payout_due": ("Owed", "wait"),
        "payout_submitted": ("Waiting for approval", "wait"),
        "payout_approved": ("Approved", "info"),
        "payout_held": ("Waiting for a check", "wait"),
        "payout_sending": ("On its way out", "info"),
        "payout_unknown": ("Being checked", "wait"),
        "payout_parked": ("Waiting for funds", "bad"),
        "payout_sent": ("On its way", "info"),
        "payout_paid": ("Paid", "good"),
        "payout_failed": ("Did not go through", "bad"),
        "payout_reversed": ("Came back", "bad"),
        "payout_settled": ("Settled", "quiet"),
        "payout_cancelled": ("Cancelled", "quiet"),
        "run_gathered": ("Not put forward yet", "wait"),
        "run_submitted": ("Waiting for approval", "wait"),
        "run_approved": ("Approved", "good"),
        "run_cancelled": ("Given up", "quiet"),
        "invoice_issued": ("Waiting for payment", "wait"),
        "invoice_part_paid": ("Partly paid", "wait"),
        "invoice_paid": ("Paid", "good"),
        "invoice_credited": ("Credited", "quiet"),
        "invoice_late": ("Late", "bad"),
        "invoice_given_up": ("Written off", "quiet"),
        "write_off_asked": ("Waits for a second person", "wait"),
        "write_off_approved": ("Written off", "quiet"),
        "write_off_refused": ("Left as it is", "quiet"),
        "difference_open": ("To be explained", "bad"),
        "difference_explained": ("Explained", "info"),
        "difference_gone": ("Gone", "quiet"),
        "month_open": ("Open", "info"),
        "month_closed": ("Closed", "good"),
        "month_asked": ("Closed, asked to open", "wait"),
        "claim_submitted": ("Waiting for you", "wait"),
        "claim_approved": ("Approved", "good"),
        "claim_refused": ("Not approved", "quiet"),
        "line_open": ("Not on the statement yet", "wait"),
        "line_accepted": ("Paid", "good"),
        "line_refused": ("Not taken by the bank", "bad"),
        "file_waiting": ("Waiting for a second person", "wait"),
        "file_released": ("Released", "good"),
        "file_refused": ("Not released", "quiet"),
        "payee_ready": ("Can be paid", "good"),
        "payee_no_choice": ("Has not chosen yet", "wait"),
        "payee_stripe_not_ready": ("Details missing at Stripe", "wait"),
        "payee_call_back": ("Call first", "bad"),
        "payee_resting": ("New details resting", "wait"),
        "payee_asked_none": ("Wants no payment", "quiet"),
    }
)

ROUTES: Mapping[str, str] = {
    "": "Not chosen yet",
    Route.BANK: "Bank transfer",
    Route.STRIPE: "Stripe",
    Route.MANUAL: "By hand: cash or a voucher",
    Route.DONATE: "Gives it on",
    Route.DECLINE: "Wants no payment",
}
KINDS: Mapping[str, str] = {
    "advance": "Paid before travel",
    "direct": "Booked and paid by us",
    "reimbursed": "Given back against a receipt",
}
MACHINES: Mapping[str, str] = {
    "payouts": "Our system",
    "payees": "Our system",
    "checkout": "Our system, from a card payment",
    "payout_run": "Our system",
    "reconcile": "Our system",
    "import_statement": "Our system",
}


def short_day(value: date | None) -> str:
    """28 Nov 2026: for the cells of a table."""
    return f"{value.day} {value:%b} {value.year}" if value else ""


class Who:
    """Names of staff for the histories of one page, looked up in one statement. Others have none here."""

    def __init__(self, actor: Actor, *refs: str | UUID | None) -> None:
        self._me = actor.user_id
        wanted = {found for ref in refs if (found := self._user(ref)) is not None}
        self._names = known_as(wanted) if wanted else {}

    @staticmethod
    def _user(ref: str | UUID | None) -> UUID | None:
        if ref is None or isinstance(ref, UUID):
            return ref
        kind, _, rest = ref.partition(":")
        try:
            return UUID(rest) if kind == "user" else None
        except ValueError:
            return None

    def __call__(self, ref: str | UUID | None) -> str:
        """ "you", a working name, or what kind of actor it was."""
        user = self._user(ref)
        if user is not None:
            if user == self._me:
                return "you"
            return self._names.get(user) or "somebody else"
        kind, _, rest = str(ref or "").partition(":")
        if kind == "system":
            return MACHINES.get(rest, "our system")
        return "the person" if kind == "link" else "nobody yet" if not ref else "another system"
