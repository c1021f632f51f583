"""Staff and people's details: by assignment, one by one, for a task that is open, within a budget, and always seen
(controls C20 to C28, bar I1 for the staff's pages)."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import User
from backend.audit.models import AccessEvent
from backend.audit.queries import who_looked
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Invalid, NotFound, StepUpNeeded
from backend.outbox import worker
from network.casework import queries, usecases
from network.casework.data import OTHER, Found, Revealed
from network.casework.models import LookAlert, StaffSearch
from network.casework.states import AlertKind, Shown
from network.consent import gate
from network.consent.data import WITHHELD
from network.consent.models import Grant
from network.consent.states import Category
from network.consent.usecases import withdraw
from network.notifications.models import Notice
from network.people import usecases as people
from network.people.queries import people_visible_to
from tests.conftest import AT
from tests.factories.people import a_user, account_of, actor_of, make_coordinator, make_person
from tests.factories.requests import invite_one, make_brief, make_candidate, make_organisation

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
EVENING = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)


@pytest.fixture
def coordinator() -> Actor:
    return make_coordinator()


@pytest.fixture
def person(coordinator: Actor) -> UUID:
    return make_person(tag="wren", coordinator=coordinator)


def look(
    person: UUID, actor: Actor, *, category: Category = Category.NAME, task: str = OTHER, note: str = "book the train",
    at: datetime = AT,
) -> Revealed:  # fmt: skip
    with gate.window():
        return usecases.reveal(person_id=person, category=category, task=task, note=note, actor=actor, at=at)


def alerts() -> list[str]:
    return sorted(LookAlert.objects.values_list("kind", flat=True))


def test_a_task_is_chosen_from_those_that_are_open(coordinator: Actor) -> None:
    person = make_candidate()
    people.assign(person_id=person, coordinator_id=account_of(coordinator), actor=a_user(Role.SAFEGUARDING), at=AT)
    organisation, owner = make_organisation()
    brief = make_brief(organisation, owner, accepted_by=coordinator)
    invitation = invite_one(brief, person, coordinator)
    tasks = queries.open_tasks(actor=coordinator, person_id=person, at=AT)
    assert [task.key for task in tasks] == [f"invitation:{invitation}"]
    shown = look(person, coordinator, task=tasks[0].key, note="ring them").shown
    assert shown is not None
    assert shown.name is not WITHHELD
    assert alerts() == []
    event = AccessEvent.objects.get(person_id=person, context__startswith="task:")
    assert event.context == f"task:{tasks[0].label}: ring them"
    with pytest.raises(Invalid):
        look(person, coordinator, task="invitation:00000000-0000-0000-0000-000000000000")
    with pytest.raises(NotFound):
        queries.open_tasks(actor=make_coordinator(), person_id=person, at=AT)


def test_something_else_is_told_to_the_lead(coordinator: Actor, person: UUID) -> None:
    lead = a_user(Role.SAFEGUARDING)
    with pytest.raises(Invalid):
        look(person, coordinator, note="")
    look(person, coordinator)
    assert alerts() == [AlertKind.NO_TASK]
    worker.run_due(most=100)
    told = Notice.objects.filter(topic="casework.alert")
    assert {n.user_id for n in told} == {lead.user_id}
    line = queries.alerts_visible_to(actor=lead)[0]
    assert line.staff_id == coordinator.user_id
    assert queries.alerts_visible_to(actor=coordinator) == ()
    with pytest.raises(NotFound):
        usecases.mark_alert_seen(alert_id=line.alert_id, actor=coordinator, at=AT)
    usecases.mark_alert_seen(alert_id=line.alert_id, actor=lead, at=AT)
    assert queries.open_alerts(actor=lead) == 0


def test_unusual_looks_are_told(coordinator: Actor, person: UUID) -> None:
    User.objects.filter(id=account_of(coordinator)).update(
        known_as="Sam Wren"
    )  # their surname is “wren”, as the person's
    look(person, coordinator, at=EVENING)
    assert alerts() == [AlertKind.HOURS, AlertKind.NO_TASK, AlertKind.SURNAME]
    usecases.choose_look_settings(shown=Shown.OPEN, watch=True, actor=actor_of(person), at=AT)
    look(person, coordinator)
    assert AlertKind.WATCHED in alerts()


def test_twenty_people_a_day_and_then_it_is_refused_and_told(coordinator: Actor) -> None:
    many = [make_person(coordinator=coordinator, safe_email=False) for _ in range(21)]
    for person in many[:20]:
        assert look(person, coordinator).shown is not None
    assert look(many[0], coordinator, category=Category.CONTACT).shown is not None  # the same person again counts once
    before = AccessEvent.objects.count()
    refused = look(many[20], coordinator)
    assert (refused.shown, refused.over_budget) == (None, 20)
    assert AccessEvent.objects.count() == before
    assert AlertKind.BUDGET in alerts()
    tomorrow = AT + timedelta(days=1)
    assert look(many[20], coordinator, at=tomorrow).shown is not None
    assert look(many[20], make_coordinator_of(many[20])).shown is not None  # a colleague has a budget of their own


def make_coordinator_of(person: UUID) -> Actor:
    colleague = make_coordinator()
    people.assign(person_id=person, coordinator_id=account_of(colleague), actor=a_user(Role.SAFEGUARDING), at=AT)
    return colleague


def test_the_budget_is_noticed_when_it_is_switched_off(coordinator: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("network.casework.rules.over", lambda *a: False)
    many = [make_person(coordinator=coordinator, safe_email=False) for _ in range(21)]
    assert all(look(person, coordinator).shown for person in many)


# --- assignment -----------------------------------------------------------------------------------------------------


def test_a_leaving_date_ends_it(coordinator: Actor, person: UUID) -> None:
    lead = a_user(Role.SAFEGUARDING)
    last = AT + timedelta(days=7)
    people.assign(person_id=person, coordinator_id=account_of(coordinator), until=last, actor=lead, at=AT)
    assert look(person, coordinator, at=last - timedelta(seconds=1)).shown is not None
    with pytest.raises(NotFound):
        look(person, coordinator, at=last)
    assert people_visible_to(actor=coordinator, at=last) == ()
    with pytest.raises(Invalid):
        people.assign(person_id=person, coordinator_id=account_of(coordinator), until=AT, actor=lead, at=AT)


def test_the_person_sees_who_works_with_them_and_may_end_it(coordinator: Actor, person: UUID) -> None:
    User.objects.filter(id=account_of(coordinator)).update(known_as="Rowan")
    assert [h.name for h in queries.works_with_me(actor=actor_of(person), at=AT)] == ["Rowan"]
    people.end_assignment(
        person_id=person, coordinator_id=account_of(coordinator), actor=actor_of(person), at=AT
    )  # fmt: skip
    assert queries.works_with_me(actor=actor_of(person), at=AT) == ()
    with pytest.raises(NotFound):
        look(person, coordinator)


def test_after_withdrawal_staff_see_the_working_name_and_what_is_to_be_done(coordinator: Actor, person: UUID) -> None:
    assert queries.person_at_work(actor=coordinator, person_id=person, at=AT) is not None
    grant = Grant.objects.get(person_id=person, layer="coordination")
    withdraw(grant_id=grant.id, actor=actor_of(person), at=AT)
    assert queries.person_at_work(actor=coordinator, person_id=person, at=AT) is None
    shown = look(person, coordinator, category=Category.CONTACT).shown
    assert shown is not None
    assert shown.contact is WITHHELD
    card = people_visible_to(actor=coordinator, at=AT)[0]
    assert card.known_as == "Working name wren"
    assert queries.open_tasks(actor=coordinator, person_id=person, at=AT) == ()


# --- search ---------------------------------------------------------------------------------------------------------


def search(term: str, actor: Actor) -> tuple[Found, ...]:
    with gate.window():
        return usecases.search(term=term, actor=actor, at=AT)


def test_search_reaches_only_those_one_works_with(coordinator: Actor, person: UUID) -> None:
    stranger = make_person(tag="wrenna", coordinator=make_coordinator())
    assert [f.person_id for f in search("full WREN", coordinator)] == [person]
    assert [f.person_id for f in search("name wren", coordinator)] == [person]
    assert search("town wren", coordinator) == ()  # a name, and nothing else
    assert stranger not in {f.person_id for f in search("wren", coordinator)}
    for short in ("", "  ", "wr", "\x00wr "):
        with pytest.raises(Invalid):
            search(short, coordinator)
    for nobody in (a_user(Role.ADMIN), actor_of(person), Actor.nobody(), a_user(Role.FINANCE_APPROVER)):
        with pytest.raises(NotFound):
            search("wren", nobody)


def test_search_is_logged_by_a_keyed_hash_and_seen_by_whoever_is_found(coordinator: Actor, person: UUID) -> None:
    other = make_person(tag="heron", coordinator=coordinator)
    with CaptureQueriesContext(connection) as asked:
        search("full wren", coordinator)
    row = StaffSearch.objects.get()
    assert (row.staff_id, row.found, len(row.term_digest)) == (coordinator.user_id, 1, 64)
    said = " ".join(q["sql"].lower() for q in asked)
    assert "full wren" not in said  # no name is ever asked of the database
    assert " like " not in said
    assert [s.context for s in who_looked(actor=actor_of(person), at=AT)] == ["search"]
    assert who_looked(actor=actor_of(other), at=AT) == ()


def test_search_does_not_find_by_a_name_that_is_not_shared(coordinator: Actor, person: UUID) -> None:
    grant = Grant.objects.get(person_id=person, layer="coordination")
    withdraw(grant_id=grant.id, actor=actor_of(person), at=AT)
    assert search("full wren", coordinator) == ()
    assert [f.person_id for f in search("working name wren", coordinator)] == [person]


# --- no event, no data ----------------------------------------------------------------------------------------------


def test_a_look_without_its_record_is_no_look(
    coordinator: Actor, person: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R7 and I1: when the record cannot be written, nothing is shown."""

    def broken(**_: object) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr("network.consent.gate.record_access", broken)
    with pytest.raises(RuntimeError, match="the log is full"):
        look(person, coordinator)
    with pytest.raises(RuntimeError, match="the log is full"):
        search("full wren", coordinator)


