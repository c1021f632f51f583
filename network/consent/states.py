"""The words of consent: what, for which layer and purpose, to whom, and how a grant moves."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Category(StrEnum):
    """What a person may show. Consent is per category, never for "the profile"."""

    NAME = "name"
    CONTACT = "contact"
    PHOTO = "photo"
    STORY = "story"
    TOPICS = "topics"
    PLACE = "place"
    ACCESS_NEEDS = "access_needs"


# Released only to an organisation whose check is at J2 or better and in date (control C3).
IDENTIFYING = frozenset({Category.NAME, Category.CONTACT, Category.PLACE, Category.PHOTO})
# What a statutory promise of anonymity keeps back until a waiver for that one publisher stands (facts B1).
WAIVABLE = frozenset({Category.NAME, Category.PHOTO, Category.PLACE})


class DataKind(StrEnum):
    """What the law says of a category besides that it is personal. Which is which is data: `wording/data_kinds.json`."""

    SPECIAL = "special"  # UK GDPR Article 9
    CRIMINAL = "criminal"  # UK GDPR Article 10; Data Protection Act 2018, section 11(2)


class Layer(StrEnum):
    """One question at a time, in this order (facts A9)."""

    KEEP_RECORD = "keep_record"
    COORDINATION = "coordination"
    BE_ASKED = "be_asked"
    FOR_REQUEST = "for_request"
    REUSE = "reuse"
    PUBLIC_PROFILE = "public_profile"
    ANONYMITY_WAIVER = "anonymity_waiver"


class Purpose(StrEnum):
    RECORD = "record"
    COORDINATION = "coordination"
    ASKING = "asking"
    OPPORTUNITY = "opportunity"
    REUSE = "reuse"
    PROFILE = "profile"
    WAIVER = "waiver"


PURPOSE_OF = {
    Layer.KEEP_RECORD: Purpose.RECORD,
    Layer.COORDINATION: Purpose.COORDINATION,
    Layer.BE_ASKED: Purpose.ASKING,
    Layer.FOR_REQUEST: Purpose.OPPORTUNITY,
    Layer.REUSE: Purpose.REUSE,
    Layer.PUBLIC_PROFILE: Purpose.PROFILE,
    Layer.ANONYMITY_WAIVER: Purpose.WAIVER,
}


class RecipientKind(StrEnum):
    NETWORK = "network"
    ORGANISATION = "organisation"  # always a named one: a category of recipients is not specific (facts A4)
    PUBLIC = "public"


RECIPIENT_OF = {
    Layer.KEEP_RECORD: RecipientKind.NETWORK,
    Layer.COORDINATION: RecipientKind.NETWORK,
    Layer.BE_ASKED: RecipientKind.NETWORK,
    Layer.FOR_REQUEST: RecipientKind.ORGANISATION,
    Layer.REUSE: RecipientKind.ORGANISATION,
    Layer.PUBLIC_PROFILE: RecipientKind.PUBLIC,
    Layer.ANONYMITY_WAIVER: RecipientKind.ORGANISATION,  # one publisher: consent to one does not cover another
}


class Format(StrEnum):
    """The ways in which something may be used."""

    LIVE = "live"
    RECORDED = "recorded"
    PRINT = "print"
    SOCIAL = "social"
    EVIDENCE = "evidence"
    EVENT = "event"


class Method(StrEnum):
    """How the person said it."""

    WEB = "web"
    LINK = "link"  # a signed link in a message of ours
    PAPER = "paper"


class GrantState(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class EventType(StrEnum):
    GIVEN = "given"
    RENEWED = "renewed"
    NARROWED = "narrowed"
    REFUSED = "refused"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    # A consent that stands and rests: nothing is shown under it, and nothing of it is lost.
    SUSPENDED = "suspended"  # what was agreed to changed; until the person has seen it and answered
    REAFFIRMED = "reaffirmed"  # yes again, to what changed
    PAUSED = "paused"  # the person said "not now" to everything
    RESUMED = "resumed"  # and is back


_S, _E = GrantState, EventType
GRANT = {
    (_S.GIVEN, _E.RENEWED): _S.GIVEN,
    (_S.GIVEN, _E.NARROWED): _S.GIVEN,
    (_S.GIVEN, _E.WITHDRAWN): _S.WITHDRAWN,
    (_S.GIVEN, _E.EXPIRED): _S.EXPIRED,
    (_S.GIVEN, _E.SUSPENDED): _S.GIVEN,
    (_S.GIVEN, _E.REAFFIRMED): _S.GIVEN,
    (_S.GIVEN, _E.PAUSED): _S.GIVEN,
    (_S.GIVEN, _E.RESUMED): _S.GIVEN,
}
# Where each kind of event leaves a grant.
STANDS = {
    _E.GIVEN: _S.GIVEN,
    _E.RENEWED: _S.GIVEN,
    _E.NARROWED: _S.GIVEN,
    _E.REFUSED: _S.REFUSED,
    _E.DEFERRED: _S.DEFERRED,
    _E.WITHDRAWN: _S.WITHDRAWN,
    _E.EXPIRED: _S.EXPIRED,
    _E.SUSPENDED: _S.GIVEN,
    _E.REAFFIRMED: _S.GIVEN,
    _E.PAUSED: _S.GIVEN,
    _E.RESUMED: _S.GIVEN,
}
FIRST = {_E.GIVEN: _S.GIVEN, _E.REFUSED: _S.REFUSED, _E.DEFERRED: _S.DEFERRED}


class Status(StrEnum):
    """What an organisation is told about a consent reference it was given."""

    VALID = "valid"
    NARROWED = "narrowed"
    SUSPENDED = "suspended"  # the person has to look at something again; not for now
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def rests(acts: Iterable[EventType]) -> bool:
    """Whether a consent rests after these acts, from their kinds alone: what can still be said when the key is gone."""
    suspended = paused = False
    for act in acts:
        match act:
            case EventType.SUSPENDED:
                suspended = True
            case EventType.PAUSED:
                paused = True
            case EventType.REAFFIRMED:
                suspended = False
            case EventType.RESUMED:
                paused = False
            case EventType.RENEWED:  # said yes to on new terms, or to the same for longer (refused while it rests)
                suspended = paused = False
            case _:
                pass
    return suspended or paused
