"""The requester's own messages. The words stand only here; what was mailed said nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from network.notifications import queries
from network.notifications.data import Message
from network.web.desk.kit import DeskRead


@dataclass(frozen=True, slots=True)
class ShownMessage:
    message: Message
    url: str


class Messages(DeskRead):
    template_name = "network/desk/messages.html"
    title = "Messages"

    def context(self) -> Mapping[str, object]:
        return {"messages_list": [ShownMessage(m, f"/m/{m.token}/") for m in queries.messages_for(self.actor)]}
