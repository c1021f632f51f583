from __future__ import annotations

from enum import StrEnum


class Route(StrEnum):
    """How a message leaves. The list inside the site is always there and is not a route."""

    EMAIL = "email"
    SMS = "sms"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    SUPPRESSED = "suppressed"  # decided not to send; `reason` says why
    UNSURE = "unsure"  # it may have left when its sender vanished; it was not sent again, and `reason` says why
    FAILED = "failed"


class DeliveryMove(StrEnum):
    TAKE = "take"
    SEND = "send"
    SUPPRESS = "suppress"
    FAIL = "fail"


_S, _M = DeliveryState, DeliveryMove
DELIVERY = {
    (_S.QUEUED, _M.TAKE): _S.SENDING,
    (_S.SENDING, _M.TAKE): _S.SENDING,  # whoever took it vanished: again, under the same Message-ID
    (_S.SENDING, _M.SEND): _S.SENT,
    (_S.QUEUED, _M.SUPPRESS): _S.SUPPRESSED,
    (_S.SENDING, _M.SUPPRESS): _S.UNSURE,
    (_S.SENDING, _M.FAIL): _S.FAILED,
}


class LinkPurpose(StrEnum):
    """What the link of a message can do without signing in. Stopping everything is not among them: after it there is
    nothing left that a link could do."""

    THIS = "this"  # stop the one thing that the message is about
    LATER = "later"  # not now: pause


class Reason(StrEnum):
    """Why nothing was sent, or when it will be. Shown to the person and to staff; it never names an address."""

    NONE = ""
    IN_APP_ONLY = "You read your messages here; nothing is sent."
    QUIET = "Messages are paused."
    NOT_SAFE = "This channel was not called safe, or its review date has passed."
    NO_CONSENT = "There is no agreement to be written to."
    NO_ADDRESS = "There is no address to write to."
    NOT_CONFIGURED = "This channel is not set up."
    READ = "It was read here already."
    MOVED_ON = "It is no longer so."
    JOINED = "One message went out for several."
    WAITING = "It waits for a time that was called safe."
    FAILED = "The message could not be handed over."
