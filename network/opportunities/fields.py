"""The questions of a brief, and what is wrong with the answers. Every problem is told at once, by field.

The required ones are those that a person needs to decide: NSUN's list for media requests, Ofcom's seven elements of
informed consent (Broadcasting Code 7.3), and promise 5 (no work without knowing the pay).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import datetime, timedelta

from backend.kernel.clock import LONDON
from network.opportunities import kinds
from network.opportunities.data import BriefField, BriefInput, Kind
from network.opportunities.states import QuoteCheck, Recording
from network.people.states import NameMode
from payments.money import MOST, pounds

RECORDING = (
    (Recording.LIVE, "It goes out live"),
    (Recording.RECORDED, "It is recorded and goes out later"),
    (Recording.WRITTEN, "It is written down"),
    (Recording.NOT_RECORDED, "It is neither recorded nor written down"),
)
QUOTE_CHECK = (
    (QuoteCheck.NONE, "The person sees nothing beforehand"),
    (QuoteCheck.READ_BACK, "The person’s words are read back to them"),
    (QuoteCheck.SEE_QUOTES, "The person sees their quotes and can ask for changes"),
    (QuoteCheck.CORRECT_FACTS, "The person sees their quotes and can correct facts"),
)
IDENTITY = (
    (NameMode.FULL, "Their full name"),
    (NameMode.FIRST, "Their first name is enough"),
    (NameMode.OTHER, "Another name of their choice is enough"),
    (NameMode.NONE, "No name is needed"),
)
LONG, SHORT = 4000, 200
FURTHEST = timedelta(days=730)  # beyond this a slip in the year is likelier than a plan


def _text(name: str, label: str, help_: str = "", *, required: bool = True, longest: int = LONG) -> BriefField:
    return BriefField(name, label, help_, required, longest)


def _choice(name: str, label: str, choices: Iterable[tuple[str, str]], help_: str = "") -> BriefField:
    return BriefField(name, label, help_, True, None, tuple((str(code), words) for code, words in choices))


_FIELDS: tuple[BriefField, ...] = (
    BriefField("kind", "Kind of work", "What you ask somebody to do.", True),
    _text("title", "Title", "One line. Do not name anybody.", longest=160),
    _text("purpose", "What it is for", "What you are making or doing, and why now."),
    _text("why_lived_experience", "Why lived experience matters here", "Why somebody who has been through it?"),
    _text("who_decides", "Who can act on what is said", "Who hears it, and what they can decide afterwards."),
    _text("question_areas", "What you will ask about", "The areas of your questions, and what you will not ask."),
    _text("other_contributors", "Who else takes part", "And what they are likely to say, as far as you know.", required=False),
    _text("audience", "Who it is for", "Who reads, hears or watches it, and about how many."),
    _choice("recording", "Live, recorded or written", RECORDING),
    BriefField("edited", "Will it be edited?", "Yes or no.", True),
    _text("editorial_terms", "Editorial terms", "Who has the last word on what appears, and what you promise."),
    _choice("quote_check", "Seeing the words beforehand", QUOTE_CHECK),
    _text("first_shown", "Where and when it first appears", "As far as you know."),
    _text("online_how_long", "How long it stays online", "Such as “no end” or “30 days”.", longest=SHORT),
    _text("reuse", "Use again later", "Whether it may be used again, by whom, and whether you ask first.", longest=SHORT),
    _choice("identity_needed", "How the person is named", IDENTITY, "Ask for no more than you need."),
    _text("welfare_risks", "What could be hard about it", "Think of questions, comments, family, work, the law."),
    _text("welfare_support", "What you do about that", "Breaks, somebody to talk to, watching the comments."),
    BriefField("remote", "Can it be done from home?", "By video or telephone.", False),
    _text("place", "Place", "Town and building. Needed unless it can be done from home.", required=False, longest=SHORT),
    _text("access_notes", "Access", "Steps, lifts, hearing loops, quiet rooms, interpreters.", required=False),
    _text("who_is_in_the_room", "Who will be in the room", "", required=False),
    BriefField("supporter_welcome", "May they bring somebody?", "A supporter of their choice.", False),
    BriefField("fee_pence", "Fee", "What the person is paid, before expenses. There is a least fee.", True),
    _text("expenses", "Expenses", "What you pay for, and whether you book and pay it in advance."),
    BriefField("preparation_minutes", "Preparation", "In minutes. It is part of the work.", False),
    BriefField("starts_at", "Starts", "Day and time in the United Kingdom.", True),
    BriefField("ends_at", "Ends", "Day and time in the United Kingdom.", True),
    BriefField("answer_by", "Answers by", "Give people time to think. It must be before the work starts.", True),
    _text("point_of_no_return", "The last moment to stop it", "After which you can no longer take it out, and why."),
    _text("outcome_report", "How you will report back", "What you will tell the person about what happened next."),
    BriefField("outcome_promised_by", "Report back by", "The day by which you report back.", False),
    BriefField("topics", "Topics", "What it is about. At least one.", True),
)  # fmt: skip

# A change in one of these is a change in what somebody said yes to: they are asked again (Ofcom 7.3, element 4).
MATTERS = frozenset(
    [
        "kind",
        "purpose",
        "question_areas",
        "other_contributors",
        "audience",
        "recording",
        "edited",
        "editorial_terms",
        "quote_check",
        "first_shown",
        "online_how_long",
        "reuse",
        "identity_needed",
        "remote",
        "place",
        "fee_pence",
        "starts_at",
        "ends_at",
        "point_of_no_return",
        "supporter_welcome",
        "who_is_in_the_room",
        "welfare_risks",
        "welfare_support",
    ]
)
# What a booking has taken over from the brief. Once somebody is chosen it is part of an agreement of two sides.
AGREED = frozenset(
    {"kind", "fee_pence", "starts_at", "ends_at", "point_of_no_return", "preparation_minutes", "expenses"}
)
NAMES = tuple(f.name for f in _FIELDS)
LABELS = {f.name: f.label for f in _FIELDS}
assert set(NAMES) | {"extras"} == {f.name for f in dataclass_fields(BriefInput)}  # noqa: S101 - a slip in this file


def brief_fields(kind: str | None = None) -> tuple[BriefField, ...]:
    """The questions of a brief, in order; with `kind`, followed by that kind's own. Raises KeyError."""
    own = kinds.kind(kind).extra_fields if kind else ()
    return _FIELDS + tuple(
        BriefField(f"extras.{extra.name}", extra.label, extra.help, extra.required, 500) for extra in own
    )


