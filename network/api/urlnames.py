"""Addresses of what was made, for `Location`. One place, so that views need not know each other."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse


def brief_address(brief_id: UUID) -> str:
    return reverse("api:brief", args=[brief_id])


def booking_address(booking_id: UUID) -> str:
    return reverse("api:booking", args=[booking_id])
