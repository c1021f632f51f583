"""What accounts forgets, and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.idp.oidc.models import Token
from django.contrib.sessions.models import Session
from django.utils import timezone

from backend.accounts.limits import LIMITS
from backend.accounts.models import SignInCode, Throttle, UsedCode, UserSession

A_DAY = timedelta(days=1)


def tidy(at: datetime) -> int:
    """Scheduled: codes, counts, sessions and tokens whose time is over. Returns how many rows went."""
    longest = max(limit.absolute for limit in LIMITS.values())
    gone = 0
    for rows in (
        SignInCode.objects.filter(created_at__lt=at - A_DAY),
        UsedCode.objects.filter(used_at__lt=at - A_DAY),
        Throttle.objects.filter(window_ends__lt=at - A_DAY),
        UserSession.objects.filter(created_at__lt=at - longest - A_DAY),
        # Django and allauth wrote these times by their own clock, which the demo's clock does not move.
        Session.objects.filter(expire_date__lt=timezone.now()),
        Token.objects.filter(expires_at__lt=timezone.now() - A_DAY),
    ):
        gone += rows.delete()[0]
    return gone
