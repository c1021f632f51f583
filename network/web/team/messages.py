"""Messages to staff, as they are kept here whatever was or was not sent by mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.http import urlencode

from backend.web.pages import ActionPage, ReadPage
from network.notifications import queries, usecases
from network.web import message_links
from network.web.team.kit import ALL_STAFF, to


def _after(text: str) -> tuple[datetime, UUID] | None:
    moment, _, identity = text.partition("_")
    try:
        found = datetime.fromisoformat(moment), UUID(identity)
    except ValueError:
        return None
    return found if found[0].tzinfo is not None else None


class Messages(ReadPage):
    roles = ALL_STAFF
    template_name = "network/team/messages.html"
    title = "Messages to you"

    def context(self) -> Mapping[str, object]:
        before = _after(self.request.GET.get("after", ""))
        found = queries.messages_for(self.actor, before=before)
        last = found[-1] if len(found) == queries.PAGE else None
        return {
            "items": [(m, message_links.address(m.token)) for m in found],
            "unread": any(not m.is_read for m in found),
            "read_url": to("messages-read"),
            "next_url": "?" + urlencode({"after": f"{last.at.isoformat()}_{last.notice_id}"}) if last else "",
            "first_url": to("messages") if before else "",
        }


class AllRead(ActionPage):
    roles = ALL_STAFF
    done = "All marked as read."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.mark_all_read(actor=self.actor, at=self.at)
        return to("messages")
