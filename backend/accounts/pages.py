"""Signing in and out, proving it is still you, and looking after an account. Every page works with no JavaScript."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from backend.accounts import door, landing, queries, usecases
from backend.accounts.data import Scope
from backend.accounts.forms import AddressForm, EmailedCodeForm, EnrolForm, ProgramForm, SecondFactorForm
from backend.accounts.mfa import MFAAdapter
from backend.accounts.models import User
from backend.accounts.states import CodePurpose
from backend.kernel.actor import ActorKind, Role
from backend.kernel.errors import Invalid, NotFound, StepUpNeeded
from backend.web.forms import Form
from backend.web.pages import ActionPage, FormPage, Page, ReadPage, SeeOther, safe_next

# Names in the browser's session: ids of attempts, never addresses.
ATTEMPT, CONFIRMING, NEXT, NEW_SECRET = "attempt", "confirming", "next", "new_secret"
WRONG_CODE = "That code did not work. Check it, or ask for a new one."


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


class Home(Page):
    """The front door: to your own first page, or to the sign-in page, which is the same for everybody."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        nobody = self.actor.kind is ActorKind.NOBODY
        return HttpResponseRedirect(reverse("sign-in") if nobody else landing.page_for(self.actor))


class SignIn(FormPage):
    """Asks for an address. What happens next looks the same whether or not it has an account (bar P3)."""

    once = False  # the attempt belongs to this browser's session
    public = True
    layout = "base_public.html"
    form_class = AddressForm
    title = "Sign in"
    intro = "We will email you a code. There is no password."
    button = "Email me a code"

    def act(self, data: dict[str, Any]) -> str:
        attempt = usecases.ask_for_code(email=data["email"], at=self.at, device_mark=door.device_mark(self.request))
        self.request.session[ATTEMPT] = str(attempt)
        self.request.session[NEXT] = safe_next(self.request)
        return reverse("sign-in-code")


class SignInCode(FormPage):
    once = False  # a failed try must stay counted
    public = True
    layout = "base_public.html"
    form_class = EmailedCodeForm
    template_name = "accounts/code.html"
    title = "Type your code"
    button = "Sign in"
    intro = "If that address has an account, we have just sent it a code. It works for 10 minutes, in this browser."

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if ATTEMPT not in request.session:
            return HttpResponseRedirect(reverse("sign-in"))
        return super().get(request, *args, **kwargs)

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        request = self.request
        attempt = _uuid(request.session.get(ATTEMPT))
        mark = door.device_mark(request)
        user_id = attempt and usecases.try_code(
            attempt_id=attempt, code=data["code"], purpose=CodePurpose.SIGN_IN, at=self.at, device_mark=mark
        )
        if not user_id:
            raise Invalid({"code": [WRONG_CODE]})
        going = request.session.get(NEXT, "/")
        door.sign_in(request, user_id, self.at)
        response = SeeOther(going)
        door.remember_device(request, response, user_id)
        return response


class SignOut(ActionPage):
    once = False  # ends the session that would remember it
    public = True

    def act(self, data: Mapping[str, Any]) -> str:
        logout(self.request)
        return reverse("sign-in")


class Confirm(FormPage):
    """Step-up (control C30): a fresh proof, good for five minutes and for this session only."""

    once = False  # a failed try must stay counted
    template_name = "accounts/confirm.html"
    title = "Please confirm it is you"
    button = "Confirm"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.has_app = self.actor.user_id is not None and queries.security_of(self.actor).has_totp

    def make_form(self, data: Any = None, files: Any = None) -> Form:
        return (SecondFactorForm if self.has_app else EmailedCodeForm)(data=data)

    def context(self) -> Mapping[str, object]:
        return {
            "ready": self.has_app or CONFIRMING in self.request.session,
            "has_app": self.has_app,
            "next": safe_next(self.request),
            "send_url": reverse("step-up-send"),
            "offer_app": self.actor.is_staff and not self.has_app,
        }

    def act(self, data: dict[str, Any]) -> str:
        if self.has_app:
            proved = usecases.try_second_factor(actor=self.actor, code=data["code"], at=self.at)
        else:
            attempt = _uuid(self.request.session.get(CONFIRMING))
            owner = attempt and usecases.try_code(
                attempt_id=attempt, code=data["code"], purpose=CodePurpose.CONFIRM, at=self.at
            )
            proved = owner is not None and owner == self.actor.user_id
        if not proved:
            raise Invalid({"code": [WRONG_CODE]})
        self.request.session.pop(CONFIRMING, None)
        session_id: UUID = self.request.session_id  # type: ignore[attr-defined]
        usecases.step_up(actor=self.actor, session_id=session_id, at=self.at)
        return safe_next(self.request)


class ConfirmSend(ActionPage):
    """Mails the code for `Confirm`."""

    once = False  # the attempt belongs to this browser's session

    def act(self, data: Mapping[str, Any]) -> str:
        self.request.session[CONFIRMING] = str(usecases.ask_to_confirm(actor=self.actor, at=self.at))
        return f"{reverse('step-up')}?{urlencode({'next': safe_next(self.request)})}"


