from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from network.opportunities import queries, usecases
from network.opportunities.models import Opportunity, ParliamentCall
from network.opportunities.parliament.client import Client
from network.opportunities.parliament.importing import import_calls, read_call
from network.opportunities.parliament.standin import Copy, serve
from network.opportunities.parliament.text import moment, plain
from network.opportunities.states import Source
from tests.conftest import AT
from tests.factories.people import actor_of, make_coordinator, make_topic
from tests.factories.requests import make_candidate, make_organisation

CONTRACT = json.loads((Path(__file__).parents[2] / "data" / "parliament_contract.json").read_text(encoding="utf-8"))
OPEN = 12


@pytest.fixture
def copy() -> Copy:
    return Copy(today=AT.date())


@pytest.fixture
def base(copy: Copy) -> Iterator[str]:
    server = serve(copy)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(base: str) -> Client:
    return Client(base=base, sleep=lambda seconds: None)


# --- the stand-in keeps to the published contract -------------------------------------------------------------------


def breaks(value: Any, type_: str, where: str, *, nullable: bool = False) -> list[str]:
    """How `value` breaks the contract's type; [] when it keeps to it."""
    if value is None:
        return [] if nullable else [f"{where}: null"]
    simple: dict[str, Any] = {"string": str, "integer": int, "boolean": bool, "number": (int, float)}
    if type_ in simple:
        good = isinstance(value, simple[type_]) and not (type_ == "integer" and isinstance(value, bool))
        return [] if good else [f"{where}: not {type_}"]
    schema = CONTRACT["schemas"][type_]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{where}: {value!r} is not one of the enum"]
    known = {p["name"]: p for p in schema["properties"]}
    found = [f"{where}.{name}: unknown" for name in set(value) - set(known)]
    for name, prop in known.items():
        if name not in value:
            found.append(f"{where}.{name}: missing")
            continue
        item = value[name]
        # Parts that are objects may be left null by the live service although the document does not say so.
        may_be_null = bool(prop.get("nullable")) or prop["type"] in CONTRACT["schemas"]
        if prop["type"] == "array":
            if item is None:
                found += [] if may_be_null else [f"{where}.{name}: null"]
                continue
            for index, each in enumerate(item):
                found += breaks(each, prop["itemType"], f"{where}.{name}[{index}]")
        else:
            found += breaks(item, prop["type"], f"{where}.{name}", nullable=may_be_null)
    return found


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/api/CommitteeBusiness", "/api/CommitteeBusiness?CurrentlyAcceptingEvidence=true&Take=50"),
        ("/api/CommitteeBusiness/{id}", "/api/CommitteeBusiness/8100"),
        ("/api/Committees", "/api/Committees?CommitteeBusinessId=8114"),
    ],
)
def test_the_stand_in_answers_as_the_contract_says(copy: Copy, path: Any, target: Any) -> None:
    (endpoint,) = [e for e in CONTRACT["endpoints"] if e["path"] == path]
    status, body = copy.answer(target)
    assert status == 200
    assert breaks(body, endpoint["responseSchema"], path) == []
    broken = {**body, "surprise": 1}
    assert breaks(broken, endpoint["responseSchema"], path) == [f"{path}.surprise: unknown"]


def test_we_ask_only_what_the_contract_has(copy: Copy, client: Client) -> None:
    list(client.open_calls())
    client.business(8100)
    client.committees_of(8100)
    known = {e["path"]: {p["name"] for p in e["parameters"]} for e in CONTRACT["endpoints"]}
    for target in copy.requests:
        path, _, query = target.partition("?")
        path = path.replace("8100", "{id}")
        assert {pair.split("=")[0] for pair in query.split("&") if pair} <= known[path]


# --- reading --------------------------------------------------------------------------------------------------------


def test_it_pages_to_the_end(client: Client, copy: Copy) -> None:
    assert len(list(client.open_calls())) == OPEN
    assert len(copy.requests) == 3  # five at a time


