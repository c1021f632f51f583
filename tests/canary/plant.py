"""Fill an empty database with the made-up network, every word in it a marker: `python -m tests.canary.plant FOLDER`.

The markers go in where people would write them, at the use cases, so that mails, history and work to be done are made
with them. What the story leaves empty is filled afterwards through the writers of the vault and of the payees.
Writes book.json (marker -> whose, what) and cast.json (who walks, who may see what of whom, ids, routes).
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.canary.settings")

from tests.canary.inventory import sensitive_columns
from tests.canary.markers import Book, Mark, markers_in

BOOK = Book()


def _marked(field: str, text: str | None) -> str | None:
    return text if not text or markers_in(text) else BOOK.fresh(field)


def _wrap(module: Any, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    plain = getattr(module, name)

    def changed(**given: Any) -> Any:
        change(given)
        return plain(**given)

    setattr(module, name, changed)


def hook() -> None:
    """From now on, whoever writes through these use cases writes markers."""
    from backend.accounts import addresses
    from network.bookings import usecases as bookings
    from network.concerns import usecases as concerns
    from network.opportunities import usecases as opportunities
    from network.people import usecases as people
    from payments import public as payments
    from payments.books.usecases import importing

    def texts(**names: str) -> Callable[[dict[str, Any]], None]:
        def change(given: dict[str, Any]) -> None:
            for name, field in names.items():
                if given.get(name):
                    given[name] = _marked(field, given[name])

        return change

    def profile(given: dict[str, Any]) -> None:
        words = given["profile"]
        given["profile"] = replace(words, **{f.name: _marked(f.name, getattr(words, f.name)) for f in fields(words)})

    def payee(given: dict[str, Any]) -> None:
        given["legal_name"] = _marked("legal_name", given["legal_name"])
        bank = given["bank"]
        if bank is not None:
            given["bank"] = replace(bank, **{f.name: _marked(f.name, getattr(bank, f.name)) for f in fields(bank)})

    def statement(given: dict[str, Any]) -> None:
        content: str = given["content"].decode()
        if not markers_in(content):  # the story's statement has one line, and those planted later are markers
            text = BOOK.fresh("statement_line")
            BOOK.note(text, Mark("bank", "statement_line"))
            header, line = content.strip().split("\n")
            given["content"] = f"{header}\n{','.join([line.split(',')[0], text, *line.split(',')[2:]])}".encode()

    _wrap(importing, "import_statement", statement)
    _wrap(people, "save_profile", profile)
    _wrap(people, "invite_person", texts(known_as="known_as", email="email"))
    _wrap(payments, "set_payment_choice", payee)
    _wrap(bookings, "save_care_plan", texts(**{n: n for n in ("before", "on_the_day", "after", "if_no_answer")}))
    _wrap(bookings, "answer_check_in", texts(answer="check_in_answer"))
    _wrap(concerns, "raise_concern", texts(words="concern"))
    _wrap(concerns, "answer_concern", texts(answer="concern_answer"))
    _wrap(opportunities, "answer_invitation", texts(terms_note="terms_note"))
    _wrap(opportunities, "ask_question", texts(text="question"))
    plain = addresses.normalise
    given_to: dict[str, str] = {}

    def normalise(email: str) -> str:
        clean = plain(email)
        if not markers_in(clean):
            clean = given_to.setdefault(clean, BOOK.fresh("account"))
        return clean

    addresses.normalise = normalise


def fill(at: datetime) -> None:
    """What the story left empty or wrote past the use cases; and whose each marker is."""
    from backend.accounts import addresses
    from backend.accounts.data import AddressUse
    from backend.accounts.models import User
    from backend.kernel.actor import Actor
    from network.opportunities.models import Invitation, Question
    from network.people.models import Person
    from network.people.protection import pack, unpack
    from network.vault import store
    from network.vault.data import Field, Warrant, WarrantKind
    from payments.payees import details
    from payments.payees.data import Purpose
    from payments.payees.models import Payee

    system = Actor.system("canary")
    people = list(Person.objects.all())
    for person in people:
        owner = f"person:{person.id}"
        warrant = Warrant.about(WarrantKind.JOIN, system, "canary", [person.id])
        held = store.read(warrant, [person.id], Field)[person.id]
        missing = {f: BOOK.fresh(f.value) for f in Field if not markers_in(held.get(f, ""))}
        if Field.PROTECTION in missing:  # a record: from whom they stay unrecognised is the person's own text
            was = unpack(held.get(Field.PROTECTION, ""))
            missing[Field.PROTECTION] = pack(replace(was, somebody=missing[Field.PROTECTION]))
        store.write(warrant, person.id, missing, at=at)
        for field, value in (held | missing).items():
            BOOK.note(value, Mark(owner, field.value))
        if not markers_in(person.known_as):
            Person.objects.filter(id=person.id).update(known_as=BOOK.fresh("known_as"))
            person.refresh_from_db()
        BOOK.note(person.known_as, Mark(owner, "known_as"))
        payee = Payee.objects.filter(id=person.payee_ref).first()
        if payee is None:
            continue
        opened = details.open_for(payee.id, Purpose.PAY, system, at)
        more = {c: BOOK.fresh(c) for c in details.COLUMNS if not markers_in(getattr(opened, c))}
        details.write(payee, **more)
        payee.save()
        for column in details.COLUMNS:
            assert BOOK.note(more.get(column) or getattr(opened, column), Mark(owner, column)), column
    _words_of_bookings(at)
    _help_by_phone(at)
    users = dict(Person.objects.exclude(user_id=None).values_list("user_id", "id"))
    for user in User.objects.all():
        address = addresses.address_of(user.id, AddressUse.SIGN_IN_CODE)
        assert address
        mine = users.get(user.id)
        assert BOOK.note(address, Mark(f"person:{mine}" if mine else f"user:{user.id}", "account")), "an address"
    from network.bookings.models import CheckIn
    from network.concerns.models import Concern

    for answered in CheckIn.objects.select_related("booking"):
        if answered.answer:
            BOOK.note(answered.answer, Mark(f"person:{answered.booking.person_id}", "check_in_answer"))
    for concern in Concern.objects.all():
        BOOK.note(concern.words, Mark(f"person:{concern.person_id}", f"concern_{concern.kind}"))
        if concern.answer:
            BOOK.note(concern.answer, Mark(f"person:{concern.person_id}", "concern_answer"))
    for row in Invitation.objects.all():
        BOOK.note(row.terms_note, Mark(f"person:{row.person_id}", "terms_note"))
    for question in Question.objects.select_related("invitation"):
        BOOK.note(question.text, Mark(f"person:{question.invitation.person_id}", "question"))
        if question.answer:
            BOOK.note(question.answer, Mark(f"person:{question.invitation.person_id}", "question_answer"))
    _askers()


def _askers() -> None:
    """What is known of everybody who asks, for comparing with lists, holds a word that nobody else has."""
    from network.nevertell.models import NeverTellAsker

    for asker in NeverTellAsker.objects.all():
        said, word = json.loads(asker.said), BOOK.fresh("asker_said")
        said["words"].append(word)
        asker.said = json.dumps(said)
        asker.save()
        BOOK.note(word, Mark(f"organisation:{asker.organisation_id}", "asker_said"))


def money(at: datetime) -> None:
    """One person is paid through Stripe and is known there; one has given a new account; one has claimed a ticket."""
    from network.bookings.models import Booking
    from network.mentoring.models import Pairing
    from network.people.models import Person
    from payments import public as payments
    from payments.money import Pence
    from payments.payees.data import Route

    booked = set(Booking.objects.values_list("person_id", flat=True))
    mentees = Pairing.objects.filter(state="active").values("mentee_id")
    for person in Person.objects.filter(id__in=mentees).exclude(id__in=booked)[:1]:
        mine = {"payee_ref": person.payee_ref, "owner": person.id, "actor": _acts(person.id), "at": at}
        payments.set_payment_choice(route=Route.STRIPE, legal_name=BOOK.fresh("legal_name"), bank=None, **mine)
        payments.onboarding_link(**mine, return_url="https://site.example/me/", refresh_url="https://site.example/me/")
    parts = {name: BOOK.fresh(name) for name in ("account_holder", "sort_code", "account_number")}
    bank = payments.BankDetails(**parts)
    for person in Person.objects.filter(state="active").exclude(id__in=booked).exclude(id__in=mentees)[:1]:
        payments.set_payment_choice(  # nobody has rung about it yet, so finance has a reason to open it
            payee_ref=person.payee_ref, owner=person.id, route=Route.BANK, legal_name=BOOK.fresh("legal_name"),
            bank=bank, actor=_acts(person.id), at=at,
        )  # fmt: skip
    someone = Person.objects.filter(id__in=booked)[0]
    payments.claim_expense(
        key="expense:canary", payee_ref=someone.payee_ref, reference="BK-CANARY", kind=payments.ExpenseKind.ADVANCE,
        amount=Pence(1200), what_for="The train", pay_by=at.date(), actor=_acts(someone.id), at=at,
    )  # fmt: skip
    _statement(at)


def _statement(at: datetime) -> None:
    """The bank's book with lines that nobody has explained, then all three books are compared."""
    from datetime import timedelta

    from backend.kernel.actor import Actor
    from payments.books.usecases import importing, reconciling
    from payments.gateways.registry import stripe_gateway

    lines = ["date,description,reference,amount"]
    for days, amount in ((9, "250.00"), (6, "-41.30"), (3, "-7.00")):
        text = BOOK.fresh("statement_line")
        BOOK.note(text, Mark("bank", "statement_line"))
        lines.append(f"{(at - timedelta(days=days)).date().isoformat()},{text},,{amount}")
    system = Actor.system("canary")
    importing.import_statement(content="\n".join(lines).encode(), profile="iso", actor=system, at=at)
    reconciling.reconcile(gateway=stripe_gateway(), since=at - timedelta(days=90), actor=system, at=at)


