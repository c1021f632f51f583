from __future__ import annotations

from datetime import date

import pytest

from network.opportunities import kinds
from network.opportunities.fields import brief_fields
from network.opportunities.plain import plain_english
from tests.conftest import AT
from tests.factories.requests import brief_input


def test_every_kind_says_what_it_leads_to_and_who_says_so() -> None:
    codes = [kind.code for kind in kinds.kinds()]
    assert len(codes) == len(set(codes))
    assert {kind.group for kind in kinds.kinds()} == {"media", "parliament", "event", "internal"}
    for kind in kinds.kinds():
        assert kind.description.endswith(".")
        assert kind.consequences
        assert all(c.text and c.source for c in kind.consequences), kind.code
        assert (kind.group == "parliament") <= ("fee" in kind.who_pays), kind.code


def test_a_witness_is_told_that_every_question_has_to_be_answered() -> None:
    kind = kinds.kind("committee_oral_public")
    assert kind.live
    assert any("every question" in c.text and "38.36" in c.source for c in kind.consequences)


def test_policies_are_dated() -> None:
    assert kinds.policy("longest_hold_days", date(2026, 11, 2)) == 14
    with pytest.raises(KeyError):
        kinds.policy("longest_hold_days", date(2000, 1, 1))
    with pytest.raises(KeyError):
        kinds.policy("no such", date(2026, 11, 2))


def test_a_kinds_own_questions_follow_the_common_ones() -> None:
    common, own = brief_fields(), brief_fields("written_evidence")
    assert own[: len(common)] == common
    assert {f.name for f in own[len(common) :]} == {"extras.committee", "extras.inquiry", "extras.word_limit"}


@pytest.mark.django_db
def test_the_person_reads_everything_that_was_written() -> None:
    brief = brief_input()
    text = "\n".join(p.text for s in plain_english(brief, organisation="The Example") for p in s.paragraphs)
    for name in ("purpose", "why_lived_experience", "who_decides", "question_areas", "other_contributors", "audience",
                 "editorial_terms", "first_shown", "online_how_long", "reuse", "welfare_risks", "welfare_support",
                 "place", "who_is_in_the_room", "expenses", "point_of_no_return", "outcome_report"):  # fmt: skip
        assert getattr(brief, name) in text, name
    assert "£200.00" in text
    assert "Monday 23 November 2026, 10 am, until 12 pm (UK time)" in text
    assert "The Example" in text
    assert brief.starts_at is not None
    assert brief.starts_at > AT
