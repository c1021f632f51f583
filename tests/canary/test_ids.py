"""Bar P4: what two requesters are told of the same 1,000 people has no id in common, and no id tells an order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from backend.kernel.actor import Actor
from backend.kernel.ids import reference
from network.consent.models import Grant
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation
from network.people.models import Person
from payments import public as payments
from payments.money import Pence
from tests.canary import metadata, mutants
from tests.canary.site import Answer
from tests.conftest import AT
from tests.factories.people import make_coordinator
from tests.factories.requests import invite_one, make_brief, make_candidate, make_organisation, say_yes
from tests.network.api.world import Program, token_for
from tests.network.web.desk.scene import client_of

SHORT, FULL = 60, 1000
PUBLIC = re.compile(r"/people/([0-9a-f-]{36})/")


class Desk:
    """One organisation with a brief that everybody said yes to."""

    def __init__(self, first: UUID, coordinator: Actor) -> None:
        self.organisation, self.actor = make_organisation()
        self.brief = make_brief(self.organisation, self.actor, accepted_by=coordinator)
        invitation = invite_one(self.brief, first, coordinator)
        say_yes(invitation, first)
        self.invitation = Invitation.objects.get(id=invitation)
        assert self.invitation.grant_id is not None
        self.grant = Grant.objects.get(id=self.invitation.grant_id)
        self.client: Client = client_of(self.actor.user_id, AT)
        self.program = Program(token_for(self.organisation))
        requests.accept_boundaries(opportunity_id=self.brief, actor=self.actor, at=AT)
        accepted = self.program.post(f"/briefs/{self.brief}/boundaries", {"accept": "all"})
        assert accepted.status_code == 200, accepted.content

    def everybody_says_yes(self, people: list[Person]) -> None:
        """Rows as the first one's, for each of the others: the use cases would take minutes."""
        invitations, grants = [], []
        for person in people:
            grant, invitation = _copy(self.grant), _copy(self.invitation)
            grant.person_id, invitation.person_id, invitation.grant_id = person.id, person.id, grant.id
            grants.append(grant)
            invitations.append(invitation)
        Grant.objects.bulk_create(grants)
        Invitation.objects.bulk_create(invitations)

    def answers(self) -> Iterator[Answer]:
        """Everything that this requester and its program can read of who said yes."""
        for path in ("/desk/", "/desk/briefs/", f"/desk/briefs/{self.brief}/", f"/desk/briefs/{self.brief}/people/"):
            yield _answer("requester", path, self.client.get(path))
        for path in (
            "/briefs",
            f"/briefs/{self.brief}",
            f"/briefs/{self.brief}/cards",
            f"/briefs/{self.brief}/questions",
        ):
            yield _answer("program", f"/api/v1{path}", self.program.get(path))

    def public_ids(self) -> list[str]:
        """In the order in which the page shows them."""
        page = next(a for a in self.answers() if a.path.endswith("/people/"))
        return list(dict.fromkeys(PUBLIC.findall(page.body.decode())))


def _copy(row: Any) -> Any:
    made = type(row)(**{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields})
    made.id = uuid4()
    return made


def _answer(role: str, path: str, got: Any) -> Answer:
    assert got.status_code == 200, (path, got.status_code, got.content[:500])
    headers = {name.lower(): value for name, value in got.items()}
    return Answer(role, role, path, "GET", path, 200, headers, got.content)


@pytest.fixture
def desks(db: None, request: pytest.FixtureRequest) -> tuple[Desk, Desk, list[Person]]:
    count: int = request.param
    first, coordinator = make_candidate(), make_coordinator()
    two = Desk(first, coordinator), Desk(first, coordinator)
    one = Person.objects.get(id=first)
    people = [one]
    for _ in range(count - 1):
        person = _copy(one)
        person.reference, person.user_id, person.payee_ref = reference("P"), uuid4(), uuid4()
        people.append(person)
    Person.objects.bulk_create(people[1:])
    for desk in two:
        desk.everybody_says_yes(people[1:])
    return *two, people


def _common(one: Desk, other: Desk) -> set[str]:
    """Ids that both are told."""
    told = [set[str](), set[str]()]
    for ids, desk in zip(told, (one, other), strict=True):
        for answer in desk.answers():
            ids.update(metadata.uuids_in(answer.body.decode() + str(answer.headers) + answer.path))
    return told[0] & told[1]


