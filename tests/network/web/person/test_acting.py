"""What the pages do, and that what they refuse changes nothing and loses nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import UserSession
from backend.kernel import clock
from network.bookings.models import Booking, CarePlan, CheckIn, Recall
from network.bookings.states import BookingState, CheckInState
from network.concerns.models import Concern
from network.consent import gate
from network.consent.data import Layer
from network.consent.models import ConsentEvent, Grant
from network.consent.states import GrantState
from network.mentoring.models import MentorOffer, Pairing
from network.mentoring.states import PairingState
from network.notifications.models import Notice
from network.opportunities.links import answer_link
from network.opportunities.models import Invitation, Opportunity, Question
from network.opportunities.states import InvitationState
from network.people import usecases as people
from network.people.models import Person, PersonTopic, SafeContact, Terms, Unavailable
from network.people.states import Channel, PersonState
from network.privacy.models import Erasure
from payments import public as payments
from payments.gateways.standin.server import StandIn
from tests.factories.people import actor_of
from tests.network.web.person.scene import Scene, client_of
from tests.payments.conftest import press

YES = {
    "shares": ["name", "story"], "name_mode": "first", "face": "none", "voice": "own", "place": "none",
    "fee_pence": "200.00", "terms_note": "No questions about my children.", "version_read": "1",
}  # fmt: skip


def _state(invitation_id: UUID) -> str:
    return Invitation.objects.get(id=invitation_id).state


def _grant(grant_id: UUID | None) -> Grant:
    assert grant_id is not None
    return Grant.objects.get(id=grant_id)


# --- joining --------------------------------------------------------------------------------------------------------


def test_joining_by_link_and_spoken_code(scene: Scene) -> None:
    invited = people.invite_person(known_as="Robin", email="robin@example.org", actor=scene.coordinator, at=scene.at)
    client, path = Client(), f"/join/{invited.token}/"
    wrong = "000000" if invited.code != "000000" else "111111"
    refused = client.post(path, {"code": wrong, "keep_record": "on", "coordination": "no"})
    unknown = client.post("/join/nothing/", {"code": wrong, "keep_record": "on", "coordination": "no"})
    assert (refused.status_code, unknown.status_code) == (400, 400)
    assert Person.objects.get(id=invited.person_id).state == PersonState.INVITED
    assert client.post(path, {"code": invited.code, "coordination": "no"}).status_code == 422
    joined = client.post(path, {"code": invited.code, "keep_record": "on", "coordination": "no"})
    assert (joined.status_code, joined["Location"]) == (303, "/me/")
    assert Person.objects.get(id=invited.person_id).state == PersonState.ACTIVE
    assert list(Grant.objects.filter(person_id=invited.person_id).values_list("layer", flat=True)) == ["keep_record"]
    assert client.get("/me/").status_code == 200
    again = Client().post(path, {"code": invited.code, "keep_record": "on", "coordination": "no"})
    assert again.status_code == 400


# --- about ----------------------------------------------------------------------------------------------------------


def test_words_are_kept_as_written(scene: Scene, wren: Client) -> None:
    words = "  I want\r\n\r\n  this   to change. "
    assert wren.post("/me/about/words/", {"wants_to_change": words, "story": ""}).status_code == 303
    mine = gate.own_details(actor=scene.me, at=scene.at)
    assert mine.wants_to_change == words.replace("\r\n", "\n")
    assert (mine.story, mine.knows) == ("", "")


def test_words_that_are_too_long_come_back(scene: Scene, wren: Client) -> None:
    long = "a" * 20_001
    answer = wren.post("/me/about/words/", {"wants_to_change": long, "knows": "this stays"})
    assert answer.status_code == 422
    assert long in answer.content.decode()
    assert "this stays" in answer.content.decode()
    assert gate.own_details(actor=scene.me, at=scene.at).wants_to_change == "Change wren"


def test_topics_and_every_request_on_them(scene: Scene, wren: Client) -> None:
    people.load_topics()
    page = wren.get("/me/about/topics/").content.decode()
    chosen = re.findall(r'name="t_homelessness"[^>]*value="([0-9a-f-]{36})"', page)
    assert len(chosen) == 5  # the topic itself and what is below it
    wren.post("/me/about/topics/", {"t_homelessness": chosen[1:3], "all_homelessness": "on"})
    rows = PersonTopic.objects.filter(person_id=scene.wren)
    assert {str(row.topic_id): row.tell_me_all for row in rows} == dict.fromkeys(chosen[1:3], True)
    assert wren.post("/me/about/topics/", {"t_homelessness": [str(uuid4())]}).status_code == 422
    assert rows.count() == 2


def test_terms(scene: Scene, wren: Client) -> None:
    terms = {
        "min_fee_pence": "£150", "kinds": ["podcast"], "how": ["remote"], "notice_hours": "120", "max_per_month": "1",
        "rest_days": "14", "supporter_comes": "on",
    }  # fmt: skip
    assert wren.post("/me/about/terms/", terms).status_code == 303
    row = Terms.objects.get(person_id=scene.wren)
    assert (row.min_fee_pence, row.kinds, row.in_person_ok, row.remote_ok) == (15000, ["podcast"], False, True)
    assert (row.notice_hours, row.max_per_month, row.rest_days, row.supporter_comes) == (120, 1, 14, True)
    bad = wren.post("/me/about/terms/", {**terms, "min_fee_pence": "lots", "how": []})
    assert bad.status_code == 422
    assert 'value="lots"' in bad.content.decode()
    assert Terms.objects.get(person_id=scene.wren).min_fee_pence == 15000


def test_how_one_is_shown(scene: Scene, wren: Client) -> None:
    shown = {
        "name_mode": "other",
        "face": "no_face",
        "voice": "revoiced",
        "place": "region",
        "anonymous_from": ["family"],
    }
    assert wren.post("/me/about/shown/", shown).status_code == 303
    row = Terms.objects.get(person_id=scene.wren)
    assert (row.name_mode, row.face, row.voice, row.place) == ("other", "no_face", "revoiced", "region")
    assert row.anonymous_from == ["family"]
    assert wren.post("/me/about/shown/", {**shown, "voice": "loud"}).status_code == 422


def test_safe_contact(scene: Scene, wren: Client) -> None:
    day = (scene.at + timedelta(days=30)).date().isoformat()
    sent = {f"{c}_{f}": v for c in ("email", "sms", "phone") for f, v in (("from", "9"), ("to", "20"), ("until", day))}
    answer = wren.post("/me/about/contact/", {**sent, "sms_allowed": "on", "sms_private": "on"})
    assert answer.status_code == 303
    rules = {row.channel: row for row in SafeContact.objects.filter(person_id=scene.wren)}
    assert (rules[Channel.SMS].allowed, rules[Channel.SMS].others_can_see) == (True, False)
    assert (rules[Channel.EMAIL].allowed, rules[Channel.PHONE].allowed) == (False, False)
    backwards = wren.post("/me/about/contact/", {**sent, "sms_from": "20", "sms_to": "9"})
    assert backwards.status_code == 422
    assert "hours that go forwards" in backwards.content.decode()
    assert SafeContact.objects.get(person_id=scene.wren, channel=Channel.SMS).from_hour == 9


def test_times_away(scene: Scene, wren: Client, tern: Client) -> None:
    sent = {"starts_at_0": "2030-01-07", "starts_at_1": "09:00", "ends_at_0": "2030-01-08", "ends_at_1": "09:00"}
    assert wren.post("/me/about/times/", sent).status_code == 303
    assert Unavailable.objects.filter(person_id=scene.wren).count() == 2
    assert wren.post("/me/about/times/", {**sent, "ends_at_0": "2030-01-06"}).status_code == 422
    assert tern.post(f"/me/about/times/{scene.span}/remove/").status_code == 404
    assert Unavailable.objects.filter(person_id=scene.wren).count() == 2
    assert wren.post(f"/me/about/times/{scene.span}/remove/").status_code == 303
    assert not Unavailable.objects.filter(id=scene.span).exists()


def test_what_was_written_by_phone_can_be_put_back(scene: Scene, wren: Client, tern: Client) -> None:
    path = re.search(r"/me/about/help/[0-9a-f-]{36}/undo/", wren.get("/me/about/").content.decode())
    assert path is not None
    assert tern.post(path[0]).status_code == 404
    assert gate.own_details(actor=scene.me, at=scene.at).phone == "07700 900456"
    assert wren.post(path[0]).status_code == 303
    assert gate.own_details(actor=scene.me, at=scene.at).phone == "07700 900123"


# --- requests -------------------------------------------------------------------------------------------------------


def test_yes_shows_first_what_they_would_see(scene: Scene, wren: Client) -> None:
    path = f"/me/requests/{scene.waiting}/yes/"
    events, grants = ConsentEvent.objects.count(), Grant.objects.count()
    check = wren.post(path, YES).content.decode()
    for seen in ("First wren", "Change wren", "Story wren"):
        assert seen in check
    for unseen in ("Full wren", "07700", "Town wren", "Access wren"):
        assert unseen not in check
    assert _state(scene.waiting) == InvitationState.SENT
    assert (ConsentEvent.objects.count(), Grant.objects.count()) == (events, grants)
    assert wren.post(path, {**YES, "sure": "1", "once": "k"}).status_code == 303
    invitation = Invitation.objects.get(id=scene.waiting)
    assert (invitation.state, invitation.terms_note) == ("yes", "No questions about my children.")
    grant = _grant(invitation.grant_id)
    assert (grant.categories, grant.name_mode, grant.recipient_id) == (["name", "story"], "first", scene.organisation)


def test_yes_sent_twice_is_one_yes(scene: Scene, wren: Client) -> None:
    events = ConsentEvent.objects.count()
    for _ in range(2):
        assert wren.post(f"/me/requests/{scene.waiting}/yes/", {**YES, "sure": "1", "once": "k"}).status_code == 303
    assert ConsentEvent.objects.count() == events + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"shares": []}, {"name_mode": "none"}, {"shares": ["place"]}, {"fee_pence": "1"}, {"fee_pence": "x"},
        {"share_until": "2001-01-01"}, {"share_until": "9999-12-31", "shares": ["photo"]}, {"version_read": "-1"},
    ],
)  # fmt: skip
def test_a_yes_that_cannot_be_comes_back_whole(scene: Scene, wren: Client, wrong: dict[str, object]) -> None:
    for step in ({}, {"sure": "1", "once": "k"}):
        answer = wren.post(f"/me/requests/{scene.waiting}/yes/", {**YES, **wrong, **step})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "No questions about my children." in page
        assert "govuk-error-summary" in page
    assert _state(scene.waiting) == InvitationState.SENT


def test_going_back_keeps_the_choices(scene: Scene, wren: Client) -> None:
    page = wren.post(f"/me/requests/{scene.waiting}/yes/", {**YES, "change": "1"}).content.decode()
    assert "No questions about my children." in page
    assert re.search(r'value="story"[^>]*checked', page)


def test_no_not_now_and_back_again(scene: Scene, wren: Client) -> None:
    for path, state in (("not-now", "not_now"), ("no", "no")):
        assert wren.post(f"/me/requests/{scene.waiting}/{path}/").status_code == 303
        assert _state(scene.waiting) == state
    wren.post(f"/me/requests/{scene.waiting}/yes/", {**YES, "sure": "1"})
    assert _state(scene.waiting) == "yes"


def test_taking_a_yes_back_ends_what_it_showed(scene: Scene, wren: Client) -> None:
    grant = scene.grant
    assert wren.post(f"/me/requests/{scene.answered}/no/").status_code == 303
    assert Grant.objects.get(id=grant).state == GrantState.WITHDRAWN


def test_a_question(scene: Scene, wren: Client) -> None:
    assert wren.post(f"/me/requests/{scene.waiting}/question/", {"text": " "}).status_code == 422
    assert wren.post(f"/me/requests/{scene.waiting}/question/", {"text": "Who else comes?"}).status_code == 303
    assert Question.objects.get(invitation_id=scene.waiting).text == "Who else comes?"
    assert "Who else comes?" in wren.get(f"/me/requests/{scene.waiting}/").content.decode()


def test_nobody_answers_for_somebody_else(scene: Scene, tern: Client) -> None:
    before = list(Invitation.objects.order_by("id").values())
    for step, data in (("yes", {**YES, "sure": "1"}), ("no", {}), ("not-now", {}), ("question", {"text": "?"})):
        assert tern.post(f"/me/requests/{scene.waiting}/{step}/", data).status_code == 404
    assert list(Invitation.objects.order_by("id").values()) == before
    assert not Question.objects.exists()


def test_the_link_in_a_message_opens_that_request_only(scene: Scene) -> None:
    client, link = Client(), answer_link(scene.waiting, at=scene.at)
    page = client.get(f"/a/{link}/").content.decode()
    assert "To show how it is." in page
    assert "<title>Messages</title>" in page
    check = client.post(f"/a/{link}/yes/", YES).content.decode()
    assert "wren" not in check  # whoever holds the link reads no details
    assert client.post(f"/a/{link}/yes/", {**YES, "sure": "1"}).status_code == 303
    assert _state(scene.waiting) == "yes"
    assert client.post(f"/a/{link}/no/").status_code == 303
    assert _state(scene.waiting) == "no"
    assert client.get("/me/").status_code == 302
    for bad in (f"{link}x", "nothing", answer_link(uuid4(), at=scene.at)):
        assert client.get(f"/a/{bad}/").status_code == 404
        assert client.post(f"/a/{bad}/no/").status_code == 404
    old = answer_link(scene.waiting, at=scene.at - timedelta(days=60))
    assert client.get(f"/a/{old}/").status_code == 404


def test_stop_by_link(scene: Scene) -> None:
    link = answer_link(scene.waiting, at=scene.at)
    answer = Client().post(f"/a/{link}/stop/")
    assert (answer.status_code, answer["Location"]) == (303, "/a/stopped/")
    live = Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN).values_list("layer", flat=True)
    assert list(live) == [Layer.KEEP_RECORD]
    assert Client().get("/a/stopped/").status_code == 200


# --- bookings -------------------------------------------------------------------------------------------------------


def test_confirming(scene: Scene, wren: Client, tern: Client) -> None:
    path = f"/me/bookings/{scene.agreeing}/confirm/"
    assert tern.post(path).status_code == 404
    assert Booking.objects.get(id=scene.agreeing).person_confirmed_at is None
    assert wren.post(path, {"once": "k"}).status_code == 303
    assert Booking.objects.get(id=scene.agreeing).person_confirmed_at is not None


def test_stopping_a_booking(scene: Scene, wren: Client, tern: Client) -> None:
    path = f"/me/bookings/{scene.confirmed}/stop/"
    assert tern.post(path).status_code == 404
    assert Booking.objects.get(id=scene.confirmed).state == BookingState.CONFIRMED
    assert wren.post(path).status_code == 303
    booking = Booking.objects.get(id=scene.confirmed)
    assert booking.state == BookingState.STOPPED
    assert _grant(booking.grant_id).state == GrantState.WITHDRAWN
    assert wren.post(path).status_code == 409


def test_the_support_plan(scene: Scene, wren: Client, tern: Client) -> None:
    path, sent = f"/me/bookings/{scene.agreeing}/support/", {"before": " A call.\n", "on_the_day": "", "after": "Tea."}
    assert tern.post(path, sent).status_code == 404
    assert wren.post(path, sent).status_code == 303
    plan = CarePlan.objects.get(booking_id=scene.agreeing)
    assert (plan.before, plan.after) == (" A call.\n", "Tea.")
    assert wren.post(path, {"before": "a" * 4001}).status_code == 422
    assert CarePlan.objects.get(booking_id=scene.agreeing).after == "Tea."


def test_the_calendar_gives_nothing_away(scene: Scene, wren: Client, tern: Client) -> None:
    path = f"/me/bookings/{scene.confirmed}/calendar/"
    assert tern.post(path, {}).status_code == 404
    file = wren.post(path, {"cover": ""})
    assert file["Content-Type"].startswith("text/calendar")
    assert b"SUMMARY:Busy" in file.content
    for word in (b"committee", b"Outlet", b"Studio", b"wren"):
        assert word not in file.content
    assert b"SUMMARY:Dentist" in wren.post(path, {"cover": "Dentist"}).content


def test_a_check_in(scene: Scene, wren: Client, tern: Client) -> None:
    path = f"/me/check-ins/{scene.check_in}/"
    assert tern.post(path, {"answer": "Fine"}).status_code == 404
    assert wren.post(path, {"answer": ""}).status_code == 422
    assert CheckIn.objects.get(id=scene.check_in).state == CheckInState.SENT
    assert wren.post(path, {"answer": "Tired.", "wants_a_call": "on"}).status_code == 303
    row = CheckIn.objects.get(id=scene.check_in)
    assert (row.state, row.answer, row.wants_a_call) == (CheckInState.ANSWERED, "Tired.", True)


# --- sharing --------------------------------------------------------------------------------------------------------


def test_stopping_one_consent(scene: Scene, wren: Client, tern: Client) -> None:
    path = f"/me/sharing/{scene.grant}/stop/"
    assert tern.post(path).status_code == 404
    assert Grant.objects.get(id=scene.grant).state == GrantState.GIVEN
    assert wren.post(path).status_code == 303
    assert Grant.objects.get(id=scene.grant).state == GrantState.WITHDRAWN


def test_stopping_a_consent_stops_its_booking_in_the_same_commit(scene: Scene, wren: Client) -> None:
    grant = Booking.objects.get(id=scene.confirmed).grant_id
    assert wren.post(f"/me/sharing/{grant}/stop/").status_code == 303
    assert _grant(grant).state == GrantState.WITHDRAWN
    assert Booking.objects.get(id=scene.confirmed).state == BookingState.STOPPED
    assert Booking.objects.get(id=scene.agreeing).state == BookingState.AGREEING


def test_showing_less(scene: Scene, wren: Client, tern: Client) -> None:
    path = f"/me/sharing/{scene.grant}/less/"
    assert tern.post(path, {"categories": ["story"]}).status_code == 404
    assert wren.post(path, {"categories": ["contact"]}).status_code == 422
    assert wren.post(path, {"categories": []}).status_code == 422
    assert len(Grant.objects.get(id=scene.grant).categories) == 3
    assert wren.post(path, {"categories": ["story"]}).status_code == 303
    assert Grant.objects.get(id=scene.grant).categories == ["story"]


def test_saying_yes_and_no_to_the_networks_own(scene: Scene, wren: Client) -> None:
    wren.post(f"/me/sharing/{scene.standing(Layer.BE_ASKED)}/stop/")
    assert "Ask me about requests" in wren.get("/me/sharing/").content.decode()
    assert wren.post("/me/sharing/refuse/be_asked/").status_code == 303
    assert wren.post("/me/sharing/give/be_asked/").status_code == 303
    live = Grant.objects.filter(person_id=scene.wren, layer=Layer.BE_ASKED, state=GrantState.GIVEN)
    assert live.count() == 1
    assert wren.post("/me/sharing/give/coordination/", {"categories": []}).status_code == 422
    assert wren.get("/me/sharing/give/public_profile/").status_code == 404
    assert wren.post("/me/sharing/give/for_request/").status_code == 404
    ended = Grant.objects.get(id=live.get().id).ends_at
    wren.post(f"/me/sharing/{live.get().id}/renew/")
    assert live.get().ends_at > ended


def test_the_receipt_as_a_file(scene: Scene, wren: Client, tern: Client) -> None:
    path = f"/me/sharing/{scene.grant}/receipt.jsonld"
    assert tern.get(path).status_code == 404
    file = wren.get(path)
    assert file["Content-Type"] == "application/ld+json"
    assert file.json()["@type"] == "dpv:ConsentReceipt"
    assert b"wren" not in file.content


def test_stop_ends_everything_but_the_record(scene: Scene, wren: Client) -> None:
    answer = wren.post("/me/stop/", {"once": "k"}, follow=True)
    assert answer.redirect_chain == [("/me/stopped/", 303)]
    assert "Everything is stopped" in answer.content.decode()
    live = Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN).values_list("layer", flat=True)
    assert list(live) == [Layer.KEEP_RECORD]
    # effective at this commit, before any worker has run
    states = Booking.objects.filter(person_id=scene.wren).values_list("state", flat=True)
    assert sorted(states) == [BookingState.DONE, BookingState.STOPPED, BookingState.STOPPED]
    assert Recall.objects.get(person_id=scene.wren).organisation_id == scene.organisation
    person = Person.objects.get(id=scene.wren)
    assert (person.state, person.quiet_since is not None) == (PersonState.PAUSED, True)
    assert Grant.objects.filter(person_id=scene.tern, state=GrantState.GIVEN).count() == 3
    assert "Everything is stopped" in wren.get("/me/").content.decode()
    assert wren.post("/me/back/").status_code == 303
    person.refresh_from_db()
    assert (person.state, person.quiet_since) == (PersonState.ACTIVE, None)


def test_who_looked_and_asking_about_it(scene: Scene, wren: Client, tern: Client) -> None:
    page = wren.get("/me/sharing/looked/").content.decode()
    assert "Calling about Tuesday" in page
    assert "Went out" in page
    assert "Calling about Tuesday" not in tern.get("/me/sharing/looked/").content.decode()
    ask = re.search(r"/me/ask/look/[0-9a-f-]{36}/", page)
    assert ask is not None
    assert wren.post(ask[0], {"kind": "worry", "words": ""}).status_code == 422
    assert wren.post(ask[0], {"kind": "worry", "words": "Who was that?"}).status_code == 303
    row = next(one for one in Concern.objects.all() if one.words == "Who was that?")
    assert (row.person_id, row.kind, row.about) == (scene.wren, "worry", "look")
    assert wren.get("/me/ask/nothing/").status_code == 404
    assert wren.get("/me/sharing/looked/?before=yesterday").status_code == 404
    assert wren.get("/me/sharing/looked/?before=2030-01-01").status_code == 404
    assert wren.get("/me/sharing/looked/?before=2030-01-01T00:00:00%2B00:00").status_code == 200


# --- messages -------------------------------------------------------------------------------------------------------


def test_a_message_leads_to_its_page_and_only_its_reader(scene: Scene, wren: Client, tern: Client) -> None:
    notice = Notice.objects.get(person_id=scene.wren)
    path = f"/m/{notice.token}/"
    assert Client().get(path)["Location"].startswith("/sign-in/?next=")
    assert tern.get(path).status_code == 404
    assert Notice.objects.get(id=notice.id).read_at is None
    answer = wren.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/me/requests/{scene.waiting}/")
    assert Notice.objects.get(id=notice.id).read_at is not None


def test_all_read(scene: Scene, wren: Client) -> None:
    assert wren.post("/me/messages/read/").status_code == 303
    assert not Notice.objects.filter(person_id=scene.wren, read_at__isnull=True).exists()


# --- money ----------------------------------------------------------------------------------------------------------


def _choice(scene: Scene) -> payments.PaymentChoice:
    return payments.payment_choice(payee_ref=scene.payee, owner=scene.wren, actor=scene.me, at=clock.now())


BANK = {
    "route": "bank", "legal_name": "Wren Testbury", "account_holder": "W Testbury", "sort_code": "12-34-56",
    "account_number": "12345678",
}  # fmt: skip


def test_a_bank_account_needs_a_fresh_proof(scene: Scene, wren: Client) -> None:
    UserSession.objects.update(stepped_up_at=None)
    assert wren.get("/me/money/how/")["Location"].startswith("/confirm/?next=")
    refused = wren.post("/me/money/how/", BANK)
    assert refused.status_code == 403
    assert 'value="12-34-56"' in refused.content.decode()  # nothing typed is lost
    assert _choice(scene).route is None


def test_choosing_how_to_be_paid(scene: Scene, wren: Client) -> None:
    bad = wren.post("/me/money/how/", {**BANK, "sort_code": "12"})
    assert bad.status_code == 422
    assert "Wren Testbury" in bad.content.decode()
    assert _choice(scene).route is None
    assert wren.post("/me/money/how/", BANK).status_code == 303
    choice = _choice(scene)
    assert (choice.route, choice.last4) == (payments.Route.BANK, "5678")
    page = wren.get("/me/money/").content.decode()
    assert "ending in 5678" in page
    assert "12345678" not in page
    wren.post("/me/money/how/", {"route": "decline"})
    assert _choice(scene).route is payments.Route.DECLINE


def test_what_is_owed_is_shown_with_its_day(scene: Scene, wren: Client, tern: Client) -> None:
    page = wren.get("/me/money/").content.decode()
    assert "£200.00" in page
    assert "£200.00" not in tern.get("/me/money/").content.decode()
    assert "£200.00" in wren.get("/me/money/statement/").content.decode()


def test_self_billing_and_the_invoice(scene: Scene, wren: Client, tern: Client) -> None:
    line = payments.money_for([scene.payee])[scene.payee][0]
    assert wren.get(f"/me/money/{line.payout_id}/invoice/").status_code == 404  # no agreement ran
    wren.post("/me/money/how/", BANK)
    assert wren.post("/me/money/invoices/", {"once": "k"}).status_code == 303
    assert payments.self_billing_agreement(scene.payee) is not None
    assert tern.get(f"/me/money/{line.payout_id}/invoice/").status_code == 404


def test_asking_for_expenses(scene: Scene, wren: Client, tern: Client) -> None:
    path = f"/me/bookings/{scene.confirmed}/expenses/"
    sent = {"kind": "advance", "what_for": "Train, return", "amount": "42.50", "once": "k"}
    assert tern.post(path, sent).status_code == 404
    assert wren.post(path, {**sent, "amount": "0"}).status_code == 422
    assert payments.expenses_for(scene.payee) == []
    for _ in range(2):
        assert wren.post(path, sent).status_code == 303
    (claim,) = payments.expenses_for(scene.payee)
    assert (claim.amount, claim.what_for) == (4250, "Train, return")
    assert "Train, return" in wren.get("/me/money/").content.decode()


def test_through_stripe_and_back(scene: Scene, wren: Client, tern: Client, standin: StandIn) -> None:
    assert wren.get("/me/money/stripe/").status_code == 404  # not chosen
    answer = wren.post("/me/money/how/", {"route": "stripe", "legal_name": "Wren Testbury"})
    assert answer["Location"] == "/me/money/stripe/"
    UserSession.objects.update(stepped_up_at=None)
    assert wren.post("/me/money/stripe/start/")["Location"].startswith("/confirm/?next=%2Fme%2Fmoney%2Fstripe%2F")
    UserSession.objects.update(stepped_up_at=clock.now())
    page = wren.post("/me/money/stripe/start/").content.decode()
    link = re.search(rf'href="({re.escape(standin.base)}[^"]+)"', page)
    assert link is not None
    assert "All there" not in wren.get("/me/money/stripe/back/").content.decode()
    press(link[1])
    wren.get("/me/money/stripe/back/")
    assert "rest until" in wren.get("/me/money/").content.decode()
    assert tern.get("/me/money/stripe/").status_code == 404


# --- mentoring ------------------------------------------------------------------------------------------------------


def test_offering_and_answering(scene: Scene, wren: Client, tern: Client) -> None:
    assert wren.post("/me/mentoring/offer/", {"open_now": "no", "capacity": "3"}).status_code == 303
    assert (MentorOffer.objects.get(person_id=scene.wren).open) is False
    assert wren.post("/me/mentoring/offer/", {"open_now": "yes", "capacity": "99"}).status_code == 422
    for step in ("yes", "no", "end"):
        assert tern.post(f"/me/mentoring/{scene.proposed}/{step}/").status_code == 404
    assert Pairing.objects.get(id=scene.proposed).mentor_yes_at is None
    assert wren.post(f"/me/mentoring/{scene.proposed}/yes/").status_code == 303
    assert Pairing.objects.get(id=scene.proposed).mentor_yes_at is not None
    assert wren.post(f"/me/mentoring/{scene.proposed}/no/").status_code == 303
    assert Pairing.objects.get(id=scene.proposed).state == PairingState.DECLINED


def test_a_session_is_paid(scene: Scene, wren: Client, tern: Client) -> None:
    path = f"/me/mentoring/{scene.pairing}/session/"
    sent = {"held_on": clock.now().astimezone(clock.LONDON).date().isoformat(), "minutes": "60", "once": "k"}
    before = len(payments.money_for([scene.payee])[scene.payee])
    assert tern.post(path, sent).status_code == 404
    assert wren.post(path, {**sent, "held_on": "2001-01-01"}).status_code == 422
    assert len(payments.money_for([scene.payee])[scene.payee]) == before
    for _ in range(2):
        assert wren.post(path, sent).status_code == 303
    assert len(payments.money_for([scene.payee])[scene.payee]) == before + 1
    assert wren.post(f"/me/mentoring/{scene.pairing}/end/").status_code == 303
    assert Pairing.objects.get(id=scene.pairing).state == PairingState.ENDED


# --- data and pace --------------------------------------------------------------------------------------------------


def test_pausing(scene: Scene, wren: Client) -> None:
    assert wren.post("/me/yours/pause/", {"until": "2001-01-01"}).status_code == 422
    assert Person.objects.get(id=scene.wren).state == PersonState.ACTIVE
    assert wren.post("/me/yours/pause/", {"until": ""}).status_code == 303
    assert Person.objects.get(id=scene.wren).state == PersonState.PAUSED
    assert wren.post("/me/back/").status_code == 303
    assert Person.objects.get(id=scene.wren).state == PersonState.ACTIVE


def test_a_copy_of_everything(scene: Scene, wren: Client) -> None:
    file = wren.post("/me/yours/copy/file/")
    assert (file.status_code, file["Content-Type"], file.content[:2]) == (200, "application/zip", b"PK")
    UserSession.objects.update(stepped_up_at=None)
    for answer in (wren.get("/me/yours/copy/"), wren.post("/me/yours/copy/file/")):
        assert answer["Location"].startswith("/confirm/?next=")


def test_leaving(scene: Scene, wren: Client) -> None:
    assert wren.post("/me/yours/leave/").status_code == 303
    assert Person.objects.get(id=scene.wren).state == PersonState.LEFT
    assert not Grant.objects.filter(person_id=scene.wren, state=GrantState.GIVEN).exists()
    assert not Booking.objects.filter(person_id=scene.wren, state__in=("agreeing", "confirmed")).exists()
    assert wren.get("/me/").status_code == 302
    assert payments.money_for([scene.payee])[scene.payee]  # what is owed stays owed


def test_being_forgotten(scene: Scene, wren: Client) -> None:
    UserSession.objects.update(stepped_up_at=None)
    assert wren.post("/me/yours/delete/", {"sure": "on"})["Location"].startswith("/confirm/?next=")
    UserSession.objects.update(stepped_up_at=clock.now())
    assert wren.post("/me/yours/delete/", {}).status_code == 422
    assert not Erasure.objects.exists()
    assert wren.post("/me/yours/delete/", {"sure": "on", "never_invite": "on"}).status_code == 303
    assert Erasure.objects.get(person_id=scene.wren).never_invite is True
    assert wren.get("/me/").status_code == 302


# --- everybody else -------------------------------------------------------------------------------------------------


def test_a_visitor_changes_nothing(scene: Scene) -> None:
    for path in ("/me/stop/", f"/me/requests/{scene.waiting}/no/", f"/me/bookings/{scene.agreeing}/stop/", "/me/back/"):
        assert Client().post(path)["Location"].startswith("/sign-in/?next=")
    assert _state(scene.waiting) == InvitationState.SENT
    assert Booking.objects.get(id=scene.agreeing).state == BookingState.AGREEING


def test_staff_have_no_such_pages(scene: Scene) -> None:
    from backend.accounts import usecases as accounts

    assert scene.coordinator.user_id is not None
    client = Client()
    token = accounts.make_demo_link(user_id=scene.coordinator.user_id, at=scene.at)
    client.get(f"/demo/sign-in/{token}/")
    for name, path in scene.paths().items():
        assert client.get(path).status_code == 404, name


def test_a_changed_request_comes_first_again(scene: Scene, wren: Client) -> None:
    Invitation.objects.filter(id=scene.waiting).update(state="no")
    Opportunity.objects.filter(id=scene.opportunity_of(scene.answered)).update(version=9, version_that_matters=9)
    assert "A request you said yes to has changed." in wren.get("/me/").content.decode()
    page = wren.get(f"/me/requests/{scene.answered}/").content.decode()
    assert "It changed after you said yes" in page
    assert "Yes, also like this" in page
    assert "No, take my yes back" in page


def test_statements_do_not_grow(scene: Scene, wren: Client) -> None:
    paths = ("/me/", "/me/requests/", "/me/bookings/", "/me/sharing/", "/me/messages/", "/me/money/")

    def statements() -> list[int]:
        found = []
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                wren.get(path)
            found.append(len(captured))
        return found

    before = statements()
    for number in range(3):
        scene.invited(f"Another {number}", days=50 + number)
        scene.booked(f"More {number}", days=60 + number)
    after = statements()
    assert after == before


def test_the_menu_counts_what_waits(scene: Scene, wren: Client) -> None:
    assert "You have one request to answer." in wren.get("/me/").content.decode()
    other = client_of(scene.tern, scene.at)
    assert "Nothing is waiting for you" in other.get("/me/").content.decode()
    assert actor_of(scene.tern).person_id == scene.tern
