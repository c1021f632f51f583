"""Receipts against the profile's own list of what is mandatory: every layer, every act, and nothing of the person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from backend.kernel import clock
from backend.kernel.errors import NotFound
from network.consent import gate, ledger, receipts, usecases
from network.consent.data import Category, EventType, Identity, Layer, Receipt, Recipient, RecipientKind
from network.consent.states import PURPOSE_OF, RECIPIENT_OF, Method
from network.consent.wording import wording
from network.people.states import NameMode, Place
from tests.browser import WIDTHS, axe_violations, browser_page, screenshot, sideways_scroll
from tests.conftest import AT
from tests.factories.people import (
    EVERYTHING,
    actor_of,
    give_for_request,
    link_of,
    make_person,
    make_standing_organisation,
)
from tests.network.web.person.scene import client_of

pytestmark = pytest.mark.django_db
PROFILE: dict[str, Any] = json.loads((Path(__file__).parent / "receipt_profile.json").read_text())


def values(part: Any, path: str) -> list[Any]:
    """What stands at "a.b[].c"; empty where a step is missing."""
    found = [part]
    for step in path.split("."):
        name, many = step.removesuffix("[]"), step.endswith("[]")
        found = [each[name] for each in found if isinstance(each, dict) and name in each]
        if many:
            found = [item for each in found if isinstance(each, list) for item in each]
    return found


def missing(part: Any, section: str) -> Iterator[str]:
    """Every mandatory field of a section that is not there, is empty, or is not what it must be."""
    for rule in PROFILE[section]:
        if "M" not in (rule["iso"], rule["gdpr"]):
            continue
        found = values(part, rule["path"])
        if not found or any(each in (None, "", [], {}) for each in found):
            yield f"{section}: {rule['field']} ({rule['path']})"
        elif "is" in rule and found != [rule["is"]]:
            yield f"{section}: {rule['path']} is {found}"
        elif rule.get("party"):
            for party in found:
                yield from missing(party, "party") if values(party, "dpv:hasIdentifier") != ["public"] else ()


def problems(document: dict[str, Any]) -> list[str]:
    """All that is wrong with a receipt by the profile."""
    found = list(missing(document, "receipt"))
    for record in document.get("dpv:hasRecordOfActivity", []):
        found += missing(record, "record")
        subject = record.get("dpv:hasDataSubject", {})
        found += [f"the person's {name}" for name in PROFILE["subject_never_has"] if name in subject]
        for process in record.get("dpv:hasProcess", []):
            found += missing(process, "process")
        for event in record.get("dpv:hasConsentStatus", []):
            found += missing(event, "event")
            if event["@type"] not in PROFILE["statuses"]:
                found.append(f"no such status: {event['@type']}")
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["dpv:isIndicatedAtTime"]["@value"]):
                found.append("the time is not in UTC")
    text = json.dumps(document)
    found += [f"no such term: {term}" for term in PROFILE["terms_that_do_not_exist"] if f'"{term}"' in text]
    prefixes = {word.split(":")[0] for word in re.findall(r'"((?:dct|dpv|pd|eu-gdpr|legal-gb|loc|xsd):[^"/]+)"', text)}
    found += [f"no context for {prefix}" for prefix in prefixes - set(document["@context"])]
    return found


def _recipient(layer: Layer, org: UUID) -> Recipient:
    kind = RECIPIENT_OF[layer]
    return Recipient.organisation(org) if kind is RecipientKind.ORGANISATION else Recipient(kind)


def _given(layer: Layer, person: UUID, org: UUID) -> Receipt:
    bare = layer in (Layer.KEEP_RECORD, Layer.BE_ASKED)
    return usecases.give(
        person_id=person, layer=layer, categories=frozenset() if bare else frozenset({Category.NAME, Category.PLACE}),
        recipient=_recipient(layer, org), opportunity=uuid4() if layer is Layer.FOR_REQUEST else None,
        identity=Identity(name_mode=NameMode.FIRST, place=Place.EXACT), told={"organisation": "The Example"},
        actor=actor_of(person), at=AT,
    )  # fmt: skip


@pytest.mark.parametrize("layer", [layer for layer in Layer if layer.value != "anonymity_waiver"])
def test_every_layer_and_every_act_has_what_is_mandatory(layer: Layer) -> None:
    """Through the use cases: given, renewed, narrowed, withdrawn, expired; refused and put off."""
    org = make_standing_organisation()
    person = make_person(layers=())
    me, acts = actor_of(person), []
    given = _given(layer, person, org)
    acts.append(given)
    acts.append(usecases.renew(grant_id=given.grant_id, actor=me, at=AT))
    sooner = acts[-1].grant.ends_at - timedelta(days=1)
    acts.append(usecases.narrow(grant_id=given.grant_id, ends_at=sooner, actor=me, at=AT))
    acts.append(usecases.withdraw(grant_id=given.grant_id, actor=me, at=AT))
    more: dict[str, Any] = {
        "person_id": person, "layer": layer, "recipient": _recipient(layer, org), "actor": me, "at": AT,
        "opportunity": uuid4() if layer is Layer.FOR_REQUEST else None,
    }  # fmt: skip
    acts += [usecases.refuse(**more), usecases.defer(**more)]
    again = _given(layer, person, org)
    assert usecases.expire_due(at=again.grant.ends_at) == 1
    acts.append(usecases.receipt(grant_id=again.grant_id, actor=me, at=AT))
    assert [receipt.act for receipt in acts] == [
        EventType.GIVEN, EventType.RENEWED, EventType.NARROWED, EventType.WITHDRAWN, EventType.REFUSED,
        EventType.DEFERRED, EventType.EXPIRED,
    ]  # fmt: skip
    for receipt in acts:
        assert problems(json.loads(json.dumps(receipt.json_ld))) == [], receipt.act
        assert usecases.receipt(grant_id=receipt.grant_id, event_id=receipt.id, actor=me, at=AT).id == receipt.id


def test_every_combination_there_is_or_will_be() -> None:
    """Straight from the builder: each layer with each kind of event that the ledger knows."""
    person, org = make_person(), make_standing_organisation()
    base = give_for_request(person, org, uuid4()).grant
    for layer in Layer:
        text = wording(layer)
        for type_ in EventType:
            grant = replace(base, layer=layer, purpose=PURPOSE_OF[layer], recipient=_recipient(layer, org))
            clear = ledger.Envelope(uuid4(), 1, type_, AT, "ref", grant.id)
            made = receipts.json_ld(
                grant=grant, event=clear, method=Method.WEB, wording=text, told={"organisation": "The Example"},
                subject="ref",
            )  # fmt: skip
            assert problems(json.loads(json.dumps(made))) == [], (layer, type_)


@pytest.mark.parametrize("section", ["receipt", "record", "process", "event", "party"])
def test_the_list_would_find_any_mandatory_field_that_went(section: str) -> None:
    """The mutants: each mandatory field taken out of a good receipt, one by one."""
    person, org = make_person(), make_standing_organisation()
    good = json.dumps(give_for_request(person, org, uuid4()).json_ld)
    tried = 0
    for rule in PROFILE[section]:
        if "M" not in (rule["iso"], rule["gdpr"]):
            continue
        document = json.loads(good)
        record = document["dpv:hasRecordOfActivity"][0]
        process = record["dpv:hasProcess"][0]
        part = {
            "receipt": document, "record": record, "process": process, "event": record["dpv:hasConsentStatus"][0],
            "party": process["dpv:hasRecipient"],
        }[section]  # fmt: skip
        if section == "event" and rule["path"] in ("@type", "dpv:isIndicatedAtTime.@value"):
            continue  # read by the checks around the list
        del part[rule["path"].split(".")[0].removesuffix("[]")]
        assert problems(document), rule
        tried += 1
    assert tried >= 3


def test_the_persons_address_would_be_found() -> None:
    person, org = make_person(), make_standing_organisation()
    document = json.loads(json.dumps(give_for_request(person, org, uuid4()).json_ld))
    document["dpv:hasRecordOfActivity"][0]["dpv:hasDataSubject"]["dpv:hasAddress"] = "1 Street"
    assert problems(document) == ["the person's dpv:hasAddress"]


def test_nothing_of_the_person_is_in_any_receipt_or_its_page() -> None:
    """No address, no name, no word of theirs: each of their details is looked for in every form."""
    at = clock.now()
    person, org = make_person(tag="hazelwood", at=at), make_standing_organisation(at=at)
    give_for_request(person, org, uuid4(), at=at)
    own = gate.own_details(actor=actor_of(person), at=at)
    details = {
        str(value)
        for field in fields(own)
        if field.name not in ("person_id", "pronouns") and (value := getattr(own, field.name))
    }
    assert len(details) > 10
    browser = client_of(person, at)
    tried = 0
    for grant in [*_mine(person)]:
        for act in usecases.receipts.my_acts(grant, actor=actor_of(person)):
            receipt = usecases.receipt(grant_id=grant, event_id=act.id, actor=actor_of(person), at=at)
            page = browser.get(f"/me/sharing/{grant}/receipt/{act.id}/")
            file = browser.get(f"/me/sharing/{grant}/receipt/{act.id}.jsonld")
            assert (page.status_code, file.status_code) == (200, 200)
            assert json.loads(file.content) == json.loads(json.dumps(receipt.json_ld))
            for text in (json.dumps(receipt.json_ld), file.content.decode()):
                assert not [one for one in details if one in text]
                assert str(person) not in text
            main = page.content.decode().split("<main")[1].split("</main>")[0]
            assert not [one for one in details if one in main]
            tried += 1
    assert tried == 4


def _mine(person: UUID) -> Iterator[UUID]:
    from network.consent.queries import my_consents

    yield from (grant.id for grant in my_consents(actor=actor_of(person), at=AT))


def test_only_the_person_reads_it_and_only_of_that_consent() -> None:
    at = clock.now()
    person, other, org = make_person(at=at), make_person(at=at), make_standing_organisation(at=at)
    mine, second = (give_for_request(person, org, uuid4(), at=at) for _ in range(2))
    theirs = give_for_request(other, org, uuid4(), at=at)
    for grant, act, who in (
        (mine.grant_id, theirs.id, actor_of(person)),
        (mine.grant_id, second.id, actor_of(person)),
        (mine.grant_id, mine.id, actor_of(other)),
        (mine.grant_id, mine.id, link_of(person)),
    ):
        with pytest.raises(NotFound):
            usecases.receipt(grant_id=grant, event_id=act, actor=who, at=at)
    stranger = client_of(other, at)
    assert stranger.get(f"/me/sharing/{mine.grant_id}/receipt/{mine.id}/").status_code == 404
    assert client_of(person, at).get(f"/me/sharing/{mine.grant_id}/receipt/{second.id}/").status_code == 404
    assert Client().get(f"/me/sharing/{mine.grant_id}/receipt/{mine.id}.jsonld").status_code in (302, 404)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_person_can_read_and_print_it(live_server: Any, tmp_path: Path) -> None:
    """At both widths, axe-clean; on paper what was agreed and no button."""
    import io

    from pypdf import PdfReader

    at = clock.now()
    person, org = make_person(tag="rowan", at=at), make_standing_organisation(at=at)
    receipt = give_for_request(person, org, uuid4(), categories=EVERYTHING, at=at)
    session = client_of(person, at).cookies["session"].value
    for width in WIDTHS:
        with browser_page(live_server.url, width=width) as page:
            page.context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
            page.goto(f"{live_server.url}/me/sharing/{receipt.grant_id}/receipt/{receipt.id}/")
            assert page.locator("h1").inner_text() == "Receipt"
            assert sideways_scroll(page) == 0
            assert axe_violations(page) == []
            screenshot(page, "receipt", width)
            paper = page.pdf(format="A4")
            (Path(tmp_path) / f"receipt-{width}.pdf").write_bytes(paper)
            text = " ".join(" ".join(sheet.extract_text().split()) for sheet in PdfReader(io.BytesIO(paper)).pages)
            assert str(receipt.id) in text
            assert "You said yes" in text and "How to stop it" in text
            assert "Download it" not in text and "Leave this site" not in text
