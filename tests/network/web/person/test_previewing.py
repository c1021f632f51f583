"""What would they see? The preview against the real page and the real answer, byte by byte; and how a yes, a no and a
"not now" stand beside each other."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from backend.audit.models import AccessEvent
from backend.kernel import clock
from network.consent import gate
from network.consent import usecases as consent
from network.consent.data import Category, Identity, Layer
from network.consent.models import ConsentEvent, Grant, Release
from network.opportunities import usecases as requests
from network.opportunities.models import Invitation
from network.people.states import Face, NameMode, Place, Voice
from tests.factories.people import EVERYTHING, actor_of, make_coordinator
from tests.factories.requests import brief_input, invite_one, make_brief, make_candidate, make_organisation, say_yes
from tests.network.api.world import Program, token_for
from tests.network.web.desk.scene import client_of as desk_client
from tests.network.web.person.scene import client_of

pytestmark = pytest.mark.django_db
IDENTITY = Identity(
    name_mode=NameMode.FULL, face=Face.FACE, voice=Voice.OWN, place=Place.REGION, anonymous_from=("family",)
)


class Yes:
    """One organisation, one brief, and one person who said yes to it, an hour ago."""

    def __init__(self) -> None:
        self.at = clock.now()
        then = self.at - timedelta(days=60)
        self.org, self.owner = make_organisation(at=then)
        self.coordinator = make_coordinator(at=then)
        self.brief = make_brief(self.org, self.owner, accepted_by=self.coordinator, at=self.at - timedelta(days=2))
        self.person = make_candidate(at=then)
        before = self.at - timedelta(hours=1)
        self.invitation = invite_one(self.brief, self.person, self.coordinator, at=before)
        say_yes(self.invitation, self.person, shares=EVERYTHING, identity=IDENTITY, at=before)
        self.desk = desk_client(self.owner.user_id, self.at)
        self.program = Program(token_for(self.org, at=then))
        requests.accept_boundaries(opportunity_id=self.brief, actor=self.owner, at=self.at)
        self.program.post(f"/briefs/{self.brief}/boundaries", {"accept": "all"})
        self.mine = client_of(self.person, self.at)

    @property
    def grant(self) -> UUID:
        found = Invitation.objects.get(id=self.invitation).grant_id
        assert found is not None
        return found

    def real_page(self) -> bytes:
        return main_of(self.desk.get(f"/desk/briefs/{self.brief}/people/"))

    def real_answer(self) -> bytes:
        answer: bytes = self.program.get(f"/briefs/{self.brief}/cards").content
        return answer

    def page(self, data: Mapping[str, object] | None = None) -> bytes:
        path = f"/me/sharing/{self.grant}/see/page/"
        return main_of(self.mine.post(path, data) if data is not None else self.mine.get(path))

    def answer(self) -> bytes:
        found: bytes = self.mine.get(f"/me/sharing/{self.grant}/see/answer/").content
        return found


def main_of(answer: object) -> bytes:
    """The page itself, without the bars around it."""
    assert getattr(answer, "status_code", 0) == 200
    found = re.search(rb"<main.*?</main>", getattr(answer, "content", b""), re.DOTALL)
    assert found
    return found.group()


@pytest.fixture
def yes(db: None) -> Yes:
    return Yes()


def records() -> tuple[int, int, int]:
    return AccessEvent.objects.count(), Release.objects.count(), ConsentEvent.objects.count()


def test_the_preview_is_the_page_and_the_answer_byte_by_byte(yes: Yes) -> None:
    before = records()
    page, answer = yes.page(), yes.answer()
    assert records() == before  # the person looked, and nobody else
    assert b"Full p" in page
    assert page == yes.real_page()
    assert answer == yes.real_answer()
    assert records() != before  # the organisation's own look is one


def test_after_a_change_it_is_what_they_then_get(yes: Yes) -> None:
    less = {
        "categories": ["name", "story"], "name_mode": "other", "face": "no_face", "voice": "revoiced", "place": "none",
        "anonymous_from": ["family", "public"],
    }  # fmt: skip
    before = records()
    page = yes.page(less)
    both = yes.mine.post(f"/me/sharing/{yes.grant}/see/", less).content.decode()
    assert records() == before
    assert Grant.objects.get(id=yes.grant).name_mode == "full"
    assert page != yes.real_page()  # nothing was changed by looking
    assert both.index("<h2>Now</h2>") < both.index("Full p") < both.index("<h2>After</h2>") < both.index("Other p")
    assert yes.mine.post(f"/me/sharing/{yes.grant}/less/", less).status_code == 303
    assert page == yes.real_page()
    assert b"Full p" not in page
    assert yes.answer() == yes.real_answer()


def test_before_a_yes_it_is_what_they_get_after_it(yes: Yes) -> None:
    """Giving: the check before the yes shows the very card, and says yes to nothing."""
    consent.withdraw(grant_id=yes.grant, actor=actor_of(yes.person), at=yes.at)
    Invitation.objects.filter(id=yes.invitation).update(state="sent")
    given = {
        "shares": ["name", "story"], "name_mode": "first", "face": "none", "voice": "own", "place": "none",
        "fee_pence": "200.00", "terms_note": "", "version_read": "1", "reuse": "on",
    }  # fmt: skip
    before = records()
    check = yes.mine.post(f"/me/requests/{yes.invitation}/yes/", given).content
    assert records() == before
    assert yes.mine.post(f"/me/requests/{yes.invitation}/yes/", {**given, "sure": "1"}).status_code == 303
    real = yes.real_page()
    card = re.search(rb"<section class=\"own-card.*?</section>", real, re.DOTALL)
    shown = re.search(rb"<section class=\"own-card.*?</section>", check, re.DOTALL)
    assert card
    assert shown
    # Buttons to choose them, and ids of parts of a page, are no part of what is shown of the person.
    assert _plain(shown.group()) == _plain(card.group())
    assert b"In the same ways, until the day below" in card.group()


def _plain(html: bytes) -> bytes:
    html = re.sub(rb'<div class="own-actions">.*?</div>', b"", html, flags=re.DOTALL)
    html = re.sub(rb'"(?:person|seen)-\d+"', b'"x"', html)
    html = re.sub(rb"Consent reference \w+", b"", html)  # of a yes that was taken back and of the one that stands
    return re.sub(rb"\s+", b" ", html)


def test_the_preview_would_differ_if_it_had_a_way_of_its_own(yes: Yes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: a preview that opens a little less than the gate does."""
    real = gate.preview

    def own_way(**values: object) -> object:
        shown = real(**values)  # type: ignore[arg-type]
        return replace(shown, place="somewhere") if shown else None

    monkeypatch.setattr(gate, "preview", own_way)
    page, answer = yes.page(), yes.answer()
    assert page != yes.real_page()
    assert answer != yes.real_answer()


