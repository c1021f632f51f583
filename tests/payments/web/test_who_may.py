"""Who may open and do what on the finance pages. A refusal changes nothing, and a stranger learns nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from backend.audit.models import AccessEvent
from backend.kernel import clock
from backend.kernel.actor import Role
from payments.books.models import BankStatement, Discrepancy, DiscrepancyNote, LineMatch
from payments.invoicing.models import WriteOff
from payments.ledger.models import Entry, MonthMove
from payments.payouts.models import Payout, PayoutRun
from tests.payments.web.scene import Scene, client_of, prove, user

pytestmark = pytest.mark.django_db
OTHERS = [Role.COORDINATOR, Role.SAFEGUARDING, Role.ADMIN]


def everything() -> tuple[object, ...]:
    return (
        sorted(Payout.objects.values_list("id", "state", "run_id", "approved_by")),
        sorted(PayoutRun.objects.values_list("id", "state", "approved_by")),
        Entry.objects.count(),
        sorted(Discrepancy.objects.values_list("id", "owner", "explained_at")),
        DiscrepancyNote.objects.count(),
        LineMatch.objects.count(),
        BankStatement.objects.count(),
        sorted(WriteOff.objects.values_list("id", "state")),
        MonthMove.objects.count(),
    )


def posts(scene: Scene) -> list[str]:
    return [
        f"/money/payments/{scene.waiting.payout_id}/take-out/",
        f"/money/payments/{scene.refused.payout_id}/retry/",
        f"/money/payments/{scene.open_one.payout_id}/returned/",
        f"/money/payments/{scene.handed.payout_id}/handed-over/",
        f"/money/payments/{scene.refused.payout_id}/look-after/",
        f"/money/payments/{scene.above.payout_id}/agree/",
        f"/money/payments/{scene.above.payout_id}/send-back/",
        "/money/runs/new/",
        f"/money/runs/{scene.third_run}/put-forward/",
        f"/money/runs/{scene.third_run}/approve/",
        f"/money/runs/{scene.third_run}/give-up/",
        "/money/files/make/",
        f"/money/files/{scene.second_file}/download/",
        f"/money/files/{scene.second_file}/release/",
        f"/money/files/{scene.second_file}/do-not-release/",
        f"/money/files/{scene.second_file}/paid/",
        f"/money/files/{scene.second_file}/refused/",
        f"/money/invoices/{scene.part_paid}/payment/",
        f"/money/invoices/{scene.part_paid}/credit/",
        f"/money/invoices/{scene.part_paid}/pdf/",
        f"/money/payees/{scene.fresh.ref}/open/",
        f"/money/payees/{scene.fresh.ref}/confirm/",
        f"/money/expenses/{scene.claim}/",
        "/money/books/check/now/",
        "/money/books/top-up/",
        f"/money/books/check/{scene.difference}/",
        f"/money/books/check/{scene.difference}/take-on/",
        f"/money/invoices/{scene.part_paid}/write-off/",
        f"/money/invoices/{scene.very_late}/late/",
        f"/money/invoices/{scene.overpaid}/refund/",
        f"/money/write-offs/{scene.write_off}/decide/",
        f"/money/books/months/{scene.open_month}/close/",
        f"/money/books/months/{scene.month}/ask/",
        f"/money/books/months/{scene.month}/open/",
        "/money/books/export/",
        *bookkeepers_posts(scene),
    ]


def bookkeepers_posts(scene: Scene) -> list[str]:
    """What only somebody who can pay nobody does (control C36)."""
    return [
        f"/money/books/check/{scene.difference}/explain/",
        f"/money/books/check/{scene.difference}/book/",
        "/money/books/statements/import/",
        f"/money/books/lines/{scene.line}/",
        f"/money/books/lines/{scene.line}/take-back/",
    ]


def test_every_address_is_in_this_test(scene: Scene) -> None:
    """A new page must be added to the scene or to the list above."""
    resolver = get_resolver()
    patterns = {str(name) for name in resolver.namespace_dict["money"][1].reverse_dict if isinstance(name, str)}
    seen = {
        resolver.resolve(path.partition("?")[0]).url_name
        for path in [*scene.pages, *scene.forms, *scene.bookkeepers_forms, *posts(scene)]
    }
    assert patterns == seen


@pytest.mark.parametrize("role", OTHERS)
def test_others_find_nothing_there(scene: Scene, role: Role) -> None:
    client = client_of(user(role, "Ash", clock.now()))
    before = everything()
    for path in [*scene.pages, *scene.forms, *scene.bookkeepers_forms]:
        assert client.get(path).status_code == 404, path
    for path in posts(scene):
        assert client.post(path).status_code == 404, path
    assert everything() == before


def test_a_visitor_is_asked_to_sign_in(scene: Scene) -> None:
    before = everything()
    for path in scene.pages:
        answer = Client().get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/sign-in/"), path
    for path in posts(scene):
        assert Client().post(path).status_code == 302, path
    assert everything() == before


def test_no_such_thing(scene: Scene) -> None:
    """Somebody of finance, and an id that is nobody's."""
    client = client_of(scene.preparer)
    prove(client, scene.preparer)
    for path in [*scene.pages, *scene.forms, *posts(scene)]:
        parts = path.partition("?")[0].split("/")
        if len(parts) > 4 and len(parts[3]) == 36:
            parts[3] = str(uuid4())
            strange = "/".join(parts)
            assert client.get(strange).status_code in (404, 405), strange
            found = client.post(strange, {"how": "in_person"}).status_code
            assert found in (404, 405, 422), strange
            assert found != 422 or "/files/" not in strange


