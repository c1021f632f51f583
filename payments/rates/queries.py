"""What a figure was on a day."""

from __future__ import annotations

from datetime import date, timedelta

from payments.money import Pence
from payments.rates.card import Figure, bank_holidays, figures
from payments.rates.models import Rate


def figure(kind: str, on: date) -> Figure | None:
    """The figure in force on that day: the network's own where it set one, the published card otherwise."""
    own = Rate.objects.filter(kind=kind, effective_from__lte=on).order_by("-effective_from").first()
    card = max(
        (f for f in figures() if f.kind == kind and f.effective_from <= on),
        key=lambda f: f.effective_from,
        default=None,
    )
    if own is not None and (card is None or own.effective_from >= card.effective_from):
        return Figure(own.kind, own.effective_from, own.value, own.unit, "policy", own.source)
    return card


def policy(name: str, on: date) -> int:
    """A policy figure such as "pay_by_working_days". Raises KeyError for what the card does not know."""
    found = figure(f"policy:{name}", on)
    if found is None:
        raise KeyError(name)
    return found.value


def floor_for(kind: str, on: date) -> Pence:
    """The fee floor for a kind of work; a kind the card does not know has the general floor. Pence."""
    found = figure(f"floor:{kind}", on) or figure("floor:general", on)
    if found is None:
        raise KeyError(kind)
    return Pence(found.value)


def rate_for(name: str, on: date) -> Pence:
    """A rate of pay such as "session". Raises KeyError."""
    found = figure(f"rate:{name}", on)
    if found is None:
        raise KeyError(name)
    return Pence(found.value)


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in bank_holidays()


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def fixed_sum(debt: int, on: date) -> Figure | None:
    """The fixed sum that the law gives for a late debt of this size (pence), with its source: the highest band that the
    debt reaches."""
    bands = {int(f.kind.partition(":")[2]) for f in figures() if f.kind.startswith("compensation:")}
    reached = [band for band in bands if band <= debt]
    return figure(f"compensation:{max(reached)}", on) if reached else None
