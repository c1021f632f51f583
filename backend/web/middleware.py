"""Around every request: an opaque id, one log line, and the headers of every answer."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import get_template

from backend.closed import state
from backend.kernel.ids import new_id
from backend.web.problems import for_status, is_for_programs

Next = Callable[[HttpRequest], HttpResponse]

_log = structlog.get_logger("backend.web")

# Everything off: the product needs none of it, and a page that was tampered with shall not get it either.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media",
        "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer",
        "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "serial", "usb",
        "window-management", "xr-spatial-tracking",
    )
) + ", publickey-credentials-get=(self), publickey-credentials-create=(self)"  # fmt: skip


def route_of(request: HttpRequest) -> str:
    """The name (or pattern) of the route: never the path, which holds ids."""
    match = request.resolver_match
    if match is None:
        return "-"
    return match.view_name or match.route or "-"


class RequestLog:
    """One line for each request: route, method, status, milliseconds, opaque id. No address, user, path or query."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.opaque_id = new_id()  # type: ignore[attr-defined]
        started = time.perf_counter()
        response = self.get_response(request)
        if request.path.startswith(settings.STATIC_URL):  # the same for everybody, and a dozen for each page
            return response
        _log.info(
            "request",
            route=route_of(request),
            method=request.method,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
            request_id=str(request.opaque_id),  # type: ignore[attr-defined]
        )
        return response


class ClosedDoor:
    """Between a restore and the replay of erasures and withdrawals nothing is answered but whether we are alive."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(("/health/", settings.STATIC_URL)) or not state.is_closed(ask_first=False):
            return self.get_response(request)
        if is_for_programs(request.path):
            response = for_status(request, 503)
        else:
            response = HttpResponse(get_template("errors/closed.html").render({}), status=503)
        response["Retry-After"] = "600"
        return response


class Headers:
    """Nothing that we serve is stored, framed, guessed at or told to another site (bar P5)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_for_programs(request.path) and self._is_page(response):
            policy = response.get("Content-Security-Policy")  # set further in, and lost with the answer it was set on
            response = for_status(request, response.status_code)
            if policy:
                response["Content-Security-Policy"] = policy
        response["Cache-Control"] = "no-store"
        response.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Referrer-Policy", "no-referrer")
        response.setdefault("X-Content-Type-Options", "nosniff")
        response.setdefault("X-Frame-Options", "DENY")
        for name in ("ETag", "Last-Modified", "Server", "X-Powered-By"):
            if name in response:
                del response[name]
        return response

    @staticmethod
    def _is_page(response: HttpResponseBase) -> bool:
        """A refusal written for people: Django's own 405 has no body at all, its 404 and 403 are pages."""
        if response.status_code < 400 or response.streaming:
            return False
        return response.get("Content-Type", "").split(";")[0].strip() in {"text/html", "text/plain", ""}
