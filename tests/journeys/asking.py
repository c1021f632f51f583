"""The part of the journey from a brief to a booking: writing, matching, asking, answering, choosing, agreeing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tests.journeys import witness
from tests.journeys.browser import Browser
from tests.journeys.people import ID
from tests.journeys.story import (
    CLERK,
    COMMITTEE,
    EVIDENCE_FEE,
    FEE,
    HERON,
    NEWSROOM,
    PLOVER,
    REPORTER,
    WREN,
    Member,
    Story,
    in_days,
    when,
)

GAZETTE_TITLE, EVIDENCE_TITLE = "The first night out", "Evidence on release days"
# What both briefs say, by the API's names of the fields; the form asks the same, in steps.
WORDS: Mapping[str, str] = {
    "purpose": "A page on what the first night is like, ahead of a vote.",
    "why_lived_experience": "Only people who have been through it know.",
    "who_decides": "The minister reads it; the council votes in March.",
    "question_areas": "Where people go, whom they ring. Not what they were sentenced for.",
    "other_contributors": "A charity that runs hostels.",
    "audience": "Readers of a weekly paper, about 20,000.",
    "editorial_terms": "The editor has the last word; facts are corrected at once.",
    "first_shown": "In the weekend edition.",
    "online_how_long": "A year",
    "reuse": "Only after asking again.",
    "welfare_risks": "Comments below the page can be rough.",
    "welfare_support": "Comments stay closed; a break at any time.",
    "place": "The town hall, Sampleton",
    "access_notes": "A ramp and a lift.",
    "who_is_in_the_room": "One reporter.",
    "expenses": "Travel, booked and paid before.",
    "point_of_no_return": "Thursday noon, when the page goes to print.",
    "outcome_report": "A letter on what the council decided.",
}
CHOICES: Mapping[str, str] = {"recording": "written", "quote_check": "see_quotes", "identity_needed": "first"}
TOPIC = "prison-release"
SHARES = ["name", "story", "topics", "place"]


def _times(now: datetime) -> tuple[datetime, datetime, datetime]:
    """Start, end and answer-by: the same for both briefs, so that nobody can do both."""
    starts = in_days(now, 6, 14)
    return starts, starts + timedelta(hours=2), in_days(now, 4, 12)


# --- writing --------------------------------------------------------------------------------------------------------


def a_program_sends_a_brief(story: Story) -> None:
    """First without what a person must know, and it is refused field by field; then whole, and only once."""
    program = story.programs["newsroom"]
    starts, ends, answer_by = _times(story.now)
    story.starts["gazette"] = starts
    brief = {
        "kind": "print_interview", "title": GAZETTE_TITLE, **WORDS, **CHOICES, "edited": True, "remote": True,
        "supporter_welcome": True, "fee_pence": FEE, "preparation_minutes": 60, "starts_at": starts.isoformat(),
        "ends_at": ends.isoformat(), "answer_by": answer_by.isoformat(), "topics": [TOPIC],
        "extras": {"publication": NEWSROOM},
    }  # fmt: skip
    before = witness.count(story, "network_opportunity")
    for field in ("fee_pence", "answer_by", "kind", "audience", "recording", "editorial_terms"):
        thin = {name: value for name, value in brief.items() if name != field}
        answer = program.call("POST", "/api/v1/briefs", thin, key=f"thin-{field}")
        assert answer.status_code == 422, answer.text
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert field in json.dumps(answer.json()["errors"]), answer.text
    assert witness.count(story, "network_opportunity") == before
    sent = [program.ok("POST", "/api/v1/briefs", brief, key="the-first-night") for _ in range(2)]
    assert sent[0] == sent[1]
    story.known["gazette brief"] = sent[0]["id"]
    assert witness.one(story, "SELECT source, state FROM network_opportunity WHERE title = %s", GAZETTE_TITLE) == (
        "api", "submitted",
    )  # fmt: skip
    witness.settled(story)
    witness.heard(story, "brief.submitted")


def a_clerk_fills_in_a_brief(story: Story) -> None:
    """The same brief on the web, in steps, without JavaScript; sent in half-written it is refused and kept."""
    clerk = story.browser(CLERK)
    starts, ends, answer_by = _times(story.now)
    story.starts["committee"] = starts
    page = clerk.do("/desk/briefs/new/", kind="committee_oral_private", title=EVIDENCE_TITLE)
    brief = story.known["committee brief"] = page.path.split("/")[3]
    at = f"/desk/briefs/{brief}/"
    _cannot_be_sent_in(clerk, at)
    assert witness.one(story, "SELECT state FROM network_opportunity WHERE title = %s", EVIDENCE_TITLE) == "draft"

    def step(slug: str, *names: str, **more: Any) -> None:
        clerk.do(f"{at}write/{slug}/", **{name: WORDS[name] for name in names}, **more)

    step(
        "about", "purpose", "why_lived_experience", "audience", "who_decides", extra_committee=COMMITTEE,
        extra_inquiry="Release days", extra_asked_of_clerk="What happens to names in the minutes.",
    )  # fmt: skip
    step("topics", topics_prison=[TOPIC])
    step(
        "words", "question_areas", "other_contributors", "editorial_terms", "first_shown", "online_how_long", "reuse",
        recording="written", edited="no", quote_check="see_quotes",
    )  # fmt: skip
    step(
        "when", "place", "access_notes", "who_is_in_the_room", **when("starts_at", starts), **when("ends_at", ends),
        **when("answer_by", answer_by), remote=True, supporter_welcome=True,
    )  # fmt: skip
    step("pay", "expenses", fee_pence=f"{EVIDENCE_FEE / 100:.2f}", preparation_minutes="60")
    step("care", "welfare_risks", "welfare_support", "point_of_no_return", identity_needed="first")
    step("after", "outcome_report")
    clerk.do(f"{at}check/", "Send it in")
    assert witness.one(story, "SELECT source, state FROM network_opportunity WHERE title = %s", EVIDENCE_TITLE) == (
        "web", "submitted",
    )  # fmt: skip


def _cannot_be_sent_in(clerk: Browser, brief: str) -> None:
    """The page says what is missing and has no button; sent in all the same, it is refused with the same words."""
    page = clerk.get(f"{brief}check/")
    assert page.form_with([], "Send it in") is None
    missing = ("Fee", "Answers by", "Editorial terms", "Who it is for", "Live, recorded or written")
    assert not [label for label in missing if f"“{label}”" not in page and label not in page], page.text
    sent = clerk.send("POST", page.url, page.forms[0].filled({}, None))
    assert sent.status == 422, f"{sent!r} was not refused"
    assert sent.errors, f"{sent!r} does not say why"


def parliaments_calls_are_read(story: Story) -> None:
    """Open calls come in by the command; a clerk begins a brief from one, and the fee is still theirs to say."""
    first = json.loads(story.site.manage("import_parliament"))
    again = json.loads(story.site.manage("import_parliament"))
    assert first["briefs"] == []
    assert again["briefs"] == []
    calls = witness.count(story, "network_parliament_call")
    assert calls > 3
    clerk = story.browser(CLERK)
    page = clerk.get("/desk/calls/")
    form = next(form for form in page.forms if form.action.endswith("/start/"))
    draft = clerk.do("/desk/calls/", form.buttons[0].text)
    assert witness.one(story, "SELECT state, source, fee_pence FROM network_opportunity WHERE source = %s", "parliament") == (
        "draft", "parliament", None,
    )  # fmt: skip
    _cannot_be_sent_in(clerk, draft.path)
    assert story.coordinator.get("/team/calls/").status == 200
    assert witness.count(story, "network_parliament_call") == calls


# --- matching and asking --------------------------------------------------------------------------------------------


def people_are_asked(story: Story) -> None:
    """A coordinator reads each brief, takes it on, sees whom it fits and why, and asks."""
    coordinator = story.coordinator
    for name, title in (("gazette", GAZETTE_TITLE), ("committee", EVIDENCE_TITLE)):
        brief = story.known[f"{name} brief"]
        page = coordinator.get(f"/team/briefs/{brief}/")
        assert title in page
        assert WORDS["purpose"] in page
        story.wait(partial(_take_on, story, brief), f"the brief {title} to be taken on")
        match = coordinator.get(f"/team/briefs/{brief}/match/")
        form = match.form_with(["person_ids"])
        assert form is not None, match.text
        wanted = form.controls["person_ids"].options
        assert len(wanted) == 3, match.text
        for member in (HERON, WREN, PLOVER):
            assert member.known_as in match
            assert not [mark for mark in member.marks if mark in match.body], "matching shows pseudonyms only"
        coordinator.do(f"/team/briefs/{brief}/match/", person_ids=wanted)
    assert witness.count(story, "network_invitation WHERE state = 'sent'") == 6
    witness.settled(story)
    witness.heard(story, "brief.accepted", "invitation.sent")
    for member in (HERON, WREN, PLOVER):  # each was told, by the way they call safe, in words that say nothing
        told = [m for m in witness.mails_to(story, member.email) if m["Subject"] == "Something needs your answer"]
        assert told, f"{member.known_as} was not told"
        link = re.search(r"/m/[^/\s]+/", told[-1].get_content())
        assert link
        browser = story.browser(member.email)
        browser.get("/me/")  # signed in, also when the session ended meanwhile: without one the link opens another page
        assert browser.get(link[0]).path.startswith("/me/requests/")
    witness.mails_give_nobody_away(story, GAZETTE_TITLE, EVIDENCE_TITLE, NEWSROOM, COMMITTEE, "prison", "£")


def _take_on(story: Story, brief: str) -> bool:
    page = story.coordinator.get(f"/team/briefs/{brief}/")
    if page.form_with([], "Take it on") is None:
        return True
    story.coordinator.press(page, "Take it on")
    return False


def _asked(story: Story, member: Member, name: str) -> str:
    """The path of this person's own page about that request."""
    title = {"gazette": GAZETTE_TITLE, "committee": EVIDENCE_TITLE}[name]
    page = story.browser(member.email).get("/me/requests/")
    found = [href for text, href in page.links if title in text]
    assert found, f"{member.known_as} does not see {title}: {page.text}"
    return found[0]