def test_only_the_person_looks(yes: Yes) -> None:
    stranger = client_of(make_candidate(at=yes.at), yes.at)
    for name in ("", "page/", "answer/"):
        path = f"/me/sharing/{yes.grant}/see/{name}"
        assert stranger.get(path).status_code == 404
        assert yes.desk.get(path).status_code == 404
        assert Client().get(path).status_code == 302


def test_nobody_else_who_said_yes_is_on_the_preview(yes: Yes) -> None:
    other = make_candidate(at=yes.at - timedelta(days=1))
    say_yes(invite_one(yes.brief, other, yes.coordinator, at=yes.at), other, shares=EVERYTHING, at=yes.at)
    page, answer = yes.page(), json.loads(yes.answer())
    assert page.count(b'class="own-card__heading"') == 1
    assert len(answer["items"]) == 1


# --- a request that changed ---------------------------------------------------------------------------------------------


def change(yes: Yes, **what: object) -> None:
    requests.change_brief(
        opportunity_id=yes.brief, brief=brief_input(at=yes.at - timedelta(days=2), **what), actor=yes.owner, at=yes.at
    )


def test_a_changed_request_shows_nothing_until_the_person_has_answered(yes: Yes) -> None:
    assert b"Full p" in yes.real_page()
    change(yes, audience="Everybody with a telephone.")
    assert b"Full p" not in yes.real_page()
    assert json.loads(yes.real_answer())["items"] == []
    page = yes.mine.get(f"/me/requests/{yes.invitation}/").content.decode()
    assert page.index("About 40,000 readers") < page.index("Everybody with a telephone.")
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    path = f"/me/requests/{yes.invitation}/still/"
    assert yes.mine.post(path, {"version": "1"}).status_code == 409  # not the one that they have read
    assert yes.mine.post(path, {"version": version.group(1)}).status_code == 303
    assert b"Full p" in yes.real_page()
    kinds = list(ConsentEvent.objects.filter(grant_id=yes.grant).order_by("seq").values_list("type", flat=True))
    assert kinds == ["given", "suspended", "reaffirmed"]
    receipt = consent.receipt(grant_id=yes.grant, actor=actor_of(yes.person), at=yes.at)
    assert "Everybody with a telephone." in " ".join(words for _, words in receipt.wording.more)


def test_no_to_a_change_takes_the_yes_back_with_one_press(yes: Yes) -> None:
    change(yes, first_shown="On television.")
    assert yes.mine.post(f"/me/requests/{yes.invitation}/take-back/").status_code == 303
    row = Invitation.objects.get(id=yes.invitation)
    assert (row.state, row.grant_id) == ("no", None)
    assert b"Full p" not in yes.real_page()


