"""Money as the person sees it: what is owed, by when, who acts next; how they are paid; papers to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotAllowed, NotFound, StepUpNeeded, Unavailable
from backend.kernel.ids import keyed_digest, new_id
from backend.web.fields import MoneyField, OneOfField, TextField
from backend.web.forms import Form
from backend.web.parts import Cell
from backend.web.words import day, pounds
from network.people.queries import payee_ref_of
from network.web.person.bookings import my_booking
from network.web.person.kit import OfPerson, PersonAction, PersonForm, PersonRead, SurePage, to
from payments import public as payments
from payments.money import Pence

FINANCE = "Only the two people who look after payments, when they need it. Each look is written down for you to see."
ROUTES = (
    (payments.Route.BANK, "To a bank account", "Straight to the account you name."),
    (payments.Route.STRIPE, "Through Stripe", "A payment company. You give your details to them, not to us."),
    (payments.Route.MANUAL, "Another way", "Cash on the day or a voucher, against a receipt. We talk to you about it."),
    (payments.Route.DONATE, "Give it away", "Your fee goes to a cause we agree with you."),
    (payments.Route.DECLINE, "I do not want to be paid", "You can change your mind for what comes later."),
)
ROUTE_WORDS = {route: words for route, words, _ in ROUTES}


class WithPayee(OfPerson):
    """The person's own payee reference, looked up once."""

    @property
    def payee_ref(self) -> UUID:
        return payee_ref_of(self.person_id)

    @property
    def lines(self) -> tuple[payments.PayLine, ...]:
        ref = self.payee_ref
        return tuple(payments.money_for([ref]).get(ref, ()))

    @property
    def choice(self) -> payments.PaymentChoice:
        return payments.payment_choice(payee_ref=self.payee_ref, owner=self.person_id, actor=self.actor, at=self.at)


class Money(WithPayee, PersonRead):
    template_name = "network/person/money.html"
    title = "Money"

    def context(self) -> Mapping[str, object]:
        lines = self.lines
        owed = [line for line in lines if not line.is_paid and line.state not in ("settled", "cancelled")]
        owed.sort(key=lambda line: line.pay_by)
        first = owed[0] if owed else None
        choice = self.choice
        today = self.at.astimezone(LONDON).date()
        return {
            "owed": owed,
            "late": [line for line in owed if line.pay_by < today],
            "owed_words": f"{pounds(first.amount)} by {day(first.pay_by)}" if first else "",
            "total": sum(line.amount for line in owed),
            "rest": [line for line in lines if line not in owed],
            "choice": choice,
            "route": ROUTE_WORDS.get(choice.route) if choice.route else "",
            "agreement": payments.self_billing_agreement(self.payee_ref),
            "expenses": payments.expenses_for(self.payee_ref),
            "how_url": to("money-how"),
            "statement_url": to("statement"),
            "agree_url": to("self-billing"),
            "stripe_url": to("money-stripe"),
            "is_stripe": choice.route is payments.Route.STRIPE,
        }


class HowForm(Form):
    route = OneOfField(label="How would you like to be paid?", choices=ROUTES)
    legal_name = TextField(
        label="The name your bank or your records use", required=False, autocomplete="name", who_sees=FINANCE,
        help_text="Not needed if you give it away or do not want to be paid. Leave it empty to keep what we have.",
    )  # fmt: skip
    account_holder = TextField(label="Name on the account", required=False, autocomplete="off", who_sees=FINANCE)
    sort_code = TextField(
        label="Sort code", required=False, autocomplete="off", who_sees=FINANCE, help_text="6 digits, such as 12-34-56.",
        max_length=20,
    )  # fmt: skip
    account_number = TextField(
        label="Account number", required=False, autocomplete="off", who_sees=FINANCE, help_text="8 digits.",
        max_length=20,
    )  # fmt: skip
    sections = (
        ("Your choice", "You can change it at any time.", ("route",)),
        ("Your name", "", ("legal_name",)),
        ("Bank account", "Only if you chose a bank account.", ("account_holder", "sort_code", "account_number")),
    )


class HowPaid(WithPayee, PersonForm):
    """Where money goes. Asked for only after a fresh check that it is the person; new details rest before money moves."""

    form_class = HowForm
    template_name = "network/person/money_how.html"
    title = "How you are paid"
    done = "Saved. Nobody is paid by new details before they have rested and been checked with you."

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.actor.has_stepped_up(self.at):
            raise StepUpNeeded
        return super().get(request, *args, **kwargs)

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("money")
        choice = self.choice
        return {"route": choice.route or ""}

    def context(self) -> Mapping[str, object]:
        return {"choice": self.choice}

    def act(self, data: dict[str, Any]) -> str:
        route = payments.Route(data["route"])
        bank = None
        if route is payments.Route.BANK:
            bank = payments.BankDetails(
                account_holder=data["account_holder"],
                sort_code=data["sort_code"],
                account_number=data["account_number"],
            )
        try:
            payments.set_payment_choice(
                payee_ref=self.payee_ref,
                owner=self.person_id,
                route=route,
                legal_name=data["legal_name"],
                bank=bank,
                actor=self.actor,
                at=self.at,
            )
        except StepUpNeeded:
            # Sent to the check now, what was typed would be lost.
            raise NotAllowed(
                "It is more than five minutes since you proved that it is you. Nothing was saved yet.",
                next_step="Open the check in another tab (/confirm/), then come back here and save again.",
            ) from None
        return to("money-stripe") if route is payments.Route.STRIPE else to("money")


