"""Who works with the person, until when, and what they may open. The person may end it at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend.kernel.errors import NotFound
from network.casework.queries import may_be_worked_with, works_with_me
from network.consent.states import Layer
from network.people import usecases as people
from network.web.person.kit import PersonAction, PersonRead, to


class Helpers(PersonRead):
    template_name = "network/person/helpers.html"
    title = "Who works with you"

    def context(self) -> Mapping[str, object]:
        return {
            "helpers": works_with_me(actor=self.actor, at=self.at),
            "allowed": bool(may_be_worked_with({self.person_id}, self.at)),
            "give_url": to("consent-give", Layer.COORDINATION),
            "end_url": to("helper-end"),
            "ask_url": to("ask", "other"),
            "back_url": to("consents"),
        }


class EndHelp(PersonAction):
    """From then on that coordinator sees nothing of the person."""

    done = "They do not work with you any more, and see nothing more of you."

    def act(self, data: Mapping[str, Any]) -> str:
        try:
            coordinator_id = UUID(str(data.get("coordinator_id", "")))
        except ValueError:
            raise NotFound from None
        people.end_assignment(
            person_id=self.person_id, coordinator_id=coordinator_id, actor=self.actor, at=self.at
        )  # fmt: skip
        return to("helpers")
