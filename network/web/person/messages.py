"""The person's messages, as they are kept here whatever was or was not sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from network.notifications import queries, usecases
from network.notifications.data import Message
from network.web import message_links
from network.web.person.kit import PersonAction, PersonRead, to


@dataclass(frozen=True, slots=True)
class ShownMessage:
    message: Message
    url: str


class Messages(PersonRead):
    template_name = "network/person/messages.html"
    title = "Messages"

    def context(self) -> Mapping[str, object]:
        found = queries.messages_for(self.actor)
        return {
            "messages_here": [ShownMessage(m, message_links.address(m.token)) for m in found],
            "unread": any(not m.is_read for m in found),
            "read_url": to("messages-read"),
            "asked_url": to("asked"),
        }


class AllRead(PersonAction):
    done = "All marked as read."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.mark_all_read(actor=self.actor, at=self.at)
        return to("messages")