def test_each_look_has_exactly_one_event(coordinator: Actor) -> None:
    """I1: the answers of the door against the log; and the mutant that writes no log fails the same comparison."""
    many = [make_person(coordinator=coordinator, safe_email=False) for _ in range(4)]

    def run() -> tuple[int, int]:
        before, answers = AccessEvent.objects.filter(context__startswith="task:").count(), 0
        for person in many:
            for category in (Category.NAME, Category.CONTACT, Category.STORY, Category.PLACE):
                answers += look(person, coordinator, category=category).shown is not None
        return answers, AccessEvent.objects.filter(context__startswith="task:").count() - before

    answers, events = run()
    assert answers == events == 16
    patch = pytest.MonkeyPatch()
    patch.setattr("network.consent.gate.record_access", lambda **_: None)
    answers, events = run()
    patch.undo()
    assert answers != events


# --- the person's own choice ----------------------------------------------------------------------------------------


def test_making_the_list_easier_to_read_needs_a_fresh_proof(person: UUID) -> None:
    from dataclasses import replace

    me = actor_of(person)
    stale = replace(me, stepped_up_at=None)
    usecases.choose_look_settings(shown=Shown.HIDDEN, watch=False, actor=stale, at=AT)
    for easier in (Shown.OPEN, Shown.STEP_UP):
        with pytest.raises(StepUpNeeded):
            usecases.choose_look_settings(shown=easier, watch=False, actor=stale, at=AT)
    usecases.choose_look_settings(shown=Shown.OPEN, watch=False, actor=me, at=AT)
    with pytest.raises(NotFound):
        queries.look_settings(actor=make_coordinator())


