from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.money import allocate, parse_pounds, pounds


@given(st.integers(0, 99_999_999))
def test_written_and_read_again(amount: int) -> None:
    assert parse_pounds(pounds(amount)) == amount


@pytest.mark.parametrize("text", ["", "abc", "1.5", "1.234", "-5", "1,23", "99999999", "£"])
def test_refuses_what_is_not_an_amount(text: str) -> None:
    with pytest.raises(ValueError, match="Enter an amount"):
        parse_pounds(text)


@given(st.integers(0, 10**7), st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(sum))
def test_parts_add_up(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)
