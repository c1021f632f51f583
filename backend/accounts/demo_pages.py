"""Only in the demo and in tests: ready sign-in links, and the mails that would have been sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from backend.accounts import door, usecases
from backend.web.pages import Page, ReadPage, SeeOther

NEWEST = 100
_SEPARATOR = re.compile(rb"^-{70,}\r?\n", re.MULTILINE)
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:)]")


class DemoSignIn(Page):
    """Signs in as one of the demo's people. Reusable, and therefore never mounted in production."""

    public = True

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        user_id = usecases.user_of_demo_link(token) if settings.MODE in ("demo", "test") else None
        if user_id is None:
            raise Http404
        door.sign_in(request, user_id, self.at)
        return SeeOther("/")


@dataclass(frozen=True, slots=True)
class Mail:
    name: str
    to: str
    subject: str
    sent_at: datetime | None
    text: str

    @property
    def body(self) -> SafeString:
        """The text, with its links to click."""
        parts: list[str] = []
        end = 0
        for found in _LINK.finditer(self.text):
            address = escape(found.group())
            parts += [escape(self.text[end : found.start()]), f'<a class="govuk-link" href="{address}">{address}</a>']
            end = found.end()
        parts.append(escape(self.text[end:]))
        return mark_safe("".join(parts))  # noqa: S308 - every part is escaped above


def _folder() -> Path:
    return Path(getattr(settings, "EMAIL_FILE_PATH", "") or "/nonexistent")


def _mails(path: Path) -> list[Mail]:
    """The mails in one file of Django's file backend, which ends each with a line of dashes."""
    mails = []
    for number, raw in enumerate(part for part in _SEPARATOR.split(path.read_bytes()) if part.strip()):
        message = message_from_bytes(raw, policy=policy.default)
        body = message.get_body(("plain", "html"))
        date = message["Date"]
        mails.append(
            Mail(
                name=f"{path.stem}-{number}",
                to=str(message["To"]),
                subject=str(message["Subject"]),
                sent_at=parsedate_to_datetime(str(date)) if date else None,
                text=body.get_content() if body is not None else "",
            )
        )
    return mails


class DemoOutbox(ReadPage):
    """Every mail of the demo, newest first: what people would find in their letterbox."""

    public = True
    layout = "base_public.html"
    template_name = "demo/outbox.html"
    title = "Mails of the demo"

    def context(self) -> Mapping[str, object]:
        if settings.MODE != "demo" and settings.MODE != "test":
            raise Http404
        folder = _folder()
        files = sorted(folder.glob("*.log"), key=lambda p: (p.stat().st_mtime_ns, p.name), reverse=True)
        return {"mails": [mail for path in files[:NEWEST] for mail in reversed(_mails(path))]}