def _acts(person_id: UUID) -> Any:
    from backend.kernel import clock
    from backend.kernel.actor import Actor, ActorKind, Role
    from network.people.models import Person

    user_id = Person.objects.values_list("user_id", flat=True).get(id=person_id)
    return Actor(
        kind=ActorKind.USER, user_id=user_id, person_id=person_id, roles=frozenset({Role.SPOKESPERSON}),
        session_ref="canary", stepped_up_at=clock.now(),
    )  # fmt: skip


def _words_of_bookings(at: datetime) -> None:
    """Everybody with a booking says what they want before and after, and how it is going; everybody worries; somebody
    complains; each organisation has a second member."""
    from backend.kernel.actor import Actor, ActorKind, Role
    from network.bookings import usecases as bookings
    from network.bookings.models import Booking, CheckIn
    from network.bookings.states import CheckInState
    from network.concerns import usecases as concerns
    from network.concerns.states import ConcernAbout, ConcernKind
    from network.opportunities import usecases as opportunities
    from network.opportunities.models import Invitation
    from network.organisations import usecases as organisations
    from network.organisations.models import Organisation
    from network.people.models import Person
    from network.privacy.states import ComplaintAbout
    from network.privacy.usecases import answer_complaint, make_complaint

    CheckIn.objects.filter(state__in=(CheckInState.PLANNED, CheckInState.NO_ANSWER)).update(state=CheckInState.SENT)
    for booking in Booking.objects.all():
        me = _acts(booking.person_id)
        plan = {name: BOOK.fresh(name) for name in ("before", "on_the_day", "after", "if_no_answer")}
        bookings.save_care_plan(booking_id=booking.id, **plan, actor=me, at=at)
        for name, text in plan.items():
            BOOK.note(text, Mark(f"person:{booking.person_id}", f"care_{name}"))
        for check_in in list(CheckIn.objects.filter(booking=booking, state=CheckInState.SENT).order_by("id"))[1:]:
            answer = BOOK.fresh("check_in_answer")
            bookings.answer_check_in(check_in_id=check_in.id, answer=answer, wants_a_call=True, actor=me, at=at)
    for invitation in Invitation.objects.filter(state="yes", opportunity__state="accepted"):
        me = _acts(invitation.person_id)
        asked = opportunities.ask_question(invitation_id=invitation.id, text="And when?", actor=me, at=at)
        opportunities.answer_question(
            question_id=asked, answer=BOOK.fresh("question_answer"), actor=_holder(Role.COORDINATOR), at=at
        )
        opportunities.ask_question(invitation_id=invitation.id, text="And then?", actor=me, at=at)
    lead = _holder(Role.SAFEGUARDING)
    for _ in range(2):  # one is answered
        words, contact = BOOK.fresh("complaint"), BOOK.fresh("account")
        made = make_complaint(about=ComplaintAbout.DATA, words=words, contact=contact, actor=Actor.nobody(), at=at)
        BOOK.note(words, Mark("visitor", "complaint"))
        BOOK.note(contact, Mark("visitor", "complaint_contact"))
    answer = BOOK.fresh("complaint_answer")
    answer_complaint(complaint_id=made.complaint_id, answer=answer, actor=lead, at=at)
    BOOK.note(answer, Mark("visitor", "complaint_answer"))
    for organisation in Organisation.objects.filter(state="in_standing"):
        owner = organisation.members.filter(is_owner=True)[0]
        asker = Actor(
            kind=ActorKind.USER, user_id=owner.user_id, organisation_id=organisation.id, session_ref="canary",
            roles=frozenset({Role.REQUESTER}),
        )  # fmt: skip
        organisations.add_member(
            organisation_id=organisation.id, name="Ash Tester", job="Researcher", email=f"ash-{organisation.id}@mail.example",
            actor=asker, at=at,
        )  # fmt: skip
    for person in Person.objects.filter(state="active"):
        for kind in ConcernKind:
            said = BOOK.fresh("concern")
            made_id = concerns.raise_concern(
                kind=kind, about=ConcernAbout.OTHER, about_id=None, words=said, actor=_acts(person.id), at=at
            )
        _guarded(person.id, at)
        answer = BOOK.fresh("concern_answer")  # the last, a worry, is answered
        concerns.answer_concern(concern_id=made_id, answer=answer, actor=lead, at=at)


