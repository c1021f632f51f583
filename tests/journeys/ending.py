"""The last part of the journey: a consent is taken back, and from that commit on nothing shows what was withdrawn."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from tests.journeys import witness
from tests.journeys.browser import Browser
from tests.journeys.people import ID
from tests.journeys.story import EDITOR, HERON, REPORTER, WREN, Member, Story

SHOWN = (HERON.first, HERON.region, HERON.change, HERON.story)
MOST_PAGES = 80


def pages_of(browser: Browser, start: str, under: str) -> dict[str, str]:
    """Every page under `under` that can be reached by links from `start`: its path and all that it says."""
    found: dict[str, str] = {}
    todo = [start]
    while todo and len(found) < MOST_PAGES:
        path = todo.pop(0)
        if path in found:
            continue
        page = browser.visit(path)
        found[path] = page.body
        for _, href in page.links:
            parts = urlsplit(href)
            if href.startswith(browser.site.base_url) and parts.path.startswith(under) and parts.path not in found:
                todo.append(parts.path)
    return found


def consent_is_taken_back(story: Story) -> None:
    """Heron takes back what the newsroom was shown: two taps, no reason."""
    gazette, booking = story.known["gazette brief"], story.known["gazette booking"]
    reporter, editor, program = story.browser(REPORTER), story.browser(EDITOR), story.programs["newsroom"]
    status = f"/api/v1/consents/{story.known['heron reference']}"
    assert HERON.first in reporter.get(f"/desk/bookings/{booking}/")
    assert HERON.story in reporter.get(f"/desk/briefs/{gazette}/people/")
    assert program.ok("GET", status)["status"] == "valid"
    mails = len(story.site.mails())
    heron = story.browser(HERON.email)
    consent = _consent_for(story, heron)
    heron.do(f"{consent}stop/", "Stop it now")
    # From that commit on, with the queue not even looked at:
    assert witness.one(
        story, "SELECT g.state FROM network_grant g JOIN network_booking b ON b.grant_id = g.id WHERE b.reference = %s",
        story.known["gazette reference"],
    ) == "withdrawn"  # fmt: skip
    assert witness.consent_acts(story, HERON.known_as)[-1] == "withdrawn"
    for browser in (reporter, editor):
        _no_page_shows(pages_of(browser, "/desk/", "/desk/"), HERON)
    _no_answer_shows(story)
    assert program.ok("GET", status)["status"] == "withdrawn"
    witness.settled(story)
    witness.heard(story, "consent.withdrawn", "recall.asked")
    fresh = story.site.mails()[mails:]
    assert [m for m in fresh if REPORTER in str(m["To"]) or EDITOR in str(m["To"])], "the newsroom was not told"
    witness.mails_give_nobody_away(story, *SHOWN, HERON.full, HERON.town, *WREN.marks)
    receipt = json.loads(heron.get(f"{consent}receipt.jsonld").body)
    assert receipt
    assert "withdrawn" in json.dumps(receipt).lower()


def _consent_for(story: Story, heron: Browser) -> str:
    """The path of the consent for the newsroom, as the person finds it."""
    for path in heron.get("/me/sharing/").paths(f"/me/sharing/{ID}/"):
        if "The first night out" in heron.get(path):
            return path
    raise AssertionError("the person does not find what they share with the newsroom")


def _no_page_shows(pages: dict[str, str], member: Member) -> None:
    assert len(pages) > 10, sorted(pages)
    for path, body in pages.items():
        shown = [mark for mark in (member.first, member.region, *member.marks) if mark in body]
        assert not shown, f"{path} still shows {shown}"


def _no_answer_shows(story: Story) -> None:
    program = story.programs["newsroom"]
    gazette, booking = story.known["gazette brief"], story.known["gazette booking"]
    paths = [
        "briefs", f"briefs/{gazette}", f"briefs/{gazette}/cards", f"briefs/{gazette}/questions", "bookings",
        f"bookings/{booking}", "recalls", "invoices", "organisation",
    ]  # fmt: skip
    for path in paths:
        text = json.dumps(program.ok("GET", f"/api/v1/{path}"), ensure_ascii=False)
        shown = [mark for mark in (*SHOWN, *HERON.marks) if mark in text]
        assert not shown, f"/api/v1/{path} still shows {shown}"
    # A choice that is sent again is answered with ids only, as the first time.
    assert HERON.first not in program.call("GET", f"/api/v1/bookings/{booking}").text


def the_newsroom_answers(story: Story) -> None:
    """It is asked to stop using what it has; its answer reaches the person. Then Wren stops everything with one act."""
    reporter, heron, wren = story.browser(REPORTER), story.browser(HERON.email), story.browser(WREN.email)
    recall = reporter.get("/desk/bookings/").link(f"/desk/take-back/{ID}/")
    reporter.do(recall, move="remove", answer="Taken down this morning.")
    assert "Taken down this morning." in heron.get("/me/sharing/taken-back/")
    assert witness.one(story, "SELECT state FROM network_recall") == "removed"
    assert wren.do("/me/stop/", "Stop everything now").path == "/me/stopped/"
    assert witness.live_grants(story, WREN.known_as).keys() <= {"keep_record"}
    witness.settled(story)
    paid = {state for state, _ in witness.payouts(story).values()}
    assert paid == {"paid"}, "what was earned stays paid"
    witness.outbox_says_nothing(story, *HERON.marks, *WREN.marks)
    witness.book_balances(story)
    witness.everything_holds(story)
    looked = heron.get("/me/sharing/looked/")
    assert "The Sample Gazette" in looked, "the person can read who looked"
