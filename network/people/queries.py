"""Reads about people. None of them opens the vault: a person's own words come through the consent gate."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from backend.audit.record import record_access
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import NotFound
from backend.kernel.ids import keyed_digest
from network.people.data import (
    Assigned,
    ChosenTopic,
    ContactRule,
    Help,
    IdentityInput,
    JoinLink,
    MessageStanding,
    MyProfile,
    PersonAtWork,
    PersonCard,
    Span,
    TermsInput,
    TopicNode,
)
from network.people.models import (
    Assignment,
    JoinInvitation,
    Person,
    PersonTopic,
    PhoneHelp,
    SafeContact,
    Terms,
    Topic,
    Unavailable,
)
from network.people.rules import is_self, may_list
from network.people.states import Channel, Face, NameMode, PersonState, Place, Voice

HERE = (PersonState.ACTIVE, PersonState.PAUSED)


def live_assignment(at: datetime) -> Q:
    return Q(starts_at__lte=at) & (Q(ends_at__isnull=True) | Q(ends_at__gt=at))


def assigned_to(actor: Actor, person_ids: Collection[UUID], at: datetime) -> frozenset[UUID]:
    """Those of `person_ids` whom this member of staff works with now (control C21)."""
    if actor.user_id is None:
        return frozenset()
    rows = Assignment.objects.filter(live_assignment(at), coordinator_id=actor.user_id, person_id__in=list(person_ids))
    return frozenset(rows.values_list("person_id", flat=True))


def named_for(actor: Actor, references: Mapping[UUID, str], at: datetime) -> dict[UUID, str]:
    """What this member of staff calls these people: by working name those they work with, by reference the others
    (control C21). `references` by person. Two statements."""
    mine = assigned_to(actor, references, at)
    names = dict(Person.objects.filter(id__in=list(mine)).values_list("id", "known_as"))
    return {person_id: names.get(person_id, reference) for person_id, reference in references.items()}


def in_the_network(person_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those who have joined and have not left."""
    rows = Person.objects.filter(id__in=list(person_ids), state__in=HERE)
    return frozenset(rows.values_list("id", flat=True))


