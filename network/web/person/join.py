"""Accepting an invitation: the link, the code that was spoken, and two questions. No password, now or later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponseBase

from backend.accounts import door
from backend.kernel.errors import NotFound, OwnWordsError
from backend.web.fields import CodeField, OneOfField, TickField
from backend.web.forms import Form
from backend.web.pages import FormPage, SeeOther
from network.consent import usecases
from network.consent import wording as texts
from network.consent.data import Layer
from network.web.person.kit import to

_ONE_ANSWER = "That did not work. Check the code, or ask the person who invited you for a new invitation."


class JoinForm(Form):
    code = CodeField(label="The code you were told", help_text="Somebody said it to you. It is not in the message.")
    keep_record = TickField(
        label="Yes, keep a record of me", error_messages={"required": "Without a record there is nothing to sign in to"}
    )
    coordination = OneOfField(
        label="May the coordinators who work with you see your details?",
        choices=(("yes", "Yes, one at a time, when they help me"), ("no", "No")),
    )
    who_sees: ClassVar[Mapping[str, str]] = {
        "keep_record": "You. Sealed under a key of your own.",
        "coordination": "Only the coordinators who work with you. Each look is written down, and you can read the list.",
    }


class Join(FormPage):
    """Each try is counted before it is judged, so it does not run inside the form's own transaction."""

    public = True
    once = False
    layout = "base_person.html"
    template_name = "network/person/join.html"
    form_class = JoinForm
    title = "Welcome"
    button = "Come in"

    def context(self) -> dict[str, object]:
        return {"stop_here": "", "record": texts.wording(Layer.KEEP_RECORD), "help": texts.wording(Layer.COORDINATION)}

    def act(self, data: dict[str, Any]) -> HttpResponseBase:
        agreed = {Layer.KEEP_RECORD}
        if data["coordination"] == "yes":
            agreed.add(Layer.COORDINATION)
        try:
            joined = usecases.join(token=self.kwargs["token"], code=data["code"], agreed=frozenset(agreed), at=self.at)
        except NotFound:
            # One answer for unknown, used, run out and mistyped, on the page itself (control C11).
            raise OwnWordsError(_ONE_ANSWER) from None
        door.sign_in(self.request, joined.user_id, self.at)
        self.tell("You are in. Next time, sign in with your email address: we send you a code.")
        response = SeeOther(to("home"))
        door.remember_device(self.request, response, joined.user_id)
        return response
