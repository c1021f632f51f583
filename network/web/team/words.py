"""Words and tones of states as staff read them."""

from __future__ import annotations

from collections.abc import Mapping

from network.bookings.states import BookingState, RecallState
from network.mentoring.states import PairingState
from network.opportunities.states import BriefState
from network.organisations.states import CheckLevel, CheckMethod, OrganisationKind, OrganisationState
from network.people.states import Channel, Face, NameMode, PersonState, Place, Voice

BRIEF_TONES: Mapping[str, str] = {
    BriefState.DRAFT: "quiet",
    BriefState.SUBMITTED: "wait",
    BriefState.ACCEPTED: "info",
    BriefState.ON_HOLD: "wait",
    BriefState.DECLINED: "quiet",
    BriefState.CHOSEN: "good",
    BriefState.CLOSED: "quiet",
    BriefState.WITHDRAWN: "quiet",
}
ORGANISATION_TONES: Mapping[str, str] = {
    OrganisationState.APPLIED: "wait",
    OrganisationState.IN_STANDING: "good",
    OrganisationState.REFUSED: "quiet",
    OrganisationState.SUSPENDED: "bad",
}
BOOKING_TONES: Mapping[str, str] = {
    BookingState.AGREEING: "wait",
    BookingState.CONFIRMED: "info",
    BookingState.DONE: "good",
    BookingState.CANCELLED: "quiet",
    BookingState.STOPPED: "bad",
}
RECALL_TONES: Mapping[str, str] = {
    RecallState.ASKED: "wait",
    RecallState.ACKNOWLEDGED: "info",
    RecallState.REMOVED: "good",
    RecallState.CHANGED: "good",
    RecallState.NOT_NEEDED: "quiet",
    RecallState.REFUSED: "bad",
}
PAIRING_TONES: Mapping[str, str] = {
    PairingState.PROPOSED: "wait",
    PairingState.ACTIVE: "good",
}
PERSON_WORDS: Mapping[str, tuple[str, str]] = {
    PersonState.INVITED: ("Invited", "wait"),
    PersonState.ACTIVE: ("Here", "good"),
    PersonState.PAUSED: ("Not now", "quiet"),
    PersonState.LEFT: ("Left", "quiet"),
    PersonState.ERASED: ("Gone", "quiet"),
}
MOVES: Mapping[str, str] = {
    "submit": "Sent in",
    "accept": "Taken on",
    "hold": "Put on hold",
    "end_hold": "The hold ended",
    "decline": "Declined",
    "choose": "Somebody was chosen",
    "close": "Closed",
    "withdraw": "Taken back",
    "promise": "Promised to keep to the boundaries",
}
KINDS: Mapping[str, str] = {
    OrganisationKind.NEWSROOM: "Newsroom",
    OrganisationKind.PRODUCTION: "Production company",
    OrganisationKind.PARLIAMENT: "Parliament",
    OrganisationKind.PUBLIC_BODY: "Public body",
    OrganisationKind.CHARITY: "Charity or community organisation",
    OrganisationKind.EVENT: "Event organiser",
}
LEVELS: Mapping[str, str] = {
    CheckLevel.J0: "Not checked",
    CheckLevel.J1: "Address known",
    CheckLevel.J2: "Called back",
    CheckLevel.J3: "Known to us",
}
METHODS: Mapping[str, str] = {
    CheckMethod.SWITCHBOARD: "We rang a number that we found ourselves",
    CheckMethod.PRESS_CARD: "We matched a press card",
    CheckMethod.PARLIAMENT_DIRECTORY: "We found them in the directory of Parliament",
    CheckMethod.KNOWN_IN_PERSON: "We know them in person",
    CheckMethod.OUTLET_MAILBOX: "They answered from the organisation’s mailbox",
}
NAMES: Mapping[str, str] = {
    NameMode.FULL: "Own name",
    NameMode.FIRST: "First name only",
    NameMode.OTHER: "Another name they chose",
    NameMode.NONE: "No name",
}
FACES: Mapping[str, str] = {
    Face.FACE: "Face may be shown",
    Face.NO_FACE: "Without the face",
    Face.NONE: "No picture",
}
VOICES: Mapping[str, str] = {
    Voice.OWN: "Own voice",
    Voice.REVOICED: "Spoken by somebody else",
    Voice.NONE: "No voice",
}
PLACES: Mapping[str, str] = {
    Place.EXACT: "The town",
    Place.REGION: "The region",
    Place.NATION: "The nation",
    Place.NONE: "No place",
}
CHANNELS: Mapping[str, str] = {
    Channel.IN_APP: "Messages on this site",
    Channel.EMAIL: "Email",
    Channel.SMS: "Text message",
    Channel.PHONE: "Telephone",
}


def person_words(state: str) -> tuple[str, str]:
    return PERSON_WORDS[state]
