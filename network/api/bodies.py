"""What the API answers, made from the frozen values of the areas. Names are listed one by one: nothing slips through.

What is shown of a person can only be made from a disclosure of the gate.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from network.bookings.data import BookingLine, BookingPage, RecallLine
from network.consent.data import Contact, Disclosed, Words
from network.opportunities.data import (
    Acknowledged,
    BriefField,
    BriefInput,
    BriefLine,
    BriefPage,
    Card,
    Cards,
    LanguageFlag,
    QuestionLine,
    Section,
)
from network.opportunities.fields import NAMES
from payments.public import InvoiceSummary

Body = dict[str, Any]


def _given(value: Any) -> Any:
    """A withheld value is null."""
    return value or None


def person(shown: Disclosed) -> Body:
    """What the gate gave, and nothing else. Raises TypeError for anything that is not a disclosure."""
    if not isinstance(shown, Disclosed):
        raise TypeError("only what the gate disclosed can be shown")
    contact, story = shown.contact, shown.story
    return {
        "public_id": shown.public_id,
        "name": _given(shown.name),
        "pronouns": _given(shown.pronouns),
        "contact": {"email": contact.email, "phone": contact.phone} if isinstance(contact, Contact) else None,
        "words": asdict(story) if isinstance(story, Words) else None,
        "topics": list(shown.topics) if isinstance(shown.topics, tuple) else None,
        "place": _given(shown.place),
        "access_needs": _given(shown.access_needs),
        "identity": {
            "name_mode": shown.identity.name_mode,
            "face": shown.identity.face,
            "voice": shown.identity.voice,
            "place": shown.identity.place,
            "anonymous_from": list(shown.identity.anonymous_from),
        },
        "formats": list(shown.formats),
        "reuse": shown.reuse,
        "consent_reference": shown.consent_ref,
        "consent_ends_at": shown.ends_at,
    }


# --- briefs ---------------------------------------------------------------------------------------------------------


def brief_line(line: BriefLine) -> Body:
    return {
        "id": line.opportunity_id,
        "reference": line.reference,
        "title": line.title,
        "kind": line.kind,
        "kind_name": line.kind_name,
        "source": line.source,
        "state": line.state,
        "state_words": line.state_words,
        "next_step": line.next_step,
        "fee_pence": line.fee_pence,
        "starts_at": line.starts_at,
        "answer_by": line.answer_by,
        "next_word_by": line.next_word_by,
    }


def acknowledged(done: Acknowledged) -> Body:
    return {
        "id": done.opportunity_id,
        "reference": done.reference,
        "state": done.state,
        "version": done.version,
        "next_word_by": done.next_word_by,
    }


def written(brief: BriefInput) -> Body:
    return {
        **{name: getattr(brief, name) for name in NAMES},
        "topics": list(brief.topics),
        "extras": dict(brief.extras),
    }


def sections(plain: tuple[Section, ...]) -> list[Body]:
    return [
        {"heading": part.heading, "paragraphs": [{"label": p.label, "text": p.text} for p in part.paragraphs]}
        for part in plain
    ]


def flags(found: tuple[LanguageFlag, ...]) -> list[Body]:
    return [{"field": f.field, "found": f.found, "prefer": f.prefer, "why": f.why, "source": f.source} for f in found]


def brief_page(page: BriefPage) -> Body:
    return {
        **brief_line(page.line),
        "version": page.version,
        "brief": written(page.written),
        "plain": sections(page.plain),
        "flags": flags(page.flags),
        "changes": [
            {
                "version": c.version,
                "at": c.at,
                "field": c.field,
                "label": c.label,
                "before": c.before,
                "after": c.after,
                "matters": c.matters,
            }
            for c in page.changes
        ],
        "history": [
            {"at": m.at, "move": m.move, "to_state": m.to_state, "note": m.note, "by": m.by} for m in page.history
        ],
        "moves": list(page.moves),
    }


def question(line: QuestionLine) -> Body:
    return {
        "id": line.question_id,
        "text": line.text,
        "asked_at": line.asked_at,
        "answer": line.answer,
        "answered_at": line.answered_at,
    }


def field(asked: BriefField) -> Body:
    return {
        "name": asked.name,
        "label": asked.label,
        "help": asked.help,
        "required": asked.required,
        "longest": asked.longest,
        "choices": [{"value": value, "words": words} for value, words in asked.choices],
        "who_sees": asked.who_sees,
    }


def card(one: Card) -> Body:
    return {
        "person": person(one.shown),
        "state": one.state,
        "fee_pence": one.fee_pence,
        "asks_for_more": one.asks_for_more,
        "terms_note": one.terms_note,
    }


def cards(found: Cards) -> Body:
    return {
        "id": found.opportunity_id,
        "reference": found.reference,
        "state": found.state,
        "state_words": found.state_words,
        "next_step": found.next_step,
        "next_word_by": found.next_word_by,
        "items": [card(one) for one in found.cards],
    }


# --- bookings -------------------------------------------------------------------------------------------------------


def booking_line(line: BookingLine) -> Body:
    return {
        "id": line.booking_id,
        "reference": line.reference,
        "state": line.state,
        "state_words": line.state_words,
        "title": line.title,
        "starts_at": line.starts_at,
        "ends_at": line.ends_at,
        "fee_pence": line.fee,
        "pay_by": line.pay_by,
        "next_actor": line.next_actor,
        "next_step": line.next_step,
    }


def recall(line: RecallLine) -> Body:
    return {
        "id": line.recall_id,
        "public_id": line.public_id,
        "consent_reference": line.consent_ref,
        "booking_reference": line.booking_reference,
        "state": line.state,
        "state_words": line.state_words,
        "asked_at": line.asked_at,
        "answer": line.answer,
        "answered_at": line.answered_at,
    }


def booking_page(page: BookingPage) -> Body:
    report, invoice = page.report, page.invoice
    return {
        **booking_line(page.line),
        "brief_id": page.opportunity_id,
        "public_id": page.public_id,
        "person": person(page.shown) if page.shown is not None else None,
        "place": page.place,
        "remote": page.remote,
        "purpose": page.purpose,
        "who_is_in_the_room": page.who_is_in_the_room,
        "editorial_terms": page.editorial_terms,
        "person_confirmed_at": page.person_confirmed_at,
        "requester_confirmed_at": page.requester_confirmed_at,
        "done_at": page.done_at,
        "state_reason": page.state_reason,
        "point_of_no_return": {"at": page.no_return.at, "words": page.no_return.words},
        "late_cancellation": {
            "hours": page.late.hours,
            "percent": page.late.percent,
            "if_cancelled_now_pence": page.late.if_cancelled_now,
            "on_the_day_pence": page.late.on_the_day,
        },
        "report": None
        if report is None
        else {
            "published": report.published,
            "url": report.url,
            "what_changed": report.what_changed,
            "reported_at": report.reported_at,
        },
        "report_due_on": page.report_due_on,
        "recalls": [recall(line) for line in page.recalls],
        "invoice": None
        if invoice is None
        else {
            "id": invoice.invoice_id,
            "number": invoice.number,
            "state": invoice.state,
            "state_words": invoice.state_words,
        },
        "moves": [str(move) for move in page.moves],
    }


# --- invoices -------------------------------------------------------------------------------------------------------


def invoice(line: InvoiceSummary) -> Body:
    return {
        "id": line.invoice_id,
        "number": line.number,
        "reference": line.reference,
        "state": line.state,
        "state_words": line.state_words,
        "issued_on": line.issued_on,
        "due_on": line.due_on,
        "total_pence": line.total,
        "paid_pence": line.paid,
        "credited_pence": line.credited,
        "outstanding_pence": line.outstanding,
    }
