"""What the payee room gives out. Details leave it only through `details.open_for`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Route(StrEnum):
    """How somebody wants to be paid."""

    STRIPE = "stripe"
    BANK = "bank"
    MANUAL = "manual"  # cash on the day or a voucher, against a receipt
    DONATE = "donate"
    DECLINE = "decline"


MOVES_MONEY = frozenset({Route.STRIPE, Route.BANK})


class Purpose(StrEnum):
    """Why details are opened; written into the access record that the person can read."""

    PAY = "pay"
    SELF_BILL = "self_bill"
    CALL_BACK = "call_back"
    OWN = "own"
    ONBOARD = "onboard"


class CallBack(StrEnum):
    """How finance made sure that the person, and not somebody else, gave the new destination."""

    KNOWN_NUMBER = "known_number"
    IN_PERSON = "in_person"
    VIDEO = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDetails:
    account_holder: str
    sort_code: str  # six digits
    account_number: str  # eight digits

    def __repr__(self) -> str:
        return "BankDetails(withheld)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Opened finance identity. Never stored, logged or put into a page object; its repr says nothing."""

    payee_ref: UUID
    legal_name: str = field(repr=False)
    account_holder: str = field(repr=False)
    sort_code: str = field(repr=False)
    account_number: str = field(repr=False)
    stripe_account: str = field(repr=False)

    @property
    def last4(self) -> str:
        return self.account_number[-4:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether money may follow this payee's destination now, without opening it."""

    payee_ref: UUID
    owner_user_id: UUID | None
    route: Route | None
    fingerprint: str
    version: int  # how often the destination was set
    changed_at: datetime | None
    held_until: datetime | None
    called_back_at: datetime | None
    stripe_ready: bool
    has_stripe_account: bool
    has_name: bool
    names_agree: bool | None = None  # the name on the account is like the name for payments; None without an account
    numbers_fit: bool | None = None  # sort code and account number fit by modulus; None where it cannot be told

    @property
    def needs_call_back(self) -> bool:
        """A new or changed destination is confirmed by a call before the first payment to it (C32)."""
        return self.route in MOVES_MONEY and self.called_back_at is None

    def blocked_by(self, at: datetime) -> str:
        """Why a payout cannot go now, as a code; empty when it can."""
        if self.route is None:
            return "no_choice"
        if self.route is Route.STRIPE and not (self.has_stripe_account and self.stripe_ready):
            return "stripe_not_ready"
        if self.needs_call_back:
            return "call_back"
        if self.held_until is not None and at < self.held_until:
            return "resting"
        return ""


def payee_code(payee_ref: UUID) -> str:
    """A short form of the opaque reference, for people to say to each other. It finds nobody outside these pages."""
    return f"P-{payee_ref.hex[:6].upper()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """What finance sees of a payee for one stated reason: never the whole account number, never kept."""

    legal_name: str = field(repr=False)
    account_holder: str = field(repr=False)
    last4: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a payee's history: "destination" or "call_back"."""

    at: datetime  # UTC
    actor_ref: str
    what: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackNote:
    """A call-back as finance records it. `number_held_since` is when the number used was first on file."""

    how: CallBack
    number_held_since: date | None