def they_answer(story: Story) -> None:
    """All four answers; a yes shows exactly what the person ticked, and only to the one who asked."""
    heron, wren, plover = (story.browser(m.email) for m in (HERON, WREN, PLOVER))
    mine = _asked(story, HERON, "gazette")
    page = heron.get(mine)
    for text in (*WORDS.values(), NEWSROOM):
        assert text in page, f"the person does not read: {text}"
    _says_yes(story, HERON, "gazette")
    _says_yes(story, HERON, "committee")
    theirs = _asked(story, WREN, "gazette")
    wren.do(f"{theirs}question/", text="Who else is in the room?")
    plover.do(_asked(story, PLOVER, "gazette"), "Not now")
    plover.do(_asked(story, PLOVER, "committee"), "No, thank you")
    question = str(witness.one(story, "SELECT id FROM network_question"))
    coordinator = story.coordinator
    asked = next(coordinator.get(f"/team/briefs/{story.known['gazette brief']}/").paths(f"/team/questions/{ID}/"))
    coordinator.do(asked, answer="One reporter, and whoever you bring.")
    assert question.replace("-", "") in asked.replace("-", "")
    assert "One reporter, and whoever you bring." in wren.get(theirs)
    _says_yes(story, WREN, "gazette")
    _says_yes(story, WREN, "committee")
    states = {
        (title, known_as): state
        for title, known_as, state in story.site.query(
            "SELECT o.title, p.known_as, i.state FROM network_invitation i "
            "JOIN network_opportunity o ON o.id = i.opportunity_id JOIN network_person p ON p.id = i.person_id"
        )
    }
    wanted = {
        (GAZETTE_TITLE, "Heron"): "yes", (GAZETTE_TITLE, "Wren"): "yes", (GAZETTE_TITLE, "Plover"): "not_now",
        (EVIDENCE_TITLE, "Heron"): "yes", (EVIDENCE_TITLE, "Wren"): "yes", (EVIDENCE_TITLE, "Plover"): "no",
    }  # fmt: skip
    assert states == wanted, states
    for member, requests in ((HERON, 2), (WREN, 2), (PLOVER, 0)):
        assert witness.live_grants(story, member.known_as).get("for_request", 0) == requests
    witness.settled(story)
    witness.heard(story, "invitation.answered", "question.asked", "question.answered")


