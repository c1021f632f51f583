"""A brief in plain English, as the person reads it before they answer: all of it, in their order, not the form's."""

from __future__ import annotations

from datetime import datetime

from backend.kernel.clock import LONDON
from network.opportunities import kinds
from network.opportunities.data import BriefInput, Paragraph, Section
from network.opportunities.fields import IDENTITY, QUOTE_CHECK, RECORDING
from payments.money import pounds

NOT_SAID = "They have not said."


def when(moment: datetime | None) -> str:
    """A moment in United Kingdom time, with its zone: "Tuesday 1 December 2026, 2.30 pm (UK time)"."""
    if moment is None:
        return NOT_SAID
    local = moment.astimezone(LONDON)
    hour = local.hour % 12 or 12
    minutes = f".{local.minute:02d}" if local.minute else ""
    half = "am" if local.hour < 12 else "pm"
    return f"{local:%A} {local.day} {local:%B %Y}, {hour}{minutes} {half} (UK time)"


def span(starts: datetime | None, ends: datetime | None) -> str:
    if starts is None or ends is None:
        return NOT_SAID
    if starts.astimezone(LONDON).date() == ends.astimezone(LONDON).date():
        return f"{when(starts).removesuffix(' (UK time)')}, until {when(ends).split(', ', 1)[1]}"
    return f"{when(starts)}, until {when(ends)}"


def _yes_no(value: bool | None, yes: str, no: str) -> str:
    return NOT_SAID if value is None else (yes if value else no)


def _chosen(choices: tuple[tuple[str, str], ...], value: str) -> str:
    return next((words for code, words in choices if str(code) == value), NOT_SAID)


def plain_english(brief: BriefInput, *, organisation: str) -> tuple[Section, ...]:
    """The whole brief. The requester's own words are shown as they are; the headings are ours."""
    try:
        kind = kinds.kind(brief.kind)
    except KeyError:
        kind = None
    minutes = brief.preparation_minutes
    if minutes is None:
        minutes = kind.preparation_minutes if kind else 0
    fee = pounds(brief.fee_pence) if brief.fee_pence is not None else NOT_SAID
    where = brief.place or ("From home, by video or telephone" if brief.remote else NOT_SAID)
    if brief.place and brief.remote:
        where = f"{brief.place.rstrip('.')}. Or from home, by video or telephone."

    def said(label: str, text: str) -> Paragraph:
        return Paragraph(label, text or NOT_SAID)

    sections = [
        Section(
            "What it is",
            (
                said("Who asks", organisation),
                said("What you would do", kind.description if kind else ""),
                said("What it is for", brief.purpose),
                said("Why somebody who has been through it", brief.why_lived_experience),
                said("Who it is for", brief.audience),
                said("Who can act on what you say", brief.who_decides),
            ),
        ),
        Section(
            "When and where",
            (
                said("When", span(brief.starts_at, brief.ends_at)),
                said("Where", where),
                said("Access", brief.access_notes),
                said("Who will be in the room", brief.who_is_in_the_room),
                said(
                    "Bringing somebody",
                    _yes_no(
                        brief.supporter_welcome, "You can bring somebody of your choice.", "They ask you to come alone."
                    ),
                ),
            ),
        ),
        Section(
            "Your pay",
            (
                said("Fee", fee),
                said("Who pays it", kind.who_pays if kind else ""),
                said("Expenses", brief.expenses),
                said("Preparation", f"About {minutes} minutes, included in the fee." if minutes else "None."),
            ),
        ),
        Section(
            "What you would be asked, and what happens to your words",
            (
                said("What they will ask about", brief.question_areas),
                said("Who else takes part", brief.other_contributors),
                said("Live, recorded or written", _chosen(RECORDING, brief.recording)),
                said(
                    "Editing",
                    _yes_no(brief.edited, "It will be edited.", "It will not be edited."),
                ),
                said("Editorial terms", brief.editorial_terms),
                said("Seeing the words beforehand", _chosen(QUOTE_CHECK, brief.quote_check)),
                said("Where and when it first appears", brief.first_shown),
                said("How long it stays online", brief.online_how_long),
                said("Use again later", brief.reuse),
            ),
        ),
        Section(
            "Being named, and being safe",
            (
                said("The name they need", _chosen(IDENTITY, brief.identity_needed)),
                said("What could be hard about it", brief.welfare_risks),
                said("What they do about that", brief.welfare_support),
                said("The last moment to stop it", brief.point_of_no_return),
            ),
        ),
        Section(
            "Afterwards",
            (
                said("How they will report back", brief.outcome_report),
                said(
                    "By when",
                    f"{brief.outcome_promised_by.day} {brief.outcome_promised_by:%B %Y}"
                    if brief.outcome_promised_by
                    else "",
                ),
                said("Answers by", when(brief.answer_by)),
            ),
        ),
    ]
    if kind and kind.extra_fields and any(brief.extras.values()):
        labels = {extra.name: extra.label for extra in kind.extra_fields}
        more = tuple(Paragraph(labels[name], text) for name, text in brief.extras.items() if name in labels and text)
        sections.insert(1, Section("More about it", more))
    return tuple(sections)
