from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template

from backend.web.parts import Bar, Cell, Row, Step, Task, Tile

NASTY = '<script>alert("x")</script>'


def _draw(source: str, **context: Any) -> str:
    return Template(source).render(Context({"csrf_token": "t" * 64, **context}))


@pytest.mark.parametrize(
    ("source", "context"),
    [
        ("{% tag x %}", {"x": NASTY}),
        ("{% card heading=x url='/a' state=x %}{{ x }}{% endcard %}", {"x": NASTY}),
        ("{% notice heading=x %}{{ x }}{% endnotice %}", {"x": NASTY}),
        ("{% empty x x '/a' x %}", {"x": NASTY}),
        ("{% summary_list x %}", {"x": [Row(NASTY, NASTY, "/a", NASTY, NASTY)]}),
        ("{% task_list x %}", {"x": [Task(NASTY, "/a", NASTY, NASTY)]}),
        ("{% steps x %}", {"x": [Step(NASTY, None, NASTY)]}),
        ("{% tiles x %}", {"x": [Tile(NASTY, NASTY, NASTY, "/a")]}),
        ("{% table x y z %}", {"x": NASTY, "y": [NASTY], "z": [[Cell(NASTY, url="/a")]]}),
        ("{% bar_chart x y %}", {"x": NASTY, "y": [Bar(NASTY, 1)]}),
        ("{% action '/a' x about=x note=x %}", {"x": NASTY}),
    ],
)
def test_what_people_write_is_never_markup(source: str, context: dict[str, Any]) -> None:
    html = _draw(source, **context)
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_block_components_hold_what_the_page_put_in_them() -> None:
    html = _draw("{% card heading='A' tone='warn' %}<p>in {{ x }}</p>{% endcard %}", x="here")
    assert "<p>in here</p>" in html
    assert "own-card--warn" in html


def test_a_table_cell_carries_its_heading_for_the_phone() -> None:
    html = _draw("{% table 'T' 'Who|Amount' rows %}", rows=[("A", Cell("£1.00", number=True))])
    assert '<th scope="row" data-label="Who">' in html
    assert '<td data-label="Amount" class="own-number">' in html
    assert html.count("own-number") == 2


def test_a_table_whose_row_is_short_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        _draw("{% table 'T' 'Who|Amount' rows %}", rows=[("A",)])


def test_a_chart_has_a_title_figures_and_bars_to_scale() -> None:
    html = _draw("{% bar_chart 'By topic' bars %}", bars=[Bar("Housing", 10), Bar("Care", 5), Bar("None", 0)])
    assert "<title" in html
    assert "Housing: 10; Care: 5; None: 0" in html
    assert 'width="200"' in html
    assert html.count('height="14"') == 5  # three grounds, two bars: nothing is drawn for none
    assert "style=" not in html


def test_an_empty_chart_does_not_divide_by_nothing() -> None:
    assert "<svg" in _draw("{% bar_chart 'By topic' bars %}", bars=[Bar("Housing", 0)])


def test_rows_without_a_value_are_left_out() -> None:
    html = _draw("{% summary_list rows %}", rows=[("A", None), ("B", 0), ("C", "")])
    assert "<dt" in html
    assert html.count("<dt") == 2


def test_a_button_posts_with_its_token_and_values() -> None:
    html = _draw("{% action '/a/' 'Say yes' move='yes' %}")
    assert 'method="post" action="/a/"' in html
    assert 'name="csrfmiddlewaretoken"' in html
    assert '<input type="hidden" name="move" value="yes">' in html


def test_pagination_shows_only_what_there_is() -> None:
    assert _draw("{% pagination %}").strip() == ""
    assert 'rel="next"' in _draw("{% pagination next_url='/a?after=1' %}")
