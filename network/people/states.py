from __future__ import annotations

from enum import StrEnum


class PersonState(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"
    ERASED = "erased"


class PersonMove(StrEnum):
    JOIN = "join"
    PAUSE = "pause"
    RESUME = "resume"
    LEAVE = "leave"
    ERASE = "erase"


PERSON: dict[tuple[PersonState, PersonMove], PersonState] = {
    (PersonState.INVITED, PersonMove.JOIN): PersonState.ACTIVE,
    (PersonState.ACTIVE, PersonMove.PAUSE): PersonState.PAUSED,
    (PersonState.PAUSED, PersonMove.RESUME): PersonState.ACTIVE,
    (PersonState.ACTIVE, PersonMove.LEAVE): PersonState.LEFT,
    (PersonState.PAUSED, PersonMove.LEAVE): PersonState.LEFT,
    **{(s, PersonMove.ERASE): PersonState.ERASED for s in PersonState if s is not PersonState.ERASED},
}


class NameMode(StrEnum):
    FULL = "full"
    FIRST = "first"
    OTHER = "other"  # another name they chose
    NONE = "none"


class Face(StrEnum):
    FACE = "face"
    NO_FACE = "no_face"  # hands, back, silhouette
    NONE = "none"  # no picture at all


class Voice(StrEnum):
    OWN = "own"
    REVOICED = "revoiced"  # spoken by somebody else; distortion can be undone
    NONE = "none"


class Place(StrEnum):
    EXACT = "exact"
    REGION = "region"
    NATION = "nation"
    NONE = "none"


class Channel(StrEnum):
    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"


class AnonymousFrom(StrEnum):
    """From whom somebody stays unrecognised (facts B1)."""

    PUBLIC = "public"
    COMMUNITY = "community"
    FAMILY = "family"
    SOMEBODY = "somebody"
