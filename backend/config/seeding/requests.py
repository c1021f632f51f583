"""Requests of the made-up network, through every state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from django.db import transaction

from backend.config.seeding import words
from backend.config.seeding.clockwork import Clockwork, as_member
from backend.config.seeding.people import Someone
from backend.kernel.actor import Actor
from backend.kernel.clock import LONDON
from network.bookings import usecases as bookings
from network.consent.data import Category, Identity
from network.consent.states import IDENTIFYING
from network.opportunities import kinds, usecases
from network.opportunities.data import BriefInput
from network.opportunities.states import InvitationMove, QuoteCheck, Recording, Source
from network.organisations import usecases as organisations
from network.people.states import Face, NameMode, Place, Voice

Acting = Callable[[datetime], Actor]
SHARES = frozenset({Category.NAME, Category.STORY, Category.TOPICS, Category.PLACE, Category.ACCESS_NEEDS})
NAMED = Identity(name_mode=NameMode.FIRST, face=Face.FACE, voice=Voice.OWN, place=Place.REGION)
UNNAMED = Identity(
    name_mode=NameMode.OTHER, face=Face.NO_FACE, voice=Voice.REVOICED, place=Place.NATION, anonymous_from=("family",)
)


@dataclass(frozen=True, slots=True)
class Asker:
    """An organisation of the story and the member who acts for it."""

    organisation_id: UUID
    acts: Acting
    checked: str  # the level it was checked to, or ""


def register(time: Clockwork, number: int, coordinator: Acting, random: Random, *, days_ago: float) -> Asker:
    """An organisation applies; the coordinator checks it as the list of words says."""
    name, kind, website, level = (
        words.ORGANISATIONS[number]
        if number < len(words.ORGANISATIONS)
        else (f"{random.choice(words.TOWNS)} News {number}", "newsroom", f"https://news-{number}.example", "J2")
    )
    _, full = words.full_name(random)
    with time.at(days_ago, 9) as at:
        made = organisations.register_organisation(
            name=name,
            kind=kind,
            website=website,
            about=f"{name} is made up for trying things out.",
            billing_name=name,
            billing_address=f"{number + 1} Example Street\nNorthby\nNB1 {number % 9 + 1}EX",
            billing_email=f"accounts-{number}@example.com",
            purchase_reference="",
            member_name=full,
            member_job=words.JOBS[number % len(words.JOBS)],
            member_email=f"asker-{number}@example.com",
            actor=Actor.nobody(),
            at=at,
        )
    acts = as_member(made.user_id, made.organisation_id)
    if not level:
        return Asker(made.organisation_id, acts, "")
    with time.at(days_ago - 1, 14) as at:
        organisations.check_organisation(
            organisation_id=made.organisation_id,
            level="J1" if level == "suspended" else level,
            method="parliament_directory" if kind == "parliament" else "switchboard",
            evidence="Rang the number on its own website; asked for the news desk",
            valid_until=(time.end + timedelta(days=180)).date(),
            actor=coordinator(at),
            at=at,
        )
    if level == "suspended":
        with time.at(20, 11) as at:
            organisations.suspend(
                organisation_id=made.organisation_id,
                reason="Rang somebody directly after being asked not to.",
                actor=coordinator(at),
                at=at,
            )
    return Asker(made.organisation_id, acts, level)


def brief(
    kind_code: str,
    title: str,
    topics: Iterable[str],
    starts_at: datetime,
    *,
    answer_by: datetime,
    fee_pence: int = 20000,
    hours: float = 1.5,
    identity: NameMode = NameMode.FIRST,
    place: str = "Northby, the Broadcast House",
) -> BriefInput:
    kind = kinds.kind(kind_code)
    return BriefInput(
        kind=kind_code,
        title=title,
        purpose="We are looking at what happens after the headlines have moved on, and what would have helped.",
        why_lived_experience="People who have been through it know where the plan and the day differ. We do not.",
        who_decides="The minister's office has agreed to respond on the same programme a week later.",
        question_areas="What happened when you asked for help; what you would change first. We will not ask about family "
        "or anything you name as off limits.",
        other_contributors="Somebody from a council, who has not confirmed yet.",
        audience="About 200,000 people on the day, and whoever finds it later.",
        recording=Recording.LIVE if kind.live else Recording.RECORDED,
        edited=not kind.live,
        editorial_terms="Our editor has the last word. We do not use anything you ask us on the day to leave out.",
        quote_check=QuoteCheck.NONE if kind.live else QuoteCheck.READ_BACK,
        first_shown="On our evening programme and on our website.",
        online_how_long="Two years",
        reuse="Only within our own programmes, and we ask first",
        identity_needed=identity,
        welfare_risks="Comments below the piece can be unkind. Talking about it can stay with you that night.",
        welfare_support="We close comments, you can stop at any time, and a producer rings the next day.",
        remote=not kind.live,
        place=place,
        access_notes="Step-free from the street. A quiet room next to the studio.",
        who_is_in_the_room="The presenter, one producer and one engineer.",
        supporter_welcome=True,
        fee_pence=fee_pence,
        expenses="We book and pay for travel in advance. Childcare against a receipt.",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=hours),
        answer_by=answer_by,
        point_of_no_return="When it goes out. Until then you can stop and nothing is used.",
        outcome_report="We write to you with what was published and what anybody in power said to it.",
        outcome_promised_by=(starts_at + timedelta(days=21)).date(),
        topics=tuple(topics),
        extras={extra.name: "As agreed with the programme's editor." for extra in kind.extra_fields if extra.required},
    )


def send(asker: Asker, what: BriefInput, at: datetime) -> UUID:
    return usecases.send_brief(
        brief=what, organisation_id=asker.organisation_id, source=Source.WEB, actor=asker.acts(at), at=at
    ).opportunity_id


def accept_and_invite(opportunity_id: UUID, coordinator: Acting, wanted: Iterable[Someone], at: datetime) -> list[UUID]:
    """Take the brief on and ask those of `wanted` whom it fits (and always the first one, who set terms to fit)."""
    usecases.accept(opportunity_id=opportunity_id, actor=coordinator(at), at=at)
    fits = {c.person_id for c in usecases.match(opportunity_id=opportunity_id, actor=coordinator(at), at=at)}
    asked = [someone.person_id for someone in wanted if someone.person_id in fits]
    if asked:
        usecases.invite(
            opportunity_id=opportunity_id, person_ids=asked, short_notice_reason="", actor=coordinator(at), at=at
        )
    return asked


def invitation_of(opportunity_id: UUID, person_id: UUID) -> UUID:
    from network.opportunities.models import Invitation

    return Invitation.objects.values_list("id", flat=True).get(opportunity_id=opportunity_id, person_id=person_id)


def say_yes(opportunity_id: UUID, someone: Someone, at: datetime, *, named: bool = True) -> UUID:
    """Yes, showing a name if `named`, and otherwise only words and topics. Returns the invitation."""
    invitation_id = invitation_of(opportunity_id, someone.person_id)
    usecases.answer_invitation(
        invitation_id=invitation_id,
        move=InvitationMove.YES,
        fee_pence=None,
        terms_note="I would like the questions the day before.",
        shares=SHARES if named else SHARES - IDENTIFYING,
        identity=NAMED if named else UNNAMED,
        version_read=None,
        actor=someone.acts(at),
        at=at,
    )
    return invitation_id


def choose_and_open(opportunity_id: UUID, asker: Asker, someone: Someone, invitation_id: UUID, at: datetime) -> UUID:
    """The requester chooses; the booking opens in the same transaction. Returns the booking."""
    from backend.kernel.ids import pairwise_id

    with transaction.atomic():
        usecases.choose(
            opportunity_id=opportunity_id,
            public_id=pairwise_id(asker.organisation_id, someone.person_id),
            actor=asker.acts(at),
            at=at,
        )
        return bookings.open_booking(invitation_id=invitation_id, actor=asker.acts(at), at=at).booking_id


def confirm_both(booking_id: UUID, asker: Asker, someone: Someone, at: datetime) -> None:
    bookings.confirm_booking(booking_id=booking_id, actor=asker.acts(at), at=at)
    bookings.confirm_booking(booking_id=booking_id, actor=someone.acts(at), at=at)


def at_hour(moment: datetime, hour: int) -> datetime:
    return moment.astimezone(LONDON).replace(hour=hour, minute=0, second=0, microsecond=0)


def weekday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() >= 5 else 0)
