"""What payouts and invoicing say to a provider, and what they hear back. Opaque ids only: no name, cause or outlet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from payments.money import Pence


class Endpoint(StrEnum):
    """The three webhook endpoints, each with a secret of its own."""

    PLATFORM = "platform"
    CONNECT = "connect"
    THIN = "thin"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOrder:
    """One transfer to one connected account. `group` finds it again when the answer is lost."""

    key: str
    group: str
    amount: Pence
    account: str = field(repr=False)
    payout_id: UUID


@dataclass(frozen=True, slots=True)
class Accepted:
    external_ref: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A definite no: nothing moved. `wait` when it is not about this payee (no funds, no access) and will pass."""

    code: str
    wait: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """No telling whether money moved. `stored` when the provider may replay this very answer for the same key."""

    code: str
    stored: bool = False


Outcome = Accepted | Refused | Lost


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSeen:
    """A transfer as the provider's own book has it."""

    id: str
    group: str
    amount: Pence
    currency: str
    reversed_amount: Pence
    reversal_ref: str  # the first reversal's id, as the provider's book lists it
    live: bool
    destination: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutOrder:
    """One hosted payment page. `label` is what the payer reads: an invoice number, never a story."""

    key: str
    amount: Pence
    label: str
    invoice_id: UUID
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutSeen:
    """A hosted page and, once paid, what came in: `gross = net + fee`, in pence."""

    id: str
    url: str
    status: str  # open, complete, expired
    paid: bool
    gross: Pence
    fee: Pence
    net: Pence
    charge: str
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLine:
    """One line of the provider's book (a balance transaction)."""

    id: str
    type: str
    source: str
    amount: Pence  # gross, signed
    fee: Pence
    net: Pence  # what it did to our balance, signed
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a webhook tells us: that something about an object may have changed. Never believed, only followed up."""

    endpoint: Endpoint
    event_id: str
    type: str
    object_ref: str
    live: bool


class PayoutGateway(Protocol):
    """Moves money to people. Every method talks to the outside: call none of them inside a transaction."""

    def ensure_payee(self, *, payee_ref: UUID) -> str:
        """The provider's account for this payee, made on the first call. Raises Unavailable."""

    def onboarding_link(self, *, account: str, refresh_url: str, return_url: str) -> str:
        """A single-use hosted page. Raises Unavailable."""

    def payee_ready(self, *, account: str) -> bool:
        """Whether transfers would be taken now. Raises Unavailable."""

    def send(self, order: TransferOrder) -> Outcome:
        """Never raises for what the provider or the network does: the outcome says it."""

    def find_by_group(self, group: str) -> Sequence[TransferSeen]:
        """All transfers of a group in the provider's book. Raises Unavailable."""

    def look_at_transfer(self, transfer: str) -> TransferSeen | None:
        """One transfer as it stands in the provider's book; None when it has none of that id. Raises Unavailable."""

    def transfers(self, *, since: datetime) -> Sequence[TransferSeen]:
        """Every transfer in the provider's book since a moment (UTC). Raises Unavailable."""

    def book(self, *, since: datetime) -> Sequence[BookLine]:
        """Every line of the provider's book since a moment (UTC). Raises Unavailable."""


class CheckoutGateway(Protocol):
    """Takes card payments on a hosted page."""

    def open_checkout(self, order: CheckoutOrder) -> CheckoutSeen:
        """Raises Unavailable; the same key gives the same page again."""

    def look_at_checkout(self, session: str) -> CheckoutSeen:
        """Raises Unavailable."""
