"""Words for what a person chooses, on forms and where it is shown again. Codes never reach a screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from backend.web.words import clock_time, day, when
from network.consent.data import Category, DataKind, EventType, Format, Identity, Layer
from network.people.states import AnonymousFrom, Channel, Face, NameMode, Place, Voice

NAMES: tuple[tuple[str, str, str], ...] = (
    (NameMode.FULL, "My full name", "The name you wrote as your full name."),
    (NameMode.FIRST, "My first name only", ""),
    (NameMode.OTHER, "Another name", "One you choose. Your own name stays with you."),
    (NameMode.NONE, "No name", "They see that you do not wish to be named."),
)
FACES: tuple[tuple[str, str, str], ...] = (
    (Face.FACE, "My face can be seen", ""),
    (Face.NO_FACE, "Pictures without my face", "Hands, back or outline. Clothes and places can still tell."),
    (Face.NONE, "No pictures of me", ""),
)
VOICES: tuple[tuple[str, str, str], ...] = (
    (Voice.OWN, "My own voice", ""),
    (Voice.REVOICED, "Somebody else speaks my words", "Safer than a changed voice, which can be changed back."),
    (Voice.NONE, "No voice", "My words in writing only."),
)
PLACES: tuple[tuple[str, str, str], ...] = (
    (Place.EXACT, "My town", ""),
    (Place.REGION, "My region", "Such as “the North West”."),
    (Place.NATION, "My nation", "Such as “Wales”."),
    (Place.NONE, "No place", ""),
)
ANONYMOUS: tuple[tuple[str, str, str], ...] = (
    (AnonymousFrom.PUBLIC, "People who do not know me", ""),
    (AnonymousFrom.COMMUNITY, "My community, work or street", ""),
    (AnonymousFrom.FAMILY, "My family and close friends", "The hardest to keep. Small details add up."),
    (
        AnonymousFrom.SOMEBODY,
        "One person in particular",
        "You can write who, for your own eyes, under Sharing. They are never told.",
    ),
)
# What somebody may tick for one request. There is no picture to share: pictures are agreed with whoever takes them.
SHARES: tuple[tuple[str, str, str], ...] = (
    (Category.NAME, "A name", "The kind you choose below."),
    (
        Category.STORY,
        "My own words",
        "What you want to change, know and can do, and your story, exactly as you wrote them.",
    ),
    (Category.TOPICS, "My topics", "The list you chose."),
    (Category.PLACE, "Where I live", "Only as near as you choose below."),
    (Category.ACCESS_NEEDS, "What I need to take part", "So that they can arrange it."),
    (Category.CONTACT, "My email and phone", "They could write to you directly. Without it they reach you through us."),
)
CATEGORY: Mapping[str, str] = {
    Category.NAME: "your name",
    Category.CONTACT: "your email and phone",
    Category.PHOTO: "your picture",
    Category.STORY: "your own words",
    Category.TOPICS: "your topics",
    Category.PLACE: "where you live",
    Category.ACCESS_NEEDS: "what you need to take part",
    "care_plan": "your support plan",
    "terms": "the terms you set",
    "safe_contact": "how you may be reached",
    "answers": "your answers to a request",
    "concern": "what you asked us or were worried about",
    "supporter": "your supporter’s name and how to reach them",
    "legal_name": "the name on your account",
    "account_holder": "the name on your account",
    "account_number": "your account number",
    "sort_code": "your sort code",
    "stripe_account": "your payment account",
    "payment details": "your payment details",
}
FORMATS: tuple[tuple[str, str, str], ...] = (
    (Format.LIVE, "Live", "What you say is out as you say it."),
    (Format.RECORDED, "Recorded", ""),
    (Format.PRINT, "In print and in writing", ""),
    (Format.SOCIAL, "On social media", "It can be shared and commented on by anybody."),
    (Format.EVIDENCE, "As evidence to a parliament", "It is published for good."),
    (Format.EVENT, "At an event", ""),
)
KIND: Mapping[DataKind, str] = {
    DataKind.SPECIAL: "special-category data: it may tell of health, ethnicity, religion, politics or sex life",
    DataKind.CRIMINAL: "criminal-offence data: it may tell of an offence, or of being accused of one",
}
CHANNEL: Mapping[Channel, str] = {Channel.EMAIL: "Email", Channel.SMS: "Text message", Channel.PHONE: "Phone call"}
LAYER: Mapping[Layer, str] = {
    Layer.KEEP_RECORD: "Keep my record",
    Layer.COORDINATION: "Let my coordinator help me",
    Layer.BE_ASKED: "Ask me about requests",
    Layer.FOR_REQUEST: "Share for one request",
    Layer.REUSE: "Let them use it again",
    Layer.PUBLIC_PROFILE: "Show a public profile",
    Layer.ANONYMITY_WAIVER: "Let one publisher identify you",
}
ACT: Mapping[EventType, str] = {
    EventType.GIVEN: "You said yes",
    EventType.RENEWED: "You said yes again",
    EventType.NARROWED: "You chose to share less",
    EventType.REFUSED: "You said no",
    EventType.DEFERRED: "You said not now",
    EventType.WITHDRAWN: "You stopped it",
    EventType.EXPIRED: "It ended by itself",
    EventType.SUSPENDED: "The request changed, so it rests until you answer",
    EventType.REAFFIRMED: "You said yes again, to what changed",
    EventType.PAUSED: "You paused",
    EventType.RESUMED: "Your pause ended",
}
ROLE: Mapping[str, str] = {
    "spokesperson": "You",
    "supporter": "Your supporter",
    "requester": "The organisation",
    "coordinator": "A coordinator of the network",
    "safeguarding": "The network’s safeguarding lead",
    "finance_preparer": "The finance team",
    "finance_approver": "The finance team",
    "admin": "A network administrator",
    "program": "The organisation’s own software",
    "system": "The network’s own machinery",
    "link": "A link in a message to you",
}
ANONYMITY = (
    "Anonymity is never guaranteed. People who know you may recognise you by small details, "
    "and what is published can be copied."
)


def label(choices: Iterable[tuple[str, str, str]], value: str) -> str:
    return next((words for code, words, _ in choices if code == value), "")


def joined(parts: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    found = list(dict.fromkeys(parts))
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} and {found[-1]}"


def categories_words(categories: Iterable[str]) -> str:
    order = list(CATEGORY)
    known = sorted(categories, key=lambda c: order.index(c) if c in order else len(order))
    return joined(CATEGORY.get(c, c.replace("_", " ")) for c in known)


def identity_words(identity: Identity) -> tuple[tuple[str, str], ...]:
    """How somebody is shown, as lines to read."""
    lines: tuple[tuple[str, str], ...] = (
        ("Name", label(NAMES, identity.name_mode)),
        ("Face", label(FACES, identity.face)),
        ("Voice", label(VOICES, identity.voice)),
        ("Place", label(PLACES, identity.place)),
    )
    if identity.anonymous_from:
        hidden = joined(label(ANONYMOUS, code).lower() for code in identity.anonymous_from)
        lines = (*lines, ("Not to be recognised by", hidden))
    return lines


def formats_words(formats: Iterable[str]) -> str:
    return joined(label(FORMATS, code).lower() for code in sorted(formats)).capitalize()


def kinds_words(special: Iterable[str], criminal: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Which of what is shared is of a special kind, as lines to read."""
    found = ((DataKind.SPECIAL, list(special)), (DataKind.CRIMINAL, list(criminal)))
    return tuple(
        ("Special kind" if kind is DataKind.SPECIAL else "About offences",
         f"{categories_words(which).capitalize()}: {KIND[kind]}.")
        for kind, which in found
        if which
    )  # fmt: skip


def hour(number: int) -> str:
    """An hour of the day in UK time: 9am, midday, midnight."""
    if number % 12 == 0:
        return "midday" if number == 12 else "midnight"
    return f"{number % 12}{'am' if number < 12 else 'pm'}"


def span(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when: the day once, where it is one day in the United Kingdom."""
    if day(starts_at) == day(ends_at):
        return f"{day(starts_at)}, {clock_time(starts_at)} to {clock_time(ends_at)} (UK time)"
    return f"{when(starts_at)}, until {when(ends_at)}"


def countdown(until: datetime, at: datetime) -> str:
    """ "today", "tomorrow", "in 3 days": by whole days in between for what is near, then by the day itself."""
    left = until - at
    if left <= timedelta(0):
        return "now"
    if left < timedelta(hours=1):
        minutes = max(1, int(left.total_seconds() // 60))
        return f"in {minutes} minute{'s' if minutes > 1 else ''}"
    if left < timedelta(days=1):
        hours = int(left.total_seconds() // 3600)
        return f"in {hours} hour{'s' if hours > 1 else ''}"
    if left < timedelta(days=60):
        return f"in {left.days} day{'s' if left.days > 1 else ''}"
    return f"on {day(until)}"
