"""What the finance pages have in common: two roles, a fresh proof before money moves, nothing typed is lost."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from backend.kernel.actor import Role
from backend.kernel.errors import NotAllowed, StepUpNeeded
from backend.web import navigation
from backend.web.pages import ActionPage, FormPage, Page, ReadPage
from payments.books.rules import READERS

PREPARER, APPROVER = Role.FINANCE_PREPARER, Role.FINANCE_APPROVER
FINANCE = (PREPARER, APPROVER)


def to(name: str, *args: object) -> str:
    return reverse(f"money:{name}", args=args)


class OfFinance(Page):
    """Every template learns whether the last proof is fresh, and where to give a new one."""

    roles: ClassVar[tuple[Role, ...]] = FINANCE
    back_to: ClassVar[str] = ""  # URL name of the page above

    @property
    def fresh(self) -> bool:
        return self.actor.has_stepped_up(self.at)

    def confirm_url(self, back: str) -> str:
        return f"{navigation.link(navigation.STEP_UP)}?{urlencode({'next': back})}"

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        more.setdefault("fresh", self.fresh)
        more.setdefault("confirm_url", self.confirm_url(self.request.path))
        if not more.get("back_url"):
            more["back_url"] = to(self.back_to) if self.back_to else ""
        return super().page(status, **more)


class FinanceRead(OfFinance, ReadPage):
    pass


class BooksRead(OfFinance, ReadPage):
    """A page of the books: for finance, the bookkeeper and trustees."""

    roles = READERS


class Proved(BooksRead):
    """Where a proof given in another tab ends: go back to the tab with what you typed."""

    template_name = "payments/web/proved.html"
    title = "Thank you"


class FinanceForm(OfFinance, FormPage):
    """A form about money. The proof is asked for before anything is typed; should it run out meanwhile, what was
    typed stays on the page."""

    needs_fresh: ClassVar[bool] = True

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        self.initial()  # a stranger to this thing is not even asked to prove themselves
        if self.needs_fresh and not self.fresh:
            raise StepUpNeeded
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return super().post(request, *args, **kwargs)
        except StepUpNeeded:
            form = self.make_form(request.POST, request.FILES)
            form.is_valid()
            old = NotAllowed(
                "It is more than five minutes since you proved that it is you. Nothing was saved yet.",
                code=StepUpNeeded.code,
                next_step="Open the link below in another tab, then come back here and press the button again.",
            )
            return self.page(
                status=old.status,
                form=form,
                problem=old,
                button=self.button,
                intro=self.intro,
                prove_url=self.confirm_url(to("proved")),
            )


class FinanceAction(OfFinance, ActionPage):
    """One button about money. Without a fresh proof it leads to the page that asks for it, and back to the button."""

    def where(self) -> str:
        """The page that the button is on."""
        return to(self.back_to or "home")

    def after(self) -> str:
        return self.where()

    def step_up_next(self) -> str:
        return self.where()
