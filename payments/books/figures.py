"""The figures a trustee asks for, and those for VAT. Every sum is read from the ledger or from the rows; the number of
statements does not grow with them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from statistics import median

from django.db.models import Count, F, Min, Q, Sum
from django.db.models.functions import Greatest

from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid, NotFound
from payments.books.data import ByRequester, MonthPaid, TrusteeFigures, VatSummary
from payments.books.queries import open_differences
from payments.books.rules import may_read
from payments.invoicing.models import Invoice
from payments.ledger.queries import balances_at, sums_between
from payments.money import Pence
from payments.payouts.models import Payout
from payments.payouts.states import OWED, PayoutState
from payments.rates.queries import figure

MOST_REQUESTERS = 10
AGES = (("Not due yet", None), ("1 to 30 days late", 30), ("31 to 60 days late", 60), ("61 to 90 days late", 90))
OLDEST = "More than 90 days late"


def _ageing(today: date) -> tuple[tuple[str, Pence], ...]:
    """What is still to come in, by how late it is; one statement."""
    left = F("total_pence") - F("paid_pence") - F("credited_pence") - F("written_off_pence")
    rows = Invoice.objects.filter(state__in=("issued", "part_paid")).annotate(left=Greatest(left, 0))
    sums = rows.aggregate(
        a=Sum("left", filter=Q(due_on__gte=today)),
        b=Sum("left", filter=Q(due_on__lt=today, due_on__gte=today - timedelta(days=30))),
        c=Sum("left", filter=Q(due_on__lt=today - timedelta(days=30), due_on__gte=today - timedelta(days=60))),
        d=Sum("left", filter=Q(due_on__lt=today - timedelta(days=60), due_on__gte=today - timedelta(days=90))),
        e=Sum("left", filter=Q(due_on__lt=today - timedelta(days=90))),
    )
    return tuple(
        (words, Pence(sums[name] or 0)) for words, name in zip((*(w for w, _ in AGES), OLDEST), "abcde", strict=True)
    )


def _requesters(today: date) -> tuple[tuple[ByRequester, ...], int]:
    """Who owes most, and how many more there are; two statements."""
    open_now = Q(state__in=("issued", "part_paid"))
    left = F("total_pence") - F("paid_pence") - F("credited_pence") - F("written_off_pence")
    rows = (
        Invoice.objects.values("customer_id", "customer__name")
        .annotate(
            invoiced=Sum(F("total_pence") - F("credited_pence")),
            outstanding=Sum(Greatest(left, 0), filter=open_now, default=0),
            late=Sum(Greatest(left, 0), filter=open_now & Q(due_on__lt=today), default=0),
            oldest=Min("due_on", filter=open_now),
        )
        .order_by("-outstanding", "-invoiced", "customer__name")
    )
    found = tuple(
        ByRequester(
            customer_ref=row["customer_id"],
            name=row["customer__name"],
            invoiced=Pence(row["invoiced"]),
            outstanding=Pence(row["outstanding"]),
            late=Pence(row["late"]),
            oldest_due=row["oldest"],
        )
        for row in rows[:MOST_REQUESTERS]
    )
    count = Invoice.objects.aggregate(n=Count("customer", distinct=True))["n"]
    return found, max(0, count - len(found))


def trustee_figures(*, actor: Actor, at: datetime) -> TrusteeFigures:
    """Raises NotFound for who may not read the books."""
    if not may_read(actor):
        raise NotFound
    today = at.astimezone(LONDON).date()
    owed = Payout.objects.filter(state__in=OWED).aggregate(
        total=Sum("amount_pence", default=0),
        n=Count("id"),
        late=Sum("amount_pence", filter=Q(pay_by__lt=today), default=0),
        late_n=Count("id", filter=Q(pay_by__lt=today)),
        since=Min("owed_at"),
        pay_by=Min("pay_by"),
    )
    # A year of payments as bare days: 100,000 of them are some megabytes, and the median needs them all.
    year_ago = today - timedelta(days=365)
    paid = list(
        Payout.objects.filter(state=PayoutState.PAID, paid_on__gt=year_ago).values_list("owed_at", "pay_by", "paid_on")
    )
    days = [(on - owed_at.astimezone(LONDON).date()).days for owed_at, _, on in paid if on is not None]
    months: dict[date, list[int]] = {}
    for _, pay_by, on in paid:
        if on is not None:
            counted = months.setdefault(on.replace(day=1), [0, 0])
            counted[0] += 1
            counted[1] += on <= pay_by
    on_time = sum(counted[1] for counted in months.values())
    balances = balances_at(at)
    requesters, more = _requesters(today)

    def asset(name: str) -> Pence:
        return balances.get(name, Pence(0))

    def owing(name: str) -> Pence:
        return Pence(-balances.get(name, Pence(0)))

    return TrusteeFigures(
        owed=Pence(owed["total"]),
        owed_count=owed["n"],
        overdue=Pence(owed["late"]),
        overdue_count=owed["late_n"],
        oldest_owed_at=owed["since"],
        oldest_pay_by=owed["pay_by"],
        paid_count=len(days),
        on_time_percent=on_time * 100 // len(days) if days else None,
        median_days=float(median(days)) if days else None,
        slowest_days=max(days, default=None),
        by_month=tuple(MonthPaid(month=m, paid=n, on_time=k) for m, (n, k) in sorted(months.items())),
        bank=asset("bank"),
        stripe=asset("stripe_balance"),
        cash=asset("cash"),
        promised=Pence(owing("payable") + owing("donations_due")),
        unexplained=owing("unexplained"),
        coming_in=asset("receivable"),
        ageing=_ageing(today),
        requesters=requesters,
        requesters_more=more,
        written_off=asset("write_offs"),
        differences=open_differences(),
    )


def vat_summary(*, since: date, until: date, actor: Actor) -> VatSummary:
    """Figures of the days from `since` to `until`, both counted, and the turnover of the twelve months up to `until`
    against the threshold of that day. Registration and threshold are dated data with their sources.

    Raises NotFound, Invalid.
    """
    if not may_read(actor):
        raise NotFound
    if until < since:
        raise Invalid({"until": ["Choose a day on or after the first one"]})
    registered, threshold = figure("vat:registered", until), figure("vat:threshold", until)
    if registered is None or threshold is None:
        raise Invalid({"until": ["We know no threshold for that day"]})
    end = datetime.combine(until + timedelta(days=1), time(), LONDON)
    sums = sums_between(datetime.combine(since, time(), LONDON), end)
    year = sums_between(datetime.combine(last_twelve_months(until), time(), LONDON), end)

    def earned(of: dict[str, tuple[Pence, Pence]], *names: str) -> Pence:
        return Pence(sum(came - spent for name in names for spent, came in [of.get(name, (Pence(0), Pence(0)))]))

    return VatSummary(
        since=since,
        until=until,
        registered=bool(registered.value),
        registered_source=registered.source,
        sales=earned(sums, "fee_income"),
        outside=earned(sums, "late_interest", "late_compensation", "gifts", "bank_interest"),
        vat_charged=earned(sums, "vat"),
        turnover=earned(year, "fee_income"),
        threshold=Pence(threshold.value),
        threshold_source=threshold.source,
        threshold_from=threshold.effective_from,
    )


def last_twelve_months(day: date) -> date:
    """The first of the twelve months that end with this day."""
    following = day + timedelta(days=1)
    try:
        return following.replace(year=following.year - 1)
    except ValueError:  # 29 February
        return date(following.year - 1, 3, 1)
