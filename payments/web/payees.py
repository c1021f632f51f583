"""Those who are paid. Who they are stays sealed: a name is opened for a stated reason only, and the person can read that
it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponseBase

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from backend.web.fields import DateField, OneOfField
from backend.web.forms import Form
from backend.web.parts import Cell, Row, Step
from backend.web.words import when
from payments.payees.data import MOVES_MONEY, CallBack, CallBackNote, Route, Standing, payee_code
from payments.payees.queries import changes_visible_to, standing, standings_visible_to
from payments.payouts.queries import payouts_of
from payments.payouts.states import PayoutState
from payments.payouts.usecases import destinations
from payments.rates.queries import policy
from payments.web.kit import FinanceAction, FinanceForm, FinanceRead, to
from payments.web.payouts import HEADINGS, line_of
from payments.web.words import ROUTES, Who

SHOW = {"all": "All", "call": "To be called", "waiting": "Cannot be paid yet"}


def _state(s: Standing, at: datetime) -> str:
    if s.route in (Route.DONATE, Route.DECLINE):
        return "payee_asked_none"
    return f"payee_{s.blocked_by(at) or 'ready'}"


def _next(s: Standing, at: datetime) -> str:
    match s.blocked_by(at):
        case "no_choice":
            return "The person says how they want to be paid."
        case "stripe_not_ready":
            return "The person finishes their details at the payment provider."
        case "call_back":
            return "You confirm the new details with the person."
        case "resting":
            return f"Nobody: new details rest until {when(s.held_until)}."
        case _:
            return "Nobody: money can follow now." if s.route in MOVES_MONEY else "Nobody."


class Payees(FinanceRead):
    template_name = "payments/web/payees.html"
    title = "Payees"

    def context(self) -> Mapping[str, object]:
        show = self.request.GET.get("show", "all")
        if show not in SHOW:
            raise NotFound
        found = standings_visible_to(self.actor)
        if show == "call":
            found = [s for s in found if s.needs_call_back]
        elif show == "waiting":
            found = [s for s in found if s.blocked_by(self.at)]
        return {
            "tabs": [(words, f"{to('payees')}?show={key}", key == show) for key, words in SHOW.items()],
            "label": SHOW[show],
            "rows": [
                (
                    Cell(payee_code(s.payee_ref), url=to("payee", s.payee_ref)),
                    ROUTES[s.route or ""],
                    Cell(state=_state(s, self.at)),
                    _next(s, self.at),
                )
                for s in found
            ],
        }


class Payee(FinanceRead):
    template_name = "payments/web/payee.html"
    back_to = "payees"

    def context(self) -> Mapping[str, object]:
        s = standing(self.kwargs["ref"])
        payouts = payouts_of(self.actor, s.payee_ref, at=self.at)
        changes = changes_visible_to(self.actor, s.payee_ref)
        who = Who(self.actor, *(c.actor_ref for c in changes))
        own = s.owner_user_id == self.actor.user_id
        by_hand = s.route is Route.MANUAL and any(
            p.state == PayoutState.APPROVED and p.route == Route.MANUAL for p in payouts
        )
        hows = {"known_number": "on a number we have held", "in_person": "face to face", "video": "by video"}
        self.title = f"Payee {payee_code(s.payee_ref)}"
        return {
            "title": self.title,
            "state": _state(s, self.at),
            "next_words": _next(s, self.at),
            "rows": [
                Row("How they are paid", ROUTES[s.route or ""]),
                Row("Name", "Sealed" if s.has_name else "Not given yet"),
                *([Row("Details given", when(s.changed_at))] if s.changed_at else []),
                *(
                    [Row("New details rest until", when(s.held_until))]
                    if s.held_until and s.held_until > self.at
                    else []
                ),
                *([Row("Confirmed by a call", when(s.called_back_at))] if s.called_back_at else []),
            ],
            "own": own,
            "needs_call": s.needs_call_back and not own,
            "can_reveal": not own and (s.needs_call_back or by_hand),
            "reveal_url": to("payee-reveal", s.payee_ref),
            "call_url": to("payee-call", s.payee_ref),
            "steps": [
                Step(
                    "Payment details changed" if c.what == "destination" else "Details confirmed",
                    c.at,
                    f"By {'the person' if c.what == 'destination' else who(c.actor_ref)}"
                    + (f", {hows.get(c.how, c.how)}." if c.how else "."),
                    "done",
                )
                for c in changes
            ],
            "headings": HEADINGS,
            "payouts": [line_of(p) for p in payouts],
        }


class Reveal(FinanceAction):
    """Opens the name and the last four digits, on this answer only; the opening is recorded in the same transaction."""

    once = False  # each opening is recorded for itself
    template_name = "payments/web/revealed.html"
    title = "Opened for you, once"

    def where(self) -> str:
        return to("payee", self.kwargs["ref"])

    def act(self, data: Mapping[str, Any]) -> HttpResponseBase:
        found = destinations.reveal(payee_ref=self.kwargs["ref"], actor=self.actor, at=self.at)
        return self.page(
            found=found,
            code=payee_code(self.kwargs["ref"]),
            rows=[
                Row("Name for payments", found.legal_name or "Not given"),
                *([Row("Name on the account", found.account_holder)] if found.account_holder else []),
                *([Row("Account ends in", found.last4)] if found.last4 else []),
            ],
            back_url=self.where(),
            needs_call=standing(self.kwargs["ref"]).needs_call_back,
            call_url=to("payee-call", self.kwargs["ref"]),
        )


class CallForm(Form):
    how = OneOfField(
        label="How did you make sure?",
        choices=(
            (CallBack.KNOWN_NUMBER, "I rang a number that we have held for a while",
             "Never a number that came with the new details."),
            (CallBack.IN_PERSON, "Face to face"),
            (CallBack.VIDEO, "By video, and I know the person"),
        ),
        who_sees="Finance and auditors, and the person: that their details were confirmed.",
    )  # fmt: skip
    number_held_since = DateField(
        label="Since when have we held that number?", required=False, who_sees="Nobody: it is checked and not kept."
    )


class RecordCall(FinanceForm):
    form_class = CallForm
    template_name = "payments/web/form.html"
    title = "Confirm new payment details"
    button = "The person confirmed them"
    done = "Confirmed. What waited for it goes on by itself."

    def initial(self) -> Mapping[str, Any]:
        s = standing(self.kwargs["ref"])
        days = policy("call_back_number_days", self.at.astimezone(LONDON).date())
        self.back_url = self.cancel_url = to("payee", s.payee_ref)
        self.eyebrow = f"Payee {payee_code(s.payee_ref)}"
        self.intro = (
            "Ask the person to tell you the last four digits, and compare them. Do not read them out yourself. "
            f"A number counts once we have held it for {days} days."
        )
        return {}

    def act(self, data: dict[str, Any]) -> str:
        destinations.record_call_back(
            payee_ref=self.kwargs["ref"],
            note=CallBackNote(how=CallBack(data["how"]), number_held_since=data["number_held_since"]),
            actor=self.actor,
            at=self.at,
        )
        return to("payee", self.kwargs["ref"])