def _says_yes(story: Story, member: Member, name: str) -> None:
    me, mine = story.browser(member.email), _asked(story, member, name)
    for _ in range(3):
        check = me.do(
            f"{mine}yes/", shares=SHARES, name_mode="first", face="none", voice="own", place="region",
            terms_note=f"A break after an hour, says {member.known_as.lower()}.",
        )  # fmt: skip
        for shown in (member.first, member.change, member.story, member.region):
            assert shown in check, f"the preview lacks {shown}"
        for hidden in (member.full, member.town, member.email):
            assert hidden not in check, f"the preview shows {hidden}"
        me.press(check, "Say yes")
        if "You said yes" in me.get(mine):
            return
    raise AssertionError(f"{member.known_as} cannot say yes")


# --- choosing -------------------------------------------------------------------------------------------------------


def the_requester_chooses(story: Story) -> None:
    """They see only who said yes, and of them only what each ticked. Nobody can be booked twice for one time."""
    reporter, clerk, program = story.browser(REPORTER), story.browser(CLERK), story.programs["newsroom"]
    gazette, committee = story.known["gazette brief"], story.known["committee brief"]
    for browser, brief in ((reporter, gazette), (clerk, committee)):
        people = browser.get(f"/desk/briefs/{brief}/people/")
        if people.path.endswith("/before/"):
            people = browser.do(people.path, "I promise this")
        assert people.path.endswith("/people/")
        for member in (HERON, WREN):
            assert member.first in people
            assert member.region in people
            assert member.story in people
            for hidden in (member.full, member.town, member.email, member.known_as):
                assert hidden not in people.body, f"{hidden} is shown"
        assert not [mark for mark in (*PLOVER.marks, PLOVER.known_as) if mark in people.body]
    assert reporter.visit(f"/desk/briefs/{committee}/people/").status == 404
    before = program.call("GET", f"/api/v1/briefs/{gazette}/cards")
    if before.status_code == 403:  # a program, too, promises before it reads about anybody
        assert program.ok("GET", "/api/v1/boundaries")
        program.ok("POST", f"/api/v1/briefs/{gazette}/boundaries", {"accept": "all"}, key="promise")
    cards = program.ok("GET", f"/api/v1/briefs/{gazette}/cards")["items"]
    assert sorted(card["person"]["name"] for card in cards) == sorted([HERON.first, WREN.first])
    assert all(card["person"]["contact"] is None for card in cards)
    ids = {card["person"]["name"]: card["person"] for card in cards}
    story.known["heron reference"] = ids[HERON.first]["consent_reference"]
    foreign = program.call("GET", f"/api/v1/briefs/{committee}/cards")
    assert foreign.status_code == 404
    # The newsroom's program chooses Heron; the same call again is the same booking.
    choose = f"/api/v1/briefs/{gazette}/cards/{ids[HERON.first]['public_id']}/choose"
    chosen = [program.ok("POST", choose, {}, key="choose-heron") for _ in range(2)]
    assert chosen[0] == chosen[1]
    story.known["gazette booking"] = chosen[0]["booking_id"]
    story.known["gazette reference"] = chosen[0]["booking_reference"]
    # Wren hears why not.
    passed = f"/api/v1/briefs/{gazette}/cards/{ids[WREN.first]['public_id']}/pass-over"
    program.ok("POST", passed, {"reason": "One voice fits on the page this week."}, key="pass-wren")
    # The committee wanted Heron for the same hours: it is told no, and nothing is changed; then it chooses Wren.
    page = clerk.get(f"/desk/briefs/{committee}/people/")
    bookings = witness.count(story, "network_booking")
    taken = clerk.refused(_choose_path(page, HERON.first), "Choose them")
    assert taken.status == 409
    assert "not available any more" in taken.text
    assert witness.count(story, "network_booking") == bookings == 1
    clerk.do(_choose_path(page, WREN.first), "Choose them")
    story.wait(lambda: witness.count(story, "network_booking") == 2, "the committee's booking")
    row = witness.one(
        story, "SELECT b.id, b.reference FROM network_booking b JOIN network_opportunity o ON o.id = b.opportunity_id "
        "WHERE o.title = %s", EVIDENCE_TITLE,
    )  # fmt: skip
    story.known["committee reference"] = str(row[1])
    path = story.wait(
        lambda: next(clerk.get("/desk/bookings/").paths(f"/desk/bookings/{ID}/"), None), "the booking on the desk"
    )
    story.known["committee booking"] = path.split("/")[3]
    witness.settled(story)
    witness.heard(story, "opportunity.chosen", "booking.opened", "invitation.outcome")
    after = program.ok("GET", f"/api/v1/briefs/{gazette}/cards")["items"]
    assert [card["person"]["name"] for card in after] == [HERON.first], "who was passed over is still shown"
    assert not [mark for mark in WREN.marks if mark in reporter.get(f"/desk/briefs/{gazette}/people/").body]
    assert "One voice fits on the page this week." in story.browser(WREN.email).get(_asked(story, WREN, "gazette"))
    assert witness.count(story, "payments_payout") == 0
    assert witness.count(story, "payments_invoice") == 0


