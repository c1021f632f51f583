"""People of the made-up network: invited, joined, with terms and consents of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from backend.config.seeding import words
from backend.config.seeding.clockwork import Clockwork, as_person
from backend.kernel.actor import Actor
from network.consent import usecases as consent
from network.consent.data import Recipient
from network.consent.states import Layer
from network.opportunities import kinds
from network.people import queries, usecases
from network.people.data import ContactRule, IdentityInput, ProfileInput, TermsInput
from network.people.states import Channel, Face, NameMode, Place, Voice
from payments import public as payments
from payments.public import BankDetails, Route

Acting = Callable[[datetime], Actor]
FLOOR = 8250
# The people of the story are asked about these, so that its requests fit them.
LEAD = frozenset({"prison-inside", "prison-release", "prison-families", "policing", "probation", "leaving-care"})


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of the story: how they act, and what money knows them by."""

    person_id: UUID
    acts: Acting
    payee_ref: UUID
    user_id: UUID


def profile(random: Random, number: int) -> ProfileInput:
    given, full = words.full_name(random)
    where = random.randrange(len(words.REGIONS))
    return ProfileInput(
        name_full=full,
        name_first=given,
        name_other=random.choice([g for g in words.GIVEN if g != given]),
        pronouns=random.choice(("she/her", "he/him", "they/them", "")),
        cover_name="",
        phone=f"07700 9{number % 100000:05d}",
        place_exact=random.choice(words.TOWNS),
        place_region=words.REGIONS[where],
        place_nation=words.NATIONS[where],
        wants_to_change=random.choice(words.CHANGES),
        knows=random.choice(words.KNOWS),
        can_do=random.choice(words.CAN_DO),
        story=random.choice(words.STORIES),
        off_limits=random.choice(words.OFF_LIMITS),
        access_needs=random.choice(words.ACCESS),
        supporter_name=f"{random.choice(words.GIVEN)} (a friend)",
        supporter_contact=f"07700 8{number % 100000:05d}",
    )


def terms(random: Random, *, open_to_all: bool = False) -> TermsInput:
    codes = [kind.code for kind in kinds.kinds()]
    return TermsInput(
        min_fee_pence=FLOOR if open_to_all else random.choice((FLOOR, FLOOR, 10000, 15000, 20000)),
        notice_hours=24 if open_to_all else random.choice((24, 48, 72)),
        short_notice_live_ok=open_to_all or random.random() < 0.2,
        kinds=tuple(codes if open_to_all else random.sample(codes, k=min(len(codes), 14))),
        in_person_ok=open_to_all or random.random() < 0.8,
        remote_ok=True,
        max_per_month=8 if open_to_all else random.choice((1, 2, 3, 4)),
        rest_days=0 if open_to_all else random.choice((3, 7, 14)),
        supporter_comes=random.random() < 0.4,
    )


def identity(random: Random, *, named: bool = False) -> IdentityInput:
    return IdentityInput(
        name_mode=NameMode.FIRST if named else random.choice(list(NameMode)),
        face=Face.FACE if named else random.choice(list(Face)),
        voice=Voice.OWN if named else random.choice(list(Voice)),
        place=Place.REGION if named else random.choice((Place.REGION, Place.NATION, Place.NONE)),
        anonymous_from=() if named else tuple(random.sample(("public", "community", "family"), k=random.randrange(3))),
    )


def join(
    random: Random, time: Clockwork, number: int, coordinator: Acting, *, days_ago: float, lead: bool = False
) -> Someone:
    """Invite somebody, let them join and set everything that is theirs to set. `lead`: open to most requests."""
    with time.at(days_ago, 10) as at:
        invited = usecases.invite_person(
            known_as=words.working_name(number),
            email=f"person-{number}@example.net",
            actor=coordinator(at),
            at=at,
        )
    with time.at(days_ago - 0.1) as at:
        joined = consent.join(
            token=invited.token,
            code=invited.code,
            agreed=frozenset({Layer.KEEP_RECORD, Layer.COORDINATION}),
            at=at,
        )
        acts = as_person(joined.user_id, joined.person_id)
        me, mine = acts(at), {"person_id": joined.person_id, "actor": acts(at), "at": at}
        usecases.save_profile(profile=profile(random, number), **mine)  # type: ignore[arg-type]
        leaves = [leaf for branch in queries.topics_tree() for leaf in branch.children]
        chosen = (
            [leaf for leaf in leaves if leaf.slug in LEAD] if lead else random.sample(leaves, k=random.randint(2, 5))
        )
        usecases.choose_topics(topics={leaf.id: random.random() < 0.3 for leaf in chosen}, **mine)  # type: ignore[arg-type]
        usecases.set_terms(terms=terms(random, open_to_all=lead), **mine)  # type: ignore[arg-type]
        usecases.set_identity(identity=identity(random, named=lead), **mine)  # type: ignore[arg-type]
        review = (time.end + timedelta(days=55)).date()
        usecases.set_safe_contact(
            contact=[
                ContactRule(
                    channel=Channel.EMAIL,
                    allowed=lead or random.random() < 0.8,
                    from_hour=8,
                    to_hour=21,
                    others_can_see=random.random() < 0.3,
                    review_on=review,
                ),
                ContactRule(channel=Channel.PHONE, allowed=random.random() < 0.5, review_on=review),
            ],
            **mine,  # type: ignore[arg-type]
        )
        consent.give(person_id=joined.person_id, layer=Layer.BE_ASKED, recipient=Recipient.network(), actor=me, at=at)
        payee_ref = queries.my_profile(actor=me, at=at).payee_ref
    return Someone(joined.person_id, acts, payee_ref, joined.user_id)


def choose_bank(random: Random, someone: Someone, number: int, at: datetime) -> None:
    """A bank account, and the network as the one who writes their invoices."""
    me = someone.acts(at)
    holder = " ".join(words.full_name(random))
    payments.set_payment_choice(
        payee_ref=someone.payee_ref,
        owner=someone.person_id,
        route=Route.BANK,
        legal_name=holder.title(),
        bank=BankDetails(account_holder=holder.title(), sort_code="112233", account_number=f"{10000000 + number:08d}"),
        actor=me,
        at=at,
    )
    payments.agree_self_billing(payee_ref=someone.payee_ref, owner=someone.person_id, actor=me, at=at)
