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

    _wrap(people, "save_profile", profile)
    _wrap(people, "invite_person", texts(known_as="known_as", email="email"))
    _wrap(payments, "set_payment_choice", payee)
    _wrap(bookings, "save_care_plan", texts(**{n: n for n in ("before", "on_the_day", "after", "if_no_answer")}))
    _wrap(bookings, "answer_check_in", texts(answer="check_in_answer"))
    _wrap(concerns, "raise_concern", texts(words="concern"))
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
    from backend.accounts.models import User
    from backend.kernel import crypto
    from backend.kernel.actor import Actor
    from network.opportunities.models import Invitation, Question
    from network.people.models import Person
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
        more = {
            c: BOOK.fresh(c)
            for c in ("legal_name", "account_holder", "account_number")
            if not markers_in(getattr(opened, c))
        }
        details.write(payee, **more)
        payee.save()
        for column in details.COLUMNS:
            if column != "stripe_account":
                BOOK.note(more.get(column) or getattr(opened, column), Mark(owner, column))
    _words_of_bookings(at)
    users = dict(Person.objects.exclude(user_id=None).values_list("user_id", "id"))
    for user in User.objects.all():
        address = crypto.unseal(
            user.email_sealed, addresses._key(), table=addresses._TABLE, column=addresses._COLUMN, row=str(user.id)
        )
        mine = users.get(user.id)
        assert BOOK.note(address, Mark(f"person:{mine}" if mine else f"user:{user.id}", "account")), "an address"
    for row in Invitation.objects.exclude(terms_note=""):
        BOOK.note(row.terms_note, Mark(f"person:{row.person_id}", "terms_note"))
    for question in Question.objects.select_related("invitation"):
        BOOK.note(question.text, Mark(f"person:{question.invitation.person_id}", "question"))


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
    from network.privacy.usecases import make_complaint

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
            BOOK.note(answer, Mark(f"person:{booking.person_id}", "check_in_answer"))
    for invitation in Invitation.objects.filter(state="yes", opportunity__state="accepted"):
        opportunities.ask_question(
            invitation_id=invitation.id, text="And then?", actor=_acts(invitation.person_id), at=at
        )
    complaint = {"words": BOOK.fresh("complaint_words"), "contact": BOOK.fresh("account")}
    make_complaint(about=ComplaintAbout.DATA, **complaint, actor=Actor.nobody(), at=at)
    for text in complaint.values():
        BOOK.note(text, Mark("visitor", "complaint"))
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
            words = BOOK.fresh("concern")
            concerns.raise_concern(
                kind=kind, about=ConcernAbout.OTHER, about_id=None, words=words, actor=_acts(person.id), at=at
            )
            BOOK.note(words, Mark(f"person:{person.id}", f"concern_{kind.value}"))


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
            mine |= {"question", "terms_note"}
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
    for role in (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER, Role.SAFEGUARDING, Role.ADMIN, Role.SUPPORTER):
        walkers += [walker(role.value, role, user, own=[f"user:{user}"]) for user, _ in holders(role)[:1]]
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
    return {"walkers": walkers, "ids": ids(), "routes": list(routes()), "paths": list(paths(at))}


def ids() -> dict[str, list[str]]:
    """The ids of every row of ours, by table."""
    from backend.kernel.privacy import our_models

    found = {}
    for model in our_models():
        if model._meta.pk.get_internal_type() == "UUIDField" and not model._meta.db_table.startswith("network_vault"):
            found[model._meta.db_table] = [str(i) for i in model._default_manager.values_list("pk", flat=True)[:500]]
    return found


def paths(at: datetime) -> Iterator[str]:
    """Addresses that no page shows to everybody who tries them: links of messages, codes, people who said yes."""
    from backend.kernel.ids import pairwise_id
    from network.consent.models import Release
    from network.consent.states import Layer
    from network.opportunities import kinds
    from network.opportunities.links import answer_link
    from network.opportunities.models import Invitation, Opportunity, Question
    from network.opportunities.states import BriefState, InvitationState
    from payments.payees.models import Payee

    for state in (InvitationState.YES, InvitationState.SENT, InvitationState.QUESTION):
        for invitation in Invitation.objects.filter(state=state)[:3]:
            token = answer_link(invitation.id, at=at)
            yield from (f"/a/{token}/{step}" for step in ("", "yes/", "no/", "not-now/", "question/", "stop/"))
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
    found = cast(at)
    BOOK.save(options.folder / "book.json")
    (options.folder / "cast.json").write_text(json.dumps(found), encoding="ascii")


if __name__ == "__main__":
    main()
