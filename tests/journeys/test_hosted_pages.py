"""To the payment provider's own pages and back, in a real browser with the content security policy on, and with the
provider's webhooks delivered over HTTP: the card page of an invoice, and the page where a person gives their details."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from backend.kernel import clock
from backend.outbox import worker
from network.people.models import Person
from payments import public
from payments.gateways.models import ProviderEvent
from payments.gateways.standin.server import StandIn, Webhooks
from tests.browser import browser_page
from tests.factories.people import actor_of
from tests.network.web.desk.scene import Scene as Desk
from tests.network.web.person.scene import Scene as Persons
from tests.network.web.person.scene import client_of
from tests.payments.gateways.test_webhooks import SECRETS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def provider(live_server: LiveServer, settings: Any) -> Iterator[StandIn]:
    server = StandIn(opening=1_000_000, webhooks=Webhooks(f"{live_server.url}/webhooks/stripe", SECRETS)).start()
    settings.BASE_URL = live_server.url
    settings.STRIPE_API_BASE = server.base
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].append(server.base)  # as settings.py does for STRIPE_API_BASE at start
    settings.CONTENT_SECURITY_POLICY = policy
    yield server
    server.stop()


def test_an_invoice_is_paid_by_card(live_server: LiveServer, provider: StandIn) -> None:
    scene = Desk()
    (invoice,) = public.invoices_for(scene.org)
    path = f"{live_server.url}/desk/invoices/{invoice.invoice_id}/"
    with browser_page(live_server.url, cookies=scene.client().cookies) as page:
        page.goto(path)
        page.locator(f'form[action$="{invoice.invoice_id}/pay/"] button').click()
        page.wait_for_url(f"{provider.base}/pay/**")
        page.get_by_role("button", name="Pay by card").click()
        page.wait_for_url(f"{path}**")
        for _ in range(100):  # the webhook comes on its own, before or after the browser
            if ProviderEvent.objects.exists():
                break
            page.wait_for_timeout(50)
        worker.run_due()
        page.goto(path)
    (invoice,) = public.invoices_for(scene.org)
    assert invoice.state == "paid"


def test_a_person_gives_their_details(live_server: LiveServer, provider: StandIn) -> None:
    scene, now = Persons(), clock.now()
    payee_ref = Person.objects.values_list("payee_ref", flat=True).get(id=scene.wren)
    client = client_of(scene.wren, now)
    assert client.get("/me/money/stripe/").status_code == 404, "another way is chosen in the scene"
    form = {
        "route": "stripe",
        "legal_name": "Wren Example",
        "account_holder": "",
        "sort_code": "",
        "account_number": "",
    }
    answer = client.post("/me/money/how/", {**form, "once": "1"})
    assert (answer.status_code, answer["Location"]) == (303, "/me/money/stripe/")
    with browser_page(live_server.url, width=390, cookies=client.cookies) as page:
        page.goto(f"{live_server.url}/me/money/stripe/")
        page.get_by_role("button", name="Go to Stripe").click()
        page.get_by_role("link", name="Go to Stripe’s page").click()
        page.wait_for_url(f"{provider.base}/**")
        page.get_by_role("button", name="Finish").click()
        page.wait_for_url(f"{live_server.url}/me/money/stripe/back/**")
        text = page.locator("main").inner_text()
    assert "Finance will call you to confirm your new details" in text
    choice = public.payment_choice(payee_ref=payee_ref, owner=scene.wren, actor=actor_of(scene.wren), at=now)
    assert choice.route is public.Route.STRIPE
    assert not choice.ready, "nothing is sent to a new destination before finance has rung about it"


def test_the_policy_would_stop_other_sites(live_server: LiveServer, provider: StandIn, settings: Any) -> None:
    """The redirect to the card page is refused by the browser when its site is not named: the check can fail."""
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].remove(provider.base)
    settings.CONTENT_SECURITY_POLICY = policy
    scene = Desk()
    (invoice,) = public.invoices_for(scene.org)
    path = f"{live_server.url}/desk/invoices/{invoice.invoice_id}/"
    with browser_page(live_server.url, cookies=scene.client().cookies) as page:
        page.goto(path)
        page.locator(f'form[action$="{invoice.invoice_id}/pay/"] button').click()
        page.wait_for_timeout(1500)
        assert not page.url.startswith(provider.base)
