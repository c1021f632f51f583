"""A person's file, being forgotten, and nothing kept longer than said."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backend.accounts.models import User
from backend.audit.models import AccessEvent
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Invalid, NotFound, StepUpNeeded
from network.consent import gate
from network.consent import usecases as consent
from network.consent.data import Category, Purpose, Recipient
from network.mentoring.models import MentoringSession, Pairing
from network.people import usecases as people
from network.people.data import ProfileInput
from network.people.models import Person, PhoneHelp, Unavailable
from network.people.states import PersonState
from network.privacy import inventory, usecases
from network.privacy.models import Erasure
from network.privacy.states import ErasureState, Step
from network.privacy.usecases import erasing
from tests.conftest import AT
from tests.factories.people import (
    actor_of,
    give_for_request,
    link_of,
    make_coordinator,
    make_person,
    make_standing_organisation,
    make_topic,
    requester_of,
    user_of,
)

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def a_life(tag: str) -> tuple[UUID, UUID, UUID]:
    """Somebody with something in most tables, of whom something was released."""
    coordinator = make_coordinator()
    person = make_person(tag=tag, topics=[make_topic()], coordinator=coordinator)
    org, opp = make_standing_organisation(), uuid4()
    give_for_request(person, org, opp)
    with gate.window():
        gate.disclose(
            person_ids=[person], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(org), opportunity=opp, actor=requester_of(org), at=AT,
        )  # fmt: skip
    people.add_unavailable(
        person_id=person, starts_at=AT, ends_at=AT + timedelta(days=1), actor=actor_of(person), at=AT
    )
    people.save_profile(
        person_id=person, profile=ProfileInput(knows=f"Phoned {tag}"), by_phone=True, actor=coordinator, at=AT
    )
    return person, org, opp


def everything_stored() -> str:
    """Every row of every table, as text: what somebody with a stolen database would search."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            found += [repr(bytes(v) if isinstance(v, memoryview) else v) for row in cursor.fetchall() for v in row]
    return "\n".join(found)


def test_the_file_holds_all_that_is_theirs_and_nothing_of_others() -> None:
    person, *_ = a_life("alder")
    other, _, _ = a_life("beech")
    export = usecases.export_person(person_id=person, actor=actor_of(person), at=AT)
    archive = zipfile.ZipFile(io.BytesIO(export.content))
    data = json.loads(archive.read("data.json"))
    page = archive.read("readable.html").decode()
    assert data["details"]["story"] == "Story alder\n  exactly as written, with  spaces"
    assert {"safe_contact", "terms", "unavailable", "person_history"} <= set(data["records"])
    assert len(data["consents"]) == 4
    assert [seen["left the network"] for seen in data["who looked"]] == [True]
    for text in ("Story alder", "Full alder", "Supporter alder", "Phoned alder", "Access alder"):
        assert text in page
    whole = page + json.dumps(data)
    staff = User.objects.exclude(id=user_of(person)).values_list("id", flat=True)
    assert "beech" not in whole
    assert str(other) not in whole
    assert not any(str(user_id) in whole for user_id in staff)
    event = AccessEvent.objects.get(purpose="subject_export")
    assert (event.person_id, event.released) == (person, True)


def test_rows_about_two_people_leave_the_other_out() -> None:
    """Another person's marker in the very rows that are exported: in the pairing's words, and in who it is with."""
    mentor, mentee = make_person(tag="alder"), make_person(tag="beech")
    pairing = Pairing.objects.create(
        mentor_id=mentor, mentee_id=mentee, state="active", why="Because marker-of-beech asked", proposed_by="user:x",
        proposed_at=AT, mentor_yes_at=AT, mentee_yes_at=AT,
    )  # fmt: skip
    MentoringSession.objects.create(
        pairing=pairing, reference="MS-1", held_on=AT.date(), minutes=45, fee_pence=1, logged_by="user:x", logged_at=AT
    )
    export = usecases.export_person(person_id=mentor, actor=actor_of(mentor), at=AT)
    archive = zipfile.ZipFile(io.BytesIO(export.content))
    whole = "".join(archive.read(name).decode() for name in archive.namelist())
    assert json.loads(archive.read("data.json"))["records"]["pairing"] == [{"state": "active"}]
    assert '"minutes": 45' in whole
    assert "marker-of-beech" not in whole
    assert str(mentee) not in whole
    receipts = [name for name in archive.namelist() if name.startswith("receipts/")]
    assert len(receipts) == 3
    assert json.loads(archive.read(receipts[0]))["@context"]


