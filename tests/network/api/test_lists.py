"""Lists in pages, and the number of statements: the same for one row and for fifty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kernel.actor import Actor
from backend.kernel.ids import new_id, reference
from network.bookings.usecases import open_booking
from network.opportunities.models import Opportunity
from network.organisations.models import Organisation
from payments import public as payments
from payments.money import Pence
from tests.conftest import AT
from tests.factories import booked
from tests.network.api.world import World

pytestmark = pytest.mark.django_db


def statements(world: World, path: str) -> int:
    world.program.get(path)  # notes the program's use once a minute
    with CaptureQueriesContext(connection) as found:
        answer = world.program.get(path)
    assert answer.status_code == 200, answer.content
    return len(found)


def more_briefs(world: World, count: int) -> None:
    row = Opportunity.objects.filter(organisation_id=world.organisation_id).first()
    assert row is not None
    for number in range(count):
        row.pk, row.reference = new_id(), reference("RQ")
        row.created_at = AT + timedelta(seconds=number // 2)  # two of each moment
        row._state.adding = True
        row.save(force_insert=True)


def more_bookings(world: World, count: int) -> None:
    org = Organisation.objects.get(pk=world.organisation_id)
    for _ in range(count):
        invitation = booked.invitation(booked.opportunity(org), booked.person())
        open_booking(invitation_id=invitation.id, actor=world.owner, at=AT)


def more_invoices(world: World, count: int) -> None:
    payee = booked.person().payee_ref
    for _ in range(count):
        payments.fee_owed(
            key=f"fee:{new_id()}", payee_ref=payee, customer_ref=world.organisation_id, reference=reference("BK"),
            amount=Pence(100), pay_by=AT.date(), description_code="fee", actor=Actor.system("test"), at=AT,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "more", "most"),
    [("/briefs", more_briefs, 5), ("/bookings", more_bookings, 6), ("/invoices", more_invoices, 5)],
)
def test_statements_do_not_grow(world: World, path: str, more: Callable[[World, int], None], most: int) -> None:
    world.open_brief()
    counts = {}
    there = 1 if path == "/briefs" else 0
    for wanted in (1, 3, 50):
        more(world, wanted - there)
        there = wanted
        counts[wanted] = statements(world, f"{path}?limit=50")
        assert len(world.program.get(f"{path}?limit=50").json()["items"]) == wanted
    assert len(set(counts.values())) == 1, counts
    assert counts[1] <= most


def test_statements_of_the_cards_do_not_grow(world: World) -> None:
    brief_id = world.open_brief()
    world.accept_boundaries(brief_id)
    counts = []
    for more in (1, 2, 5):
        for _ in range(more):
            world.yes(brief_id)
        counts.append(statements(world, f"/briefs/{brief_id}/cards"))
    assert len(set(counts)) == 1, counts


@pytest.mark.slow
def test_statements_of_the_cards_do_not_grow_to_fifty(world: World) -> None:
    brief_id = world.open_brief()
    world.accept_boundaries(brief_id)
    world.yes(brief_id)
    one = statements(world, f"/briefs/{brief_id}/cards")
    for _ in range(49):
        world.yes(brief_id)
    assert statements(world, f"/briefs/{brief_id}/cards") == one


def test_one_thing_costs_the_same_beside_many(world: World) -> None:
    booking_id, _ = world.booking("done")
    brief_id = UUID(world.program.get(f"/bookings/{booking_id}").json()["brief_id"])
    paths = [f"/briefs/{brief_id}", f"/bookings/{booking_id}", f"/briefs/{brief_id}/questions", "/organisation"]
    before = [statements(world, path) for path in paths]
    more_briefs(world, 20)
    more_bookings(world, 5)
    more_invoices(world, 5)
    assert [statements(world, path) for path in paths] == before


@pytest.mark.parametrize(("path", "more"), [("/briefs", more_briefs), ("/bookings", more_bookings),
                                            ("/invoices", more_invoices)])  # fmt: skip
def test_pages_hold_each_thing_once(world: World, path: str, more: Callable[[World, int], None]) -> None:
    world.open_brief()
    more(world, 7)
    whole = [line["id"] for line in world.program.get(f"{path}?limit=50").json()["items"]]
    found: list[str] = []
    cursor, pages = "", 0
    while True:
        body = world.program.get(f"{path}?limit=3{cursor}").json()
        found += [line["id"] for line in body["items"]]
        pages += 1
        if body["next_cursor"] is None:
            break
        cursor = f"&cursor={body['next_cursor']}"
    assert found == whole
    assert pages == 3
    assert len(set(found)) >= 7


def test_briefs_by_state_and_bookings_that_are_live(world: World) -> None:
    world.open_brief()
    world.program.post("/briefs", {"kind": "podcast", "draft": True})
    assert [line["state"] for line in world.program.get("/briefs?state=draft").json()["items"]] == ["draft"]
    booking_id, _ = world.booking()
    gone, _ = world.booking()
    world.program.post(f"/bookings/{gone}/cancel", {"reason": "x"})
    live = world.program.get("/bookings?live=true").json()["items"]
    assert [line["id"] for line in live] == [str(booking_id)]
