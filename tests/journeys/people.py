"""The part of the journey in which people come in: staff, spokespeople, organisations and their programs."""

from __future__ import annotations

import re

from tests.journeys import witness
from tests.journeys.browser import Browser, Program, Refused, Waited, until
from tests.journeys.html import Page
from tests.journeys.story import (
    ADMIN,
    CLERK,
    COMMITTEE,
    EDITOR,
    MEMBERS,
    NEWSROOM,
    REPORTER,
    STAFF,
    Member,
    Story,
)

ID = "[0-9a-f-]{36}"


def staff_come(story: Story) -> None:
    """The first admin is made when the product is installed; everybody else is appointed on a page."""
    story.site.manage("load_topics")
    story.site.manage("add_staff", ADMIN, "admin", "--known-as", "Alex Admin")
    admin = story.browser(ADMIN)
    for role, (email, name) in STAFF.items():
        admin.do("/staff/accounts/", email=email, known_as=name, role=role)
    admin.refused("/staff/accounts/", email=STAFF["finance_preparer"][0], known_as="x", role="finance_approver")
    for role in STAFF:
        story.staff(role).get("/account/")
    assert witness.count(story, "backend_role_grant WHERE ends_at IS NULL") == len(STAFF) + 1
    passwords = [word for (word,) in story.site.query("SELECT password FROM backend_user")]
    assert not [word for word in passwords if word and not word.startswith("!")], "there are no passwords"
    for role in STAFF:  # the admin's role opens no page about anybody
        assert role
        assert admin.visit("/team/people/").status == 404


# --- spokespeople ---------------------------------------------------------------------------------------------------


def people_come(story: Story) -> None:
    """Each is invited, comes in by the link and the spoken code, and says who they are and on what terms."""
    for member in MEMBERS:
        comes_in(story, member)
        says_who_they_are(story, member)
    witness.settled(story)
    witness.heard(story, "person.invited", "person.joined")
    for member in MEMBERS:
        layers = witness.live_grants(story, member.known_as)
        assert layers == {"keep_record": 1, "coordination": 1, "be_asked": 1}, layers
        assert witness.consent_acts(story, member.known_as) == ["given"] * 3
    assert witness.count(story, "payments_payee") == len(MEMBERS)
    _nothing_in_clear(story)


def _nothing_in_clear(story: Story) -> None:
    """Their details are in the vault, sealed; the queue and the mails know nothing of them."""
    words = [mark for member in MEMBERS for mark in member.marks]
    witness.outbox_says_nothing(story, *words)
    witness.mails_give_nobody_away(story, *words, *(m.known_as for m in MEMBERS))
    for (sealed,) in story.site.query("SELECT sealed FROM network_vault_item"):
        assert not [word for word in words if word.encode() in bytes(sealed)]


def _tokens(story: Story, email: str) -> list[str]:
    """Tokens of the joining links mailed to this address, oldest first."""
    found: list[str] = []
    for mail in story.site.mails():
        link = re.search(r"/join/([^/\s]+)/", mail.get_content())
        if link and email in str(mail["To"]) and link[1] not in found:
            found.append(link[1])
    return found


def comes_in(story: Story, member: Member) -> None:
    coordinator, me = story.coordinator, story.browser(member.email)
    tried: list[str] = []
    spoken = _code_on(coordinator.do("/team/people/invite/", known_as=member.known_as, email=member.email))
    for _ in range(me.TURNS):
        if not spoken:  # the page that showed it once was lost on its way: a new code, as a coordinator would
            card = coordinator.get("/team/people/").link_to(member.known_as)
            spoken = _code_on(coordinator.press(coordinator.get(card), "new"))
        try:
            fresh = until(lambda: [t for t in _tokens(story, member.email) if t not in tried], "an invitation", 30)
        except Waited:
            spoken = ""
            continue
        tried.append(fresh[-1])
        door = me.send("GET", story.site.url(f"/join/{fresh[-1]}/"))
        if me.press(door, code=spoken, keep_record=True, coordination="yes").path == "/me/":
            return
        if witness.one(story, "SELECT state FROM network_person WHERE known_as = %s", member.known_as) == "active":
            me.sign_in()  # they are in; only the answer was lost on its way
            return
        spoken = ""
    raise Refused(f"{member.known_as} cannot come in")


def _code_on(page: Page) -> str:
    found = re.search(r"^\d{6}$", page.text, re.MULTILINE)
    return found[0] if found else ""


