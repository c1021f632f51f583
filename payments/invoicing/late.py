"""Interest and the fixed sum on a late invoice, under the Late Payment of Commercial Debts (Interest) Act 1998. All
figures are dated data of `payments.rates` with their sources; nothing is booked until somebody claims it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, NotFound
from payments.invoicing.data import LateInterest
from payments.invoicing.models import Invoice, LateClaim
from payments.invoicing.queries import FINANCE
from payments.invoicing.states import InvoiceState
from payments.invoicing.usecases import issue_invoice
from payments.ledger.data import LATE_COMPENSATION, LATE_INTEREST
from payments.ledger.rules import need
from payments.money import Pence
from payments.rates.card import Figure
from payments.rates.queries import figure, fixed_sum

YEAR = 365  # simple interest, as in the Government's own examples


def half_year(day: date) -> date:
    """The first day of the half-year that fixes the rate: the reference rate of the day before it holds (SI 2002/1675)."""
    return date(day.year, 1 if day.month < 7 else 7, 1)


def rate_on(start: date) -> tuple[int, str]:
    """Basis points a year, and the sources, for interest that starts on this day; it does not change later.

    Raises Conflict when the reference rate of that half-year is not in the card yet: an old one is never taken instead.
    """
    reference, margin = figure("interest:reference", start), figure("interest:statutory_margin", start)
    if reference is None or margin is None or reference.effective_from != half_year(start):
        raise Conflict(
            f"We do not know the reference rate for interest that starts on {start:%d %B %Y} yet.",
            next_step="Whoever keeps the rate card adds it with its source.",
        )
    return reference.value + margin.value, f"{margin.source}; {reference.source}"


def _owed_on(invoice: Invoice) -> list[tuple[date, int]]:
    """From which day how much was owed: the sum at issue, then what came in or was credited, by its day."""
    changes: dict[date, int] = {}
    for day, amount in [
        *invoice.receipts.values_list("received_on", "amount_pence"),
        *invoice.credit_notes.values_list("issued_on", "amount_pence"),
    ]:
        changes[day] = changes.get(day, 0) + amount
    owed, steps = invoice.total_pence, [(invoice.issued_on, invoice.total_pence)]
    for day in sorted(changes):
        owed = max(0, owed - changes[day])
        steps.append((day, owed))
    return steps


def _interest(steps: list[tuple[date, int]], first: date, last: date, basis_points: int) -> Pence:
    """Simple interest on what was owed each day from `first` to `last`, both counted; half a penny rounds up."""
    pence_days, day = 0, first
    while day <= last:
        # What was owed at the end of this day, up to the next change.
        owed = next(amount for since, amount in reversed(steps) if since <= day or since == steps[0][0])
        until = min((since for since, _ in steps if since > day), default=last + timedelta(days=1))
        count = (min(until, last + timedelta(days=1)) - day).days
        pence_days += owed * count
        day += timedelta(days=count)
    parts = YEAR * 10_000
    return Pence((2 * pence_days * basis_points + parts) // (2 * parts))


def _last_claimed(invoice: Invoice) -> LateClaim | None:
    return invoice.late_claims.order_by("-to_day").first()


def _worked_out(invoice: Invoice, today: date) -> LateInterest | None:
    """What can be claimed today, or None. Interest runs from the day after the due day; a day is claimed once."""
    if hasattr(invoice, "claim_of"):
        return None  # no interest on interest: it is simple
    last, before = today - timedelta(days=1), _last_claimed(invoice)
    if invoice.state == InvoiceState.PAID and invoice.settled_at is not None:
        last = min(last, invoice.settled_at.astimezone(LONDON).date() - timedelta(days=1))
    started = invoice.due_on + timedelta(days=1)
    first = before.to_day + timedelta(days=1) if before else started
    steps = _owed_on(invoice)
    if last < first or invoice.state in (InvoiceState.CREDITED, InvoiceState.GIVEN_UP):
        return None
    basis_points, source = rate_on(started)
    compensation, fixed = Pence(0), None
    at_start = next(amount for since, amount in reversed(steps) if since < started or since == steps[0][0])
    if before is None and at_start > 0:
        fixed = _fixed(at_start, started)
        compensation = Pence(fixed.value)
    interest = _interest(steps, first, last, basis_points)
    if not interest and not compensation:
        return None
    return LateInterest(
        from_day=first,
        to_day=last,
        days=(last - first).days + 1,
        rate_basis_points=basis_points,
        rate_source=source,
        interest=interest,
        compensation=compensation,
        compensation_source=fixed.source if fixed else "",
    )


def _fixed(debt: int, on: date) -> Figure:
    found = fixed_sum(debt, on)
    if found is None:
        raise Conflict("We do not know the fixed sum for a late debt on that day.")
    return found


def claimable(*, invoice_id: UUID, actor: Actor, at: datetime) -> LateInterest | None:
    """What finance may claim on an invoice today; None when nothing. Raises NotFound, Conflict for an unknown rate."""
    invoice = Invoice.objects.filter(id=invoice_id).first() if actor.has(*FINANCE) else None
    if invoice is None:
        raise NotFound
    return _worked_out(invoice, at.astimezone(LONDON).date())


@transaction.atomic
def claim(*, invoice_id: UUID, actor: Actor, at: datetime) -> UUID:
    """Claim it: an invoice of its own to the same customer, booked as interest and fixed sum. Returns its id.

    Raises NotFound, StepUpNeeded, Conflict when there is nothing to claim.
    """
    need(actor, at, *FINANCE)
    invoice = Invoice.objects.select_for_update().filter(id=invoice_id).first()
    if invoice is None:
        raise NotFound
    due = _worked_out(invoice, at.astimezone(LONDON).date())
    if due is None:
        raise Conflict("There is nothing to claim on this invoice.")
    lines, income = [], []
    if due.interest:
        percent = f"{due.rate_basis_points / 100:.2f}%"
        words = f"Interest on invoice {invoice.number}, {due.days} days at {percent} a year (Act of 1998, s1)"
        lines.append((words, due.interest))
        income.append(LATE_INTEREST)
    if due.compensation:
        lines.append((f"Fixed sum for the late invoice {invoice.number} (Act of 1998, s5A)", due.compensation))
        income.append(LATE_COMPENSATION)
    made = issue_invoice(
        key=f"late:{invoice.id}:{due.from_day.isoformat()}",
        customer_ref=invoice.customer_id,
        reference=invoice.reference,
        lines=lines,
        income=income,
        actor=actor,
        at=at,
    )
    try:
        with transaction.atomic():
            LateClaim.objects.create(
                invoice=invoice,
                claimed_as_id=made,
                from_day=due.from_day,
                to_day=due.to_day,
                rate_basis_points=due.rate_basis_points,
                rate_source=due.rate_source[:600],
                interest_pence=due.interest,
                compensation_pence=due.compensation,
                claimed_at=at,
                actor_ref=actor.ref,
            )
    except IntegrityError as known:
        raise Conflict("These days were claimed already.") from known
    return made
