"""People, staff and consents for tests, made through the real use cases wherever one exists."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from backend.accounts import usecases as accounts
from backend.kernel import ids
from backend.kernel.actor import Actor, ActorKind, Role
from network.consent import usecases as consent
from network.consent.data import Category, Format, Identity, Layer, Receipt, Recipient
from network.organisations.models import Check, Organisation
from network.people import usecases as people
from network.people.data import ContactRule, IdentityInput, ProfileInput, TermsInput
from network.people.models import Assignment, Person, SafeContact, Terms, Topic
from network.people.states import Channel, NameMode, PersonState, Place
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind
from tests.conftest import AT

_number = count(1)
EVERYTHING = frozenset(Category) - {Category.PHOTO}
OPEN_IDENTITY = Identity(name_mode=NameMode.FIRST, place=Place.REGION)


def a_user(role: Role, *, at: datetime = AT, scope_id: UUID | None = None, **actor: object) -> Actor:
    """A signed-in account that holds one role."""
    user_id = accounts.ensure_user(email=f"somebody-{next(_number)}-{uuid4().hex[:8]}@example.org", at=at)
    accounts.grant_role(user_id=user_id, role=role, scope_id=scope_id, actor=Actor.system("test"), at=at)
    return Actor(
        kind=ActorKind.USER,
        user_id=user_id,
        roles=frozenset({role}),
        session_ref=uuid4().hex,
        stepped_up_at=at,
        **actor,  # type: ignore[arg-type]
    )


def make_coordinator(*, at: datetime = AT) -> Actor:
    return a_user(Role.COORDINATOR, at=at)


def make_topic(slug: str = "leaving-prison") -> UUID:
    return Topic.objects.get_or_create(slug=slug, defaults={"name": slug.replace("-", " ").title()})[0].id


def profile_of(tag: str) -> ProfileInput:
    """Words that can be found again wherever they should not be."""
    return ProfileInput(
        name_full=f"Full {tag}",
        name_first=f"First {tag}",
        name_other=f"Other {tag}",
        pronouns="they",
        cover_name=f"Cover {tag}",
        phone="07700 900123",
        place_exact=f"Town {tag}",
        place_region=f"Region {tag}",
        place_nation=f"Nation {tag}",
        wants_to_change=f"Change {tag}",
        knows=f"Knows {tag}",
        can_do=f"Can {tag}",
        story=f"Story {tag}\n  exactly as written, with  spaces",
        off_limits=f"Limits {tag}",
        access_needs=f"Access {tag}",
        supporter_name=f"Supporter {tag}",
        supporter_contact=f"Supporter contact {tag}",
    )


def make_person(
    *,
    tag: str = "",
    topics: Iterable[UUID] = (),
    terms: TermsInput | None = None,
    identity: IdentityInput | None = None,
    coordinator: Actor | None = None,
    layers: Iterable[Layer] = (Layer.KEEP_RECORD, Layer.COORDINATION, Layer.BE_ASKED),
    safe_email: bool = True,
    at: datetime = AT,
) -> UUID:
    """Somebody who has joined, with a full profile, terms, topics and the network's own consents. Returns the id."""
    tag = tag or f"p{next(_number)}"
    email = f"{tag}-{uuid4().hex[:8]}@example.net"
    user_id = accounts.ensure_user(email=email, at=at)
    person = Person.objects.create(
        reference=ids.reference("P"),
        known_as=f"Working name {tag}",
        user_id=user_id,
        state=PersonState.ACTIVE,
        created_at=at,
        joined_at=at,
    )
    system = Actor.system("test")
    accounts.grant_role(user_id=user_id, role=Role.SPOKESPERSON, scope_id=person.id, actor=system, at=at)
    Terms.objects.create(person=person, updated_at=at)
    SafeContact.objects.create(person=person, channel=Channel.IN_APP, allowed=True, review_on=date.max)
    store.write(Warrant.about(WarrantKind.JOIN, system, "test", [person.id]), person.id, {Field.EMAIL: email}, at=at)
    me = actor_of(person.id)
    for layer in layers:
        give_layer(person.id, layer, at=at)
    people.save_profile(person_id=person.id, profile=profile_of(tag), actor=me, at=at)
    if topics:
        people.choose_topics(person_id=person.id, topics=dict.fromkeys(topics, False), actor=me, at=at)
    if terms:
        people.set_terms(person_id=person.id, terms=terms, actor=me, at=at)
    if identity:
        people.set_identity(person_id=person.id, identity=identity, actor=me, at=at)
    if safe_email:
        rule = ContactRule(
            channel=Channel.EMAIL, allowed=True, from_hour=0, to_hour=24, review_on=(at + timedelta(days=60)).date()
        )
        people.set_safe_contact(person_id=person.id, contact=[rule], actor=me, at=at)
    if coordinator and coordinator.user_id:
        Assignment.objects.create(person=person, coordinator_id=coordinator.user_id, starts_at=at)
    return person.id


