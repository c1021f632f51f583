"""The safeguarding lead writes down that a law keeps somebody anonymous. They are told, see who did, and can change it.
What was there before is not shown here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.kernel.actor import Role
from backend.web.fields import OneOfField
from backend.web.forms import Form
from network.consent import usecases
from network.people import queries
from network.people.protection import regimes
from network.web.team.kit import TeamForm, to


class ProtectForm(Form):
    regime = OneOfField(
        label="What does it follow from?",
        choices=[
            (r.code, r.name if not r.nation or r.nation in r.name else f"{r.name} ({r.nation})") for r in regimes()
        ],
        who_sees="The person. Their coordinators and every organisation see nothing of it.",
    )


class Protect(TeamForm):
    roles = (Role.SAFEGUARDING,)
    form_class = ProtectForm
    title = "The law keeps this person anonymous"
    intro = (
        "From now on nothing that names them goes to anybody, unless they themselves sign for one publisher. They are "
        "told that you wrote it down, and can take it off."
    )
    button = "Write it down"
    done = "Written down. The person is told."

    def initial(self) -> Mapping[str, Any]:
        card = queries.person_visible_to(actor=self.actor, person_id=self.kwargs["id"], at=self.at)
        self.eyebrow = card.reference
        self.back_url = self.cancel_url = to("person", card.person_id)
        return {}

    def act(self, data: dict[str, Any]) -> str:
        usecases.keep_anonymous(person_id=self.kwargs["id"], regime=data["regime"], actor=self.actor, at=self.at)
        return to("person", self.kwargs["id"])