def test_without_a_fresh_proof_nothing_moves(scene: Scene) -> None:
    before, looks = everything(), AccessEvent.objects.count()
    for who in (scene.preparer, scene.approver):
        client = client_of(who)
        for path in scene.forms:
            answer = client.get(path)
            assert answer.status_code == 303, path
            assert answer["Location"].startswith("/confirm/"), path
        for path in posts(scene):
            if path.endswith(("/pdf/", "/now/")):
                continue
            client.post(
                path, {"decision": "approve", "receipt": "1", "amount": "1", "digest": _digest(scene.third_run)}
            )
    assert everything() == before
    assert AccessEvent.objects.count() == looks


def _digest(run_id: UUID) -> str:
    return PayoutRun.objects.get(id=run_id).digest


def _approve(client: Client, run_id: UUID, digest: str = "") -> int:
    answer = client.post(f"/money/runs/{run_id}/approve/", {"digest": digest or _digest(run_id)})
    return answer.status_code


def test_the_approver_can(scene: Scene) -> None:
    client = client_of(scene.approver)
    prove(client, scene.approver)
    assert _approve(client, scene.third_run) == 303
    assert PayoutRun.objects.get(id=scene.third_run).approved_by == scene.approver


@pytest.mark.parametrize("who", ["the preparer", "another preparer", "an approver without proof", "an old page"])
def test_nobody_else_can_approve(scene: Scene, who: str) -> None:
    before = everything()

    def preparer() -> int:
        client = client_of(scene.preparer)
        prove(client, scene.preparer)
        return _approve(client, scene.third_run)

    def another() -> int:
        other = user(Role.FINANCE_PREPARER, "Ash", clock.now())
        client = client_of(other)
        prove(client, other)
        return _approve(client, scene.third_run)

    def unproved() -> int:
        return _approve(client_of(scene.approver), scene.third_run)

    def old_page() -> int:
        client = client_of(scene.approver)
        prove(client, scene.approver)
        return _approve(client, scene.third_run, "0" * 64)

    ways: dict[str, tuple[Callable[[], int], int]] = {
        "the preparer": (preparer, 404),
        "another preparer": (another, 404),
        "an approver without proof": (unproved, 303),
        "an old page": (old_page, 409),
    }
    way, expected = ways[who]
    assert way() == expected
    assert everything() == before


def test_the_approver_cannot_prepare(scene: Scene) -> None:
    client = client_of(scene.approver)
    prove(client, scene.approver)
    before = everything()
    assert client.get("/money/runs/new/").status_code == 404
    assert client.post("/money/runs/new/", {"payouts": [str(scene.due.payout_id)]}).status_code == 404
    assert everything() == before


def test_the_preparers_page_has_no_approve_button(scene: Scene) -> None:
    for who, there in ((scene.preparer, False), (scene.approver, True)):
        client = client_of(who)
        prove(client, who)
        page = client.get(f"/money/runs/{scene.third_run}/").content.decode()
        assert ("Approve this run" in page) is there


