"""Leaving in a hurry: the session ends, the browser forgets, and the next page is somewhere anybody might be."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from backend.web.pages import SeeOther


@csrf_exempt  # a page left open too long must still let its reader go; another site's form cannot send our Lax cookie
@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End this session and go elsewhere. Works without a script, without a token, and when already signed out."""
    logout(request)
    response = SeeOther(settings.QUICK_EXIT_URL)
    response["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
