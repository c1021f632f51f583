"""The one door. Every detail of a person that anybody sees comes out here, decided at the moment of use.

`disclose` for others, `own_details` for the person, `contact_for_message` for our own mailer, `reveal` for staff,
`preview` for "what would they see?", `named_like` for staff's search by name, `break_glass` for emergencies. Whatever
shows a detail runs inside `window()`, and builds its page or answer there: the consents it rests on stay locked until
then, so that no answer finishes after the person was told "withdrawn" (bar D2). `ATOMIC_REQUESTS` would not
do: Django renders after the view's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from backend.audit.record import record_access
from backend.kernel.actor import Actor, ActorKind, Role
from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid, NotFound
from backend.kernel.ids import keyed_digest, pairwise_id
from network.breakglass import queries as glasses
from network.breakglass.states import FieldGroup
from network.consent import rules
from network.consent.data import (
    NOT_IDENTIFIED,
    WITHHELD,
    Contact,
    Disclosed,
    GrantView,
    Identity,
    OwnDetails,
    Recipient,
    Withheld,
    Words,
)
from network.consent.models import Grant, Release
from network.consent.queries import has_live, people_who_may_be_asked, status, view_of
from network.consent.states import Category, Format, GrantState, Layer, Purpose, RecipientKind
from network.nevertell.likeness import name_parts
from network.nevertell.queries import kept_from
from network.organisations import queries as organisations
from network.people import queries as people
from network.people.protection import NONE, Protection, unpack
from network.people.states import Channel, NameMode, PersonState, Place
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind

__all__ = [
    "break_glass",
    "contact_for_message",
    "disclose",
    "kept_back_by_law",
    "my_protection",
    "named_like",
    "own_details",
    "people_who_may_be_asked",
    "preview",
    "reveal",
    "shares_a_surname",
    "status",
    "window",
]

_PUBLIC = _NOBODY = UUID(int=0)
LONGEST_TASK = 75
_window_open: ContextVar[bool] = ContextVar("consent_window", default=False)

_NAME = {
    NameMode.FULL: Field.NAME_FULL,
    NameMode.FIRST: Field.NAME_FIRST,
    NameMode.OTHER: Field.NAME_OTHER,
}
_PLACE = {Place.EXACT: Field.PLACE_EXACT, Place.REGION: Field.PLACE_REGION, Place.NATION: Field.PLACE_NATION}
# What one field group of an emergency opens: never words, payments or anybody else (threat model 5.7).
_GLASS = {
    FieldGroup.CONTACT: (Field.EMAIL, Field.PHONE),
    FieldGroup.SUPPORTER: (Field.SUPPORTER_NAME, Field.SUPPORTER_CONTACT),
    FieldGroup.NAME: (Field.NAME_FULL, Field.NAME_FIRST, Field.PRONOUNS),
    FieldGroup.PLACE: (Field.PLACE_EXACT, Field.PLACE_REGION),
    FieldGroup.ACCESS_NEEDS: (Field.ACCESS_NEEDS,),
}
_WORDS = (Field.WANTS_TO_CHANGE, Field.KNOWS, Field.CAN_DO, Field.STORY, Field.OFF_LIMITS)


@contextmanager
def window() -> Iterator[None]:
    """A transaction in which details are read and the body that shows them is built. Render inside it."""
    with transaction.atomic():
        token = _window_open.set(True)
        try:
            yield
        finally:
            _window_open.reset(token)


def disclose(
    *,
    person_ids: Iterable[UUID],
    wanted: frozenset[Category],
    purpose: Purpose,
    recipient: Recipient,
    opportunity: UUID | None,
    formats: frozenset[Format] = frozenset(),
    actor: Actor,
    at: datetime,
) -> dict[UUID, Disclosed]:
    """What `recipient` may see of these people now, by person. Who shares nothing is absent.

    `formats`: the ways in which it would be used. Left out, nobody is shown who agreed to some ways and not to others.
    Statements do not grow with the number of people. A record of what was shown is written in the same transaction.
    Raises RuntimeError outside `window()`; NotFound when the actor does not stand for the recipient.
    """
    return _disclose(
        person_ids=person_ids,
        ask=rules.Ask(
            wanted=wanted, purpose=purpose, recipient=recipient, opportunity=opportunity, formats=formats, at=at
        ),
        actor=actor,
        context=f"opportunity:{opportunity}" if opportunity else "",
    )


def _disclose(*, person_ids: Iterable[UUID], ask: rules.Ask, actor: Actor, context: str) -> dict[UUID, Disclosed]:
    if not _window_open.get():
        raise RuntimeError("details are read inside gate.window(), where the body that shows them is built")
    if not rules.may_receive(actor, ask.recipient):
        raise NotFound
    ids = frozenset(person_ids)
    if ask.recipient.kind is RecipientKind.NETWORK and actor.kind is not ActorKind.SYSTEM:
        ids = people.assigned_to(actor, ids, ask.at)
    decided = _decide(ids, ask, lock=True)
    shown = _open(decided, ask, Warrant.about(WarrantKind.DISCLOSE, actor, ask.purpose, decided))
    _record(shown, ask, actor, context)
    return shown


def preview(
    *,
    person_id: UUID,
    recipient: Recipient,
    opportunity: UUID | None,
    wanted: frozenset[Category] = frozenset(Category),
    purpose: Purpose = Purpose.OPPORTUNITY,
    formats: frozenset[Format] = frozenset(),
    actor: Actor,
    at: datetime,
) -> Disclosed | None:
    """What would they see? Exactly what `disclose` would give that recipient now, for the person's own eyes, without a
    record. None means: they would not see you at all. Raises NotFound for anybody else."""
    if not rules.is_signed_in_person(actor, person_id):
        raise NotFound
    ask = rules.Ask(
        wanted=wanted, purpose=purpose, recipient=recipient, opportunity=opportunity, formats=formats, at=at
    )
    decided = _decide(frozenset({person_id}), ask, lock=False)
    warrant = Warrant.about(WarrantKind.DISCLOSE, actor, "preview", decided)
    return _open(decided, ask, warrant).get(person_id)


def reveal(*, person_id: UUID, category: Category, task: str, actor: Actor, at: datetime) -> Disclosed:
    """One detail of one person for the staff who work with them, under their "internal coordination" consent.

    Everything but `category` is WITHHELD; so is it when they did not agree to that. Recorded with the task.
    Raises Invalid without a task, NotFound unless the actor is assigned, RuntimeError outside `window()`.
    """
    if not actor.has(Role.COORDINATOR, Role.SAFEGUARDING) or not people.assigned_to(actor, {person_id}, at):
        raise NotFound
    if not task.strip() or len(task) > LONGEST_TASK:
        raise Invalid({"task": ["Say what you need this for, in a few words."]})
    ask = rules.Ask(
        wanted=frozenset({category}),
        purpose=Purpose.COORDINATION,
        recipient=Recipient.network(),
        opportunity=None,
        at=at,
    )
    shown = _disclose(person_ids=[person_id], ask=ask, actor=actor, context=f"task:{task.strip()}")
    return shown.get(person_id) or Disclosed(person_id=person_id, public_id=person_id)


def named_like(*, person_ids: Iterable[UUID], term: str, actor: Actor, at: datetime) -> frozenset[UUID]:
    """Those of the people this member of staff works with whose name, as they show it to coordinators, has `term` in
    it. Compared in memory: a name is never asked of the database (control C28). Searching is a disclosure, so whoever
    is found sees it. Raises RuntimeError outside `window()`, NotFound for anybody but supporting staff."""
    if not _window_open.get():
        raise RuntimeError("details are read inside gate.window(), where the body that shows them is built")
    ask = rules.Ask(
        wanted=frozenset({Category.NAME}),
        purpose=Purpose.COORDINATION,
        recipient=Recipient.network(),
        opportunity=None,
        at=at,
    )
    if not actor.has(Role.COORDINATOR, Role.SAFEGUARDING):
        raise NotFound
    decided = _decide(people.assigned_to(actor, frozenset(person_ids), at), ask, lock=True)
    names = _open(decided, ask, Warrant.about(WarrantKind.DISCLOSE, actor, "search by name", decided))
    found = {p: shown for p, shown in names.items() if shown.name and term.casefold() in str(shown.name).casefold()}
    _record(found, ask, actor, "search")
    return frozenset(found)


def shares_a_surname(*, person_id: UUID, name: str, actor: Actor) -> bool:
    """Whether whoever looks may be family: an alert for the safeguarding lead (control C24). Compared in memory, told
    to nobody, and only "yes" or "no" comes out."""
    own = name_parts(name)
    warrant = Warrant.about(WarrantKind.DISCLOSE, actor, "surname alert", [person_id])
    theirs = name_parts(store.read(warrant, [person_id], [Field.NAME_FULL])[person_id].get(Field.NAME_FULL, ""))
    return len(own) > 1 and len(theirs) > 1 and own[-1] == theirs[-1]


def break_glass(*, glass_id: UUID, actor: Actor, at: datetime) -> tuple[tuple[str, str], ...]:
    """One group of details of one person in an emergency, without their consent: field and value, to read and no more.

    Whether it may be, to whom and until when is decided by the glass itself, by the database's clock. Recorded like
    every look; the person reads it unless two people sealed it for a while. Raises RuntimeError outside `window()`,
    NotFound unless the glass is open to this actor.
    """
    if not _window_open.get():
        raise RuntimeError("details are read inside gate.window(), where the body that shows them is built")
    glass = glasses.look_through(glass_id=glass_id, actor=actor)
    fields = _GLASS[glass.group]
    warrant = Warrant.about(WarrantKind.BREAK_GLASS, actor, f"glass:{glass.glass_id}", [glass.person_id])
    values = store.read(warrant, [glass.person_id], fields)[glass.person_id]
    record_access(
        actor=actor, person_ids=[glass.person_id], categories=[glass.group], purpose="emergency", released=False,
        at=at, context=glasses.context_of(glass.glass_id),
    )  # fmt: skip
    return tuple((field.value, values.get(field, "")) for field in fields)


def own_details(*, actor: Actor, at: datetime) -> OwnDetails:
    """A person's own details, for reading and changing. Nobody's consent is needed. Raises NotFound for anybody else,
    and for a signed link: what somebody finds in a message must not open a whole life."""
    if actor.person_id is None or not rules.is_signed_in_person(actor, actor.person_id):
        raise NotFound
    warrant = Warrant.about(WarrantKind.OWN, actor, "own details", [actor.person_id])
    own = [field for field in Field if field is not Field.PROTECTION]
    values = store.read(warrant, [actor.person_id], own)[actor.person_id]
    return OwnDetails(person_id=actor.person_id, **{field.value: text for field, text in values.items()})


def my_protection(*, actor: Actor, at: datetime) -> Protection:
    """How the person is protected, for their own eyes. Raises NotFound for anybody else, and for a signed link."""
    if actor.person_id is None or not rules.is_signed_in_person(actor, actor.person_id):
        raise NotFound
    warrant = Warrant.about(WarrantKind.OWN, actor, "how they are protected", [actor.person_id])
    return _protections(warrant, [actor.person_id])[actor.person_id]


def kept_back_by_law(
    *, person_id: UUID, recipient: Recipient, identity: Identity, at: datetime
) -> frozenset[Category] | None:
    """What a law on anonymity would keep back from this recipient whatever the person agreed; None where no law does.
    For the use cases that take an answer: what would be kept back cannot be agreed to. No detail comes out."""
    warrant = Warrant.about(WarrantKind.DISCLOSE, Actor.system("consent"), "anonymity", [person_id])
    if not _protections(warrant, [person_id])[person_id].by_law(at):
        return None
    rows = Grant.objects.filter(person_id=person_id, purpose=Purpose.WAIVER, state=GrantState.GIVEN)
    waiver = rules.waived([view_of(row) for row in rows], recipient, at)
    kept = rules.kept_back_by_law(identity, waiver)
    return kept | {Category.PHOTO} if rules.as_the_law_allows(identity, waiver).face is not identity.face else kept


def contact_for_message(*, person_id: UUID, channel: Channel, at: datetime) -> str | None:
    """Where our own mailer may write to somebody at this moment, or None. Ask again for each message, when it is sent.

    None when the person stopped messages, did not call this channel safe, let its review date pass, or does not want
    to be written to at this hour (UK time). Somebody invited but not yet here may be sent that invitation by email.
    """
    field = {Channel.EMAIL: Field.EMAIL, Channel.SMS: Field.PHONE, Channel.PHONE: Field.PHONE}.get(channel)
    if field is None:
        return None
    standing = people.message_standing(person_id, channel, at)
    if standing is None:
        return None
    if standing.state is PersonState.INVITED:
        allowed = channel is Channel.EMAIL and standing.has_open_invitation
    else:
        hour = at.astimezone(LONDON).hour
        allowed = (
            standing.state in (PersonState.ACTIVE, PersonState.PAUSED)
            and not standing.quiet
            and standing.rule is not None
            and standing.rule.usable(at)
            and standing.rule.from_hour <= hour < standing.rule.to_hour
            and has_live(person_id, Layer.KEEP_RECORD, at)
        )
    if not allowed:
        return None
    warrant = Warrant.about(WarrantKind.MESSAGE, Actor.system("mailer"), "message", [person_id])
    return store.read(warrant, [person_id], [field])[person_id].get(field)


# --- how it is decided, opened and recorded -------------------------------------------------------------------------


def _decide(
    ids: frozenset[UUID], ask: rules.Ask, *, lock: bool
) -> dict[UUID, tuple[frozenset[Category], tuple[GrantView, ...]]]:
    """Who shows what, and on which grants it rests. Locks those rows until the window closes (PostgreSQL; on SQLite the
    transaction itself keeps writers out)."""
    not_to: frozenset[Category] = frozenset()
    if ask.recipient.kind is RecipientKind.ORGANISATION and ask.recipient.id is not None:
        today = ask.at.astimezone(LONDON).date()
        standing = organisations.standings([ask.recipient.id], today).get(ask.recipient.id)
        not_to = rules.blocked(
            in_standing=standing is not None and standing.in_standing,
            identity_ok=standing is not None and standing.may_receive_identity,
        )
    # The same work for whoever is kept from this asker as for anybody, and the same statements for nobody as for many:
    # the clock must not tell. Kept people are left out at the end.
    here, kept = people.in_the_network(ids) or frozenset({_NOBODY}), frozenset[UUID]()
    if ask.recipient.kind is RecipientKind.ORGANISATION and ask.recipient.id is not None:  # control C4
        kept = kept_from(ids, organisation_id=ask.recipient.id, opportunity_id=ask.opportunity)
    purposes = [ask.purpose, Purpose.WAIVER] + ([Purpose.OPPORTUNITY] if ask.purpose is Purpose.REUSE else [])
    rows = Grant.objects.filter(person_id__in=list(here), purpose__in=purposes, state=GrantState.GIVEN).order_by("id")
    if lock:
        rows = rows.select_for_update()
    grants: dict[UUID, list[GrantView]] = {}
    waivers: dict[UUID, list[GrantView]] = {}
    for row in rows:
        kind = waivers if row.layer == Layer.ANONYMITY_WAIVER else grants
        kind.setdefault(row.person_id, []).append(view_of(row))
    # Read after the rows are held: whoever says that a law protects them takes the same rows first.
    by_law = _kept_anonymous(here, ask)
    decided: dict[UUID, tuple[frozenset[Category], tuple[GrantView, ...]]] = {}
    for person_id, theirs in grants.items():
        allowed, covering = rules.shown(theirs, ask, not_to), rules.covered(theirs, ask, not_to)
        if person_id in by_law and covering:
            waiver = rules.waived(waivers.get(person_id, ()), ask.recipient, ask.at)
            allowed -= rules.kept_back_by_law(covering[0].identity, waiver)
            covering = tuple(replace(g, identity=rules.as_the_law_allows(g.identity, waiver)) for g in covering)
        if allowed and person_id not in kept:
            decided[person_id] = allowed, covering
    return decided


def _kept_anonymous(ids: Iterable[UUID], ask: rules.Ask) -> frozenset[UUID]:
    """Those of them whom a law keeps anonymous now. Our own staff prepare them under their own consent (C20)."""
    if ask.recipient.kind is RecipientKind.NETWORK:
        return frozenset()
    people_ids = list(ids)
    warrant = Warrant.about(WarrantKind.DISCLOSE, Actor.system("consent"), "anonymity", people_ids)
    return frozenset(p for p, found in _protections(warrant, people_ids).items() if found.by_law(ask.at))


def _protections(warrant: Warrant, person_ids: Iterable[UUID]) -> dict[UUID, Protection]:
    values = store.read(warrant, person_ids, [Field.PROTECTION])
    return {
        person_id: unpack(found[Field.PROTECTION]) if Field.PROTECTION in found else NONE
        for person_id, found in values.items()
    }


def _fields(allowed: frozenset[Category], grant: GrantView) -> frozenset[Field]:
    fields: set[Field] = set()
    if Category.NAME in allowed and grant.identity.name_mode in _NAME:
        fields |= {_NAME[grant.identity.name_mode], Field.PRONOUNS}
    if Category.PLACE in allowed and grant.identity.place in _PLACE:
        fields.add(_PLACE[grant.identity.place])
    if Category.CONTACT in allowed:
        fields |= {Field.EMAIL, Field.PHONE}
    if Category.STORY in allowed:
        fields.update(_WORDS)
    if Category.ACCESS_NEEDS in allowed:
        fields.add(Field.ACCESS_NEEDS)
    return frozenset(fields)


def _open(
    decided: Mapping[UUID, tuple[frozenset[Category], tuple[GrantView, ...]]], ask: rules.Ask, warrant: Warrant
) -> dict[UUID, Disclosed]:
    """Open exactly what was decided, and nothing else, into frozen values."""
    wanted = {person_id: _fields(allowed, grants[0]) for person_id, (allowed, grants) in decided.items()}
    values = store.read_each(warrant, wanted)
    with_topics = [p for p, (allowed, _) in decided.items() if Category.TOPICS in allowed]
    topics = people.topic_names(with_topics) if Category.TOPICS in ask.wanted else {}
    shown: dict[UUID, Disclosed] = {}
    for person_id, (allowed, grants) in decided.items():
        theirs, newest = values[person_id], grants[0]
        identity = newest.identity
        name = theirs.get(_NAME[identity.name_mode]) if identity.name_mode in _NAME else None
        place = theirs.get(_PLACE[identity.place]) if identity.place in _PLACE else None
        email, phone = theirs.get(Field.EMAIL, ""), theirs.get(Field.PHONE, "")
        contact: Contact | Withheld = WITHHELD
        if Category.CONTACT in allowed and (email or phone):
            contact = Contact(email=email, phone=phone)
        shown[person_id] = Disclosed(
            person_id=person_id,
            public_id=_public_id(ask.recipient, person_id),
            name=name if Category.NAME in allowed and name else WITHHELD,
            pronouns=theirs.get(Field.PRONOUNS, "") if Category.NAME in allowed and name else WITHHELD,
            contact=contact,
            story=Words(**{f.value: theirs.get(f, "") for f in _WORDS}) if Category.STORY in allowed else WITHHELD,
            topics=topics.get(person_id, ()) if Category.TOPICS in allowed else WITHHELD,
            place=place if Category.PLACE in allowed and place else WITHHELD,
            access_needs=theirs.get(Field.ACCESS_NEEDS, "") if Category.ACCESS_NEEDS in allowed else WITHHELD,
            identity=identity if ask.purpose is not Purpose.COORDINATION else NOT_IDENTIFIED,
            formats=tuple(sorted(newest.formats)),
            reuse=newest.reuse,
            consents=tuple(grant.id for grant in grants),
            consent_ref=_ref(newest.id, ask.recipient),
            ends_at=newest.ends_at,
        )
    return shown


def _public_id(recipient: Recipient, person_id: UUID) -> UUID:
    if recipient.kind is RecipientKind.NETWORK:
        return person_id
    return pairwise_id(recipient.id or _PUBLIC, person_id)


def _ref(grant_id: UUID, recipient: Recipient) -> str:
    """The opaque consent reference: the same for each look under one grant, another for each organisation."""
    if recipient.kind is not RecipientKind.ORGANISATION:
        return ""
    return f"cr_{keyed_digest('consent-ref', str(grant_id), str(recipient.id))[:32]}"


def categories_of(shown: Disclosed) -> tuple[Category, ...]:
    """Which categories a disclosed value really carries."""
    parts: dict[Category, object] = {
        Category.NAME: shown.name,
        Category.CONTACT: shown.contact,
        Category.STORY: shown.story,
        Category.TOPICS: shown.topics,
        Category.PLACE: shown.place,
        Category.ACCESS_NEEDS: shown.access_needs,
    }
    return tuple(category for category, value in parts.items() if value is not WITHHELD)


def _record(shown: Mapping[UUID, Disclosed], ask: rules.Ask, actor: Actor, context: str) -> None:
    """Whoever looks is seen (promise 8): names of categories and ids of consents, never values."""
    if not shown:
        return
    organisation = ask.recipient.id if ask.recipient.kind is RecipientKind.ORGANISATION else None
    if organisation is not None:
        Release.objects.bulk_create(
            [
                Release(ref=d.consent_ref, grant_id=d.consents[0], organisation_id=organisation, first_at=ask.at)
                for d in shown.values()
            ],
            ignore_conflicts=True,
        )
    record_access(
        actor=actor,
        person_ids=list(shown),
        categories={p: [c.value for c in categories_of(d)] for p, d in shown.items()},
        purpose=ask.purpose,
        released=ask.recipient.kind is not RecipientKind.NETWORK,
        at=ask.at,
        organisation_id=organisation,
        context=context,
        consents={p: list(d.consents) for p, d in shown.items()},
    )