# --- what there is no door for --------------------------------------------------------------------------------------


def _calls(name: str) -> set[str]:
    """Files of the product that call `gate.<name>`."""
    found = set()
    for path in [
        *(ROOT / "network").rglob("*.py"),
        *(ROOT / "backend").rglob("*.py"),
        *(ROOT / "payments").rglob("*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            of = called.value if isinstance(called, ast.Attribute) and called.attr == name else None
            if isinstance(of, ast.Name) and of.id == "gate":
                found.add(str(path.relative_to(ROOT)))
    return found


def test_a_detail_is_opened_for_staff_in_one_place_only() -> None:
    """Whoever called the gate directly would go round the tasks, the budget and the alerts."""
    assert _calls("reveal") == {"network/casework/usecases.py"}
    assert _calls("named_like") == {"network/casework/usecases.py"}
    assert _calls("shares_a_surname") == {"network/casework/usecases.py"}
    assert _calls("break_glass") == {"network/web/team/emergency.py"}


def test_there_is_no_log_in_as(client: Any) -> None:
    """C26: nobody becomes somebody else: no address, and no code that signs in anybody but whoever proved themselves."""
    from tests.canary.plant import routes

    paths = " ".join(f"{r['route']} {r['name']}" for r in routes()).lower()
    for word in ("impersonat", "hijack", "login-as", "log-in-as", "sign-in-as", "become", "masquerad", "sudo", "su/"):
        assert word not in paths
    signers = _calling("login")
    assert signers == {"backend/accounts/door.py"}
    # Only what was proved a moment ago opens that door: a code of one's own, an invitation, or the demo's links.
    assert _calling("sign_in") == {
        "backend/accounts/pages.py", "backend/accounts/demo_pages.py", "network/web/person/join.py",
    }  # fmt: skip


def _calling(name: str) -> set[str]:
    found = set()
    for path in [
        *(ROOT / "network").rglob("*.py"),
        *(ROOT / "backend").rglob("*.py"),
        *(ROOT / "payments").rglob("*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called == name:
                    found.add(str(path.relative_to(ROOT)))
    return found