def _help_by_phone(at: datetime) -> None:
    """Everybody rings their coordinator once and has something written down; what was there before is kept for them."""
    from backend.kernel.actor import Role
    from network.people import usecases as people
    from network.people.data import ProfileInput
    from network.people.models import Assignment
    from network.vault import store
    from network.vault.data import Field, Warrant, WarrantKind

    for row in Assignment.objects.filter(person__state="active", ends_at__isnull=True).select_related("person"):
        helper, owner = _holder(Role.COORDINATOR, row.coordinator_id), f"person:{row.person_id}"
        warrant = Warrant.about(WarrantKind.JOIN, helper, "canary", [row.person_id])
        before, now = BOOK.fresh("can_do"), BOOK.fresh("can_do")
        store.write(warrant, row.person_id, {Field.CAN_DO: before}, at=at)
        BOOK.note(before, Mark(owner, "before_help"))
        people.save_profile(
            person_id=row.person_id, profile=ProfileInput(can_do=now), by_phone=True, actor=helper, at=at
        )
        BOOK.note(now, Mark(owner, "can_do"))


def _holder(role: Any, user_id: UUID | None = None) -> Any:
    """Somebody of the staff, signed in with a fresh proof."""
    from backend.accounts.models import RoleGrant
    from backend.kernel import clock
    from backend.kernel.actor import Actor, ActorKind

    rows = RoleGrant.objects.filter(role=role, ends_at__isnull=True).order_by("starts_at", "id")
    who = user_id or rows.values_list("user_id", flat=True)[0]
    return Actor(
        kind=ActorKind.USER, user_id=who, roles=frozenset({role}), session_ref="canary", stepped_up_at=clock.now()
    )


