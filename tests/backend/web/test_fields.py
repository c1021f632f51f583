from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from backend.web.fields import CodeField, DateField, MoneyField, PhoneField, WhenField, WordsField


@pytest.mark.parametrize(
    ("typed", "pence"),
    [("150", 15000), ("£150", 15000), (" 1,250.5 ", 125050), ("0.01", 1), ("19.99", 1999), ("999999.99", 99999999)],
)
def test_money_is_exact_pence(typed: str, pence: int) -> None:
    assert MoneyField().clean(typed) == pence


@pytest.mark.parametrize("typed", ["1.234", "ten", "1e3", "NaN", "Infinity", "--1", "٣", "1.", "£", "99999999999"])
def test_money_refuses_what_is_no_amount(typed: str) -> None:
    with pytest.raises(ValidationError):
        MoneyField().clean(typed)


def test_money_keeps_to_its_limits_and_says_them() -> None:
    with pytest.raises(ValidationError, match=r"£150\.00 or more"):
        MoneyField(minimum=15000).clean("149.99")
    assert MoneyField(minimum=15000).clean("150") == 15000
    with pytest.raises(ValidationError, match=r"£10\.00 or less"):
        MoneyField(maximum=1000).clean("10.01")
    with pytest.raises(ValidationError):
        MoneyField().clean("-1")


def test_money_shows_pence_as_pounds_and_typed_text_as_typed() -> None:
    field = MoneyField()
    assert field.prepare_value(15005) == "150.05"
    assert field.prepare_value("a lot") == "a lot"


@pytest.mark.parametrize("typed", ["2026-11-03", "3/11/2026", "3 November 2026", "3 Nov 2026"])
def test_dates_as_people_write_them(typed: str) -> None:
    assert DateField().clean(typed) == date(2026, 11, 3)


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        ("2026-11-03", "14:30", datetime(2026, 11, 3, 14, 30, tzinfo=UTC)),
        ("2026-07-03", "2:30pm", datetime(2026, 7, 3, 13, 30, tzinfo=UTC)),
        ("2026-07-03", "9 AM", datetime(2026, 7, 3, 8, 0, tzinfo=UTC)),
        # 25 October 2026: 01:30 happens twice; the first is still summer time
        ("2026-10-25", "01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_times_are_uk_times_kept_in_utc(day: str, clock: str, utc: datetime) -> None:
    found = WhenField().clean([day, clock])
    assert found == utc
    assert found.utcoffset().total_seconds() == 0


def test_an_hour_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(ValidationError, match="no such time"):
        WhenField().clean(["2026-03-29", "01:30"])


@pytest.mark.parametrize(
    "typed", [["2026-11-03", ""], ["", "14:30"], ["", ""], ["soon", "14:30"], ["2026-11-03", "late"]]
)
def test_half_a_time_is_refused(typed: list[str]) -> None:
    with pytest.raises(ValidationError):
        WhenField().clean(typed)


def test_no_time_is_none_where_it_may_be() -> None:
    assert WhenField(required=False).clean(["", ""]) is None


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123-456"])
def test_codes_forgive_spaces(typed: str) -> None:
    assert CodeField().clean(typed) == "123456"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", "１２３４５６"])
def test_codes_are_digits_of_the_right_number(typed: str) -> None:
    with pytest.raises(ValidationError):
        CodeField().clean(typed)


def test_words_are_kept_as_written() -> None:
    field = WordsField(required=False)
    assert field.clean("  two spaces\r\nand a line  ") == "  two spaces\nand a line  "
    assert field.clean(" \r\n ") == ""


@pytest.mark.parametrize("typed", ["07700 900123", "+44 7700 900123", "(020) 7946 0000"])
def test_phone_numbers_as_written(typed: str) -> None:
    assert PhoneField().clean(typed) == typed


@pytest.mark.parametrize("typed", ["call me", "123", "07700 900123; drop"])
def test_phone_numbers_are_digits(typed: str) -> None:
    with pytest.raises(ValidationError):
        PhoneField().clean(typed)


@pytest.mark.parametrize("typed", [["0001-01-01", "00:00"], ["9999-12-31", "23:59"]])
def test_the_ends_of_the_calendar_do_not_crash(typed: list[str]) -> None:
    found = WhenField().clean(typed)
    assert found.year in (1, 9999)


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        DateField().clean("2026-02-30")