class Stripe(WithPayee, PersonRead):
    """Before leaving for Stripe: what happens there, and one button."""

    template_name = "network/person/money_stripe.html"
    title = "Your details with Stripe"

    def context(self) -> Mapping[str, object]:
        choice = self.choice
        if choice.route is not payments.Route.STRIPE:
            raise NotFound
        return {"choice": choice, "start_url": to("money-stripe-start"), "back_url": to("money")}


class StripeStart(WithPayee, PersonAction):
    """Makes the single-use address and shows it as a link: it is never stored, mailed or logged."""

    once = False
    template_name = "network/person/money_stripe_go.html"
    title = "You leave this site now"

    def act(self, data: Mapping[str, Any]) -> HttpResponseBase:
        link = payments.onboarding_link(
            payee_ref=self.payee_ref,
            owner=self.person_id,
            refresh_url=f"{settings.BASE_URL}{to('money-stripe')}",
            return_url=f"{settings.BASE_URL}{to('money-stripe-back')}",
            actor=self.actor,
            at=self.at,
        )
        return self.page(link=link, back_url=to("money-stripe"))

    def step_up_next(self) -> str:
        return to("money-stripe")


class StripeBack(WithPayee, PersonRead):
    """Back from Stripe: ask them afresh, and say how it stands."""

    template_name = "network/person/money_stripe.html"
    title = "Your details with Stripe"

    def context(self) -> Mapping[str, object]:
        try:
            choice = payments.check_onboarding(
                payee_ref=self.payee_ref, owner=self.person_id, actor=self.actor, at=self.at
            )
        except Unavailable:
            choice = self.choice
        return {"choice": choice, "start_url": to("money-stripe-start"), "back_url": to("money")}


class AgreeSelfBilling(WithPayee, SurePage):
    template_name = "network/person/self_billing.html"
    form_class = Form
    title = "Let us write your invoices"
    button = "I agree, for one year"
    stay = "Not now"
    done = "Agreed. Each invoice we write for you is on your money page."

    def initial(self) -> Mapping[str, Any]:
        self.back_url = self.cancel_url = to("money")
        return {}

    def context(self) -> Mapping[str, object]:
        return {"agreement": payments.self_billing_agreement(self.payee_ref)}

    def act(self, data: dict[str, Any]) -> str:
        payments.agree_self_billing(payee_ref=self.payee_ref, owner=self.person_id, actor=self.actor, at=self.at)
        return to("money")


class Statement(WithPayee, PersonRead):
    """All sums with their dates, to print or to show an adviser. It says nothing of what they were for."""

    template_name = "network/person/statement.html"
    title = "Statement"

    def context(self) -> Mapping[str, object]:
        rows = [
            (
                line.reference,
                line.description,
                Cell(pounds(line.amount), number=True),
                line.state_words,
                day(line.pay_by),
                day(line.paid_on) if line.paid_on else "–",
            )
            for line in self.lines
        ]
        return {
            "rows": rows,
            "made": self.at,
            "back_url": to("money"),
            "paid": sum(x.amount for x in self.lines if x.is_paid),
        }


class Invoice(WithPayee, PersonRead):
    """The invoice raised on the person's behalf for one sum."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        line = next((x for x in self.lines if x.payout_id == self.kwargs["id"]), None)
        if line is None:
            raise NotFound
        return HttpResponse(
            payments.statement_page(
                key=line.key, payee_ref=self.payee_ref, owner=self.person_id, actor=self.actor, at=self.at
            )
        )


class ExpenseForm(Form):
    kind = OneOfField(
        label="When do you need it?",
        choices=(
            (payments.ExpenseKind.ADVANCE, "Before", "We pay you before you travel."),
            (payments.ExpenseKind.DIRECT, "Please book it for me", "We book and pay; you pay nothing."),
            (payments.ExpenseKind.REIMBURSED, "I have paid already", "Keep the receipt; finance may ask for it."),
        ),
    )
    what_for = TextField(label="What is it for?", max_length=100, help_text="Such as “train, return” or “childcare”.")
    amount = MoneyField(label="How much?", minimum=1, maximum=500_000)
    who_sees = dict.fromkeys(("kind", "what_for", "amount"), "You and finance. Those who ask see nothing of it.")


class Expense(WithPayee, PersonForm):
    """Ask for an expense of one booking. Nobody should pay to be heard."""

    form_class = ExpenseForm
    title = "Ask for expenses"
    intro = "Travel, childcare, food, somebody who comes with you: you should not pay to take part."
    button = "Send to finance"
    done = "Sent. Finance looks at it next, and it then shows with the day you are paid by."

    def initial(self) -> Mapping[str, Any]:
        self.booking = my_booking(self)
        self.back_url = self.cancel_url = to("booking", self.kwargs["id"])
        self.eyebrow = self.booking.line.title
        return {}

    def act(self, data: dict[str, Any]) -> str:
        sent = self.request.POST.get("once", "") or str(new_id())
        payments.claim_expense(
            key=f"claim:{self.booking.line.booking_id}:{keyed_digest('claim', sent)[:32]}",
            payee_ref=self.payee_ref,
            reference=self.booking.line.reference,
            kind=payments.ExpenseKind(data["kind"]),
            amount=Pence(data["amount"]),
            what_for=data["what_for"],
            pay_by=payments.pay_by(self.at.astimezone(LONDON).date()),
            actor=self.actor,
            at=self.at,
        )
        return to("money")
