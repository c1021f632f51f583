"""Two requests in the same moment cannot book one person twice for one time, on either engine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict
from network.bookings import usecases
from tests.factories.booked import AT, Cast, invitation, opportunity
from tests.network.racing import arena

COUNT = "SELECT COUNT(*) FROM network_booking"
_PG_DROP = "ALTER TABLE network_booking DROP CONSTRAINT booking_overlap"
_PG_ADD = (
    "ALTER TABLE network_booking ADD CONSTRAINT booking_overlap EXCLUDE USING gist "
    "(person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (state IN ('agreeing', 'confirmed'))"
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("protected", [True, False])
def test_exactly_one_of_several_wins(tmp_path: Path, protected: bool) -> None:
    cast = Cast()
    invited = [cast.invitation, *(invitation(opportunity(cast.other_org), cast.wren) for _ in range(3))]
    acts = [partial(usecases.open_booking, invitation_id=i.id, actor=Actor.system("race"), at=AT) for i in invited]
    with arena(tmp_path) as ring:
        if not protected:  # the mutant: without the database's own refusal every one of them gets in
            if connection.vendor == "postgresql":
                ring.execute(_PG_DROP)
            else:
                ring.execute("DROP TRIGGER booking_overlap_insert", "DROP TRIGGER booking_overlap_update")
        try:
            results = ring.race(acts)
            bookings = ring.rows(COUNT)[0][0]
        finally:
            if not protected and connection.vendor == "postgresql":
                ring.execute(
                    "DELETE FROM network_care_plan",
                    "ALTER TABLE network_booking_history DISABLE TRIGGER USER",
                    "DELETE FROM network_booking_history",
                    "ALTER TABLE network_booking_history ENABLE TRIGGER USER",
                    "DELETE FROM network_booking",
                    _PG_ADD,
                )
    lost = [r for r in results if isinstance(r, Exception)]
    if protected:
        assert bookings == 1
        assert [type(r) for r in lost] == [Conflict] * 3
        assert {getattr(r, "code", "") for r in lost} == {"time-taken"}
    else:
        assert (bookings, lost) == (4, [])


@pytest.mark.django_db(transaction=True)
def test_the_same_choice_told_twice_at_once_is_one_booking(tmp_path: Path) -> None:
    cast = Cast()
    act = partial(usecases.open_booking, invitation_id=cast.invitation.id, actor=Actor.system("race"), at=AT)
    with arena(tmp_path) as ring:
        results = ring.race([act, act, act])
        assert ring.rows(COUNT) == [(1,)]
    assert sorted(r.created for r in results) == [False, False, True]