def test_a_copy_that_keeps_the_apis_apart_is_found_too(
    copy: Copy, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_answer = copy.answer

    def apart(target: str) -> tuple[int, Any]:
        return plain_answer(target) if target.startswith("/committees-api/") else (404, {})

    monkeypatch.setattr(copy, "answer", apart)
    assert len(list(client.open_calls())) == OPEN


def test_intermittent_500s_are_tried_again(copy: Copy, client: Client) -> None:
    copy.faults = True
    assert len(list(client.open_calls())) == OPEN
    assert client.retries > 0


def test_it_gives_up_after_a_while_and_says_so(copy: Copy, client: Client) -> None:
    copy.broken.add("/api/CommitteeBusiness")
    with pytest.raises(Unavailable):
        list(client.open_calls())
    assert len(copy.requests) == 5


@pytest.mark.parametrize("body", [{"items": None}, [], {"items": [], "totalResults": 3}, {}])
@pytest.mark.django_db
def test_half_a_list_closes_nothing(copy: Copy, client: Client, body: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import_calls(client=client, at=AT)
    monkeypatch.setattr(copy, "answer", lambda target: (200, body))
    with pytest.raises(Unavailable):
        import_calls(client=client, at=AT)
    assert ParliamentCall.objects.filter(state="open").count() == OPEN


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>A <b>bold</b>&nbsp;word &amp; more</p><p>Next</p>", "A bold word & more\nNext"),
        ("<ul><li>One</li><li>Two</li></ul>", "• One\n• Two"),
        ("x<script>alert(1)</script><style>p{}</style>y", "xy"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        (None, ""), (7, ""), ("", ""), ("<p><br/></p>", ""),
    ],
)  # fmt: skip
def test_html_becomes_words(html: Any, words: Any) -> None:
    assert plain(html) == words


def test_times_without_a_zone_are_united_kingdom_time() -> None:
    assert moment("2026-07-01T23:59:00") == datetime(2026, 7, 1, 22, 59, tzinfo=UTC)
    assert moment("2026-12-01T23:59:00Z") == datetime(2026, 12, 1, 23, 59, tzinfo=UTC)
    assert moment("soon") is None
    assert moment(None) is None


def test_one_period_without_an_end_makes_the_call_rolling() -> None:
    period = {"startDate": "2026-11-01T00:00:00", "submissionType": "WrittenEvidence"}
    ends = {**period, "endDate": "2026-12-01T23:59:00"}
    call = read_call({"id": 5, "openSubmissionPeriods": [ends, {**period, "endDate": None}]}, [])
    assert call.closes_at is None
    assert read_call({"id": 5, "openSubmissionPeriods": [ends]}, []).closes_at is not None
    assert read_call({"id": 5}, []).title == "Call for evidence 5"
    with pytest.raises(ValueError, match="id"):
        read_call({"id": True}, [])


# --- keeping in step ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_calls_are_read_with_their_committee_scope_and_deadline(client: Client) -> None:
    summary = import_calls(client=client, at=AT)
    assert (summary.seen, summary.new, summary.failed) == (OPEN, OPEN, 0)
    call = ParliamentCall.objects.get(external_id=8100)
    assert call.committee == "Justice and Resettlement Committee"
    assert call.house == "Commons"
    assert "• Where do people sleep on the first night?" in call.scope
    assert call.closes_at == datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
    assert "<" not in call.scope
    assert ParliamentCall.objects.get(external_id=8149).closes_at is None
    both = ParliamentCall.objects.get(external_id=8114)
    assert both.committee == "Home and Migration Committee, Joint Committee on Rights"
    assert not ParliamentCall.objects.filter(external_id=7000).exists()


@pytest.mark.django_db
def test_reading_again_changes_nothing_and_moved_gone_and_back_are_noticed(client: Client, copy: Copy) -> None:
    import_calls(client=client, at=AT)
    again = import_calls(client=client, at=AT + timedelta(days=1))
    assert (again.new, again.changed, again.moved_deadlines, again.closed) == (0, 0, 0, 0)
    period = copy.businesses[0]["openSubmissionPeriods"][0]
    before = ParliamentCall.objects.get(external_id=8100).closes_at
    period["endDate"] = "2027-01-10T23:59:00"
    copy.businesses[1]["title"] = "Temporary homes"
    gone = copy.businesses.pop(2)
    third = import_calls(client=client, at=AT + timedelta(days=2))
    assert (third.new, third.changed, third.moved_deadlines, third.closed) == (0, 2, 1, 1)
    moved = ParliamentCall.objects.get(external_id=8100)
    assert (moved.deadline_moved_from, moved.closes_at) == (before, datetime(2027, 1, 10, 23, 59, tzinfo=UTC))
    assert ParliamentCall.objects.get(external_id=gone["id"]).state == "closed"
    copy.businesses.append(gone)
    import_calls(client=client, at=AT + timedelta(days=3))
    assert ParliamentCall.objects.get(external_id=gone["id"]).state == "open"


@pytest.mark.django_db
def test_one_that_cannot_be_read_keeps_what_we_had(client: Client, copy: Copy) -> None:
    import_calls(client=client, at=AT)
    copy.broken.add("/api/CommitteeBusiness/8100")
    summary = import_calls(client=client, at=AT)
    assert (summary.failed, summary.closed) == (1, 0)
    assert ParliamentCall.objects.get(external_id=8100).state == "open"


# --- to a brief -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_call_becomes_a_draft_whose_fee_is_still_to_fill_in(client: Client) -> None:
    import_calls(client=client, at=AT)
    organisation_id, owner = make_organisation()
    call = ParliamentCall.objects.get(external_id=8100)
    made = usecases.brief_from_call(call_id=call.id, organisation_id=organisation_id, actor=owner, at=AT)
    page = queries.brief_visible_to(owner, made.opportunity_id, AT)
    assert page.line.source == Source.PARLIAMENT
    assert page.written.title == "Written evidence: Leaving prison: the first month"
    assert call.closes_at is not None
    assert page.written.answer_by == call.closes_at - timedelta(days=7)
    assert page.written.extras == {"committee": call.committee, "inquiry": call.title}
    assert page.written.fee_pence is None
    with pytest.raises(Invalid) as error:
        usecases.submit_brief(opportunity_id=made.opportunity_id, actor=owner, at=AT)
    assert set(error.value.fields) == {
        "why_lived_experience", "identity_needed", "welfare_risks", "welfare_support", "fee_pence", "expenses",
        "starts_at", "ends_at", "outcome_report", "topics",
    }  # fmt: skip
    assert Opportunity.objects.get().parliament_call_id == call.id
    assert ParliamentCall.objects.get(pk=call.id).state == "briefed"
    assert queries.brief_visible_to(make_coordinator(), made.opportunity_id, AT).line.state == "draft"


@pytest.mark.django_db
def test_strangers_make_no_brief_of_a_call(client: Client) -> None:
    import_calls(client=client, at=AT)
    organisation_id, _ = make_organisation()
    _, rival = make_organisation()
    call = ParliamentCall.objects.get(external_id=8100)
    for actor in (rival, actor_of(make_candidate()), Actor.nobody(), Actor.system("other")):
        with pytest.raises(NotFound):
            usecases.brief_from_call(call_id=call.id, organisation_id=organisation_id, actor=actor, at=AT)
        assert queries.calls_visible_to(actor, AT) == [] or actor is rival
    with pytest.raises(NotFound):
        usecases.dismiss_call(call_id=call.id, actor=rival, at=AT)
    assert Opportunity.objects.count() == 0
    usecases.dismiss_call(call_id=call.id, actor=make_coordinator(), at=AT)
    with pytest.raises(Conflict):
        usecases.brief_from_call(call_id=call.id, organisation_id=organisation_id, actor=make_coordinator(), at=AT)


@pytest.mark.django_db
def test_the_list_of_calls_says_how_long_there_is(client: Client, django_assert_num_queries: Any) -> None:
    import_calls(client=client, at=AT)
    coordinator = make_coordinator()
    with django_assert_num_queries(1):
        lines = queries.calls_visible_to(coordinator, AT)
    assert lines[0].closes_words == "Closes in 5 days"
    assert lines[-1].closes_words == "No closing date"


@pytest.mark.django_db
def test_the_command_prints_what_it_did_and_makes_chosen_ones_into_briefs(
    base: str, settings: Any, monkeypatch: pytest.MonkeyPatch, copy: Copy
) -> None:
    settings.PARLIAMENT_API_BASE = base
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    copy.faults = True
    organisation_id, _ = make_organisation(name="The Example Charity")
    make_topic()
    out = StringIO()
    call_command("import_parliament", "--brief", "8100", "--organisation", "the example charity", stdout=out)
    printed = json.loads(out.getvalue())
    assert printed["seen"] == OPEN
    assert printed["retries"] > 0
    (brief,) = printed["briefs"]
    row = Opportunity.objects.get()
    assert (row.reference, row.state, row.organisation_id) == (brief["brief"], "draft", organisation_id)
    with pytest.raises(CommandError):
        call_command("import_parliament", "--brief", "1", "--organisation", str(organisation_id), stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("import_parliament", "--brief", "8100", stdout=StringIO())
    assert Opportunity.objects.count() == 1


def test_the_stand_in_runs_without_django_and_moves_its_dates() -> None:
    today = datetime.now(UTC).date()
    for business in Copy().businesses[:5]:
        for period in business["openSubmissionPeriods"]:
            assert period["endDate"] is None or period["endDate"][:10] > today.isoformat()