def test_without_the_rule_the_other_would_be_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: rows about two people are handed over like any other."""
    monkeypatch.setattr(inventory.Table, "shared", False)
    mentor, mentee = make_person(), make_person()
    Pairing.objects.create(
        mentor_id=mentor, mentee_id=mentee, why="Because marker-of-beech asked", proposed_by="user:x", proposed_at=AT
    )
    export = usecases.export_person(person_id=mentor, actor=actor_of(mentor), at=AT)
    assert "marker-of-beech" in zipfile.ZipFile(io.BytesIO(export.content)).read("data.json").decode()


def test_only_the_person_freshly_proved_gets_the_file() -> None:
    person = make_person()
    for stranger in (actor_of(make_person()), make_coordinator(), link_of(person), Actor.nobody()):
        with pytest.raises(NotFound):
            usecases.export_person(person_id=person, actor=stranger, at=AT)
    with pytest.raises(StepUpNeeded):
        usecases.export_person(person_id=person, actor=actor_of(person), at=AT + timedelta(minutes=6))
    assert not AccessEvent.objects.exists()


def test_forgotten_everywhere_and_the_chain_still_holds() -> None:
    person, org, opp = a_life("canary")
    other, *_ = a_life("wren")
    assert "Working name canary" in everything_stored()  # what is looked for is really there
    address = gate.own_details(actor=actor_of(person), at=AT).email
    user_id = user_of(person)
    done = usecases.erase_person(person_id=person, never_invite=True, actor=actor_of(person), at=AT)
    assert done.state is ErasureState.DONE
    assert set(done.steps) == set(Step)
    assert "canary" not in everything_stored()
    assert Person.objects.get(id=person).state == PersonState.ERASED
    assert not User.objects.get(id=user_id).is_active
    with gate.window():
        assert not gate.disclose(
            person_ids=[person], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(org), opportunity=opp, actor=requester_of(org), at=AT,
        )  # fmt: skip
    with pytest.raises(Invalid):
        people.invite_person(known_as="Again", email=address, actor=make_coordinator(), at=AT)
    assert gate.own_details(actor=actor_of(other), at=AT).story.startswith("Story wren")
    assert list(consent.verify(actor=SYSTEM, at=AT)) == []
    again = usecases.erase_person(person_id=person, actor=SYSTEM, at=AT + timedelta(days=1))
    assert (again.erasure_id, again.finished_at) == (done.erasure_id, AT)


@pytest.mark.parametrize("step", Step)
def test_stopped_at_any_step_it_goes_on(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    person, *_ = a_life("canary")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    real = erasing._HOW[step]
    monkeypatch.setitem(erasing._HOW, step, killed)
    with pytest.raises(KeyboardInterrupt):
        usecases.erase_person(person_id=person, actor=SYSTEM, at=AT)
    assert Erasure.objects.get().state == ErasureState.ASKED
    monkeypatch.setitem(erasing._HOW, step, real)
    done = usecases.carry_out(erasure_id=Erasure.objects.get().id, at=AT)
    assert done.state is ErasureState.DONE
    assert "canary" not in everything_stored()
    assert list(consent.verify(actor=SYSTEM, at=AT)) == []


def test_nobody_else_can_have_somebody_forgotten() -> None:
    person = make_person()
    for stranger in (actor_of(make_person()), make_coordinator(), link_of(person), Actor.nobody()):
        with pytest.raises(NotFound):
            usecases.ask_to_be_erased(person_id=person, actor=stranger, at=AT)
    with pytest.raises(StepUpNeeded):
        usecases.ask_to_be_erased(person_id=person, actor=actor_of(person), at=AT + timedelta(hours=1))
    assert not Erasure.objects.exists()


def test_an_account_with_another_role_keeps_it() -> None:
    from backend.accounts import usecases as accounts

    person = make_person()
    user_id = user_of(person)
    accounts.grant_role(user_id=user_id, role=Role.COORDINATOR, actor=SYSTEM, at=AT)
    usecases.erase_person(person_id=person, actor=SYSTEM, at=AT)
    assert User.objects.get(id=user_id).is_active


def test_every_table_about_people_is_reached() -> None:
    assert inventory.unreachable() == []
    names = {table.name for table in inventory.tables()}
    assert {"network_terms", "network_booking", "network_invitation", "network_grant", "network_care_plan"} <= names


def test_nothing_is_kept_longer_than_said() -> None:
    person, *_ = a_life("moss")
    people.invite_person(known_as="Never came", email="never@example.org", actor=make_coordinator(), at=AT)
    assert not any(usecases.run_retention(at=AT + timedelta(days=1)).values())
    assert (Unavailable.objects.count(), PhoneHelp.objects.count()) == (1, 1)
    later = usecases.run_retention(at=AT + timedelta(days=91))
    assert {rule: count for rule, count in later.items() if count} == {
        "invited_never_joined": 1, "phone_help": 1, "times_away": 1,
    }  # fmt: skip
    assert not any(usecases.run_retention(at=AT + timedelta(days=91)).values())
    assert gate.own_details(actor=actor_of(person), at=AT).story
    assert list(consent.verify(actor=SYSTEM, at=AT)) == []


def test_commands(tmp_path: Path) -> None:
    person, *_ = a_life("larch")
    reference = Person.objects.get(id=person).reference
    target = tmp_path / "out.zip"
    call_command("export_person", reference, "--out", str(target), stdout=StringIO())
    assert b"larch" in zipfile.ZipFile(target).read("data.json")
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError):
        call_command("export_person", reference, "--out", str(target), stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("erase_person", reference, stdout=StringIO())
    assert Person.objects.get(id=person).state == PersonState.ACTIVE
    out = StringIO()
    call_command("erase_person", reference, "--yes", stdout=out)
    assert json.loads(out.getvalue())["state"] == "done"
    assert "larch" not in out.getvalue()
    with pytest.raises(CommandError):
        call_command("export_person", reference, "--out", str(tmp_path / "b.zip"), stdout=StringIO())