class Account(ReadPage):
    template_name = "accounts/account.html"
    title = "Your account"

    def context(self) -> Mapping[str, object]:
        return {
            "shows_security": self.actor.is_staff,
            "shows_programs": self.actor.has(Role.REQUESTER),
            "shows_staff": self.actor.has(Role.ADMIN),
            "without_role": not self.actor.roles,
        }


class Sessions(ReadPage):
    template_name = "accounts/sessions.html"
    title = "Where you are signed in"

    def context(self) -> Mapping[str, object]:
        session_id: UUID = self.request.session_id  # type: ignore[attr-defined]
        return {"sessions": queries.sessions_visible_to(self.actor, session_id), "back_url": reverse("account")}


class EndOtherSessions(ActionPage):
    done = "You are signed out everywhere else."

    def act(self, data: Mapping[str, Any]) -> str:
        session_id: UUID = self.request.session_id  # type: ignore[attr-defined]
        usecases.end_other_sessions(actor=self.actor, keep=session_id, at=self.at)
        return reverse("account-sessions")


STAFF = tuple(role for role in Role if role not in (Role.SPOKESPERSON, Role.SUPPORTER, Role.REQUESTER))


class Security(ReadPage):
    roles = STAFF
    template_name = "accounts/security.html"
    title = "Proving it is you"

    def context(self) -> Mapping[str, object]:
        return {"security": queries.security_of(self.actor), "back_url": reverse("account")}


class EnrolApp(FormPage):
    """Shows a new secret until its first code has been typed. The secret waits in the session, encrypted."""

    once = False  # the codes are shown once, and a wrong one must not be remembered
    roles = STAFF
    form_class = EnrolForm
    template_name = "accounts/enrol.html"
    title = "Set up an authenticator app"
    button = "Switch it on"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.actor.kind is ActorKind.USER and self.actor.is_staff and not self.actor.has_stepped_up(self.at):
            return self.refused(StepUpNeeded())
        return super().dispatch(request, *args, **kwargs)

    def _secret(self) -> str:
        adapter = MFAAdapter()
        sealed = self.request.session.get(NEW_SECRET)
        if sealed is None:
            sealed = self.request.session[NEW_SECRET] = adapter.encrypt(generate_totp_secret())
        return adapter.decrypt(sealed)

    def context(self) -> Mapping[str, object]:
        adapter = MFAAdapter()
        secret = self._secret()
        address = adapter.build_totp_url(User(), secret)
        picture = base64.b64encode(adapter.build_totp_svg(address).encode()).decode()
        grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return {"secret": grouped, "picture": f"data:image/svg+xml;base64,{picture}", "back_url": reverse("security")}

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        codes = usecases.enrol_totp(secret=self._secret(), code=data["code"], actor=self.actor, at=self.at)
        self.request.session.pop(NEW_SECRET, None)
        self.template_name = "accounts/recovery_codes.html"  # type: ignore[misc]  # shown once, never by address
        return self.page(codes=codes, title="Keep these codes safe")

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        if "codes" in more:
            self.context = dict  # type: ignore[method-assign]
        return super().page(status, **more)


class RemoveApp(ActionPage):
    roles = STAFF
    done = "The authenticator app is off. We will email you a code instead."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.remove_totp(actor=self.actor, at=self.at)
        return reverse("security")

    def step_up_next(self) -> str:
        return reverse("security")


class Programs(FormPage):
    """The API clients of the requester's organisation; a new one shows its secret once."""

    roles = (Role.REQUESTER,)
    form_class = ProgramForm
    template_name = "accounts/programs.html"
    title = "Programs that act for you"
    button = "Make a program"

    def _organisation(self) -> UUID:
        if self.actor.organisation_id is None:
            raise NotFound
        return self.actor.organisation_id

    def initial(self) -> Mapping[str, Any]:
        return {"scopes": [Scope.BRIEFS_READ, Scope.BRIEFS_WRITE]}

    def context(self) -> Mapping[str, object]:
        return {"programs": queries.programs_visible_to(self.actor, self._organisation())}

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        made = usecases.create_program(
            organisation_id=self._organisation(),
            name=data["name"],
            scopes=data["scopes"],
            actor=self.actor,
            at=self.at,
        )
        return _secret_page(self, made.client_id, made.secret)


def _secret_page(page: Page, client_id: str, secret: str) -> HttpResponse:
    page.template_name = "accounts/program_secret.html"  # type: ignore[misc]
    return page.page(client_id=client_id, secret=secret, title="Copy the secret now", back_url=reverse("programs"))


class RenewProgram(ActionPage):
    roles = (Role.REQUESTER,)
    success_url = "/account/programs/"

    def act(self, data: Mapping[str, Any]) -> HttpResponseBase:
        made = usecases.rotate_program(program_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return _secret_page(self, made.client_id, made.secret)

    def step_up_next(self) -> str:
        return reverse("programs")


class RevokeProgram(ActionPage):
    roles = (Role.REQUESTER,)
    done = "The program is switched off."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.revoke_program(program_id=self.kwargs["id"], actor=self.actor, at=self.at)
        return reverse("programs")
