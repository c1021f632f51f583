"""A fixed cast: two finance people, a third who only prepares, a person who is paid, and a customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from backend.kernel.actor import Actor, ActorKind, Role
from payments import public
from payments.money import Pence
from payments.payees.data import CallBack, CallBackNote

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def staff(*roles: Role, at: datetime = START, session: str = "") -> Actor:
    user = uuid4()
    return Actor(
        kind=ActorKind.USER,
        user_id=user,
        roles=frozenset(roles),
        session_ref=session or f"session-{user}",
        stepped_up_at=at,
    )


def later(actor: Actor, at: datetime) -> Actor:
    """The same actor after a fresh step-up."""
    return replace(actor, stepped_up_at=at)


@dataclass
class Cast:
    preparer: Actor
    approver: Actor
    person: Actor
    payee_ref: UUID
    customer_ref: UUID

    @property
    def owner(self) -> UUID:
        assert self.person.person_id is not None
        return self.person.person_id


def make_cast(at: datetime = START) -> Cast:
    person = Actor(
        kind=ActorKind.USER,
        user_id=uuid4(),
        roles=frozenset({Role.SPOKESPERSON}),
        person_id=uuid4(),
        session_ref="session-person",
        stepped_up_at=at,
    )
    cast = Cast(
        preparer=staff(Role.FINANCE_PREPARER, at=at),
        approver=staff(Role.FINANCE_APPROVER, at=at),
        person=person,
        payee_ref=uuid4(),
        customer_ref=uuid4(),
    )
    public.register_payee(payee_ref=cast.payee_ref, owner_user_id=person.user_id, at=at)
    public.register_customer(
        customer_ref=cast.customer_ref,
        billing=public.Billing(
            name="The Daily Example", address_lines=("1 Example Street", "Exampleton"), email="accounts@example.org"
        ),
        actor=Actor.system("test"),
        at=at,
    )
    return cast


def owe(
    cast: Cast, number: int = 1, amount: int = 15000, at: datetime = START, pay_by: date | None = None
) -> public.Owed:
    return public.fee_owed(
        key=f"fee:{number}",
        payee_ref=cast.payee_ref,
        customer_ref=cast.customer_ref,
        reference=f"BK-TEST{number:03d}",
        amount=Pence(amount),
        pay_by=pay_by or (at + timedelta(days=7)).date(),
        description_code="fee",
        actor=Actor.system("test"),
        at=at,
    )


BANK = public.BankDetails(account_holder="A Example", sort_code="12-34-56", account_number="12345678")


def choose_bank(cast: Cast, at: datetime = START, bank: public.BankDetails = BANK) -> None:
    public.set_payment_choice(
        payee_ref=cast.payee_ref,
        owner=cast.owner,
        route=public.Route.BANK,
        legal_name="Alex Example",
        bank=bank,
        actor=later(cast.person, at),
        at=at,
    )


def choose_other(cast: Cast, route: public.Route, at: datetime = START) -> None:
    public.set_payment_choice(
        payee_ref=cast.payee_ref,
        owner=cast.owner,
        route=route,
        legal_name="Alex Example",
        bank=None,
        actor=later(cast.person, at),
        at=at,
    )


IN_PERSON = CallBackNote(how=CallBack.IN_PERSON, number_held_since=None)