def cleaned(brief: BriefInput) -> BriefInput:
    """The same without spaces around words or characters that no database keeps."""
    changes: dict[str, object] = {
        f.name: _clean(getattr(brief, f.name)) for f in _FIELDS if isinstance(getattr(brief, f.name), str)
    }
    changes["topics"] = tuple(dict.fromkeys(_clean(slug) for slug in brief.topics))
    changes["extras"] = {_clean(name): text for name, value in brief.extras.items() if (text := _clean(str(value)))}
    if not changes["kind"]:
        changes["kind"] = ""
    return replace(brief, **changes)  # type: ignore[arg-type]


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


class Problems(dict[str, list[str]]):
    """Field name -> what to do about it."""

    def tell(self, name: str, message: str) -> None:
        self.setdefault(name, []).append(message)


def problems(
    brief: BriefInput, *, fee_floor: int | None, known_topics: frozenset[str], at: datetime, submitting: bool
) -> Problems:
    """What needs another look. A draft may leave things out but may not hold what could never be kept."""
    found = Problems()
    kind = _kind(brief, found)
    _lengths_and_choices(brief, found)
    unknown = [slug for slug in brief.topics if slug not in known_topics]
    if unknown:
        found.tell("topics", "Choose topics from the list.")
    if len(brief.topics) > 10:
        found.tell("topics", "Choose ten topics at most.")
    _extras(brief, kind, found, submitting=submitting)
    _times(brief, found, at=at, submitting=submitting)
    if brief.fee_pence is not None and not 0 <= brief.fee_pence <= MOST:
        found.tell("fee_pence", f"Enter a fee of {pounds(MOST)} or less.")
    if brief.preparation_minutes is not None and not 0 <= brief.preparation_minutes <= 6000:
        found.tell("preparation_minutes", "Enter a number of minutes from 0 to 6,000.")
    if submitting:
        _required(brief, found)
        if (
            fee_floor is not None
            and brief.fee_pence is not None
            and "fee_pence" not in found
            and brief.fee_pence < fee_floor
        ):
            found.tell("fee_pence", f"The least fee for this kind of work is {pounds(fee_floor)}.")
    return found


