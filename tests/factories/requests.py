"""Organisations, briefs and answers for tests, made through the use cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from backend.kernel.actor import Actor, ActorKind, Role
from network.consent.data import Category, Identity
from network.opportunities import usecases as requests
from network.opportunities.data import Answered, BriefInput
from network.opportunities.states import InvitationMove, Source
from network.organisations import usecases as organisations
from network.people.models import PersonTopic, Topic
from network.people.states import NameMode
from tests.conftest import AT
from tests.factories.people import actor_of, make_coordinator, make_person, make_topic

_number = count(1)
TOPIC = "leaving-prison"
SHARES = frozenset({Category.NAME, Category.STORY, Category.TOPICS})


def apply(*, at: datetime = AT, **changes: str) -> tuple[UUID, Actor]:
    """An organisation that has applied and is not checked yet, and its owner signed in."""
    tag = f"{next(_number)}-{uuid4().hex[:6]}"
    answers = {
        "name": f"The Example {tag}",
        "kind": "newsroom",
        "website": "https://news.example",
        "about": "Local news.",
        "billing_name": f"The Example {tag}",
        "billing_address": "1 Example Street\nExampleton",
        "billing_email": "accounts@news.example",
        "member_name": "Morgan Tester",
        "member_job": "Reporter",
        "member_email": f"reporter-{tag}@news.example",
    } | changes
    made = organisations.register_organisation(**answers, actor=Actor.nobody(), at=at)
    return made.organisation_id, member_actor(made.organisation_id, made.user_id)


def member_actor(organisation_id: UUID, user_id: UUID | None = None) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        user_id=user_id or uuid4(),
        roles=frozenset({Role.REQUESTER}),
        organisation_id=organisation_id,
        session_ref=uuid4().hex,
    )


def program_actor(organisation_id: UUID, *scopes: str) -> Actor:
    """A requester's program; by default one that may do all that programs may."""
    return Actor(
        kind=ActorKind.PROGRAM,
        program_id=f"program-{uuid4().hex[:8]}",
        roles=frozenset({Role.REQUESTER}),
        organisation_id=organisation_id,
        scopes=frozenset(scopes or ("briefs:read", "briefs:write", "cards:read")),
    )


def make_organisation(*, level: str = "J2", at: datetime = AT, **changes: str) -> tuple[UUID, Actor]:
    """An organisation in standing and its owner signed in."""
    organisation_id, owner = apply(at=at, **changes)
    organisations.check_organisation(
        organisation_id=organisation_id,
        level=level,
        method="switchboard",
        evidence="Call-back note 1",
        valid_until=(at + timedelta(days=180)).date(),
        actor=make_coordinator(at=at),
        at=at,
    )
    return organisation_id, owner


def starts_of(at: datetime = AT) -> datetime:
    """When the work of `brief_input()` starts."""
    return at + timedelta(days=21)


def ends_of(at: datetime = AT) -> datetime:
    return starts_of(at) + timedelta(hours=2)


def answer_by_of(at: datetime = AT) -> datetime:
    return at + timedelta(days=10)


def brief_input(*, at: datetime = AT, **changes: object) -> BriefInput:
    """A brief that is complete: an interview three weeks from `at`, answers in ten days."""
    make_topic(TOPIC)
    full = BriefInput(
        kind="print_interview",
        title="The first month after prison",
        purpose="An article about what happens in the first month.",
        why_lived_experience="Only somebody who did it can say what it is like.",
        who_decides="The council’s housing panel reads it.",
        question_areas="The first night, money, the telephone. Not the offence.",
        other_contributors="A housing officer.",
        audience="About 40,000 readers in the county.",
        recording="recorded",
        edited=True,
        editorial_terms="The editor has the last word. No name without agreement.",
        quote_check="see_quotes",
        first_shown="The paper and its site, in January.",
        online_how_long="No end.",
        reuse="Only after asking.",
        identity_needed="none",
        welfare_risks="Comments below the article.",
        welfare_support="Comments are closed. A break at any time.",
        remote=True,
        place="Exampleton library",
        who_is_in_the_room="The reporter.",
        fee_pence=20_000,
        expenses="Travel booked and paid by us.",
        starts_at=starts_of(at),
        ends_at=ends_of(at),
        answer_by=answer_by_of(at),
        point_of_no_return="The evening before it is printed.",
        outcome_report="We send the article and tell what the panel did.",
        topics=(TOPIC,),
        extras={"publication": "The Example"},
    )
    return replace(full, **changes)  # type: ignore[arg-type]


def make_brief(
    organisation_id: UUID, actor: Actor, *, accepted_by: Actor | None = None, at: datetime = AT, **changes: object
) -> UUID:
    """A brief that was sent in; taken on too when a coordinator is given."""
    made = requests.send_brief(
        brief=brief_input(at=at, **changes), organisation_id=organisation_id, source=Source.WEB, actor=actor, at=at
    )
    if accepted_by is not None:
        requests.accept(opportunity_id=made.opportunity_id, actor=accepted_by, at=at)
    return made.opportunity_id


def make_candidate(*, topic: str = TOPIC, tell_me_all: bool = False, at: datetime = AT) -> UUID:
    """Somebody whom `brief_input()` fits."""
    person_id = make_person(topics=[make_topic(topic)], at=at)
    if tell_me_all:
        PersonTopic.objects.filter(person_id=person_id).update(tell_me_all=True)
    return person_id


def invite_one(opportunity_id: UUID, person_id: UUID, coordinator: Actor, *, at: datetime = AT) -> UUID:
    return requests.invite(opportunity_id=opportunity_id, person_ids=[person_id], actor=coordinator, at=at)[0]


def say_yes(
    invitation_id: UUID,
    person_id: UUID,
    *,
    shares: frozenset[Category] = SHARES,
    identity: Identity | None = None,
    fee_pence: int | None = None,
    at: datetime = AT,
) -> Answered:
    return requests.answer_invitation(
        invitation_id=invitation_id,
        move=InvitationMove.YES,
        fee_pence=fee_pence,
        shares=shares,
        identity=identity or Identity(name_mode=NameMode.FIRST),
        actor=actor_of(person_id),
        at=at,
    )


def child_topic(slug: str, parent: str) -> UUID:
    return Topic.objects.create(slug=slug, name=slug.replace("-", " ").title(), parent_id=make_topic(parent)).id
