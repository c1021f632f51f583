"""Signing a browser in: the last step of every way in."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseBase

from backend.accounts import usecases
from backend.accounts.middleware import SESSION_ID
from backend.accounts.models import User

DEVICE_COOKIE = "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"
DEVICE_KEPT = timedelta(days=90)
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung browser"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def coarse_device(user_agent: str) -> str:
    """ "Firefox on Android": enough for its owner to know it again, too little to know anybody by."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


def device_mark(request: HttpRequest) -> str:
    """What this browser's cookie says about having signed in here before; worth nothing for any other account."""
    return request.COOKIES.get(DEVICE_COOKIE, "")


def sign_in(request: HttpRequest, user_id: UUID, at: datetime) -> None:
    """A new session key, a new session, whoever was signed in here before. Raises NotFound for a closed account."""
    device = coarse_device(request.META.get("HTTP_USER_AGENT", ""))
    session_id = usecases.open_session(user_id=user_id, device=device, at=at)
    request.session.flush()
    login(request, User.objects.get(id=user_id), backend="django.contrib.auth.backends.ModelBackend")
    request.session[SESSION_ID] = str(session_id)


def remember_device(request: HttpRequest, response: HttpResponseBase, user_id: UUID) -> None:
    """Give this browser its own count of tries for this account (bar S1)."""
    device = device_mark(request).partition(".")[0]
    if not re.fullmatch(r"[A-Za-z0-9_-]{22}", device):
        device = secrets.token_urlsafe(16)
    response.set_cookie(
        DEVICE_COOKIE,
        usecases.known_device(user_id, device),
        max_age=DEVICE_KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