# --- yes, no and not now are equals --------------------------------------------------------------------------------------


def buttons(html: str) -> dict[str, str]:
    """Each button and button-like link of a page, by its words, with its classes."""
    found = re.findall(r'<(?:button|a)[^>]*class="(govuk-button[^"]*)"[^>]*>(.*?)</(?:button|a)>', html, re.DOTALL)
    return {re.sub(r"<.*?>", "", words).strip(): classes for classes, words in found}


def test_no_and_not_now_stand_beside_yes_and_are_as_near(yes: Yes) -> None:
    mine = buttons(yes.mine.get("/me/sharing/give/coordination/").content.decode())
    assert mine["Yes"] == mine["No"] == mine["Not now"]  # the same look
    for name in ("refuse", "defer"):  # and as many presses: one
        assert yes.mine.post(f"/me/sharing/{name}/be_asked/").status_code == 303
    kinds = set(Grant.objects.filter(person_id=yes.person, layer=Layer.BE_ASKED).values_list("state", flat=True))
    assert {"refused", "deferred"} <= kinds
    waiting = invite_one(
        make_brief(yes.org, yes.owner, accepted_by=yes.coordinator, at=yes.at), make_candidate(at=yes.at), yes.coordinator,
        at=yes.at,
    )  # fmt: skip
    asked = client_of(Invitation.objects.get(id=waiting).person_id, yes.at)
    theirs = buttons(asked.get(f"/me/requests/{waiting}/").content.decode())
    assert theirs["Say yes"] == theirs["No, thank you"] == theirs["Not now"]
    change(yes, audience="Others.")
    again = buttons(yes.mine.get(f"/me/requests/{yes.invitation}/").content.decode())
    assert again["Yes, also like this"] == again["No, take my yes back"]


def test_the_wording_is_read_before_the_answer_and_says_what_never_depends_on_it(yes: Yes) -> None:
    waiting = invite_one(
        make_brief(yes.org, yes.owner, accepted_by=yes.coordinator, at=yes.at), make_candidate(at=yes.at), yes.coordinator,
        at=yes.at,
    )  # fmt: skip
    asked = client_of(Invitation.objects.get(id=waiting).person_id, yes.at)
    brief = brief_input()
    page = asked.get(f"/me/requests/{waiting}/yes/").content.decode()
    told = (
        brief.purpose, brief.first_shown, brief.question_areas, brief.other_contributors, brief.editorial_terms,
        brief.welfare_risks, brief.welfare_support, "It is recorded and goes out later", "It will be edited.",
        "can ask for changes", "answered again", "Your pay and your support never depend on what you answer here.",
    )  # fmt: skip
    for words in told:
        assert words in page


def test_the_protection_and_the_waiver_by_their_pages(yes: Yes) -> None:
    assert b"Full p" in yes.real_page()
    assert yes.mine.post("/me/sharing/protection/", {"regime": "sexual_offence"}).status_code == 303
    assert b"Full p" not in yes.real_page()
    page = yes.mine.get("/me/sharing/protection/").content.decode()
    assert "Sexual Offences (Amendment) Act 1992" in page
    assert "You, on" in page
    signed = {"categories": ["name"], "of_age": "on", "freely": "on"}
    path = f"/me/sharing/{yes.grant}/waive/"
    assert yes.mine.post(path, {**signed, "freely": ""}).status_code == 422
    assert yes.mine.post(path, signed).status_code == 303
    assert Grant.objects.get(layer=Layer.ANONYMITY_WAIVER).starts_at > yes.at + timedelta(days=6)
    assert b"Full p" not in yes.real_page()  # not before its time
    assert yes.mine.post("/me/sharing/protection/somebody/", {"somebody": "Uncle Canary"}).status_code == 303
    for client_page in (yes.real_page(), yes.real_answer()):
        assert b"Canary" not in client_page
    assert Category.NAME in gate_grant_categories(yes)


def gate_grant_categories(yes: Yes) -> set[str]:
    return set(Grant.objects.get(id=yes.grant).categories)


def test_support_and_pay_never_read_a_consent() -> None:
    """What a person is owed, and the support they were promised, are decided by code that cannot see what they agreed to."""
    import ast
    from pathlib import Path

    root = Path(__file__).parents[4]
    files = [
        *(root / "payments").rglob("*.py"),
        root / "network/bookings/usecases/care.py",
        root / "network/bookings/usecases/reporting.py",
    ]
    for path in files[:-1]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [n for n in names if n.startswith("network.consent")], path
    # The check sees an import where there is one.
    text = files[-1].read_text(encoding="utf-8")
    assert "from network.consent" in text
