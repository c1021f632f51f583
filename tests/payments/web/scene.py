"""A scene for the finance pages: two finance people who can sign in, and money in every state that a page can show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.test import Client

from backend.accounts import usecases as accounts
from backend.kernel import clock
from backend.kernel.actor import Actor, ActorKind, Role
from payments import public
from payments.books.queries import differences_visible_to, lines_visible_to
from payments.books.usecases import importing, matching, reconciling
from payments.invoicing import usecases as invoicing
from payments.invoicing import write_offs
from payments.ledger import usecases as ledger
from payments.money import Pence
from payments.payouts.queries import bank_file_visible_to, payout_visible_to
from payments.payouts.usecases import bank, destinations, runs
from tests.payments.cast import IN_PERSON

MACHINE = Actor.system("test")


def user(role: Role, name: str, at: datetime) -> UUID:
    user_id = accounts.ensure_user(email=f"{name.lower()}-{uuid4().hex[:8]}@example.org", known_as=name, at=at)
    accounts.grant_role(user_id=user_id, role=role, actor=MACHINE, at=at)
    return user_id


def client_of(user_id: UUID) -> Client:
    """Signed in by a demo link, in a session of its own."""
    client = Client()
    token = accounts.make_demo_link(user_id=user_id, at=clock.now())
    assert client.get(f"/demo/sign-in/{token}/").status_code == 303
    return client


def prove(client: Client, user_id: UUID) -> None:
    """A fresh step-up for this session, by the use case that the confirm page calls."""
    from backend.accounts.models import UserSession

    session = UserSession.objects.filter(user_id=user_id).order_by("-created_at").first()
    assert session is not None
    actor = Actor(kind=ActorKind.USER, user_id=user_id)
    accounts.step_up(actor=actor, session_id=session.id, at=clock.now())


def actor_for(user_id: UUID, role: Role, at: datetime) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        user_id=user_id,
        roles=frozenset({role}),
        session_ref=f"scene-{user_id}",
        stepped_up_at=at,
    )


@dataclass(frozen=True)
class Payee:
    ref: UUID
    owner: UUID
    user_id: UUID

    def actor(self, at: datetime) -> Actor:
        return Actor(
            kind=ActorKind.USER,
            user_id=self.user_id,
            roles=frozenset({Role.SPOKESPERSON}),
            person_id=self.owner,
            session_ref="scene-person",
            stepped_up_at=at,
        )


def payee(at: datetime, route: public.Route | None = None, number: str = "12345678") -> Payee:
    made = Payee(uuid4(), uuid4(), uuid4())
    public.register_payee(payee_ref=made.ref, owner_user_id=made.user_id, at=at)
    if route is not None:
        details = public.BankDetails(account_holder="A Marker-Holder", sort_code="12-34-56", account_number=number)
        public.set_payment_choice(
            payee_ref=made.ref,
            owner=made.owner,
            route=route,
            legal_name="Marker-Name Example",
            bank=details if route is public.Route.BANK else None,
            actor=made.actor(at),
            at=at,
        )
    return made


def customer(name: str, at: datetime) -> UUID:
    ref = uuid4()
    public.register_customer(
        customer_ref=ref,
        billing=public.Billing(name=name, address_lines=("1 Example Street", "Exampleton"), email="a@example.org"),
        actor=MACHINE,
        at=at,
    )
    return ref


class Scene:
    """Everything below happens in the days before now, as it would: nothing is written past the use cases."""

    def __init__(self) -> None:
        now = clock.now()
        self.now, self._number = now, 0
        self.preparer, self.approver = user(Role.FINANCE_PREPARER, "Sam", now), user(Role.FINANCE_APPROVER, "Kit", now)
        self.bookkeeper, self.trustee = user(Role.BOOKKEEPER, "Noor", now), user(Role.TRUSTEE, "Ira", now)
        long_ago = now - timedelta(days=40)
        self.customer = customer("The Daily Example", long_ago)
        self.other_customer = customer("An Example Committee", long_ago)
        self.settled = payee(long_ago, public.Route.BANK)
        destinations.record_call_back(
            payee_ref=self.settled.ref,
            note=IN_PERSON,
            actor=actor_for(self.preparer, Role.FINANCE_PREPARER, long_ago),
            at=long_ago,
        )
        self.fresh = payee(now - timedelta(hours=5), public.Route.BANK, "87654321")
        self.silent = payee(long_ago)
        self.by_hand = payee(long_ago, public.Route.MANUAL)
        self.gives = payee(long_ago, public.Route.DONATE)
        self.late_invoice = self.invoice_of(self.owe(self.settled, 18000, days_ago=38))
        self.first_run = self.run(days_ago=35)
        self.first_file = self.bank_file(days_ago=34, paid=True)
        self.refused = self.owe(self.settled, 15000, days_ago=20)
        self.open_one = self.owe(self.settled, 21000, days_ago=20, customer_ref=self.other_customer)
        self.handed = self.owe(self.by_hand, 16000, days_ago=20, customer_ref=None)
        self.owe(self.gives, 12000, days_ago=20, customer_ref=self.other_customer)
        self.second_run = self.run(days_ago=10)
        self.second_file = self.bank_file(days_ago=9, paid=False)
        bank.mark_bank_refused(
            file_id=self.second_file,
            payout_id=self.refused.payout_id,
            actor=actor_for(self.preparer, Role.FINANCE_PREPARER, now),
            at=now - timedelta(days=8),
        )
        self.above = self.owe(self.settled, 250_000, days_ago=4, customer_ref=None)
        self.above_run = self.run(days_ago=4)
        self.waiting = self.owe(self.settled, 17500, days_ago=3)
        self.third_run = self.run(days_ago=0, approve=False)
        self.due = self.owe(self.settled, 15050, days_ago=2)
        self.new_details = self.owe(self.fresh, 30000, days_ago=1)
        self.owe(self.silent, 15000, days_ago=1)
        self.claim = self.expense(self.settled, 4250, "Train, return")
        self.second_claim = self.expense(self.fresh, 1200, "Lunch")
        self.part_paid = self.invoice_of(self.owe(self.settled, 20000, days_ago=4, customer_ref=self.other_customer))
        invoicing.record_bank_payment(
            invoice_id=self.part_paid,
            amount=Pence(5000),
            received_on=now.date(),
            statement_ref="PART",
            actor=actor_for(self.preparer, Role.FINANCE_PREPARER, now),
            at=now,
        )

        self._books(now)

    def _books(self, now: datetime) -> None:
        """A statement half explained, a difference, a month closed and asked for, a write-off asked for, a refund."""
        keeper = actor_for(self.bookkeeper, Role.BOOKKEEPER, now)
        day = (now - timedelta(days=6)).strftime("%d/%m/%Y")
        rows = [
            "Date,Description,Amount,Balance",
            f"{day},FEES,-7.50,992.50",
            f"{day},SOMEBODY,12.00,1004.50",
            f"{day},PAID TWICE,180.00,1184.50",
        ]
        made = importing.import_statement(content="\n".join(rows).encode(), profile="signed", actor=keeper, at=now)
        self.statement = made.statement_id
        first, self.line, paid = (
            line.line_id for line in lines_visible_to(keeper, made.statement_id, waiting=False)[0]
        )
        matching.confirm(line_id=first, choice="as:charge", note="", actor=keeper, at=now)
        preparer = actor_for(self.preparer, Role.FINANCE_PREPARER, now)
        self.overpaid = self.invoice_of(self.owe(self.settled, 9000, days_ago=60))  # and 180 pounds come in
        matching.confirm(line_id=paid, choice=f"invoice:{self.overpaid}", note="", actor=keeper, at=now)
        self.very_late = self.invoice_of(self.owe(self.settled, 16500, days_ago=60))
        self.write_off = write_offs.ask(
            invoice_id=self.part_paid, reason="The organisation has closed", actor=preparer, at=now
        )
        reconciling._keep([*reconciling.compare_bank()], now)
        self.difference = differences_visible_to(keeper)[0].difference_id
        month = (now.replace(day=1) - timedelta(days=45)).date().replace(day=1)
        self.month, self.open_month = f"{month:%Y-%m}", f"{now.replace(day=1) - timedelta(days=2):%Y-%m}"
        ledger.close_month(month=month, actor=preparer, at=now)

    def more_books(self, count: int) -> None:
        """So many more of everything that the pages of the books list."""
        keeper = actor_for(self.bookkeeper, Role.BOOKKEEPER, self.now)
        day = (self.now - timedelta(days=5)).strftime("%d/%m/%Y")
        rows = ["Date,Description,Amount,Balance"]
        rows += [f"{day},MORE {count} {n},{n}.00,{1184 + n * (n + 1) // 2}.50" for n in range(1, count + 1)]
        importing.import_statement(content="\n".join(rows).encode(), profile="signed", actor=keeper, at=self.now)
        for _ in range(count):
            self.owe(self.settled, 16500, days_ago=45)
        reconciling._keep([*reconciling.compare_bank()], self.now)
        for difference in differences_visible_to(keeper):
            reconciling.write_note(difference_id=difference.difference_id, text="n", actor=keeper, at=self.now)

    def owe(
        self, to: Payee, amount: int, *, days_ago: int = 0, customer_ref: UUID | str | None = "usual"
    ) -> public.Owed:
        self._number += 1
        at = self.now - timedelta(days=days_ago)
        return public.fee_owed(
            key=f"fee:scene:{self._number}",
            payee_ref=to.ref,
            customer_ref=self.customer if isinstance(customer_ref, str) else customer_ref,
            reference=f"BK-SCENE{self._number:02d}",
            amount=Pence(amount),
            pay_by=(at + timedelta(days=10)).date(),
            description_code="fee",
            actor=MACHINE,
            at=at,
        )

    @staticmethod
    def invoice_of(owed: public.Owed) -> UUID:
        assert owed.invoice_id is not None
        return owed.invoice_id

    def run(self, *, days_ago: int, approve: bool = True) -> UUID:
        at = self.now - timedelta(days=days_ago)
        run_id = runs.prepare_run(payout_ids=None, actor=actor_for(self.preparer, Role.FINANCE_PREPARER, at), at=at)
        if approve:
            from payments.payouts.queries import run_visible_to

            approver = actor_for(self.approver, Role.FINANCE_APPROVER, at)
            runs.approve_run(run_id=run_id, digest=run_visible_to(approver, run_id).digest, actor=approver, at=at)
        return run_id

    def bank_file(self, *, days_ago: int, paid: bool) -> UUID:
        at = self.now - timedelta(days=days_ago)
        actor = actor_for(self.preparer, Role.FINANCE_PREPARER, at)
        file_id = bank.make_bank_file(actor=actor, at=at)
        approver = actor_for(self.approver, Role.FINANCE_APPROVER, at)
        digest = bank_file_visible_to(approver, file_id).file.sha256
        bank.release_bank_file(file_id=file_id, sha256=digest, actor=approver, at=at)
        if paid:
            bank.mark_bank_file_paid(file_id=file_id, payout_ids=None, paid_on=at.date(), actor=actor, at=at)
        return file_id

    def expense(self, of: Payee, amount: int, what_for: str) -> UUID:
        self._number += 1
        return public.claim_expense(
            key=f"claim:scene:{self._number}",
            payee_ref=of.ref,
            reference=f"BK-SCENE{self._number:02d}",
            kind=public.ExpenseKind.REIMBURSED,
            amount=Pence(amount),
            what_for=what_for,
            pay_by=(self.now + timedelta(days=5)).date(),
            actor=of.actor(self.now),
            at=self.now,
        )

    def state_of(self, payout_id: UUID) -> str:
        return payout_visible_to(
            actor_for(self.preparer, Role.FINANCE_PREPARER, self.now), payout_id, at=self.now
        ).payout.state

    @property
    def pages(self) -> list[str]:
        """Every page that can be read, by its path."""
        return [
            "/money/",
            "/money/proved/",
            *(f"/money/payments/?show={show}" for show in ("owed", "moving", "trouble", "paid")),
            *(
                f"/money/payments/{i}/"
                for i in (
                    self.refused.payout_id,
                    self.open_one.payout_id,
                    self.handed.payout_id,
                    self.waiting.payout_id,
                    self.above.payout_id,
                    self.due.payout_id,
                    self.new_details.payout_id,
                )
            ),
            "/money/payments/above-a-limit/",
            "/money/runs/",
            f"/money/runs/{self.first_run}/",
            f"/money/runs/{self.third_run}/",
            "/money/files/",
            f"/money/files/{self.first_file}/",
            f"/money/files/{self.second_file}/",
            *(f"/money/invoices/?show={show}" for show in ("open", "late", "paid", "all")),
            f"/money/invoices/{self.late_invoice}/",
            f"/money/invoices/{self.part_paid}/",
            f"/money/invoices/{self.part_paid}/page/",
            *(f"/money/payees/?show={show}" for show in ("all", "call", "waiting")),
            f"/money/payees/{self.settled.ref}/",
            f"/money/payees/{self.fresh.ref}/",
            f"/money/payees/{self.by_hand.ref}/",
            "/money/expenses/",
            f"/money/expenses/{self.claim}/",
            "/money/books/",
            "/money/books/?on=2026-01-01",
            "/money/books/?on=not-a-day",
            *self.books_pages,
            *self.workers_pages,
            "/money/write-offs/",
        ]

    @property
    def books_pages(self) -> list[str]:
        """What trustees read too."""
        return [
            "/money/figures/",
            "/money/books/check/",
            "/money/books/check/?show=gone",
            f"/money/books/check/{self.difference}/",
            "/money/books/months/",
            "/money/books/vat/",
            "/money/books/vat/?since=2026-01-01&until=2025-01-01",
        ]

    @property
    def workers_pages(self) -> list[str]:
        """What the bookkeeper reads and trustees do not: the bank's own words may name somebody."""
        return [
            "/money/books/statements/",
            f"/money/books/statements/{self.statement}/",
            f"/money/books/statements/{self.statement}/?show=all",
            f"/money/books/lines/{self.line}/",
            "/money/books/export/",
        ]

    @property
    def bookkeepers_forms(self) -> list[str]:
        return [f"/money/books/check/{self.difference}/explain/", "/money/books/statements/import/"]

    @property
    def forms(self) -> list[str]:
        """Every form that asks for a fresh proof before it is shown (besides the preparer's own)."""
        return [
            f"/money/payments/{self.handed.payout_id}/handed-over/",
            "/money/files/make/",
            f"/money/files/{self.second_file}/paid/",
            f"/money/files/{self.second_file}/refused/",
            f"/money/invoices/{self.part_paid}/payment/",
            f"/money/invoices/{self.part_paid}/credit/",
            f"/money/payees/{self.fresh.ref}/confirm/",
            "/money/books/top-up/",
            f"/money/invoices/{self.part_paid}/write-off/",
            f"/money/invoices/{self.very_late}/late/",
            f"/money/invoices/{self.overpaid}/refund/",
            f"/money/books/months/{self.month}/ask/",
        ]
