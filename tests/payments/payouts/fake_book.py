"""A provider in memory with a book of its own, for runs of thousands where HTTP would only cost time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from payments.gateways.data import Accepted, BookLine, Endpoint, Hint, Outcome, TransferOrder, TransferSeen
from payments.money import Pence


@dataclass
class FakeBook:
    made: dict[str, TransferSeen] = field(default_factory=dict)  # by group
    orders: list[TransferOrder] = field(default_factory=list)
    events: list[Hint] = field(default_factory=list)
    by_key: dict[str, str] = field(default_factory=dict)
    watch: Callable[[TransferOrder], None] = lambda order: None
    ready: bool = True
    prefix: str = "tr"
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)  # a batch calls from several threads

    def _event(self, kind: str, ref: str) -> Hint:
        hint = Hint(
            endpoint=Endpoint.PLATFORM, event_id=f"evt_{len(self.events)}", type=kind, object_ref=ref, live=False
        )
        self.events.append(hint)
        return hint

    def send(self, order: TransferOrder) -> Outcome:
        with self.one_at_a_time:
            return self._send(order)

    def _send(self, order: TransferOrder) -> Outcome:
        if order.key in self.by_key:
            return Accepted(self.by_key[order.key])
        self.watch(order)
        self.orders.append(order)
        ref = f"{self.prefix}_{len(self.orders)}"
        self.by_key[order.key] = ref
        self.made[order.group] = TransferSeen(
            id=ref, group=order.group, amount=order.amount, currency="gbp", reversed_amount=Pence(0),
            reversal_ref="", live=False,
        )  # fmt: skip
        self._event("transfer.created", ref)
        return Accepted(ref)

    def reverse(self, group: str) -> None:
        seen = self.made[group]
        self.made[group] = replace(seen, reversed_amount=seen.amount, reversal_ref=f"trr_{seen.id}")
        self._event("transfer.reversed", seen.id)

    def update(self, group: str) -> None:
        self._event("transfer.updated", self.made[group].id)

    def find_by_group(self, group: str) -> Sequence[TransferSeen]:
        return [self.made[group]] if group in self.made else []

    def look_at_transfer(self, transfer: str) -> TransferSeen | None:
        return next((seen for seen in self.made.values() if seen.id == transfer), None)

    def transfers(self, *, since: datetime) -> Sequence[TransferSeen]:
        return list(self.made.values())

    def recent_events(self, *, since: datetime) -> Sequence[Hint]:
        return list(self.events)

    def payee_ready(self, *, account: str) -> bool:
        return self.ready

    def ensure_payee(self, *, payee_ref: object) -> str:
        return f"acct_{payee_ref}"

    def onboarding_link(self, *, account: str, refresh_url: str, return_url: str) -> str:
        return "http://127.0.0.1/onboard"

    def book(self, *, since: datetime) -> Sequence[BookLine]:
        return []