def filled() -> dict[str, int]:
    """How many rows of each sensitive column hold anything."""
    from django.apps import apps
    from django.db.models import F
    from django.db.models.functions import Length

    from backend.kernel.actor import Actor
    from backend.kernel.privacy import our_models
    from network.vault.data import Warrant, WarrantKind
    from network.vault.models import VaultItem

    found = {}
    for name, kind in sensitive_columns(our_models()).items():
        label, _, column = name.rpartition(".")
        if kind != "BinaryField" or label == "backend.DataKey":
            continue
        model: Any = apps.get_model(label)
        if model is VaultItem:
            rows = model.objects.opened(Warrant.about(WarrantKind.SEARCH, Actor.system("canary"), "canary", []))
        else:
            rows = model._default_manager.all()
        found[name] = rows.annotate(size=Length(F(column))).filter(size__gt=0).count()
    return found


def _guarded(person_id: UUID, at: datetime) -> None:
    """A line on their never-tell list and two matches of it, an unusual look, and emergencies in every state."""
    from datetime import timedelta

    from backend.accounts.queries import users_with_role
    from backend.kernel.actor import Role
    from network.breakglass.models import BrokenGlass
    from network.casework.models import LookAlert
    from network.nevertell.models import NeverTellAsker, NeverTellHit
    from network.nevertell.states import EntryKind
    from network.nevertell.usecases import add_entry

    value = BOOK.fresh("never_tell")
    entry = add_entry(person_id=person_id, kind=EntryKind.NAME, value=value, actor=_acts(person_id), at=at)
    BOOK.note(value, Mark(f"person:{person_id}", "never_tell"))
    asker = NeverTellAsker.objects.filter(opportunity_id__isnull=True).order_by("id")[0]
    for state in ("asked", "found"):
        NeverTellHit.objects.create(
            person_id=person_id, entry_id=entry, asker=asker, how="similar", against=state, state=state, found_at=at
        )
    first, second = users_with_role(Role.COORDINATOR, at=at)[:2]
    LookAlert.objects.create(person_id=person_id, staff_id=first, kind="hours", at=at)
    lead = users_with_role(Role.SAFEGUARDING, at=at)[0]
    opened = {"opened_at": at - timedelta(hours=1), "ends_at": at - timedelta(minutes=30)}
    asked_by: list[tuple[UUID, dict[str, Any]]] = [
        (first, {}),
        (second, {}),
        (first, {"state": "ended", "answered_by": second, **opened}),
        (
            first,
            {
                "state": "reviewed", "answered_by": second, **opened, "reviewed_by": lead, "reviewed_at": at,
                "outcome": "right", "review": _noted("glass_review", person_id),
            },
        ),
    ]  # fmt: skip
    if not BrokenGlass.objects.filter(state="open").exists():  # of one person everything is open, to one or another
        groups = ("contact", "supporter", "name", "place", "access_needs")
        everybody = [*users_with_role(Role.COORDINATOR, at=at), lead]
        for n, who in enumerate(everybody):
            other = everybody[n - 1]
            until = {"opened_at": at, "ends_at": at + timedelta(minutes=30)}
            asked_by += [(who, {"state": "open", "answered_by": other, "group": g, **until}) for g in groups]
    for who, more in asked_by:
        about = {
            "person_id": person_id, "category": "missing", "group": "contact", "asked_by_lead": who == lead,
            "asked_session": "canary", "asked_at": at, "reason": _noted("glass_reason", person_id),
        }  # fmt: skip
        BrokenGlass.objects.create(asked_by=who, **(about | more))