def topic_names(person_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Names of chosen topics, by person, in alphabetical order. One statement. For the gate and staff lists only."""
    names: dict[UUID, list[str]] = {}
    rows = PersonTopic.objects.filter(person_id__in=list(person_ids)).order_by("topic__name")
    for person_id, name in rows.values_list("person_id", "topic__name"):
        names.setdefault(person_id, []).append(name)
    return {person_id: tuple(found) for person_id, found in names.items()}


def topics_of(person_id: UUID) -> tuple[tuple[str, str], ...]:
    """What somebody chose to be asked about: the slug of each, and of what it belongs to ("" at the top)."""
    rows = PersonTopic.objects.filter(person_id=person_id).order_by("topic__slug")
    return tuple((slug, parent or "") for slug, parent in rows.values_list("topic__slug", "topic__parent__slug"))


def pauses_over(at: datetime, limit: int = 500) -> tuple[UUID, ...]:
    """Those whose pause has come to the end they chose. The silence of STOP has none."""
    due = Person.objects.filter(state=PersonState.PAUSED, paused_until__lte=at, quiet_since__isnull=True)
    return tuple(due.order_by("paused_until", "id").values_list("id", flat=True)[:limit])


def topics_tree() -> tuple[TopicNode, ...]:
    """The vocabulary in use: parents with their children, by name."""
    children: dict[UUID, list[TopicNode]] = {}
    parents: list[Topic] = []
    for topic in Topic.objects.filter(retired_at__isnull=True).order_by("name"):
        if topic.parent_id is None:
            parents.append(topic)
        else:
            node = TopicNode(id=topic.id, slug=topic.slug, name=topic.name)
            children.setdefault(topic.parent_id, []).append(node)
    return tuple(TopicNode(id=p.id, slug=p.slug, name=p.name, children=tuple(children.get(p.id, ()))) for p in parents)


def _rule(row: SafeContact) -> ContactRule:
    return ContactRule(
        channel=Channel(row.channel),
        allowed=row.allowed,
        from_hour=row.from_hour,
        to_hour=row.to_hour,
        others_can_see=row.others_can_see,
        voicemail_ok=row.voicemail_ok,
        review_on=row.review_on,
    )


def my_profile(*, actor: Actor, at: datetime) -> MyProfile:
    """What the person set. Raises NotFound for anybody who is not a spokesperson, signed in."""
    if actor.person_id is None or not is_self(actor, actor.person_id):
        raise NotFound
    person = Person.objects.filter(id=actor.person_id, state__in=HERE).first()
    if person is None:
        raise NotFound
    terms = Terms.objects.filter(person=person).first() or Terms(person=person)
    topics = PersonTopic.objects.filter(person=person).select_related("topic").order_by("topic__name")
    spans = Unavailable.objects.filter(person=person, ends_at__gt=at).order_by("starts_at")
    staff = Assignment.objects.filter(live_assignment(at), person=person).order_by("starts_at")
    return MyProfile(
        person_id=person.id,
        reference=person.reference,
        state=PersonState(person.state),
        paused_until=person.paused_until,
        quiet=person.quiet_since is not None,
        payee_ref=person.payee_ref,
        topics=tuple(
            ChosenTopic(id=t.topic_id, slug=t.topic.slug, name=t.topic.name, tell_me_all=t.tell_me_all) for t in topics
        ),
        terms=terms_of(terms),
        identity=identity_of(terms),
        contact_rules=tuple(_rule(r) for r in SafeContact.objects.filter(person=person).order_by("channel")),
        unavailable=tuple(Span(id=s.id, starts_at=s.starts_at, ends_at=s.ends_at) for s in spans),
        coordinators=tuple(staff.values_list("coordinator_id", flat=True)),
        phone_help=tuple(
            Help(id=h.id, at=h.at, fields=tuple(h.fields), can_undo=h.undone_at is None)
            for h in PhoneHelp.objects.filter(person=person).order_by("-at")
        ),
    )


def terms_of(row: Terms) -> TermsInput:
    return TermsInput(
        min_fee_pence=row.min_fee_pence,
        notice_hours=row.notice_hours,
        short_notice_live_ok=row.short_notice_live_ok,
        kinds=tuple(row.kinds),
        in_person_ok=row.in_person_ok,
        remote_ok=row.remote_ok,
        max_per_month=row.max_per_month,
        rest_days=row.rest_days,
        supporter_comes=row.supporter_comes,
    )


def identity_of(row: Terms) -> IdentityInput:
    return IdentityInput(
        name_mode=NameMode(row.name_mode),
        face=Face(row.face),
        voice=Voice(row.voice),
        place=Place(row.place),
        anonymous_from=tuple(row.anonymous_from),
    )


def people_visible_to(*, actor: Actor, at: datetime) -> tuple[PersonCard, ...]:
    """Coordinators see the people they work with; the safeguarding lead sees all working names. Everybody else: nobody.

    Two statements, whatever the number of people.
    """
    return _cards(actor, at, None)


def working_names(*, actor: Actor, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Working names for the safeguarding lead, who sees those of everybody. Empty for anybody else."""
    if not actor.has(Role.SAFEGUARDING):
        return {}
    return dict(Person.objects.filter(id__in=list(person_ids)).values_list("id", "known_as"))


def person_visible_to(*, actor: Actor, person_id: UUID, at: datetime) -> PersonCard:
    """One of them. Raises NotFound, the same for a stranger as for an id that never was."""
    found = _cards(actor, at, person_id)
    if not found:
        raise NotFound
    return found[0]


def _cards(actor: Actor, at: datetime, only: UUID | None) -> tuple[PersonCard, ...]:
    if not may_list(actor) or actor.user_id is None:
        return ()
    mine = Q(live_assignment(at), coordinator_id=actor.user_id)
    assigned = Assignment.objects.filter(mine).values_list("person_id", flat=True)
    rows = Person.objects.exclude(state=PersonState.ERASED)
    if only is not None:
        rows = rows.filter(id=only)
    my_ids = frozenset(assigned)
    if not actor.has(Role.SAFEGUARDING):
        rows = rows.filter(id__in=my_ids)
    found = list(rows.order_by("known_as", "reference"))
    topics = topic_names([p.id for p in found])
    return tuple(
        PersonCard(
            person_id=p.id,
            reference=p.reference,
            known_as=p.known_as,
            state=PersonState(p.state),
            paused_until=p.paused_until,
            topics=topics.get(p.id, ()) if p.id in my_ids else (),
            joined_at=p.joined_at,
            assigned_to_me=p.id in my_ids,
        )
        for p in found
    )


@transaction.atomic
def person_at_work(*, actor: Actor, person_id: UUID, at: datetime) -> PersonAtWork:
    """The terms of somebody this coordinator works with. Recorded; the person sees it (promise 8).

    Raises NotFound for everybody else, the safeguarding lead among them unless they work with the person (control C21).
    """
    if not may_list(actor) or not assigned_to(actor, {person_id}, at):
        raise NotFound
    person = Person.objects.exclude(state=PersonState.ERASED).filter(id=person_id).first()
    if person is None:
        raise NotFound
    terms = Terms.objects.filter(person=person).first() or Terms(person=person)
    spans = Unavailable.objects.filter(person=person, ends_at__gt=at).order_by("starts_at")
    open_until = _open_invitations(at).filter(person=person).order_by("-expires_at")
    record_access(
        actor=actor, person_ids=[person.id], categories=["terms", "safe_contact"], purpose="coordination",
        released=False, at=at,
    )  # fmt: skip
    return PersonAtWork(
        terms=terms_of(terms),
        identity=identity_of(terms),
        contact_rules=tuple(_rule(r) for r in SafeContact.objects.filter(person=person).order_by("channel")),
        unavailable=tuple(Span(id=s.id, starts_at=s.starts_at, ends_at=s.ends_at) for s in spans),
        coordinators=coordinators_of(person.id, at),
        quiet=person.quiet_since is not None,
        invitation_ends_at=open_until.values_list("expires_at", flat=True).first(),
    )


def message_standing(person_id: UUID, channel: Channel, at: datetime) -> MessageStanding | None:
    """What decides whether we may write to somebody. None: no such person."""
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        return None
    rule = SafeContact.objects.filter(person=person, channel=channel).first()
    invited = person.state == PersonState.INVITED
    return MessageStanding(
        state=PersonState(person.state),
        quiet=person.quiet_since is not None,
        has_open_invitation=invited and _open_invitations(at).filter(person=person).exists(),
        rule=_rule(rule) if rule else None,
    )


def safe_channels(*, person_id: UUID, at: datetime) -> tuple[ContactRule, ...]:
    """The channels somebody called safe and whose review date has not passed; whatever the hour, so that a message can
    be put off until it suits. Empty while all messages are stopped. In-app needs no rule and is not listed."""
    person = Person.objects.filter(id=person_id, state__in=HERE, quiet_since__isnull=True).first()
    if person is None:
        return ()
    rules = (_rule(row) for row in SafeContact.objects.filter(person=person, allowed=True).order_by("channel"))
    return tuple(rule for rule in rules if rule.usable(at) and rule.channel is not Channel.IN_APP)


def takes_links(person_id: UUID, *, made_at: datetime) -> bool:
    """Whether a signed link in a message made at that moment may still do anything: its person is here, has not stopped
    all messages, and has not made the links of before useless (STOP does)."""
    return Person.objects.filter(
        Q(links_since__isnull=True) | Q(links_since__lt=made_at),
        id=person_id,
        state__in=HERE,
        quiet_since__isnull=True,
    ).exists()


def _open_invitations(at: datetime) -> QuerySet[JoinInvitation]:
    return JoinInvitation.objects.filter(used_at__isnull=True, expires_at__gt=at)


def join_token(invitation_id: UUID) -> str:
    """The secret part of a join link, made again each time it is needed; only its hash is stored."""
    return keyed_digest("join-token", str(invitation_id))


def join_link(*, invitation_id: UUID, at: datetime) -> JoinLink | None:
    """For the mailer: whom to write to and with which link. None once it was used or has run out."""
    row = _open_invitations(at).filter(id=invitation_id).first()
    return JoinLink(person_id=row.person_id, token=join_token(row.id)) if row else None


def person_of_user(user_id: UUID) -> UUID | None:
    return Person.objects.filter(user_id=user_id, state__in=HERE).values_list("id", flat=True).first()


def user_of_person(person_id: UUID) -> UUID | None:
    """The account of a person, for messages in the app and the rule that nobody pays themselves."""
    return Person.objects.filter(id=person_id).values_list("user_id", flat=True).first()


def payee_ref_of(person_id: UUID) -> UUID:
    """Raises NotFound."""
    found = Person.objects.filter(id=person_id).values_list("payee_ref", flat=True).first()
    if found is None:
        raise NotFound
    return found


def people_by_payee_ref(payee_refs: Iterable[UUID]) -> dict[UUID, UUID]:
    """Person ids by payee reference; unknown references are absent."""
    rows = Person.objects.filter(payee_ref__in=list(payee_refs))
    return dict(rows.values_list("payee_ref", "id"))


def coordinators_of(person_id: UUID, at: datetime) -> tuple[UUID, ...]:
    """User ids of the staff who work with somebody now."""
    rows = Assignment.objects.filter(live_assignment(at), person_id=person_id)
    return tuple(rows.order_by("starts_at").values_list("coordinator_id", flat=True))


def assignments_of(person_id: UUID, at: datetime) -> tuple[Assigned, ...]:
    """Who works with somebody now, since when, and until when if that is known (control C21)."""
    rows = Assignment.objects.filter(live_assignment(at), person_id=person_id).order_by("starts_at", "id")
    return tuple(
        Assigned(coordinator_id=user, since=since, until=until)
        for user, since, until in rows.values_list("coordinator_id", "starts_at", "ends_at")
    )


def is_invited(person_id: UUID) -> bool:
    """Invited and not here yet: there is no consent to ask, and nothing but a working name to see."""
    return Person.objects.filter(id=person_id, state=PersonState.INVITED).exists()


def reference_of(person_id: UUID, *, erased_too: bool = True) -> str:
    """How somebody is called where not even their working name belongs. Raises NotFound."""
    rows = Person.objects.filter(id=person_id)
    if not erased_too:
        rows = rows.exclude(state=PersonState.ERASED)
    found = rows.values_list("reference", flat=True).first()
    if found is None:
        raise NotFound
    return found


def person_by_reference(text: str) -> UUID:
    """A person by reference or id, for commands run by an operator. Raises NotFound."""
    try:
        wanted = Q(id=UUID(text))
    except ValueError:
        wanted = Q(reference=text)
    found = Person.objects.filter(wanted).values_list("id", flat=True).first()
    if found is None:
        raise NotFound
    return found
