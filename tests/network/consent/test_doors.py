"""Every door of the gate, and everybody who may open the vault: a list that fails when something is added unseen.

The linter keeps the modules apart (`vault-sealed`); this says which of them use which kind of warrant, and that each
door that shows somebody's details to somebody else leaves a record.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backend.audit.models import AccessEvent
from backend.kernel.ids import pairwise_id
from network.consent import gate
from network.consent.data import Category, Purpose, Recipient
from network.vault.data import WarrantKind
from tests.conftest import AT
from tests.factories.people import (
    actor_of,
    give_for_request,
    make_coordinator,
    make_person,
    make_standing_organisation,
    requester_of,
)

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = ("backend", "network", "payments")

# Whoever imports the vault's store or tables, and the warrants they write.
OPENS: dict[str, set[str]] = {
    "network/consent/gate.py": {"DISCLOSE", "OWN", "MESSAGE", "BREAK_GLASS"},
    "network/consent/ledger.py": {"LEDGER", "VERIFY"},
    "network/nevertell/queries.py": {"NEVER_TELL"},
    "network/nevertell/usecases.py": {"OWN"},
    "network/people/usecases/joining.py": {"JOIN", "SEARCH"},
    "network/people/usecases/protection.py": {"OWN", "STAFF_WRITE"},
    "network/people/usecases/profile.py": {"OWN", "STAFF_WRITE"},
    "network/privacy/usecases/erasing.py": {"ERASE"},
    "network/privacy/usecases/exporting.py": {"EXPORT"},
}
# The doors, and whether what comes out is recorded (for the person's own and our own mailer there is nobody to record).
DOORS = {
    "disclose": True,
    "reveal": True,
    "named_like": True,
    "break_glass": True,
    "own_details": False,
    "contact_for_message": False,
    "preview": False,
    "my_protection": False,
    "kept_back_by_law": False,  # which categories a law keeps back, for the use cases that take an answer
    "shares_a_surname": False,  # only yes or no comes out, for an alert
}
NO_DETAILS = {"people_who_may_be_asked", "status", "window"}


def files() -> list[Path]:
    return [path for folder in PRODUCT for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]


def test_everybody_who_may_open_the_vault_is_listed_with_their_warrants() -> None:
    found: dict[str, set[str]] = {}
    for path in files():
        name = str(path.relative_to(ROOT))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = any(
            isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith("network.vault")
            and any(alias.name in ("store", "VaultItem", "VaultKey", "WarrantKind") for alias in node.names)
            for node in ast.walk(tree)
        )
        if not imports or name.startswith(("network/vault/", "backend/config/seeding")):
            continue
        found[name] = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "WarrantKind"
        }
    assert found == OPENS
    assert {kind for kinds in OPENS.values() for kind in kinds} == {kind.name for kind in WarrantKind}


def test_every_door_is_listed() -> None:
    assert set(gate.__all__) == set(DOORS) | NO_DETAILS
    for name in DOORS:
        parameters = inspect.signature(getattr(gate, name)).parameters
        assert all(p.kind is p.KEYWORD_ONLY for p in parameters.values()), name
        if name not in ("contact_for_message", "kept_back_by_law"):  # asked by our own machinery
            assert "actor" in parameters, name


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["disclose", "named_like", "break_glass"])
def test_no_door_to_others_opens_outside_the_window(door: str) -> None:
    org = make_standing_organisation()
    person = make_person(coordinator=(coordinator := make_coordinator()))
    asks: dict[str, Callable[[], object]] = {
        "disclose": lambda: gate.disclose(
            person_ids=[person], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
            recipient=Recipient.organisation(org), opportunity=uuid4(), actor=requester_of(org), at=AT,
        ),
        "named_like": lambda: gate.named_like(person_ids=[person], term="abc", actor=coordinator, at=AT),
        "break_glass": lambda: gate.break_glass(glass_id=uuid4(), actor=coordinator, at=AT),
    }  # fmt: skip
    with pytest.raises(RuntimeError, match="window"):
        asks[door]()
    assert not AccessEvent.objects.exists()


# --- pairwise public ids (C16, bar P4) ------------------------------------------------------------------------------


def test_two_organisations_share_no_id_of_a_thousand_people() -> None:
    people = [uuid4() for _ in range(1000)]
    first, second = uuid4(), uuid4()
    one = {pairwise_id(first, p) for p in people}
    two = {pairwise_id(second, p) for p in people}
    assert len(one) == len(two) == 1000
    assert not one & two
    assert not (one | two) & set(people)
    assert {i.version for i in one | two} == {4}  # no time and no order in them
    assert {pairwise_id(first, p) for p in people} == one


@pytest.mark.django_db
def test_what_a_requester_is_given_is_pairwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the mutant: the bare id would be the same for both."""
    person = make_person()
    orgs = [make_standing_organisation() for _ in range(2)]
    asked = [uuid4() for _ in orgs]
    for org, opp in zip(orgs, asked, strict=True):
        give_for_request(person, org, opp)

    def ids() -> list[UUID]:
        found = []
        for org, opp in zip(orgs, asked, strict=True):
            with gate.window():
                shown = gate.disclose(
                    person_ids=[person], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
                    recipient=Recipient.organisation(org), opportunity=opp, actor=requester_of(org), at=AT,
                )  # fmt: skip
            found.append(shown[person].public_id)
        return found

    given = ids()
    assert len({*given, person}) == 3
    monkeypatch.setattr(gate, "pairwise_id", lambda organisation_id, person_id: person_id)
    assert len(set(ids())) == 1


def test_no_id_of_ours_has_a_time_in_it() -> None:
    """Every table's own id is random: no version 1, 6 or 7, and no counter."""
    from backend.kernel.privacy import our_models

    for model in our_models():
        key = model._meta.pk
        if key.get_internal_type() != "UUIDField":
            assert model._meta.db_table in COUNTED, model._meta.db_table
            continue
        assert key.default is not None
        if callable(key.default):
            assert key.default().version == 4, model._meta.db_table


# Tables whose row has no random id of its own, because nothing outside ever names a row of them.
COUNTED: set[str] = set()


@pytest.mark.django_db
def test_a_person_sees_their_own_id_nowhere_but_here() -> None:
    """The person's bare id is the network's: what `own_details` gives is for themselves."""
    person = make_person()
    assert gate.own_details(actor=actor_of(person), at=AT).person_id == person