def _noted(field: str, person_id: UUID) -> str:
    text = BOOK.fresh(field)
    BOOK.note(text, Mark(f"person:{person_id}", field))
    return text


# --- who may see what, worked out beside the gate and not by it ------------------------------------------------------

WORDS = ("wants_to_change", "knows", "can_do", "story", "off_limits")
NAMES = {"full": "name_full", "first": "name_first", "other": "name_other"}
PLACES = {"exact": "place_exact", "region": "place_region", "nation": "place_nation"}


def _agreed(at: datetime, **which: Any) -> dict[str, list[str]]:
    """Person -> fields that live consents of this kind let out: a second opinion on the gate's, from the same rows."""
    from network.consent.models import Grant

    found: dict[str, set[str]] = {}
    for grant in Grant.objects.filter(state="given", starts_at__lte=at, ends_at__gt=at, **which):
        mine = found.setdefault(str(grant.person_id), set())
        shared = set(grant.categories)
        if grant.recipient_kind == "organisation":  # what was asked and on which terms goes with the yes
            mine |= {"question", "question_answer", "terms_note"}
        if "name" in shared and grant.name_mode in NAMES:
            mine |= {NAMES[grant.name_mode], "pronouns"}
        if "place" in shared and grant.place in PLACES:
            mine.add(PLACES[grant.place])
        if "contact" in shared:
            mine |= {"email", "phone", "account"}
        if "story" in shared:
            mine.update(WORDS)
        if "access_needs" in shared:
            mine.add("access_needs")
    return {person: sorted(fields) for person, fields in found.items()}