def test_a_name_is_nowhere_but_where_it_was_opened(scene: Scene) -> None:
    client = client_of(scene.preparer)
    prove(client, scene.preparer)
    for path in [*scene.pages, *scene.forms, "/money/runs/new/"]:
        page = client.get(path).content.decode()
        for secret in ("Marker-Name", "Marker-Holder", "87654321", "4321", "12345678", "12-34-56"):
            assert secret not in page, (path, secret)


def test_opening_a_name_is_recorded_each_time_and_needs_a_reason(scene: Scene) -> None:
    client = client_of(scene.preparer)
    prove(client, scene.preparer)
    looks = AccessEvent.objects.filter(person_id=scene.fresh.ref)
    for number in (1, 2):
        page = client.post(f"/money/payees/{scene.fresh.ref}/open/").content.decode()
        assert "Marker-Name Example" in page
        assert "4321" in page
        assert "87654321" not in page
        assert looks.count() == number
    before = AccessEvent.objects.count()
    answer = client.post(f"/money/payees/{scene.settled.ref}/open/")
    assert answer.status_code == 409
    assert "Marker-Name" not in answer.content.decode()
    assert AccessEvent.objects.count() == before


# --- those who pay nobody ---------------------------------------------------------------------------------------------


def test_the_bookkeeper_reads_the_books_and_reaches_nothing_that_pays(scene: Scene) -> None:
    """C36: whoever compares can send nothing, approve nothing, open nobody's details and change no invoice."""
    client = client_of(scene.bookkeeper)
    prove(client, scene.bookkeeper)
    own = {*scene.books_pages, *scene.workers_pages, "/money/proved/"}
    for path in own | set(scene.bookkeepers_forms):
        assert client.get(path).status_code == 200, path
    for path in scene.pages:
        if path not in own and not path.startswith("/money/books/"):
            assert client.get(path).status_code == 404, path
    before = everything()
    for path in posts(scene):
        if not path.startswith("/money/books/") or path.endswith("/top-up/"):
            assert client.post(path, {"digest": _digest(scene.third_run)}).status_code == 404, path
    assert everything() == before


def test_who_can_pay_can_explain_nothing_away(scene: Scene) -> None:
    for who in (scene.preparer, scene.approver):
        client = client_of(who)
        prove(client, who)
        before = everything()
        for path in bookkeepers_posts(scene):
            sent = {"text": "All is well", "choice": "as:charge", "profile": "signed", "note": "n"}
            assert client.post(path, sent).status_code in (404, 422), path
        assert everything() == before


def test_a_trustee_reads_figures_and_changes_nothing(scene: Scene) -> None:
    client = client_of(scene.trustee)
    prove(client, scene.trustee)
    for path in [*scene.books_pages, "/money/books/"]:
        assert client.get(path).status_code == 200, path
    for path in [*scene.workers_pages, *scene.forms, *scene.bookkeepers_forms]:
        assert client.get(path).status_code == 404, path
    before = everything()
    for path in posts(scene):
        answer = client.post(path, {"text": "A note", "reason": "r", "decision": "agree"})
        assert answer.status_code in (404, 422), path
    assert everything() == before


def test_a_write_off_takes_two_people(scene: Scene) -> None:
    path = f"/money/write-offs/{scene.write_off}/decide/"
    preparer, approver = client_of(scene.preparer), client_of(scene.approver)
    prove(preparer, scene.preparer)
    assert preparer.post(path, {"decision": "agree"}).status_code == 404
    assert approver.post(path, {"decision": "agree"}).status_code == 303  # to the page that asks for a proof
    assert WriteOff.objects.get(id=scene.write_off).state == "asked"
    prove(approver, scene.approver)
    assert approver.post(path, {"decision": "agree"}).status_code == 303
    assert WriteOff.objects.get(id=scene.write_off).state == "approved"


def test_the_number_of_statements_does_not_grow_with_the_rows(scene: Scene) -> None:
    """Of every page of the books, at some rows and at more."""
    client = client_of(scene.bookkeeper)
    prove(client, scene.bookkeeper)
    paths = [*scene.books_pages, *scene.workers_pages, "/money/books/"]

    def counts() -> dict[str, int]:
        found = {}
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            found[path] = len(queries)
        return found

    scene.more_books(2)
    counts()  # whatever is read once and kept
    before = counts()
    scene.more_books(20)
    after = counts()
    grown = {path: (before[path], after[path]) for path in paths if after[path] > before[path]}
    assert grown == {}