COUNTS = [pytest.param(SHORT, id="60"), pytest.param(FULL, id="1000", marks=pytest.mark.slow)]


@pytest.mark.parametrize("desks", COUNTS, indirect=True)
def test_two_requesters_share_no_id(desks: tuple[Desk, Desk, list[Person]]) -> None:
    one, other, people = desks
    shown = one.public_ids(), other.public_ids()
    assert [len(ids) for ids in shown] == [len(people)] * 2, "everybody is there, once"
    assert set(shown[0]) & set(shown[1]) == set()
    assert _common(one, other) == set()


@pytest.mark.parametrize("desks", COUNTS, indirect=True)
def test_no_id_tells_an_order_or_a_row(desks: tuple[Desk, Desk, list[Person]]) -> None:
    one, other, people = desks
    hidden = {id_.hex for p in people for id_ in (p.id, p.user_id, p.payee_ref) if id_}
    hidden |= {i.hex for i in Invitation.objects.values_list("id", flat=True)}
    hidden |= {i.hex for i in Grant.objects.values_list("id", flat=True)}
    for desk in (one, other):
        for answer in desk.answers():
            assert metadata.faults_of_ids(answer, hidden) == [], answer.path


@pytest.mark.parametrize("desks", [pytest.param(SHORT, id="60")], indirect=True)
def test_the_order_says_nothing(desks: tuple[Desk, Desk, list[Person]]) -> None:
    """Neither by when people joined, nor the same for both: where one stands in one list says nothing of the other."""
    from backend.kernel.ids import pairwise_id

    one, other, people = desks
    joined = [{str(pairwise_id(d.organisation, p.id)): n for n, p in enumerate(people)} for d in (one, other)]
    places = [[by[i] for i in d.public_ids()] for by, d in zip(joined, (one, other), strict=True)]
    assert places[0] != places[1]
    for order in places:
        assert order not in (sorted(order), sorted(order, reverse=True))
        assert order != [n for n, _ in sorted(enumerate(people), key=lambda one: str(one[1].id))]


@pytest.mark.parametrize("desks", [pytest.param(SHORT, id="60")], indirect=True)
def test_the_rows_own_id_is_noticed(desks: tuple[Desk, Desk, list[Person]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: both are told the row's own id."""
    from network.bookings import queries
    from network.consent import gate
    from network.opportunities.usecases import choosing

    for module in (gate, choosing, queries):
        monkeypatch.setattr(module, "pairwise_id", module.pairwise_id)  # put back afterwards
    mutants.MUTANTS["the-id-of-the-row-is-shown"]()
    one, other, people = desks
    assert len(_common(one, other)) == len(people)
    page = next(a for a in one.answers() if a.path.endswith("/people/"))
    assert len(metadata.faults_of_ids(page, {p.id.hex for p in people})) == len(people)


def test_invoices_are_numbered_for_each_payer(db: None) -> None:
    """What one payer sees of its numbers is the same whether the others got none or a hundred in between."""
    system = Actor.system("test")
    payers = [make_organisation()[0] for _ in range(3)]
    payee = uuid4()
    payments.register_payee(payee_ref=payee, owner_user_id=uuid4(), at=AT)
    numbers: dict[UUID, list[str]] = {payer: [] for payer in payers}
    for turn, payer in enumerate([0, 1, 1, 1, 0, 2, 1, 2, 0]):
        owed = payments.fee_owed(
            key=f"fee:{turn}", payee_ref=payee, customer_ref=payers[payer], reference=f"BK-{turn}", amount=Pence(15000),
            pay_by=(AT + timedelta(days=20)).date(), description_code="fee", actor=system, at=AT + timedelta(minutes=turn),
        )  # fmt: skip
        assert owed.invoice_id is not None
        numbers[payers[payer]].append(_number_of(owed.invoice_id))
    series: list[str] = []
    for theirs in numbers.values():
        heads = {number.rpartition("-")[0] for number in theirs}
        assert len(heads) == 1, "one series for one payer"
        assert [int(number.rpartition("-")[2]) for number in theirs] == list(range(1, len(theirs) + 1))
        series += heads
    assert len(set(series)) == 3


def _number_of(invoice_id: UUID) -> str:
    from payments.invoicing.models import Invoice

    number: str = Invoice.objects.values_list("number", flat=True).get(id=invoice_id)
    return number