def _kind(brief: BriefInput, found: Problems) -> Kind | None:
    try:
        return kinds.kind(brief.kind)
    except KeyError:
        found.tell("kind", "Choose a kind of work from the list.")
        return None


def _lengths_and_choices(brief: BriefInput, found: Problems) -> None:
    for question in _FIELDS:
        value = getattr(brief, question.name)
        if not isinstance(value, str):
            continue
        if question.longest and len(value) > question.longest:
            found.tell(question.name, f"Use {question.longest:,} characters or fewer.")
        if question.choices and value and value not in dict(question.choices):
            found.tell(question.name, "Choose one of the answers.")


def _extras(brief: BriefInput, kind: Kind | None, found: Problems, *, submitting: bool) -> None:
    if kind is None:
        return
    own = {extra.name: extra for extra in kind.extra_fields}
    for name, value in brief.extras.items():
        if name not in own:
            found.tell(f"extras.{name}"[:80], "This kind of work does not ask that.")
        elif len(value) > 500:
            found.tell(f"extras.{name}", "Use 500 characters or fewer.")
    if submitting:
        for extra in own.values():
            if extra.required and not brief.extras.get(extra.name):
                found.tell(f"extras.{extra.name}", f"Answer “{extra.label}”.")


def _times(brief: BriefInput, found: Problems, *, at: datetime, submitting: bool) -> None:
    times = {name: getattr(brief, name) for name in ("starts_at", "ends_at", "answer_by")}
    for name, value in times.items():
        if value is None:
            continue
        if value.tzinfo is None:
            found.tell(name, "Give the time with its zone.")
        elif abs(value - at) > FURTHEST:
            found.tell(name, "Check the year.")
    if any(name in found for name in times):
        return
    starts, ends, answer_by = times["starts_at"], times["ends_at"], times["answer_by"]
    if starts and ends and ends <= starts:
        found.tell("ends_at", "The end must be after the start.")
    if ends and not starts:
        found.tell("starts_at", "Enter when it starts.")
    if starts and not ends:
        found.tell("ends_at", "Enter when it ends.")
    if starts and answer_by and answer_by >= starts:
        found.tell("answer_by", "Answers are needed before the work starts.")
    if submitting:
        if starts and starts <= at:
            found.tell("starts_at", "Choose a time in the future.")
        if answer_by and answer_by <= at:
            found.tell("answer_by", "Choose a time in the future.")
        promised = brief.outcome_promised_by
        if promised and starts and promised < starts.astimezone(LONDON).date():
            found.tell("outcome_promised_by", "Choose a day on or after the work itself.")


def _required(brief: BriefInput, found: Problems) -> None:
    for question in _FIELDS:
        if not question.required or question.name in found:
            continue
        value = getattr(brief, question.name)
        if value is None or value == "" or value == ():
            found.tell(question.name, _missing_words(question))
    if not brief.remote and not brief.place and "place" not in found:
        found.tell("place", "Say where it happens, or that it can be done from home.")


def _missing_words(question: BriefField) -> str:
    if question.name == "topics":
        return "Choose at least one topic."
    if question.choices or question.name in ("edited", "kind"):
        return f"Choose an answer to “{question.label}”."
    return f"Fill in “{question.label}”."
