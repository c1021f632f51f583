from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest
from django.template import Context, Template

from backend.kernel.errors import Invalid
from backend.web.fields import OneOfField, SomeOfField, TextField, TickField, WhenField, WordsField
from backend.web.forms import Form
from backend.web.style import EveryField


class _Ids(HTMLParser):
    """Collects ids, and what refers to ids."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.labels: list[str] = []
        self.inputs: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        self.refers += found.get("aria-describedby", "").split()
        if tag == "label":
            self.labels.append(found.get("for", ""))
        if tag in {"input", "textarea", "select"} and found.get("type") != "hidden":
            self.inputs.append(found)


def _draw(form: Form, **more: Any) -> str:
    return Template("{% form form button='Go' %}").render(Context({"form": form, "csrf_token": "t" * 64, **more}))


def _read(html: str) -> _Ids:
    parser = _Ids()
    parser.feed(html)
    return parser


@pytest.mark.parametrize("data", [None, {}, {"called": "<b>x", "fee": "abc"}])
def test_every_input_has_a_label_and_every_reference_a_target(data: dict[str, str] | None) -> None:
    found = _read(_draw(EveryField(data)))
    assert len(found.ids) == len(set(found.ids))
    assert set(found.refers) <= set(found.ids)
    assert len(found.inputs) == 19
    for one in found.inputs:
        assert one["id"] in found.labels, one


def test_each_kind_is_told_apart() -> None:
    form = EveryField()
    kinds = {field.name: field.kind for field in form}  # type: ignore[attr-defined]
    # A CheckboxSelectMultiple is a RadioSelect too: "kinds" is where that goes wrong.
    assert kinds["kinds"] == "checkboxes"
    assert kinds["shown_as"] == "radios"
    assert kinds["agree"] == "tick"
    assert kinds["meet"] == "when"
    assert kinds["fee"] == "money"
    assert kinds["code"] == "code"
    assert kinds["words"] == "count"
    assert kinds["file"] == "file"
    assert kinds["region"] == "select"
    html = _draw(form)
    assert len(re.findall(r'type="checkbox" name="kinds"', html)) == 3
    assert len(re.findall(r'type="radio" name="shown_as"', html)) == 4


def test_errors_lead_to_their_fields_and_lose_nothing() -> None:
    typed = {
        "called": 'Ro"wan <script>',
        "words": "first line\nsecond",
        "fee": "ten pounds",
        "shown_as": "other",
        "kinds": ["radio", "hearing"],
        "meet_0": "3 Nov 2026",
        "meet_1": "late",
        "region": "s",
    }
    form = EveryField(typed)
    html = _draw(form)
    found = _read(html)
    links = re.findall(r'<a href="#([^"]+)"', html)
    assert len(links) >= 5
    assert set(links) <= set(found.ids)
    assert "<script>" not in html
    assert 'value="Ro&quot;wan &lt;script&gt;"' in html
    assert "first line\nsecond" in html
    assert 'value="ten pounds"' in html
    assert 'value="3 Nov 2026"' in html
    assert 'value="late"' in html
    chosen = [one["value"] for one in found.inputs if "checked" in one]
    assert chosen == ["other", "radio", "hearing"]
    assert '<option value="s" selected>' in html


def test_an_unsent_form_has_no_errors() -> None:
    assert "govuk-error" not in _draw(EveryField())


def test_who_sees_is_beside_the_field_and_read_with_it() -> None:
    html = _draw(EveryField())
    assert 'id="id_called-who"' in html
    assert "Only the people who support you here." in html
    assert re.search(r'name="called"[^>]*aria-describedby="id_called-hint id_called-who"', html)


def test_sections_hold_each_field_once_and_forget_none() -> None:
    class Two(Form):
        a = TextField()
        b = TextField()
        c = TextField()
        sections: ClassVar = (("First", "", ("b",)), ("Second", "", ("b", "a")))

    laid = Two().laid_out
    assert [[field.name for field in section.fields] for section in laid] == [["b"], ["a"], ["c"]]


def test_a_use_cases_refusal_reaches_the_fields() -> None:
    class One(Form):
        fee = TextField()

    form = One({"fee": "1"})
    assert form.is_valid()
    form.take_refusal(Invalid({"fee": ["Too low."], "": ["All of it."], "unknown": ["Odd."]}))
    assert form.errors["fee"] == ["Too low."]
    assert form.non_field_errors() == ["All of it.", "Odd."]


def test_a_refusal_without_fields_still_says_something() -> None:
    form = EveryField({})
    form.is_valid()
    form.take_refusal(Invalid({}, "Not like this."))
    assert "Not like this." in form.non_field_errors()


def test_required_messages_name_the_field() -> None:
    form = EveryField({})
    assert form.errors["called"] == ["“What should we call you?” needs an answer"]
    assert form.errors["agree"] == ["Please tick “I have read the whole request”"]


def test_options_with_hints_come_from_the_choices() -> None:
    class One(Form):
        pick = OneOfField(choices=(("a", "A", "about A"), ("b", "B")))
        some = SomeOfField(choices=(("c", "C", "about C"),))
        option_hints: ClassVar = {"pick": {"b": "about B"}}

    html = _draw(One())
    for text in ("about A", "about B", "about C"):
        assert text in html


def test_initial_choices_are_checked() -> None:
    class One(Form):
        pick = OneOfField(choices=(("a", "A"), ("b", "B")))
        tick = TickField(required=False)
        when = WhenField(required=False)
        words = WordsField(max_length=None, required=False)

    html = _draw(One(initial={"pick": "b"}))
    assert re.search(r'value="b" checked', html)
    assert not re.search(r'value="a" checked', html)
    assert "govuk-character-count__message" not in html


def test_the_browser_may_not_cut_long_text() -> None:
    html = _draw(EveryField())
    assert "maxlength=" not in html.replace("data-maxlength=", "")


def test_a_form_without_sending_files_is_no_upload() -> None:
    class One(Form):
        a = TextField()

    assert "multipart" not in _draw(One())
    assert "multipart" in _draw(EveryField())