def says_who_they_are(story: Story, member: Member) -> None:
    me = story.browser(member.email)
    me.do(
        "/me/about/words/", wants_to_change=member.change, knows="How the forms really work.",
        can_do="Speak, write and train.", story=member.story,
    )  # fmt: skip
    me.do(
        "/me/about/names/", name_full=member.full, name_first=member.first, place_exact=member.town,
        place_region=member.region, place_nation="Sampleland",
    )  # fmt: skip
    me.do("/me/about/limits/", off_limits="My brother.", access_needs="No stairs.")
    topics = me.get("/me/about/topics/")
    form = topics.form_with(["t_prison"])
    assert form is not None
    me.do("/me/about/topics/", t_prison=form.controls["t_prison"].options[:3])
    me.do(
        "/me/about/terms/", min_fee_pence="160", how=["in_person", "remote"], notice_hours="48", max_per_month="8",
        rest_days="0",
    )  # fmt: skip
    me.do("/me/about/shown/", name_mode="first", face="none", voice="own", place="region")
    me.do(
        "/me/about/contact/", email_allowed=True, email_private=True, email_from="0", email_to="24",
    )  # fmt: skip
    me.do("/me/sharing/give/be_asked/")
    terms = witness.one(
        story, "SELECT min_fee_pence, notice_hours, name_mode, place FROM network_terms t JOIN network_person p "
        "ON p.id = t.person_id WHERE p.known_as = %s", member.known_as,
    )  # fmt: skip
    assert tuple(terms) == (16_000, 48, "first", "region")


# --- organisations --------------------------------------------------------------------------------------------------


def organisations_come(story: Story) -> None:
    """Each registers with its first person, is checked by a coordinator, and gets standing."""
    _registers(story, NEWSROOM, "newsroom", EDITOR)
    _registers(story, COMMITTEE, "parliament", CLERK)
    before = story.browser(EDITOR).get("/desk/organisation/")
    assert "checked" in before.text.lower()
    for name, method in ((NEWSROOM, "switchboard"), (COMMITTEE, "parliament_directory")):
        page = story.coordinator.get("/team/organisations/")
        path = story.known[f"organisation {name}"] = page.link_to(name)
        story.coordinator.do(f"{path}check/", method=method, level="J2", evidence="Call log of today")
    editor = story.browser(EDITOR)
    editor.do("/desk/organisation/people/add/", name="Rowan Reporter", job="Reporter", email=REPORTER, owner="no")
    assert "Rowan Reporter" in editor.get("/desk/organisation/")
    story.browser(REPORTER).get("/desk/")
    checks = story.site.query(
        "SELECT o.name, o.state, c.level, c.method, c.valid_until IS NOT NULL FROM network_organisation o "
        "JOIN network_check c ON c.organisation_id = o.id ORDER BY o.name"
    )
    assert [tuple(row)[:4] for row in checks] == [
        (COMMITTEE, "in_standing", "J2", "parliament_directory"),
        (NEWSROOM, "in_standing", "J2", "switchboard"),
    ]
    assert all(row[4] for row in checks)
    witness.settled(story)


def _registers(story: Story, name: str, kind: str, email: str) -> None:
    visitor = story.browser()
    visitor.do(
        "/ask/", name=name, kind=kind, website="https://sample.example", about="We explain things.",
        member_name="Morgan Member", member_job="Editor", member_email=email, billing_name=f"{name} accounts",
        billing_address="1 Sample Street\nSampleton", billing_email=f"accounts-{email}",
    )  # fmt: skip
    state = witness.one(story, "SELECT state FROM network_organisation WHERE name = %s", name)
    assert state == "applied"


def program_comes(story: Story) -> None:
    """The newsroom makes a program; it gets a token by client credentials, and nothing without them."""
    editor = story.browser(EDITOR)
    page = editor.do(
        "/account/programs/", name="Planning desk",
        scopes=["briefs:read", "briefs:write", "cards:read", "bookings:read", "bookings:write", "invoices:read",
                "consent:read"],
    )  # fmt: skip
    for _ in range(editor.TURNS):
        found = re.search(r"Client id: (\S+)\n+Secret: (\S+)", page.text)
        if found:
            break
        page = _new_secret(editor)  # the page that showed it once was lost on its way
    assert found, page.text
    wrong = Program(story.http(), story.site, found[1], "not-the-secret")
    answer = wrong.session.post(
        story.site.url("/oauth/token"), data={"grant_type": "client_credentials"}, auth=(found[1], "wrong"), timeout=60
    )
    assert answer.status_code == 401, answer.text
    nobody = wrong.session.get(story.site.url("/api/v1/briefs"), timeout=60)
    assert nobody.status_code == 401
    assert "WWW-Authenticate" in nobody.headers
    story.programs["newsroom"] = Program(story.http(), story.site, found[1], found[2])
    story.programs["newsroom"].token()


def _new_secret(editor: Browser) -> Page:
    for _ in range(editor.TURNS):
        page = editor.press(editor.get("/account/programs/"), "New secret")
        if page.path != "/confirm/":
            return page
        editor.prove(page)
    raise Refused("no new secret")