def cast(at: datetime) -> dict[str, Any]:
    from backend.accounts import usecases as accounts
    from backend.accounts.data import Scope
    from backend.accounts.models import RoleGrant
    from backend.kernel.actor import Actor, Role
    from network.bookings.models import Booking
    from network.breakglass.models import BrokenGlass
    from network.mentoring.models import Pairing
    from network.opportunities.models import Invitation
    from network.organisations.models import Organisation
    from network.people.models import Assignment, Person

    def holders(role: Role) -> list[tuple[UUID, UUID | None]]:
        rows = RoleGrant.objects.filter(role=role, ends_at__isnull=True).order_by("starts_at", "id")
        return list(rows.values_list("user_id", "scope_id"))

    def walker(name: str, role: Role, user_id: UUID, **more: Any) -> dict[str, Any]:
        link = accounts.make_demo_link(user_id=user_id, at=at)
        return {"name": name, "role": role.value, "user": str(user_id), "link": link, **more}

    walkers: list[dict[str, Any]] = [{"name": "anonymous", "role": "anonymous"}]
    here = {p.id: p for p in Person.objects.filter(state__in=("active", "paused"))}
    mine = [(user, person) for user, person in holders(Role.SPOKESPERSON) if person in here]
    busiest = sorted(mine, key=lambda one: -Booking.objects.filter(person_id=one[1]).count())
    paired = set(Pairing.objects.filter(state="active").values_list("mentee_id", flat=True))
    chosen = [busiest[0], next(one for one in mine if one[1] in paired), busiest[-1]]
    for n, (user, person) in enumerate(chosen):
        partners = {
            str(other)
            for a, b in Pairing.objects.filter(state__in=("active", "proposed")).values_list("mentor_id", "mentee_id")
            for other in (a, b)
            if person in (a, b)
        } - {str(person)}
        walkers.append(
            walker(
                f"spokesperson-{n + 1}", Role.SPOKESPERSON, user, own=[f"person:{person}", f"user:{user}"],
                paired=sorted(f"person:{p}" for p in partners),
            )
        )  # fmt: skip
    organisations = {o.id: o for o in Organisation.objects.all()}

    def of_organisation(organisation_id: UUID) -> dict[str, Any]:
        shown: dict[str, list[str]] = {}
        if organisations[organisation_id].state == "in_standing":
            shown = _agreed(at, purpose="opportunity", recipient_kind="organisation", recipient_id=organisation_id)
        return {"organisation": str(organisation_id), "shown": {f"person:{p}": f for p, f in shown.items()}}

    asking = [(u, o) for u, o in holders(Role.REQUESTER) if o is not None and organisations[o].state == "in_standing"]
    yes = Invitation.objects.filter(state="yes", opportunity__state="accepted")
    choosing = set(yes.values_list("opportunity__organisation_id", flat=True))
    asking.sort(key=lambda one: (one[1] not in choosing, -Booking.objects.filter(organisation_id=one[1]).count()))
    for n, (user, organisation_id) in enumerate((asking[0], asking[1], asking[-1])):
        walkers.append(
            walker(f"requester-{n + 1}", Role.REQUESTER, user, own=[f"user:{user}"], **of_organisation(organisation_id))
        )
    coordinators = sorted(
        holders(Role.COORDINATOR), key=lambda c: -Assignment.objects.filter(coordinator_id=c[0]).count()
    )
    for n, (user, _) in enumerate(coordinators):
        live = Assignment.objects.filter(coordinator_id=user, ends_at__isnull=True)
        assigned = {f"person:{p}" for p in live.values_list("person_id", flat=True)}
        agreed = {f"person:{p}": f for p, f in _agreed(at, layer="coordination").items()}
        walkers.append(
            walker(
                f"coordinator-{n + 1}", Role.COORDINATOR, user, own=[f"user:{user}"], assigned=sorted(assigned),
                shown={p: f for p, f in agreed.items() if p in assigned},
            )
        )  # fmt: skip
    staff_roles = (
        Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.BOOKKEEPER, Role.TRUSTEE, Role.SAFEGUARDING, Role.ADMIN,
        Role.SUPPORTER,
    )  # fmt: skip
    for role in staff_roles:
        walkers += [walker(role.value, role, user, own=[f"user:{user}"]) for user, _ in holders(role)[:1]]
    for told in walkers[1:]:
        behind = BrokenGlass.objects.filter(state="open", asked_by=told["user"]).values_list("person_id", flat=True)
        told["glass"] = sorted({f"person:{person}" for person in behind})
    sandbox = next((o.id for o in organisations.values() if o.sandbox), None)
    clients: tuple[tuple[str, UUID | None], ...] = (("program", asking[0][1]), ("program-sandbox", sandbox))
    for name, whose in clients:
        if whose is not None:
            made = accounts.create_program(
                organisation_id=whose, name="Canary", scopes=list(Scope), actor=Actor.system("demo"), at=at
            )
            walkers.append(
                {"name": name, "role": "program", "client": made.client_id, "secret": made.secret}
                | of_organisation(whose)
            )
    return {"walkers": walkers, "ids": ids(), "routes": list(routes()), "paths": list(paths(at)), "filled": filled()}


