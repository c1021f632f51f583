from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from network.opportunities import language
from network.opportunities.language import language_flags

ROWS = list(csv.DictReader((Path(language.__file__).parent / "material" / "language.csv").open(encoding="utf-8")))


def found(text: str) -> list[str]:
    return [flag.found.lower() for flag in language_flags(text)]


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("We look for the homeless.", ["the homeless"]),
        ("an ex-offender and two ex offenders", ["ex-offender", "ex offenders"]),
        ("People who are hard-to-reach, or hard\nto reach", ["hard-to-reach", "hard\nto reach"]),
        ("She suffered from epilepsy", ["suffered from"]),
        ("victims of cancer", ["victims of cancer"]),
        ("former addicts", ["former addicts"]),
        ("He is three months clean of drugs", ["clean"]),
        ("foster placements", ["placements"]),
        ("He had fits, and epilepsy at forty", ["fits"]),
        ("INMATE’S story", ["inmate’s"]),
        ("the blind and the elderly", ["the blind", "the elderly"]),
        ("asked as a Case Study", ["case study"]),
        ("give a voice to people", ["give a voice to"]),
    ],
)
def test_it_finds_the_term_with_its_inflections_and_hyphens(text: Any, flagged: Any) -> None:
    assert found(text) == flagged


@pytest.mark.parametrize(
    "text",
    [
        "a clean copy of the script", "the clean water act and drugs policy", "a work placement", "an invalid link",
        "I am mad about football", "the homeless charity Exampleshire", "Rehabilitation of Offenders Act",
        "Young Offender Institution", "Victim Support came", "a derelict building", "non-alcoholic drinks",
        "a heart attack", "this suit fits the man", "the blind spot", "lack of time", "need to convict him",
        "a dwarf planet", "contact the clerk", "neet and tidy", "the poor quality of the film", "a sober assessment",
        "unplaced", "nomadic", "the elderly care act",
    ],
)  # fmt: skip
def test_look_alikes_are_left_alone(text: Any) -> None:
    assert found(text) == []


def test_a_flag_explains_and_cites_and_points_at_the_words() -> None:
    text = "We look for junkies."
    (flag,) = language_flags(text)
    assert text[flag.start : flag.end] == "junkies"
    assert "person with a dependence" in flag.why
    assert "Renfrewshire" in flag.source
    assert flag.mode == "replace-unless-self"


def test_contested_words_say_that_guides_disagree() -> None:
    (flag,) = language_flags("an interview with a sex worker")
    assert "disagree" in flag.why
    assert "Journo Resources" in flag.source


def test_every_term_of_the_list_can_be_found() -> None:
    for row in ROWS:
        phrase = row["patterns"].split("|")[0]
        near = row["only_near"].split("|")[0]
        assert language_flags(f"{phrase}, {near}"), row["term"]
        assert row["source"], row["term"]


def test_every_mode_has_its_words() -> None:
    assert {row["mode"] for row in ROWS} <= set(language._WHY)
