"""When two spellings may be the same: a table of pairs, and the ways people really write."""

from __future__ import annotations

import pytest

from network.nevertell import likeness


@pytest.mark.parametrize(
    ("listed", "other"),
    [
        ("Jonathan Smyth", "Jonathan Smith"),
        ("Jonathan Smyth", "SMITH, Jonathon"),
        ("Catherine O’Neill", "Katherine Oneill"),
        ("Siân Evans", "Sian Evans"),
        ("Stephen Philips", "Stefen Phillips"),
        ("Mohammed Rahman", "Mohamed Rahman"),
        ("J. Smith", "John Smith"),
        ("Dr Robert Michael Kane", "Robert Kane"),
        ("Robert Kane", "Robert M. Kane"),
        ("Gerry Nolan", "Gerry Nolna"),
        ("Spike", "Spike Jones"),
    ],
)
def test_names_that_may_be_the_same(listed: str, other: str) -> None:
    assert likeness.same_name(listed, other)


@pytest.mark.parametrize(
    ("listed", "other"),
    [
        ("Jonathan Smith", "Jonathan Jones"),
        ("Jonathan Smith", "Margaret Smith"),
        ("Amy Li", "Amy Lu"),
        ("Robert Kane", "Alison Crane"),
        ("", "Anybody At All"),
        ("Spike", "Mike Jones"),
    ],
)
def test_names_that_are_not(listed: str, other: str) -> None:
    assert not likeness.same_name(listed, other)


@pytest.mark.parametrize("text", ["Also on the panel: Jon Kaine of the council.", "with KAINE, Jon and others"])
def test_a_name_is_found_in_running_text(text: str) -> None:
    assert likeness.name_in("Jon Kaine", likeness.words(text))
    assert not likeness.name_in("Jon Kaine", likeness.words("Jon from the council and, much later, a Mr Kaine."))
    assert not likeness.name_in("Jon", likeness.words(text))  # one word alone is too little


def test_one_form_for_each_kind() -> None:
    assert {likeness.phone(v) for v in ("+44 7700 900123", "0044 7700 900123", "07700900123", "(07700) 900-123")} == {
        "07700900123"
    }
    assert likeness.phone("12") == ""
    assert likeness.email(" Kim+News@Mail.Example.ORG ") == "kim@mail.example.org"
    assert likeness.email("nobody") == ""
    assert {likeness.domain(v) for v in ("https://www.Echo.example/a", "echo.example", "kim@echo.example")} == {
        "echo.example"
    }
    assert list(likeness.hosts_of("mail.news.example")) == ["mail.news.example", "news.example"]
    assert {likeness.handle(v) for v in ("@Kim_K", "kim_k", "https://social.example/kim_k/")} == {"kim_k"}
    assert likeness.phrase("The Exampleton Echo Ltd") == "exampleton echo"


def test_one_letter() -> None:
    assert likeness.one_letter_apart("nolan", "nolna")
    assert likeness.one_letter_apart("nolan", "nolans")
    assert likeness.one_letter_apart("nolan", "nolen")
    assert not likeness.one_letter_apart("nolan", "nlona")
    assert not likeness.one_letter_apart("nolan", "noln s")
