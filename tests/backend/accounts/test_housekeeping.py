"""What accounts forgets by the clock, and what it must not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from backend.accounts.housekeeping import tidy
from backend.kernel import clock

pytestmark = pytest.mark.django_db


def test_a_clock_moved_ahead_signs_nobody_out() -> None:
    """Django dates a session's end by its own clock; the demo's may be days ahead of it."""
    live, over = SessionStore(), SessionStore()
    live.create()
    over.create()
    Session.objects.filter(session_key=over.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))
    tidy(clock.now() + timedelta(days=5))
    assert list(Session.objects.values_list("session_key", flat=True)) == [live.session_key]