def actor_of(person_id: UUID) -> Actor:
    """The person, signed in and freshly proved."""
    return Actor(
        kind=ActorKind.USER,
        user_id=Person.objects.values_list("user_id", flat=True).get(id=person_id),
        roles=frozenset({Role.SPOKESPERSON}),
        person_id=person_id,
        session_ref=uuid4().hex,
        stepped_up_at=AT,
    )


def user_of(person_id: UUID) -> UUID:
    """The account of a person."""
    return account_of(actor_of(person_id))


def account_of(actor: Actor) -> UUID:
    """The account of somebody signed in."""
    assert actor.user_id is not None
    return actor.user_id


def link_of(person_id: UUID) -> Actor:
    """A signed link in a message to the person."""
    return Actor(kind=ActorKind.LINK, person_id=person_id)


def give_layer(person_id: UUID, layer: Layer, *, at: datetime = AT) -> Receipt:
    """One of the network's own layers, as given at joining."""
    shown = EVERYTHING if layer is Layer.COORDINATION else frozenset[Category]()
    return consent.give(
        person_id=person_id,
        layer=layer,
        categories=shown,
        recipient=Recipient.network(),
        identity=Identity(name_mode=NameMode.FULL, place=Place.EXACT),
        actor=actor_of(person_id),
        at=at,
    )


def give_for_request(
    person_id: UUID,
    organisation_id: UUID,
    opportunity: UUID,
    *,
    categories: frozenset[Category] = EVERYTHING,
    identity: Identity = OPEN_IDENTITY,
    formats: frozenset[Format] = frozenset(),
    reuse: bool = False,
    ends_at: datetime | None = None,
    at: datetime = AT,
) -> Receipt:
    """Yes to one request of one organisation."""
    return consent.give(
        person_id=person_id,
        layer=Layer.FOR_REQUEST,
        categories=categories,
        recipient=Recipient.organisation(organisation_id),
        opportunity=opportunity,
        identity=identity,
        formats=formats,
        reuse=reuse,
        ends_at=ends_at,
        actor=actor_of(person_id),
        at=at,
    )


def make_standing_organisation(*, level: str = "J2", state: str = "in_standing", at: datetime = AT) -> UUID:
    """An organisation as a row, checked at a level. For tests of the gate; others go through the use cases."""
    number = next(_number)
    organisation = Organisation.objects.create(
        name=f"Outlet {number} {uuid4().hex[:6]}",
        kind="newsroom",
        website="https://outlet.example",
        state=state,
        billing_name="Outlet",
        billing_address="1 Street",
        billing_email="bills@outlet.example",
        created_at=at,
    )
    Check.objects.create(
        organisation=organisation,
        level=level,
        method="switchboard",
        evidence="call-back",
        checked_by="user:test",
        checked_at=at,
        valid_until=(at + timedelta(days=180)).date(),
    )
    return organisation.id


def requester_of(organisation_id: UUID) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        user_id=uuid4(),
        roles=frozenset({Role.REQUESTER}),
        organisation_id=organisation_id,
        session_ref=uuid4().hex,
    )
