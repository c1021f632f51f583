"""What anybody may open: the front door, applying as an organisation, complaining, and the privacy notice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from backend.accounts import landing
from backend.kernel.actor import ActorKind
from backend.kernel.clock import LONDON
from backend.web.fields import EmailField, OneOfField, TextField, WordsField
from backend.web.forms import Form
from backend.web.helping import Accessibility as AccessibilityPage
from backend.web.helping import Privacy as PrivacyPage
from backend.web.pages import FormPage, ReadPage
from backend.web.words import when
from network.consent.wording import controller
from network.organisations.states import OrganisationKind
from network.organisations.usecases import register_organisation
from network.privacy import copies
from network.privacy.states import ComplaintAbout
from network.privacy.usecases import certificate_by_secret, make_complaint
from network.privacy.usecases.complaining import acknowledge_days

STAFF_ONLY = "Our coordinators, who check who asks."


class Home(ReadPage):
    """Two doors for those who come from outside; one's own first page for those who are signed in."""

    public = True
    layout = "base_public.html"
    template_name = "network/public/home.html"
    title = "Speak with people who have been there"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.actor.kind is not ActorKind.NOBODY:
            return HttpResponseRedirect(landing.page_for(self.actor))
        return super().get(request, *args, **kwargs)


class RegisterForm(Form):
    name = TextField(label="The organisation’s name", max_length=120, autocomplete="organization")
    kind = OneOfField(
        label="What kind of organisation is it?",
        choices=(
            (OrganisationKind.NEWSROOM, "Newspaper, magazine or newsroom"),
            (OrganisationKind.PRODUCTION, "Programme maker or podcast"),
            (OrganisationKind.PARLIAMENT, "Parliament: a committee, a member’s office, an all-party group"),
            (OrganisationKind.PUBLIC_BODY, "Government, council, inquiry or other public body"),
            (OrganisationKind.CHARITY, "Charity or research"),
            (OrganisationKind.EVENT, "Event or training"),
        ),
    )
    website = TextField(
        label="Its website", max_length=200, help_text="Such as https://example.org", autocomplete="url"
    )
    about = WordsField(
        label="What you do", max_length=2000, required=False, help_text="Whom you reach, in plain words.", rows=4
    )
    member_name = TextField(label="Your name", max_length=80, autocomplete="name")
    member_job = TextField(label="Your job", max_length=80, autocomplete="organization-title")
    member_email = EmailField(
        label="Your work email address", help_text="An address of the organisation’s own. You sign in with it."
    )
    billing_name = TextField(label="Who invoices are made out to", max_length=120)
    billing_address = WordsField(label="Address for invoices", max_length=500, rows=4)
    billing_email = EmailField(label="Email address for invoices")
    purchase_reference = TextField(label="Your own reference", max_length=60, required=False)
    sections = (
        ("The organisation", "", ("name", "kind", "website", "about")),
        ("You", "You look after the organisation’s page. You can add colleagues afterwards.",
         ("member_name", "member_job", "member_email")),
        ("Invoices", "The people who speak are paid by us on time. We send you an invoice afterwards.",
         ("billing_name", "billing_address", "billing_email", "purchase_reference")),
    )  # fmt: skip
    who_sees = {  # noqa: RUF012
        "name": "The people you ask.",
        "kind": STAFF_ONLY,
        "website": STAFF_ONLY,
        "about": "The people you ask.",
        "member_name": "The people you ask, so that they know who asks.",
        "member_job": "The people you ask.",
        "member_email": "Nobody. We send you codes and messages.",
        "billing_name": "Our finance team.",
        "billing_address": "Our finance team.",
        "billing_email": "Our finance team.",
        "purchase_reference": "Our finance team. It is on each invoice.",
    }

    def clean_website(self) -> str:
        """People leave out the beginning of an address; that alone is no reason to send them back."""
        text = str(self.cleaned_data["website"]).strip()
        return text if "://" in text or not text else f"https://{text}"


class Ask(FormPage):
    """An organisation applies; its first person gets an account. Nobody is asked before a coordinator has checked it."""

    public = True
    layout = "base_public.html"
    template_name = "network/public/ask.html"
    form_class = RegisterForm
    title = "Ask for a contributor"
    intro = "Tell us who you are, once. Then you can write briefs and follow them, here or from your own software."
    button = "Register"

    def act(self, data: dict[str, Any]) -> HttpResponseBase | str:
        register_organisation(**data, actor=self.actor, at=self.at)
        return reverse("registered")


class Registered(ReadPage):
    public = True
    layout = "base_public.html"
    template_name = "network/public/registered.html"
    title = "You are registered"


class ComplaintForm(Form):
    about = OneOfField(
        label="What is it about?",
        choices=(
            (ComplaintAbout.DATA, "What is done with somebody’s details"),
            (ComplaintAbout.TREATMENT, "How somebody was treated, by us or by those who asked"),
            (ComplaintAbout.SITE, "This site"),
            (ComplaintAbout.OTHER, "Something else"),
        ),
    )
    words = WordsField(label="What happened, or what should be different", max_length=5000, rows=8)
    contact = EmailField(
        label="An email address for the answer",
        required=False,
        help_text="Use one that is safe for you. Without it we still read and deal with your complaint.",
    )
    who_sees = dict.fromkeys(("about", "words", "contact"), "The safeguarding lead. Not the coordinators.")


class Complain(FormPage):
    """For everybody, signed in or not; an account is neither needed nor remembered."""

    public = True
    template_name = "network/public/complain.html"
    form_class = ComplaintForm
    title = "Complain, or ask us to put something right"
    button = "Send it"

    def context(self) -> Mapping[str, object]:
        return {"days": acknowledge_days(self.at.astimezone(LONDON).date()), "who": controller()}

    def act(self, data: dict[str, Any]) -> str:
        made = make_complaint(
            about=ComplaintAbout(data["about"]),
            words=data["words"],
            contact=data["contact"],
            actor=self.actor,
            at=self.at,
        )
        return f"{reverse('complained')}?reference={made.reference}"


class Complained(ReadPage):
    """Says what happens next. The reference is a random word that leads nowhere by itself."""

    public = True
    template_name = "network/public/complained.html"
    title = "We have it"

    def context(self) -> Mapping[str, object]:
        reference = self.request.GET.get("reference", "")
        return {
            "reference": reference if reference.isascii() and len(reference) <= 16 else "",
            "days": acknowledge_days(self.at.astimezone(LONDON).date()),
            "who": controller(),
        }


class Certificate(ReadPage):
    """What was deleted and what is left, for whoever has the address. It names nobody, and was sent to nobody."""

    public = True
    template_name = "network/public/certificate.html"
    title = "What was deleted"

    def context(self) -> Mapping[str, object]:
        found = certificate_by_secret(str(self.kwargs["secret"]))
        facts = [("Asked for", when(found.asked_at))]
        if found.finished_at is not None:
            facts += [
                ("Done", when(found.finished_at)),
                ("Organisations asked to stop using what they had", str(found.asked_others)),
                ("Reference", str(found.erasure_id)),
            ]
        return {
            "certificate": found,
            "done": found.finished_at is not None,
            "facts": facts,
            "days": copies.days("keys_days", self.at.date()),
        }


class Privacy(PrivacyPage):
    """The privacy notice: who we are, what we keep, why, for how long, and what anybody can ask of us."""

    template_name = "network/public/privacy.html"

    def context(self) -> Mapping[str, object]:
        return {"who": controller()}


class Accessibility(AccessibilityPage):
    template_name = "network/public/accessibility.html"

    def context(self) -> Mapping[str, object]:
        return {"who": controller()}
