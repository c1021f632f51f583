"""The words of consent: what, for which layer and purpose, to whom, and how a grant moves."""

from __future__ import annotations

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
# Most stories are special category or criminal-offence data (facts A4): the receipt says so.
SPECIAL = frozenset({Category.STORY, Category.TOPICS, Category.ACCESS_NEEDS})


class Layer(StrEnum):
    """One question at a time, in this order (facts A9)."""

    KEEP_RECORD = "keep_record"
    COORDINATION = "coordination"
    BE_ASKED = "be_asked"
    FOR_REQUEST = "for_request"
    REUSE = "reuse"
    PUBLIC_PROFILE = "public_profile"


class Purpose(StrEnum):
    RECORD = "record"
    COORDINATION = "coordination"
    ASKING = "asking"
    OPPORTUNITY = "opportunity"
    REUSE = "reuse"
    PROFILE = "profile"


PURPOSE_OF = {
    Layer.KEEP_RECORD: Purpose.RECORD,
    Layer.COORDINATION: Purpose.COORDINATION,
    Layer.BE_ASKED: Purpose.ASKING,
    Layer.FOR_REQUEST: Purpose.OPPORTUNITY,
    Layer.REUSE: Purpose.REUSE,
    Layer.PUBLIC_PROFILE: Purpose.PROFILE,
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


_S, _E = GrantState, EventType
GRANT = {
    (_S.GIVEN, _E.RENEWED): _S.GIVEN,
    (_S.GIVEN, _E.NARROWED): _S.GIVEN,
    (_S.GIVEN, _E.WITHDRAWN): _S.WITHDRAWN,
    (_S.GIVEN, _E.EXPIRED): _S.EXPIRED,
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
}
FIRST = {_E.GIVEN: _S.GIVEN, _E.REFUSED: _S.REFUSED, _E.DEFERRED: _S.DEFERRED}


class Status(StrEnum):
    """What an organisation is told about a consent reference it was given."""

    VALID = "valid"
    NARROWED = "narrowed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
