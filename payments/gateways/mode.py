"""Live and test never mix: a database belongs to the mode of the first key it was used with."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from backend.kernel import clock
from backend.kernel.errors import NotAllowed
from payments.gateways.models import ProviderMode


def keep_to(live: bool) -> None:
    """Note the mode at the first use. Raises NotAllowed for a key of the other mode, before anything is claimed or
    sent: a copy of the live books on a practice machine, or practice books under a live key, move no money."""
    noted = _noted()
    if noted is None:
        try:
            with transaction.atomic():
                ProviderMode.objects.create(live=live, noted_at=clock.now())
            return
        except IntegrityError:  # another process was first
            noted = _noted()
    if noted is not live:
        raise NotAllowed(
            "The key for the payment provider is of the other mode (live or test) than these books. Nothing was sent.",
            code="wrong-mode",
            next_step="Whoever runs the server sets STRIPE_SECRET_KEY to a key of the mode these books were begun in.",
        )


def _noted() -> bool | None:
    return ProviderMode.objects.values_list("live", flat=True).first()
