"""Money is whole pence. There is no float and no Decimal anywhere behind an edge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NewType

Pence = NewType("Pence", int)

CURRENCY = "gbp"
MOST = Pence(100_000_000)  # one million pounds: beyond this a typing slip is likelier than a fee
_TYPED = re.compile(r"^£?\s*(?P<pounds>\d{1,3}(?:,\d{3})+|\d{1,7})(?:\.(?P<pence>\d{2}))?$")


def pounds(amount: int) -> str:
    """`123450` as "£1,234.50"; less than nothing as "−£5.00"."""
    whole, rest = divmod(abs(amount), 100)
    return f"{'−' if amount < 0 else ''}£{whole:,}.{rest:02d}"


def parse_pounds(text: str) -> Pence:
    """What somebody typed ("75", "£1,234.50") as pence. Raises ValueError with words fit for a form."""
    found = _TYPED.match(text.strip())
    if found is None:
        raise ValueError("Enter an amount in pounds, like 75 or 75.50")
    amount = int(found["pounds"].replace(",", "")) * 100 + int(found["pence"] or 0)
    if amount > MOST:
        raise ValueError(f"Enter an amount of {pounds(MOST)} or less")
    return Pence(amount)


def allocate(total: int, weights: Sequence[int]) -> list[Pence]:
    """Split `total` by `weights` so that the parts add up to it exactly; the first parts get the odd pence.

    Raises ValueError when there is no positive weight.
    """
    if not weights or min(weights) < 0 or sum(weights) == 0:
        raise ValueError("nothing to allocate by")
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    short = total - sum(parts)
    for index in [i for i, weight in enumerate(weights) if weight][:short]:
        parts[index] += 1
    return [Pence(part) for part in parts]
