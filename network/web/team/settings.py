"""The settings in force, to be read: the rules are dated data in files, changed by a release and not on a page. For the
network admin; it shows nothing about anybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from backend.kernel.actor import Role
from backend.kernel.clock import LONDON
from backend.outbox import jobs, registry
from backend.outbox.queries import health
from backend.web.pages import ReadPage
from backend.web.parts import Cell, Tile
from backend.web.words import day, pounds
from network.consent import policy
from network.consent.policy import lasts
from network.consent.states import Layer
from network.consent.wording import CURRENT, controller, wording
from network.opportunities import kinds
from network.opportunities.queries import state_of_holds
from network.web.team.kit import to
from payments.public import fee_floor, session_rate

POLICIES: Mapping[str, str] = {
    "answer_link_days": "A link to answer a request works for",
    "consent_after_days": "Consent for one request ends after the work, by",
    "first_word_working_days": "Everybody who asks hears from us within",
    "longest_hold_days": "A brief may be on hold for at most",
    "reminder_hours": "One reminder before answers are due, by",
    "short_notice_live_hours": "Live work is at short notice when it is sooner than",
}


def every(period: timedelta) -> str:
    """ "every 10 minutes": how often a job runs."""
    seconds = int(period.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds % length == 0:
            number = seconds // length
            return f"every {unit}" if number == 1 else f"every {number} {unit}s"
    return f"every {seconds} seconds"


def in_days(period: timedelta) -> str:
    return "1 day" if period.days == 1 else f"{period.days:,} days"


class Settings(ReadPage):
    roles = (Role.ADMIN,)
    template_name = "network/team/settings.html"
    title = "Settings in force"

    def context(self) -> Mapping[str, object]:
        today = self.at.astimezone(LONDON).date()
        state = health()
        rates = {kind.rate for kind in kinds.kinds()}
        floors = {rate: fee_floor(rate, today) for rate in rates}
        return {
            "tiles": [
                Tile("Work that failed", state.dead, url="/staff/work/", tone="wait" if state.dead else "good"),
                Tile("Work waiting its turn", state.ready),
                Tile("Holds ever placed", state_of_holds(), "published"),
            ],
            "floors": [(k.name, Cell(pounds(floors[k.rate]), number=True)) for k in kinds.kinds()],
            "session": pounds(session_rate(today)),
            "policies": [
                (
                    POLICIES.get(p.name, p.name.replace("_", " ").capitalize()),
                    f"{p.value} {p.unit}",
                    day(p.since),
                    p.source,
                )
                for p in kinds.policies(today)
            ]
            + [
                (
                    f.name.replace("_", " ").capitalize(),
                    f"{f.value} {f.unit}",
                    day(f.since),
                    f.source if f.confirmed else f"{f.source} (not confirmed yet)",
                )
                for f in policy.figures(today)
            ],
            "consents": [
                (
                    wording(layer).title,
                    f"Version {CURRENT[layer]}",
                    in_days(lasts(layer, self.at)[0]),
                    in_days(lasts(layer, self.at)[1]),
                )
                for layer in Layer
            ],
            "controller": controller(),
            "jobs": [(job.name.replace("-", " ").capitalize(), every(job.every)) for job in jobs.known()],
            "topics": sum(len(registry.subscribers_of(topic)) for topic in registry.known_topics()),
            "messages_url": to("messages"),
        }
