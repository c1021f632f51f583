from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Invalid, NotFound
from payments import public
from payments.money import Pence
from payments.rates import queries
from payments.rates.card import figures
from payments.rates.models import Rate
from payments.rates.usecases import set_rate
from tests.payments.cast import staff

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_floor_is_dated_and_unknown_kinds_have_the_general_one() -> None:
    assert public.fee_floor("interview", date(2026, 1, 5)) == 8250
    assert public.fee_floor("juggling", date(2026, 1, 5)) == 8250
    assert public.fee_floor("juggling", date(2020, 1, 5)) == 7500


def test_pay_by_skips_weekends_and_bank_holidays() -> None:
    assert public.pay_by(date(2026, 11, 2)) == date(2026, 11, 9)
    # From Wednesday 23 December 2026: 24, 29, 30, 31 December and 4 January are the five working days.
    assert public.pay_by(date(2026, 12, 23)) == date(2027, 1, 4)


def test_late_cancellation() -> None:
    assert public.late_cancellation_fee(Pence(9000), starts_at=AT + timedelta(hours=47), at=AT) == 9000
    assert public.late_cancellation_fee(Pence(9000), starts_at=AT + timedelta(hours=49), at=AT) == 0


def test_every_figure_has_a_source_and_a_known_status() -> None:
    assert figures()
    for figure in figures():
        assert figure.source
        assert figure.status in ("confirmed", "policy", "unconfirmed")


def test_the_network_changes_its_own_floor_from_a_day_on() -> None:
    admin = staff(Role.ADMIN)
    set_rate(
        kind="floor:general", effective_from=date(2026, 12, 1), value=9900, source="Board, minute 4", actor=admin, at=AT
    )
    assert queries.floor_for("general", date(2026, 11, 30)) == 8250
    assert queries.floor_for("general", date(2026, 12, 1)) == 9900


@pytest.mark.parametrize(
    ("kind", "day", "source"),
    [
        ("interest:reference", date(2027, 1, 1), "x"),
        ("floor:general", date(2026, 1, 1), "x"),
        ("floor:general", date(2027, 1, 1), " "),
    ],
)
def test_refusals_change_nothing(kind: str, day: date, source: str) -> None:
    with pytest.raises(Invalid):
        set_rate(kind=kind, effective_from=day, value=1, source=source, actor=staff(Role.ADMIN), at=AT)
    with pytest.raises(NotFound):
        set_rate(
            kind="floor:general", effective_from=date(2027, 1, 1), value=1, source="x", actor=Actor.nobody(), at=AT
        )
    assert not Rate.objects.exists()
