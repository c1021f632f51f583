from __future__ import annotations

from enum import StrEnum


class PairingState(StrEnum):
    PROPOSED = "proposed"
    ACTIVE = "active"
    DECLINED = "declined"
    ENDED = "ended"


class PairingMove(StrEnum):
    SAY_YES = "say_yes"
    DECLINE = "decline"
    END = "end"


PAIRING = {
    (PairingState.PROPOSED, PairingMove.SAY_YES): PairingState.ACTIVE,  # on the second yes
    (PairingState.PROPOSED, PairingMove.DECLINE): PairingState.DECLINED,
    (PairingState.ACTIVE, PairingMove.END): PairingState.ENDED,
}
