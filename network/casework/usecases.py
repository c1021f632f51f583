"""Opening one detail for one task, searching by name, and what the person says about their own list of who looked."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from backend.accounts.queries import known_as
from backend.audit import queries as audit
from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid, NotFound, StepUpNeeded
from backend.kernel.ids import keyed_digest
from backend.outbox.publish import publish
from network.casework import events, policy, rules
from network.casework.data import OTHER, Found, Revealed
from network.casework.models import LookAlert, LookChoice, LookDay, StaffSearch
from network.casework.queries import open_tasks
from network.casework.states import AlertKind, AlertState, Shown
from network.consent import gate
from network.consent.states import Category
from network.people import queries as people

LONGEST_NOTE = 50


@transaction.atomic
def reveal(
    *, person_id: UUID, category: Category, task: str, note: str, actor: Actor, at: datetime
) -> Revealed:  # fmt: skip
    """One detail of one person for one task that is open now (controls C20, C24). The person reads task and note.

    "other" is a task too: for what nobody could foresee. The safeguarding lead is told of it, and of what else is
    unusual. Over the day's budget nothing is shown, and they are told of that as well: therefore a refusal is an answer
    here and not an error, which would undo the telling. Call it inside `gate.window()`. Raises NotFound, Invalid.
    """
    if actor.user_id is None:
        raise NotFound
    tasks = {found.key: found.label for found in open_tasks(actor=actor, person_id=person_id, at=at)}
    note = note.replace("\x00", "").strip()
    if task != OTHER and task not in tasks:
        raise Invalid({"task": ["Choose what you need it for."]})
    if len(note) > LONGEST_NOTE or (task == OTHER and len(note) < 3):
        raise Invalid({"note": [f"Say what for, in up to {LONGEST_NOTE} characters."]})
    LookDay.objects.get_or_create(staff_id=actor.user_id, day=at.astimezone(LONDON).date())
    LookDay.objects.select_for_update().get(staff_id=actor.user_id, day=at.astimezone(LONDON).date())
    midnight = datetime.combine(at.astimezone(LONDON).date(), time(), LONDON)
    most = policy.number("people_a_day", at)
    if rules.over(audit.opened_by(actor.ref, since=midnight), person_id, most):
        _alert(AlertKind.BUDGET, person_id, actor.user_id, at)
        return Revealed(shown=None, over_budget=most)
    label = tasks.get(task, "")
    words = ": ".join(part for part in (label, note) if part)
    for kind in _unusual(person_id, task, actor, at):
        _alert(kind, person_id, actor.user_id, at)
    return Revealed(shown=gate.reveal(person_id=person_id, category=category, task=words, actor=actor, at=at))


def _unusual(person_id: UUID, task: str, actor: Actor, at: datetime) -> list[AlertKind]:
    found = []
    if task == OTHER:
        found.append(AlertKind.NO_TASK)
    if rules.unusual_hour(at, policy.number("first_hour", at), policy.number("last_hour", at)):
        found.append(AlertKind.HOURS)
    if LookChoice.objects.filter(person_id=person_id, watch=True).exists():
        found.append(AlertKind.WATCHED)
    own = known_as([actor.user_id]).get(actor.user_id, "") if actor.user_id else ""
    if gate.shares_a_surname(person_id=person_id, name=own, actor=actor):
        found.append(AlertKind.SURNAME)
    return found


def _alert(kind: AlertKind, person_id: UUID, staff_id: UUID, at: datetime) -> None:
    row = LookAlert.objects.create(person_id=person_id, staff_id=staff_id, kind=kind, at=at)
    publish(events.ALERT, row.id, key=str(row.id), at=at)


@transaction.atomic
def mark_alert_seen(*, alert_id: UUID, actor: Actor, at: datetime) -> None:
    """The safeguarding lead has looked into it. Raises NotFound."""
    if not rules.is_lead(actor):
        raise NotFound
    rows = LookAlert.objects.filter(id=alert_id)
    if not rows.exists():
        raise NotFound
    rows.filter(state=AlertState.OPEN).update(state=AlertState.SEEN, seen_by=actor.user_id, seen_at=at)


@transaction.atomic
def search(*, term: str, actor: Actor, at: datetime) -> tuple[Found, ...]:
    """People this member of staff works with whose working name, reference or own name has `term` in it (control C28).

    Names are compared in memory and never by the database; who did not agree to show their name to coordinators is
    found by working name only. Written down with a keyed hash of the term. Call it inside `gate.window()`.
    Raises NotFound, Invalid.
    """
    if not rules.supports(actor) or actor.user_id is None:
        raise NotFound
    wanted = " ".join(term.replace("\x00", "").split())
    least = policy.number("shortest_search", at)
    if not least <= len(wanted) <= 60:
        raise Invalid({"term": [f"Write at least {least} letters."]})
    mine = {
        card.person_id: card for card in people.people_visible_to(actor=actor, at=at) if card.assigned_to_me
    }  # fmt: skip
    lower = wanted.casefold()
    plain = {p for p, card in mine.items() if lower in card.known_as.casefold() or lower in card.reference.casefold()}
    by_name = gate.named_like(person_ids=mine, term=wanted, actor=actor, at=at)
    cards = [card for p, card in mine.items() if p in plain | by_name]
    StaffSearch.objects.create(
        staff_id=actor.user_id, at=at, term_digest=keyed_digest("staff-search", lower), found=len(cards)
    )
    return tuple(Found(person_id=c.person_id, reference=c.reference, known_as=c.known_as) for c in cards)


@transaction.atomic
def choose_look_settings(*, shown: Shown, watch: bool, actor: Actor, at: datetime) -> None:
    """How the person's list of who looked is shown to whoever holds their phone, and whether the safeguarding lead
    hears of each look. Making it easier to read needs a fresh proof. Raises NotFound, StepUpNeeded."""
    if actor.person_id is None or not rules.is_self(actor, actor.person_id):
        raise NotFound
    row = LookChoice.objects.select_for_update().filter(person_id=actor.person_id).first()
    was = Shown(row.shown) if row else Shown.OPEN
    order = list(Shown)
    if order.index(shown) < order.index(was) and not actor.has_stepped_up(at):
        raise StepUpNeeded
    LookChoice.objects.update_or_create(person_id=actor.person_id, defaults={"shown": shown, "watch": watch})
