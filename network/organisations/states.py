from __future__ import annotations

from enum import StrEnum


class OrganisationState(StrEnum):
    APPLIED = "applied"
    IN_STANDING = "in_standing"
    REFUSED = "refused"
    SUSPENDED = "suspended"


class OrganisationMove(StrEnum):
    CHECK = "check"
    REFUSE = "refuse"
    SUSPEND = "suspend"
    RESTORE = "restore"


ORGANISATION = {
    (OrganisationState.APPLIED, OrganisationMove.CHECK): OrganisationState.IN_STANDING,
    (OrganisationState.APPLIED, OrganisationMove.REFUSE): OrganisationState.REFUSED,
    (OrganisationState.IN_STANDING, OrganisationMove.CHECK): OrganisationState.IN_STANDING,
    (OrganisationState.IN_STANDING, OrganisationMove.SUSPEND): OrganisationState.SUSPENDED,
    (OrganisationState.SUSPENDED, OrganisationMove.RESTORE): OrganisationState.IN_STANDING,
    (OrganisationState.REFUSED, OrganisationMove.CHECK): OrganisationState.IN_STANDING,
}


class OrganisationKind(StrEnum):
    NEWSROOM = "newsroom"
    PRODUCTION = "production"
    PARLIAMENT = "parliament"
    PUBLIC_BODY = "public_body"
    CHARITY = "charity"
    EVENT = "event"


class CheckLevel(StrEnum):
    """How surely we know who asks (control C3). J0 may only send a brief; identity, contact and place need J2."""

    J0 = "J0"
    J1 = "J1"
    J2 = "J2"
    J3 = "J3"


class CheckMethod(StrEnum):
    OUTLET_MAILBOX = "outlet_mailbox"
    SWITCHBOARD = "switchboard"
    PRESS_CARD = "press_card"
    PARLIAMENT_DIRECTORY = "parliament_directory"
    KNOWN_IN_PERSON = "known_in_person"
