"""The busiest pages and operations send as many SQL statements for many people as for few."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from backend.config.seeding import bulk, requests, story
from backend.config.seeding.clockwork import as_member, as_person
from backend.config.seeding.people import Someone
from backend.kernel import clock
from backend.kernel.actor import Actor, ActorKind, Role
from network.opportunities import usecases
from network.opportunities.states import Source
from tests.bench.targets import Scene, Target, ours, scene
from tests.bench.wsgi import Answer

SIZES = ((12, 6), (150, 9), (500, 30))  # people and organisations


def grow(found: Scene, people: tuple[int, int], organisations: tuple[int, int]) -> None:
    """More people and organisations, more of whom said yes, and more briefs of the same organisation."""
    at = clock.now()
    bulk.add(
        people_from=people[0], people_to=people[1], organisations_from=organisations[0],
        organisations_to=organisations[1], seed=1, at=at,
    )  # fmt: skip
    coordinator = Actor(
        kind=ActorKind.USER, user_id=found.coordinator, roles=frozenset({Role.COORDINATOR}), stepped_up_at=at
    )
    fitting = usecases.match(opportunity_id=found.opportunity_id, actor=coordinator, at=at)[: people[1] // 80]
    assert fitting
    usecases.invite(
        opportunity_id=found.opportunity_id, person_ids=[one.person_id for one in fitting], actor=coordinator, at=at
    )
    for one in fitting:
        someone = Someone(one.person_id, as_person(uuid4(), one.person_id), uuid4(), uuid4())
        requests.say_yes(found.opportunity_id, someone, at)
    for number in range(people[1] // 80):
        usecases.save_draft(
            brief=requests.brief(
                "podcast", f"One more, {number}", ("prison-release",), at + timedelta(days=30),
                answer_by=at + timedelta(days=9),
            ),
            organisation_id=found.organisation_id,
            source=Source.WEB,
            actor=as_member(found.member, found.organisation_id)(at),
            at=at,
        )  # fmt: skip


def warm(target: Target) -> Answer:
    """The second answer: what is only done once an hour, a minute or a process is done."""
    target.once()
    answer = target.once()
    assert answer.status == 200, (target.name, answer.status)
    return answer


def shapes(answer: Answer) -> Counter[str]:
    """The statements, whatever the length of their lists."""
    return Counter(re.sub(r"\(%s(?:, %s)*\)", "(...)", sql) for sql in answer.statements)


@pytest.mark.django_db(transaction=True)
def test_as_many_statements_for_many_as_for_few() -> None:
    (people, organisations), *larger = SIZES
    story.tell(people_count=people, organisation_count=organisations, seed=1, end=clock.now())
    found, targets = scene(), ours()
    assert len(targets) == 10
    answers = {target.name: warm(target) for target in targets}
    for more_people, more_organisations in larger:
        grow(found, (people, more_people), (organisations, more_organisations))
        people, organisations = more_people, more_organisations
        now = {target.name: warm(target) for target in targets}
        for name, before in answers.items():
            more, fewer = shapes(now[name]), shapes(before)
            assert more.total() == fewer.total(), (name, people, more - fewer, fewer - more)
        for name in ("page: who said yes to a brief", "page: whom a brief fits", "API: list briefs"):
            assert len(now[name].body) > len(answers[name].body), f"{name}: it does show more"
        answers = now
