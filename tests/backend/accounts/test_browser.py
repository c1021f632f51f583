"""The account's pages in a real browser: signing in with a form, what axe finds, what fits on a small phone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from backend.accounts import usecases
from backend.kernel import clock
from backend.kernel.actor import Actor, Role
from backend.kernel.ids import new_id
from backend.outbox import worker
from backend.outbox.models import Work
from backend.outbox.states import WorkState
from tests.browser import WIDTHS, axe_violations, browser_page, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SYSTEM = Actor.system("test")


def look(page: Page) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert axe_violations(page) == [], page.url
        assert sideways_scroll(page) == 0, (page.url, width)


def signed_in(page: Page, live_server: LiveServer, *roles: Role) -> None:
    at = clock.now()
    user = usecases.ensure_user(email="rowan@example.org", known_as="Rowan", at=at)
    for role in roles:
        scope = new_id() if role in (Role.REQUESTER, Role.SPOKESPERSON) else None
        usecases.grant_role(user_id=user, role=role, scope_id=scope, actor=SYSTEM, at=at)
    session = usecases.make_demo_link(user_id=user, at=at)
    client = Client()
    client.get(f"/demo/sign-in/{session}/")
    host = urlsplit(live_server.url).hostname
    for name, morsel in client.cookies.items():
        page.context.add_cookies([{"name": name, "value": morsel.value, "domain": str(host), "path": "/"}])


def test_signing_in_by_hand(live_server: LiveServer) -> None:
    usecases.ensure_user(email="rowan@example.org", at=clock.now())
    with browser_page(live_server.url, width=320) as page:
        page.goto(f"{live_server.url}/sign-in/")
        look(page)
        page.fill("[name=email]", "not an address")
        page.click("main button")
        page.wait_for_selector(".govuk-error-summary")
        look(page)
        page.fill("[name=email]", "rowan@example.org")
        page.click("main button")
        page.wait_for_url("**/sign-in/code/")
        look(page)
        worker.run_due()
        found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
        assert found
        page.fill("[name=code]", found.group())
        page.click("main button")
        page.wait_for_url("**/account/")
        look(page)


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (Role.SPOKESPERSON, ["/account/", "/account/sessions/", "/confirm/?next=/account/"]),
        (Role.REQUESTER, ["/account/", "/account/programs/"]),
        (Role.FINANCE_APPROVER, ["/account/security/", "/confirm/?next=/account/security/app/"]),
        (Role.ADMIN, ["/staff/accounts/", "/staff/work/"]),
    ],
)
def test_every_page_for_its_role(live_server: LiveServer, role: Role, paths: list[str]) -> None:
    if role == Role.ADMIN:
        at = clock.now()
        other = usecases.ensure_user(email="kit@example.org", known_as="Kit", at=at)
        usecases.grant_role(user_id=other, role=Role.COORDINATOR, actor=SYSTEM, at=at)
        with transaction.atomic():
            Work.objects.create(
                topic="bookings.confirmed",
                subscriber="notify",
                object_id=new_id(),
                key="k",
                queue="mail",
                state=WorkState.DEAD,
                created_at=at,
                not_before=at,
                finished_at=at,
                attempts=5,
                error="builtins.ValueError at network.notifications.handlers:1",
            )
    with browser_page(live_server.url) as page:
        signed_in(page, live_server, role)
        for path in paths:
            page.goto(live_server.url + path)
            assert path.split("?")[0] in page.url, "opened, not sent away"
            look(page)


def test_the_picture_for_the_app_and_the_codes(live_server: LiveServer) -> None:
    with browser_page(live_server.url) as page:
        signed_in(page, live_server, Role.FINANCE_PREPARER)
        page.goto(f"{live_server.url}/account/security/app/")
        page.click("text=Email me a code")
        page.wait_for_selector("[name=code]")
        look(page)
        worker.run_due()
        found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
        assert found
        page.fill("[name=code]", found.group())
        page.click("form.own-form button")
        page.wait_for_url("**/account/security/app/")
        assert page.evaluate("document.querySelector('main img').naturalWidth") > 0, "the CSP lets the picture show"
        look(page)
