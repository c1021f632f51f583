"""Where Stripe tells us that something may have changed. A hint is verified, kept once and answered; the object itself
is fetched afresh later, by the worker. Nothing that a webhook says is believed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from backend.kernel import clock
from backend.kernel.errors import NotAllowed
from backend.web.problems import MEDIA_TYPE, body
from payments.gateways.data import Endpoint
from payments.gateways.stripe_connect import read_webhook
from payments.gateways.usecases import note_hint


# A signature over the raw body stands where other pages have a session and a CSRF token.
@method_decorator([csrf_exempt, login_not_required], name="dispatch")
class StripeWebhook(View):
    """One of the three endpoints, each with a secret of its own."""

    endpoint: Endpoint | None = None
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        assert self.endpoint is not None  # noqa: S101  (set in urls.py)
        try:
            hint = read_webhook(self.endpoint, request.body, request.headers.get("Stripe-Signature", ""))
        except RequestDataTooBig:
            return _refused(request, 413, "too-large", "This is larger than anything that we expect.")
        except NotAllowed as problem:
            return _refused(request, 400, problem.code, problem.detail)
        note_hint(hint=hint, at=clock.now())
        return JsonResponse({"received": True})


def _refused(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    document = body(request, status=status, code=code, title="This was not taken", detail=detail)
    return JsonResponse(document, status=status, content_type=MEDIA_TYPE)