def ids() -> dict[str, list[str]]:
    """The ids of every row of ours, by table."""
    from backend.kernel.privacy import our_models

    found = {}
    for model in our_models():
        if model._meta.pk.get_internal_type() == "UUIDField" and not model._meta.db_table.startswith("network_vault"):
            found[model._meta.db_table] = [str(i) for i in model._default_manager.values_list("pk", flat=True)[:500]]
    return found


def owned(most: int = 400) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Table -> id (or token, or reference) -> whose it is: people, organisations, accounts. Read from what the rows
    point at, up to three steps away; a row that points at nobody is left out."""
    from backend.kernel.privacy import our_models
    from network.people.models import Person

    payees = dict(Person.objects.values_list("payee_ref", "id"))
    models: Any = {m._meta.db_table: m for m in our_models() if not m._meta.db_table.startswith("network_vault")}
    known: dict[str, dict[str, dict[str, set[str]]]] = {}

    def note(whose: dict[str, set[str]], kind: str, value: Any) -> None:
        if value:
            whose.setdefault(kind, set()).add(str(value))

    for _ in range(3):
        for table, model in models.items():
            columns = [c for c in model._meta.concrete_fields if c.name != "id"]
            for row in model._default_manager.all()[:most]:
                whose = known.setdefault(table, {}).setdefault(str(row.pk), {})
                for column in columns:
                    value, name = getattr(row, column.attname), column.attname.removesuffix("_id")
                    if not value:
                        continue
                    if column.is_relation:
                        linked = known.get(column.related_model._meta.db_table, {}).get(str(value), {})
                        for kind, ids in linked.items():
                            whose.setdefault(kind, set()).update(ids)
                    elif name in ("person", "mentor", "mentee"):
                        note(whose, "person", value)
                    elif name in ("organisation", "customer_ref", "recipient"):
                        note(whose, "organisation", value)
                    elif name in ("user", "owner_user"):
                        note(whose, "user", value)
                    elif name == "payee_ref":
                        note(whose, "person", payees.get(value))
                if table == "network_person":
                    note(whose, "person", row.pk)
                elif table in ("network_organisation", "payments_customer"):
                    note(whose, "organisation", row.pk)
                elif table == "payments_payee":
                    note(whose, "person", payees.get(row.pk))
                elif table == "backend_user":
                    note(whose, "user", row.pk)
    for table, column in (("network_notice", "token"), ("network_release", "ref")):
        by_id = known.pop(table)
        names = dict(models[table]._default_manager.values_list("pk", column))
        known[table] = {str(names[row]): whose for row, whose in ((UUID(r), w) for r, w in by_id.items())}
    return {
        table: {row: {kind: sorted(ids) for kind, ids in whose.items()} for row, whose in rows.items() if whose}
        for table, rows in known.items()
    }


def hidden() -> list[str]:
    """Ids that nobody outside may ever see: of the rows of people, of their accounts, of how they are paid."""
    from network.people.models import Person
    from payments.payees.models import Payee

    rows = Person.objects.values_list("id", "user_id", "payee_ref")
    found = {one.hex for row in rows for one in row if one is not None}
    return sorted(found | {one.hex for one in Payee.objects.values_list("id", flat=True)})


def erase(at: datetime) -> tuple[str, dict[str, Any]]:
    """Somebody leaves and is forgotten. Returns who, and the ids that were theirs, by table, with whose they were."""
    from network.bookings.models import Booking
    from network.people.models import Person
    from network.privacy.usecases import erase_person

    busy = set(Booking.objects.values_list("person_id", flat=True))
    leaving = [p for p in Person.objects.filter(state="active").order_by("-created_at") if p.id not in busy][-1]
    theirs = {
        table: {row: whose for row, whose in rows.items() if whose.get("person") == [str(leaving.id)]}
        for table, rows in owned().items()
    }
    erase_person(person_id=leaving.id, never_invite=True, actor=_acts(leaving.id), at=at)
    return f"person:{leaving.id}", {table: rows for table, rows in theirs.items() if rows}


def paths(at: datetime) -> Iterator[str]:
    """Addresses that no page shows to everybody who tries them: links of messages, codes, people who said yes."""
    from backend.kernel.ids import pairwise_id
    from network.consent.models import Grant, Release
    from network.consent.states import Layer
    from network.consent.status import lists
    from network.notifications.links import held, make_link
    from network.notifications.models import Notice
    from network.opportunities import kinds
    from network.opportunities.links import answer_link
    from network.opportunities.models import Invitation, Opportunity, Question
    from network.opportunities.states import BriefState, InvitationState
    from payments.payees.models import Payee

    for state in (InvitationState.YES, InvitationState.SENT, InvitationState.QUESTION):
        for invitation in Invitation.objects.filter(state=state)[:3]:
            token = answer_link(invitation.id, at=at)
            steps = ("", "yes/", "no/", "not-now/", "question/", "stop/", "still/", "take-back/")
            yield from (f"/a/{token}/{step}" for step in steps)
    for notice in Notice.objects.filter(person_id__isnull=False, audience="person", topic="invitation.sent")[:20]:
        link = make_link(notice.token, opens=True)
        if held(link, at=at):
            yield from (f"/m/{link}/{step}" for step in ("", "stop/", "this/", "later/"))
    said_yes = Invitation.objects.filter(state=InvitationState.YES, opportunity__state=BriefState.ACCEPTED)
    for invitation in said_yes.select_related("opportunity"):
        brief = invitation.opportunity_id
        public = pairwise_id(invitation.opportunity.organisation_id, invitation.person_id)
        yield from (f"/desk/briefs/{brief}/{step}" for step in ("", "people/", "before/", "close/"))
        yield from (f"/desk/briefs/{brief}/people/{public}/{step}/" for step in ("choose", "not-this-time"))
        yield f"/api/v1/briefs/{brief}"
        yield f"/api/v1/briefs/{brief}/cards"
        yield from (f"/api/v1/briefs/{brief}/cards/{public}/{step}" for step in ("choose", "pass-over"))
        yield f"/team/briefs/{brief}/"
    for question in Question.objects.select_related("invitation"):
        brief = question.invitation.opportunity_id
        yield f"/desk/briefs/{brief}/questions/{question.id}/"
        yield f"/api/v1/briefs/{brief}/questions/{question.id}/answer"
    waiting = Payee.objects.filter(route="bank", called_back_at=None)
    yield from (f"/money/payees/{ref}/open/" for ref in waiting.values_list("id", flat=True))
    for layer in Layer:
        yield from (f"/me/sharing/{step}/{layer.value}/" for step in ("give", "refuse"))
    for release in Release.objects.all()[:20]:
        yield f"/api/v1/consents/{release.ref}"
        yield f"/api/v1/consents?references={release.ref}"
    for organisation in Release.objects.order_by().values_list("organisation_id", flat=True).distinct():
        yield from (f"/api/v1/status-lists/{lists._list_id(organisation, 0)}/{p}" for p in lists.ListPurpose)
    for grant, act in Grant.objects.order_by("id").values_list("id", "last_event_id")[:20]:
        yield from (f"/me/sharing/{grant}/receipt/{act}{end}" for end in ("/", ".jsonld"))
    for new in Opportunity.objects.filter(state=BriefState.SUBMITTED)[:2]:
        yield from (f"/team/briefs/{new.id}/{step}/" for step in ("hold", "ask", "decline"))
    for kind in kinds.kinds()[:2]:
        yield f"/api/v1/kinds/{kind.code}"


def routes() -> Iterator[dict[str, Any]]:
    """Every address of the resolver."""
    from django.urls import URLResolver, get_resolver

    def within(patterns: list[Any], before: str, spaces: list[str]) -> Iterator[dict[str, Any]]:
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from within(one.url_patterns, route, [*spaces, one.namespace] if one.namespace else spaces)
            else:
                kinds = {n: type(c).__name__ for n, c in getattr(one.pattern, "converters", {}).items()}
                yield {"route": route, "name": ":".join([*spaces, one.name or ""]), "params": kinds}

    yield from within(get_resolver().url_patterns, "", [])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--organisations", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    from backend.kernel import clock
    from backend.outbox import worker

    hook()
    call_command("seed", people=options.people, organisations=options.organisations, seed=options.seed)
    call_command("import_parliament")
    at = clock.now()
    money(at)
    fill(at)
    worker.run_due(most=2000)
    who, gone = erase(at)
    worker.run_due(most=2000)
    found = cast(at) | {"erased": gone, "erased_person": who, "owned": owned(), "hidden": hidden()}
    BOOK.save(options.folder / "book.json")
    (options.folder / "cast.json").write_text(json.dumps(found), encoding="ascii")


if __name__ == "__main__":
    main()
