"""Signing in and looking after an account, through the pages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client

from backend.accounts import usecases
from backend.accounts.models import UserSession
from backend.kernel import clock
from backend.kernel.actor import Actor, Role
from backend.kernel.ids import new_id
from backend.outbox import worker

pytestmark = pytest.mark.django_db
ADDRESS = "rowan@example.org"
SignIn = Callable[..., Client]


def code_from_mail() -> str:
    worker.run_due()
    found = re.search(r"\b\d{6}\b", str(mail.outbox[-1].body))
    assert found
    return found.group()


def ask(client: Client, address: str = ADDRESS) -> str:
    answer = client.post("/sign-in/", {"email": address})
    assert (answer.status_code, answer["Location"]) == (303, "/sign-in/code/")
    return client.get("/sign-in/code/").content.decode()


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def user(now: datetime) -> UUID:
    return usecases.ensure_user(email=ADDRESS, known_as="Rowan", at=now)


@pytest.fixture
def signed_in(user: UUID, now: datetime) -> SignIn:
    """A client signed in by a demo link, with the given roles."""

    def sign_in(*roles: Role, scope_id: UUID | None = None) -> Client:
        for role in roles:
            usecases.grant_role(user_id=user, role=role, scope_id=scope_id, actor=Actor.system("test"), at=now)
        client = Client()
        token = usecases.make_demo_link(user_id=user, at=now)
        assert client.get(f"/demo/sign-in/{token}/").status_code == 303
        return client

    return sign_in


def confirm(client: Client, path: str) -> None:
    """Go through the step-up page by emailed code."""
    answer = client.post("/confirm/send/", {"next": path})
    assert answer.status_code == 303
    answer = client.post(answer["Location"], {"code": code_from_mail()})
    assert (answer.status_code, answer["Location"]) == (303, path)


def test_sign_in_by_code(user: UUID) -> None:
    client = Client()
    ask(client)
    before = client.session.session_key
    answer = client.post("/sign-in/code/", {"code": code_from_mail()})
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert client.session.session_key != before, "a new key at sign-in"
    assert client.get("/account/").status_code == 200
    client.post("/sign-out/")
    assert client.get("/account/").status_code == 302
    assert UserSession.objects.get().ended_at is not None


def test_pages_are_the_same_for_known_and_unknown_addresses(user: UUID) -> None:
    def clean(page: str) -> str:
        return re.sub(r'name="(csrfmiddlewaretoken|once[^"]*)" value="[^"]*"', "", page)

    pages = [clean(ask(Client(), address)) for address in (ADDRESS, "nobody@example.org")]
    assert pages[0] == pages[1]
    assert ADDRESS not in pages[0]


def test_next_leads_back_but_never_away(user: UUID) -> None:
    for wanted, going in (
        ("/account/sessions/", "/account/sessions/"),
        ("https://evil.example/", "/"),
        ("//evil", "/"),
    ):
        client = Client()
        client.post(f"/sign-in/?next={wanted}", {"email": ADDRESS})
        assert client.post("/sign-in/code/", {"code": code_from_mail()})["Location"] == going


def test_a_wrong_code_is_said_to_be_wrong_and_signs_nobody_in(user: UUID) -> None:
    client = Client()
    ask(client)
    code = code_from_mail()
    answer = client.post("/sign-in/code/", {"code": f"{(int(code) + 1) % 1000000:06d}"})
    assert answer.status_code == 422
    assert "did not work" in answer.content.decode()
    assert client.get("/account/").status_code == 302


def test_a_code_works_only_in_the_browser_that_asked(user: UUID) -> None:
    ask(Client())
    code = code_from_mail()
    other = Client()
    ask(other, "nobody@example.org")
    assert other.post("/sign-in/code/", {"code": code}).status_code == 422


def test_the_front_door(user: UUID, signed_in: SignIn) -> None:
    assert b'href="/sign-in/"' in Client().get("/").content
    assert signed_in(Role.ADMIN).get("/")["Location"] == "/staff/accounts/"


def test_idle_and_absolute_limits(signed_in: SignIn, now: datetime) -> None:
    client = signed_in(Role.COORDINATOR)
    with clock.frozen(now + timedelta(minutes=14)):
        assert client.get("/account/").status_code == 200
    with clock.frozen(now + timedelta(minutes=28)):
        assert client.get("/account/").status_code == 200, "use keeps it alive"
    with clock.frozen(now + timedelta(minutes=44)):
        assert client.get("/account/").status_code == 302
    assert UserSession.objects.get().ended_at is not None


def test_absolute_limit(signed_in: SignIn, now: datetime) -> None:
    client = signed_in(Role.SPOKESPERSON, scope_id=new_id())
    for minutes in range(15, 8 * 60, 15):
        with clock.frozen(now + timedelta(minutes=minutes)):
            assert client.get("/account/").status_code == 200
    with clock.frozen(now + timedelta(hours=8, minutes=1)):
        assert client.get("/account/").status_code == 302


def test_role_ended_counts_at_the_next_request(user: UUID, signed_in: SignIn, now: datetime) -> None:
    client = signed_in(Role.ADMIN)
    assert client.get("/staff/work/").status_code == 200
    usecases.end_role(user_id=user, role=Role.ADMIN, actor=Actor.system("test"), at=clock.now())
    assert client.get("/staff/work/").status_code == 404


def test_closed_account_is_signed_out_at_the_next_request(user: UUID, signed_in: SignIn) -> None:
    client = signed_in(Role.ADMIN)
    usecases.disable_user(user_id=user, actor=Actor.system("test"), at=clock.now())
    assert client.get("/staff/work/").status_code == 302


def test_leaving_in_a_hurry_ends_the_session(signed_in: SignIn) -> None:
    client = signed_in()
    client.post("/leave/")
    assert UserSession.objects.get().ended_at is not None


def test_sign_out_everywhere_else(signed_in: SignIn) -> None:
    here, there = signed_in(), signed_in()
    assert there.get("/account/").status_code == 200
    assert "This one" in here.get("/account/sessions/").content.decode()
    assert here.post("/account/sessions/end-others/").status_code == 303
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


@pytest.mark.parametrize("path", ["/staff/accounts/", "/staff/work/"])
def test_admin_pages_are_404_for_everybody_else(signed_in: SignIn, path: str) -> None:
    assert signed_in(Role.COORDINATOR, Role.SAFEGUARDING).get(path).status_code == 404


def test_staff_role_needs_step_up_and_then_works(signed_in: SignIn) -> None:
    client = signed_in(Role.ADMIN)
    new = {"email": "kit@example.org", "known_as": "Kit", "role": Role.COORDINATOR}
    answer = client.post("/staff/accounts/", new)
    assert (answer.status_code, answer["Location"]) == (303, "/confirm/?next=%2Fstaff%2Faccounts%2F")
    assert "Kit" not in client.get("/staff/accounts/").content.decode()
    confirm(client, "/staff/accounts/")
    assert client.post("/staff/accounts/", new).status_code == 303
    assert "Kit" in client.get("/staff/accounts/").content.decode()


def test_step_up_is_for_one_session(signed_in: SignIn) -> None:
    here, there = signed_in(Role.ADMIN), signed_in()
    confirm(here, "/staff/accounts/")
    new = {"email": "kit@example.org", "known_as": "Kit", "role": Role.COORDINATOR}
    assert there.post("/staff/accounts/", new)["Location"].startswith("/confirm/")


def totp(secret: str, periods: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods)))


def test_authenticator_app_from_start_to_end(user: UUID, signed_in: SignIn) -> None:
    client = signed_in(Role.FINANCE_APPROVER)
    assert client.get("/account/security/app/")["Location"].startswith("/confirm/")
    confirm(client, "/account/security/app/")
    page = client.get("/account/security/app/").content.decode()
    found = re.search(r"Key: <strong[^>]*>([A-Z2-7 ]+)</strong>", page)
    assert found
    secret = found.group(1).replace(" ", "")
    answer = client.post("/account/security/app/", {"code": totp(secret, -5)})
    assert answer.status_code == 422
    enrolled_with = totp(secret)  # drawn once: half a minute may end before it is tried again
    answer = client.post("/account/security/app/", {"code": enrolled_with})
    assert answer.status_code == 200
    codes = re.findall(r"<strong>(\d{8})</strong>", answer.content.decode())
    assert len(codes) == 10
    stored = repr(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored

    # From now on the emailed code is not asked for, and each code works once.
    UserSession.objects.update(stepped_up_at=None)
    page = client.get("/confirm/?next=/account/security/").content.decode()
    assert "authenticator app" in page
    assert client.post("/confirm/", {"code": enrolled_with}).status_code == 422, "used at enrolment"
    assert client.post("/confirm/?next=/account/", {"code": totp(secret, 1)})["Location"] == "/account/"
    UserSession.objects.update(stepped_up_at=None)
    assert client.post("/confirm/", {"code": totp(secret, 1)}).status_code == 422
    assert client.post("/confirm/", {"code": codes[0]}).status_code == 303
    UserSession.objects.update(stepped_up_at=None)
    assert client.post("/confirm/", {"code": codes[0]}).status_code == 422
    assert "9 unused" in client.get("/account/security/").content.decode()
    assert client.post("/account/security/app/remove/")["Location"].startswith("/confirm/")
    assert Authenticator.objects.filter(user_id=user).count() == 2


def test_second_factor_tries_are_limited(user: UUID, signed_in: SignIn) -> None:
    client = signed_in(Role.FINANCE_APPROVER)
    confirm(client, "/account/security/app/")
    page = client.get("/account/security/app/").content.decode()
    secret = re.search(r"Key: <strong[^>]*>([A-Z2-7 ]+)</strong>", page).group(1).replace(" ", "")  # type: ignore[union-attr]
    client.post("/account/security/app/", {"code": totp(secret)})
    for _ in range(5):
        assert client.post("/confirm/", {"code": "123"}).status_code == 422
    assert client.post("/confirm/", {"code": totp(secret, 1)}).status_code == 422


def test_demo_outbox_shows_mails_with_links(user: UUID, settings, tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    mail.send_mail("First", "See https://example.org/a?b=1&c=<x>.", None, ["one@example.org"])
    mail.send_mail("Second", "Plain", None, ["two@example.org"])
    page = Client().get("/demo/outbox/").content.decode()
    assert page.index("Second") < page.index("First")
    assert '<a class="govuk-link" href="https://example.org/a?b=1&amp;c=">' in page
    assert "<x>" not in page


def test_demo_links_do_nothing_in_production(user: UUID, now: datetime, settings) -> None:  # type: ignore[no-untyped-def]
    token = usecases.make_demo_link(user_id=user, at=now)
    settings.MODE = "production"
    client = Client()
    assert client.get(f"/demo/sign-in/{token}/").status_code == 404
    assert client.get("/demo/outbox/").status_code == 404
    settings.MODE = "test"
    assert client.get("/demo/sign-in/wrong/").status_code == 404
    assert not UserSession.objects.exists()
