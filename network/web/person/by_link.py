"""What the link of a message does without signing in: one page with one button each, and pages that are the same for
everybody afterwards. None of them says whose link it was or what the message was about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from backend.kernel.errors import NotFound
from backend.web.forms import Form
from backend.web.pages import FormPage, ReadPage
from network.notifications import links
from network.notifications.data import Held
from network.web.message_links import ByLink
from network.web.person.stopping import StopForm, keeps_bookings


class LinkAct(ByLink, FormPage):
    """One question, one button. A link that may not do it (any more) has the same page as one that never was."""

    form_class = Form
    template_name = "network/person/sure.html"
    kind = "warning"
    stay = "Go back"

    def may(self, held: Held) -> bool:
        return True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.may(self.held()):
            raise NotFound
        return super().get(request, *args, **kwargs)

    def initial(self) -> Mapping[str, Any]:
        self.cancel_url = reverse("message-link", args=[self.kwargs["token"]])
        return {}

    def _sent_before(self) -> HttpResponseBase | None:
        return self.performed() if self.request.method == "POST" else None

    def page(self, status: int = 200, **more: object) -> HttpResponse:
        return super().page(status, kind=self.kind, stay=self.stay, **more)


class StopByMessage(LinkAct):
    """STOP for whoever holds the link: nobody has to sign in to be left alone."""

    template_name = "network/person/stop.html"
    form_class = StopForm
    title = "Stop everything"
    button = "Stop everything now"

    def act(self, data: dict[str, Any]) -> str:
        links.stop_everything(link=self.kwargs["token"], keep_bookings=keeps_bookings(data), at=self.at)
        return reverse("answer-stopped")


class StopThisByMessage(LinkAct):
    title = "Stop what that message is about"
    intro = (
        "Only that. You do not have to say why, and it counts at once. What you had agreed to show for it is no longer "
        "seen, and whoever was shown it is asked to stop using it. Everything else goes on."
    )
    button = "Stop it now"

    def may(self, held: Held) -> bool:
        return held.can_stop_this

    def act(self, data: dict[str, Any]) -> str:
        links.stop_this(link=self.kwargs["token"], at=self.at)
        return reverse("message-this-done")


class NotNowByMessage(LinkAct):
    title = "Not now"
    intro = (
        "Nothing new comes to you until you say so. What you have agreed to goes on, and so do messages about it. You "
        "can come back at any time by signing in."
    )
    button = "Pause now"
    kind = ""

    def may(self, held: Held) -> bool:
        return held.can_pause

    def act(self, data: dict[str, Any]) -> str:
        links.not_now(link=self.kwargs["token"], at=self.at)
        return reverse("message-later-done")


class DoneByMessage(ReadPage):
    """The same page for everybody: it says nothing of anybody."""

    public = True
    layout = "base_person.html"
    template_name = "network/person/done_by_link.html"
    text = ""

    def context(self) -> Mapping[str, object]:
        return {"stop_here": "", "text": self.text}


class StoppedThis(DoneByMessage):
    title = "That is stopped"
    text = (
        "Nobody asks you why. What stopped, what could not be stopped any more, and who is asked to stop using "
        "something, is on your own pages."
    )


class Later(DoneByMessage):
    title = "Not now"
    text = "Nothing new comes to you until you say so."
