"""Error pages: what happened, what is safe, what to do next. Programs get the same as a problem document."""

from __future__ import annotations

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.views.decorators.csrf import requires_csrf_token

from backend.web.problems import is_for_programs, problem_response

RETRY_AFTER = 10  # seconds; the longest that SQLite's one writer is held, and a database takes to come back


def _page(request: HttpRequest, status: int, code: str, title: str, template: str) -> HttpResponse:
    if is_for_programs(request.path):
        return problem_response(request, status=status, code=code, title=title)
    return render(request, f"errors/{template}.html", status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400. The host or the request itself was odd, so the page asks nothing of either: no session, no context."""
    if is_for_programs(request.path):
        return problem_response(request, status=400, code="bad-request", title="That request could not be read")
    return _plain(400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, "not-allowed", "You cannot do that", "403")


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, "not-found", "We could not find that", "404")


@requires_csrf_token
def broken(request: HttpRequest) -> HttpResponse:
    """500, or 503 when it was the database that did not answer or was busy for too long. Made without the database, the
    session or the request: any of them may be what broke."""
    if isinstance(sys.exc_info()[1], OperationalError):
        return _busy(request)
    if is_for_programs(request.path):
        return problem_response(request, status=500, code="broken", title="Something went wrong on our side")
    return _plain(500)


def _busy(request: HttpRequest) -> HttpResponse:
    if is_for_programs(request.path):
        title = "Part of the service is not answering"
        answer = problem_response(request, status=503, code="unavailable", title=title)
    else:
        answer = _plain(503)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def _plain(status: int) -> HttpResponse:
    try:
        text = get_template(f"errors/{status}.html").render({})
    except TemplateDoesNotExist:  # pragma: no cover - the templates are part of the product
        text = "<h1>Something went wrong</h1>"
    return HttpResponse(text, status=status)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old. What was typed is in the page before: Back keeps it."""
    if is_for_programs(request.path):
        return problem_response(request, status=403, code="not-allowed", title="You cannot do that")
    return render(request, "errors/stale.html", status=403)
