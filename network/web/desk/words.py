"""Words and colours for what the requester sees. Codes never reach a screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from network.bookings.states import BookingState, RecallState
from network.consent.states import Format
from network.opportunities.states import BriefState
from network.people.states import AnonymousFrom, Face, NameMode, Place, Voice

BRIEF_TONES: Mapping[str, str] = {
    BriefState.DRAFT: "quiet",
    BriefState.SUBMITTED: "info",
    BriefState.ACCEPTED: "info",
    BriefState.ON_HOLD: "wait",
    BriefState.DECLINED: "quiet",
    BriefState.CHOSEN: "good",
    BriefState.CLOSED: "quiet",
    BriefState.WITHDRAWN: "quiet",
}
BOOKING_TONES: Mapping[str, str] = {
    BookingState.AGREEING: "wait",
    BookingState.CONFIRMED: "good",
    BookingState.DONE: "good",
    BookingState.CANCELLED: "quiet",
    BookingState.STOPPED: "quiet",
}
RECALL_TONES: Mapping[str, str] = {
    RecallState.ASKED: "bad",
    RecallState.ACKNOWLEDGED: "wait",
    RecallState.REMOVED: "good",
    RecallState.CHANGED: "good",
    RecallState.NOT_NEEDED: "quiet",
    RecallState.REFUSED: "quiet",
}
MOVES: Mapping[str, str] = {
    "submit": "Sent in",
    "accept": "Taken on by a coordinator",
    "hold": "Put on hold",
    "end_hold": "The hold ended by itself",
    "decline": "Declined",
    "choose": "Somebody was chosen",
    "close": "Closed",
    "withdraw": "Taken back",
    "promise": "Somebody of yours promised how you use what you read",
}
NAMED: Mapping[str, str] = {
    NameMode.FULL: "By the full name they gave",
    NameMode.FIRST: "By first name only",
    NameMode.OTHER: "By the name they chose. Do not look for another",
    NameMode.NONE: "No name",
}
FACE: Mapping[str, str] = {
    Face.FACE: "Their face can be seen",
    Face.NO_FACE: "Pictures without their face: hands, back or outline. Mind clothes and places",
    Face.NONE: "No pictures of them",
}
VOICE: Mapping[str, str] = {
    Voice.OWN: "Their own voice",
    Voice.REVOICED: "Their words spoken by somebody else. A changed voice can be changed back",
    Voice.NONE: "No voice: their words in writing only",
}
PLACE: Mapping[str, str] = {
    Place.EXACT: "Their town can be said",
    Place.REGION: "Their region and nothing nearer",
    Place.NATION: "Their nation and nothing nearer",
    Place.NONE: "No place",
}
FROM: Mapping[str, str] = {
    AnonymousFrom.PUBLIC: "people who do not know them",
    AnonymousFrom.COMMUNITY: "their community, work or street",
    AnonymousFrom.FAMILY: "their family and close friends",
    AnonymousFrom.SOMEBODY: "one person in particular",
}

FORMATS: Mapping[str, str] = {
    Format.LIVE: "live",
    Format.RECORDED: "recorded",
    Format.PRINT: "in print and in writing",
    Format.SOCIAL: "on social media",
    Format.EVIDENCE: "as evidence to a parliament",
    Format.EVENT: "at an event",
}
REUSE = "In the same ways, until the day below"
ASK_FIRST = "Ask them first, through us"


def left(until: datetime | None, at: datetime) -> str:
    """How long until a moment that is still to come, in the largest fitting unit; "" when it has passed."""
    if until is None or until <= at:
        return ""
    gap = until - at
    if gap >= timedelta(days=2):
        return f"in {gap.days} days"
    hours = int(gap.total_seconds() // 3600)
    if hours >= 2:
        return f"in {hours} hours"
    return "within two hours"
