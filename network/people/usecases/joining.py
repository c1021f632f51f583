"""Inviting somebody and taking them in (control C11): a link by a content-free message, and a code by voice."""

from __future__ import annotations

import hmac
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from backend.accounts import usecases as accounts
from backend.kernel import ids
from backend.kernel.actor import Actor, Role
from backend.kernel.crypto import blind_index
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.people import events, rules
from network.people.data import Invited
from network.people.models import Assignment, DoNotInvite, JoinInvitation, Person, PersonHistory, SafeContact, Terms
from network.people.queries import assigned_to, join_token
from network.people.states import PERSON, Channel, PersonMove, PersonState
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind
from payments import public as payments

LASTS = timedelta(hours=72)  # control C11
MOST_TRIES = 5
_REFUSED = "This invitation does not work. It may have been used, or have run out."
_NEXT = "Ask the person who invited you for another one."
# Neutral, so that inviting somebody does not tell who is here already.
_CANNOT_INVITE = "We cannot send an invitation to this address. Please check it, or ask the safeguarding lead."


def _code_digest(invitation_id: UUID, code: str) -> str:
    return ids.keyed_digest("join-code", str(invitation_id), code)


@transaction.atomic
def invite_person(*, known_as: str, email: str, actor: Actor, at: datetime) -> Invited:
    """Invite somebody who said that they may be written to. The inviter becomes their coordinator.

    `known_as` is a working name for lists, not their own. The code is to be said by voice and is not kept. The message
    is sent by whoever hears `person.invited`. Raises NotFound for whoever may not invite, Invalid.
    """
    if not rules.may_invite(actor) or actor.user_id is None:
        raise NotFound
    problems: dict[str, list[str]] = {}
    name, address = known_as.strip(), email.strip()
    if not name or len(name) > 60:
        problems["known_as"] = ["Choose a working name of up to 60 characters. Not their own name."]
    if "@" not in address or len(address) > 254:
        problems["email"] = ["Enter an email address, like name@example.org"]
    elif _is_taken(address, actor):
        problems["email"] = [_CANNOT_INVITE]
    if problems:
        raise Invalid(problems)
    person = Person.objects.create(reference=ids.reference("P"), known_as=name, created_at=at)
    store.write(
        Warrant.about(WarrantKind.JOIN, actor, "invitation", [person.id]), person.id, {Field.EMAIL: address}, at=at
    )
    Assignment.objects.create(person=person, coordinator_id=actor.user_id, starts_at=at)
    PersonHistory.objects.create(person=person, at=at, actor_ref=actor.ref, what="invited")
    return _send(person, at)


@transaction.atomic
def invite_again(*, person_id: UUID, actor: Actor, at: datetime) -> Invited:
    """A new link and a new code for somebody who has not joined: the old ones stop working. For the staff who work with
    them. Raises NotFound, Conflict when they are here already."""
    if not rules.may_invite(actor) or not assigned_to(actor, {person_id}, at):
        raise NotFound
    person = Person.objects.select_for_update().filter(id=person_id).first()
    if person is None:
        raise NotFound
    if person.state != PersonState.INVITED:
        raise Conflict("They have joined already. Nothing was changed.")
    JoinInvitation.objects.filter(person=person, used_at__isnull=True, expires_at__gt=at).update(expires_at=at)
    PersonHistory.objects.create(person=person, at=at, actor_ref=actor.ref, what="invited again")
    return _send(person, at)


def _send(person: Person, at: datetime) -> Invited:
    invitation = _invitation(person, at)
    code = ids.short_code()
    invitation.code_digest = _code_digest(invitation.id, code)
    invitation.save()
    publish(events.PERSON_INVITED, invitation.id, key=str(invitation.id), at=at)
    return Invited(
        person_id=person.id,
        invitation_id=invitation.id,
        token=join_token(invitation.id),
        code=code,
        expires_at=invitation.expires_at,
    )


def _invitation(person: Person, at: datetime) -> JoinInvitation:
    row = JoinInvitation(person=person, created_at=at, expires_at=at + LASTS)
    row.token_hash = ids.secret_hash(join_token(row.id))
    return row


def _is_taken(address: str, actor: Actor) -> bool:
    search = Warrant(kind=WarrantKind.SEARCH, actor=actor, purpose="invitation")
    known = store.find_by_index(search, Field.EMAIL, address)
    asked_not_to = blind_index("email", store.normalised(Field.EMAIL, address))
    return bool(known) or DoNotInvite.objects.filter(email_index=asked_not_to).exists()


def try_invitation(*, token: str, code: str, at: datetime) -> UUID:
    """Check link and code, and return the invitation's id. Not one transaction on purpose: the try is counted and
    committed before it is judged. Every failure is the same NotFound."""
    rows = JoinInvitation.objects.filter(
        token_hash=ids.secret_hash(token), used_at__isnull=True, expires_at__gt=at, tries__lt=MOST_TRIES
    )
    with transaction.atomic():
        row = rows.first()
        counted = rows.update(tries=F("tries") + 1)
    digest = _code_digest(row.id if row else UUID(int=0), code.strip())
    stored = row.code_digest if row else ""
    if not (row and counted and hmac.compare_digest(stored, digest)):
        raise NotFound(_REFUSED, next_step=_NEXT)
    return row.id


@transaction.atomic
def accept_invitation(*, invitation_id: UUID, at: datetime) -> tuple[UUID, UUID]:
    """Turn a checked invitation into an account and a member; returns (person id, user id). Single use, by
    compare-and-swap. Called by `consent.usecases.join`, which adds the first consents. Raises NotFound."""
    used = JoinInvitation.objects.filter(id=invitation_id, used_at__isnull=True, expires_at__gt=at).update(used_at=at)
    if used != 1:
        raise NotFound(_REFUSED, next_step=_NEXT)
    person = Person.objects.select_for_update().get(join_invitations__id=invitation_id)
    door = Actor.system("joining")
    warrant = Warrant.about(WarrantKind.JOIN, door, "joining", [person.id])
    address = store.read(warrant, [person.id], [Field.EMAIL])[person.id].get(Field.EMAIL)
    if address is None:
        raise NotFound(_REFUSED, next_step=_NEXT)
    user_id = accounts.ensure_user(email=address, at=at)
    accounts.grant_role(user_id=user_id, role=Role.SPOKESPERSON, scope_id=person.id, actor=door, at=at)
    person.state = next_state(PERSON, PersonState(person.state), PersonMove.JOIN)
    person.user_id, person.joined_at = user_id, at
    try:
        with transaction.atomic():
            person.save(update_fields=["state", "user_id", "joined_at"])
    except IntegrityError:  # this account is a member already
        raise NotFound(_REFUSED, next_step=_NEXT) from None
    payments.register_payee(payee_ref=person.payee_ref, owner_user_id=user_id, at=at)
    Terms.objects.create(person=person, updated_at=at)
    SafeContact.objects.create(person=person, channel=Channel.IN_APP, allowed=True, review_on=date.max)
    PersonHistory.objects.create(person=person, at=at, actor_ref=f"user:{user_id}", what="joined")
    publish(events.PERSON_JOINED, person.id, key=str(invitation_id), at=at)
    return person.id, user_id