def _choose_path(page: Any, first: str) -> str:
    """The link to choose the person with this first name: "Choose" with the name said for screen readers."""
    found = [href for text, href in page.links if "Choose" in text and first in text]
    assert found, f"nobody to choose by the name {first}: {[t for t, _ in page.links]}"
    return str(found[0])


def both_sides_agree(story: Story) -> None:
    """Each confirms for itself; then there are a calendar file that gives nobody away, a care plan and a pay-by date."""
    program, clerk = story.programs["newsroom"], story.browser(CLERK)
    gazette, committee = story.known["gazette booking"], story.known["committee booking"]
    program.ok("POST", f"/api/v1/bookings/{gazette}/confirm", {}, key="confirm-gazette")
    story.browser(HERON.email).do(f"/me/bookings/{gazette}/confirm/", "Yes, I agree")
    story.browser(WREN.email).do(f"/me/bookings/{committee}/confirm/", "Yes, I agree")
    assert witness.one(
        story, "SELECT state FROM network_booking WHERE reference = %s", story.known["committee reference"]
    ) == ("agreeing")
    clerk.do(f"/desk/bookings/{committee}/confirm/", "We confirm this")
    for name, fee in (("gazette", FEE), ("committee", EVIDENCE_FEE)):
        state, pence, pay_by, person, requester = witness.one(
            story, "SELECT state, fee_pence, pay_by, person_confirmed_at, requester_confirmed_at FROM network_booking "
            "WHERE reference = %s", story.known[f"{name} reference"],
        )  # fmt: skip
        assert (state, pence) == ("confirmed", fee)
        assert pay_by
        assert person
        assert requester
    assert witness.count(story, "network_check_in WHERE state = 'planned'") >= 8
    heron = story.browser(HERON.email)
    heron.do(
        f"/me/bookings/{gazette}/support/", before="Go through the questions.", on_the_day="A break.",
        after="A call that evening.", if_no_answer="Ring twice.",
    )  # fmt: skip
    assert "A call that evening." in story.coordinator.get(f"/team/bookings/{gazette}/")
    assert "A call that evening." not in story.browser(REPORTER).get(f"/desk/bookings/{gazette}/")
    form = heron.get(f"/me/bookings/{gazette}/calendar/")
    calendar = heron.press(form, cover="Dentist").body
    theirs = story.browser(REPORTER).download(f"/desk/bookings/{gazette}/calendar.ics").decode()
    assert "SUMMARY:Dentist" in calendar
    for file in (calendar, theirs):
        assert file.startswith("BEGIN:VCALENDAR")
        assert "DTSTART" in file
        away = [mark for mark in (*HERON.marks, "Heron", NEWSROOM, GAZETTE_TITLE, "£") if mark in file]
        assert not away, f"a calendar file says {away}"
    early = program.call("POST", f"/api/v1/bookings/{gazette}/done", {}, key="too-early")
    assert early.status_code == 409, early.text
    witness.settled(story)
    witness.heard(story, "booking.half_confirmed", "booking.confirmed")
    witness.balances(story, payable=0, receivable=0, fee_cost=0)
