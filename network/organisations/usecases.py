"""What can be done with an organisation: apply, check, refuse, suspend, restore, and who belongs to it."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import IntegrityError, transaction

from backend.accounts.addresses import address_of
from backend.accounts.data import AddressUse
from backend.accounts.usecases import end_role, ensure_user, grant_role
from backend.kernel.actor import Actor, Role
from backend.kernel.clock import LONDON
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.kernel.states import next_state
from backend.outbox.publish import publish
from network.nevertell.data import Traits
from network.nevertell.usecases import know_asker
from network.organisations import events, rules
from network.organisations.data import Registered, Standing
from network.organisations.models import Check, Member, Note, Organisation
from network.organisations.queries import standing
from network.organisations.states import (
    ORGANISATION,
    CheckLevel,
    CheckMethod,
    OrganisationKind,
    OrganisationMove,
    OrganisationState,
)
from payments.public import Billing, has_customer, register_customer

# Only this module decides who belongs to an organisation; accounts take its word for it, and no requester's.
_MEMBERSHIP = Actor.system("membership")
LONGEST_CHECK_DAYS = 366  # a check never stands for longer than a year: people change jobs


def _text(value: str) -> str:
    return value.replace("\x00", "").strip()


def _person_errors(name: str, job: str, email: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not name or len(name) > 80:
        errors["member_name"] = ["Enter a name of up to 80 characters."]
    if not job or len(job) > 80:
        errors["member_job"] = ["Enter a job title of up to 80 characters."]
    try:
        validate_email(email)
    except ValidationError:
        errors["member_email"] = ["Enter a work email address, like name@example.org."]
    return errors


def _billing_errors(name: str, address: str, email: str, purchase_reference: str) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not name or len(name) > 120:
        errors["billing_name"] = ["Enter who invoices are made out to, up to 120 characters."]
    if not address or len(address) > 500:
        errors["billing_address"] = ["Enter the address for invoices, up to 500 characters."]
    try:
        validate_email(email)
    except ValidationError:
        errors["billing_email"] = ["Enter the email address for invoices."]
    if len(purchase_reference) > 60:
        errors["purchase_reference"] = ["Use 60 characters or fewer."]
    return errors


@transaction.atomic
def register_organisation(
    *,
    name: str,
    kind: str,
    website: str,
    about: str,
    billing_name: str,
    billing_address: str,
    billing_email: str,
    purchase_reference: str = "",
    member_name: str,
    member_job: str,
    member_email: str,
    actor: Actor,
    at: datetime,
) -> Registered:
    """Apply to ask the network. Makes the account of the first member, its owner, and waits for a check.

    Raises Invalid with every field that needs another look.
    """
    if not rules.may_register(actor):
        raise NotAllowed
    name, website, about = _text(name), _text(website), _text(about)
    billing_name, billing_address, billing_email = _text(billing_name), _text(billing_address), _text(billing_email)
    member_name, member_job, member_email = _text(member_name), _text(member_job), _text(member_email)
    purchase_reference = _text(purchase_reference)
    errors = _person_errors(member_name, member_job, member_email)
    if not name or len(name) > 120:
        errors["name"] = ["Enter the organisation’s name, up to 120 characters."]
    elif Organisation.objects.filter(name__iexact=name).exists():
        errors["name"] = ["An organisation of this name is here already. Ask its owner to add you."]
    if kind not in list(OrganisationKind):
        errors["kind"] = ["Choose what kind of organisation this is."]
    try:
        URLValidator(schemes=["http", "https"])(website)
        if len(website) > 200 or not urlsplit(website).hostname:
            raise ValidationError("too long")
    except ValidationError:
        errors["website"] = ["Enter the organisation’s website, like https://example.org."]
    if len(about) > 2000:
        errors["about"] = ["Use 2,000 characters or fewer."]
    errors |= _billing_errors(billing_name, billing_address, billing_email, purchase_reference)
    if errors:
        raise Invalid(errors)
    organisation = Organisation(
        name=name,
        kind=kind,
        website=website,
        about=about,
        billing_name=billing_name,
        billing_address=billing_address,
        billing_email=billing_email,
        purchase_reference=purchase_reference,
        created_at=at,
    )
    try:
        with transaction.atomic():
            organisation.save(force_insert=True)
    except IntegrityError:
        raise Invalid({"name": ["An organisation of this name is here already. Ask its owner to add you."]}) from None
    member = _join(organisation.id, member_name, member_job, member_email, is_owner=True, at=at)
    publish(events.ORGANISATION_APPLIED, organisation.id, key=str(organisation.id), at=at)
    return Registered(organisation_id=organisation.id, member_id=member.id, user_id=member.user_id)


def _join(organisation_id: UUID, name: str, job: str, email: str, *, is_owner: bool, at: datetime) -> Member:
    user_id = ensure_user(email=email, known_as=name, at=at)
    if Member.objects.filter(organisation_id=organisation_id, user_id=user_id, left_at__isnull=True).exists():
        raise Conflict("This person belongs to the organisation already.")
    member = Member.objects.create(
        organisation_id=organisation_id, user_id=user_id, name=name, job=job, is_owner=is_owner, joined_at=at
    )
    grant_role(user_id=user_id, role=Role.REQUESTER, scope_id=organisation_id, actor=_MEMBERSHIP, at=at)
    know(organisation_id=organisation_id, at=at)
    return member


def know(*, organisation_id: UUID, at: datetime) -> None:
    """Keep who asks in the form in which people's never-tell lists are held against it (control C4): the organisation,
    its people and their addresses. In the transaction of whatever changed one of them; safe to repeat."""
    row = Organisation.objects.get(pk=organisation_id)
    members = Member.objects.filter(organisation=row, left_at__isnull=True).order_by("id")
    people = list(members.values_list("user_id", "name"))
    addresses = (address_of(user_id, AddressUse.NEVER_TELL) or "" for user_id, _ in people)
    know_asker(
        organisation_id=row.id,
        traits=Traits(
            names=(row.billing_name, *(name for _, name in people)),
            emails=(row.billing_email, *addresses),
            websites=(row.website,),
            outlets=(row.name, row.billing_name),
            words="\n".join((row.name, row.about, row.billing_address)),
        ),
        at=at,
    )


def know_everybody(*, at: datetime) -> int:
    """The same for every organisation, for those that were here before there were lists. Returns how many. Scheduled."""
    ids = list(Organisation.objects.values_list("id", flat=True))
    for organisation_id in ids:
        know(organisation_id=organisation_id, at=at)
    return len(ids)


def _locked(organisation_id: UUID) -> Organisation:
    row = Organisation.objects.select_for_update().filter(pk=organisation_id).first()
    if row is None:
        raise NotFound
    return row


def _is_owner(organisation_id: UUID, actor: Actor) -> bool:
    return (
        actor.user_id is not None
        and Member.objects.filter(
            organisation_id=organisation_id, user_id=actor.user_id, is_owner=True, left_at__isnull=True
        ).exists()
    )


@transaction.atomic
def add_member(
    *, organisation_id: UUID, name: str, job: str, email: str, is_owner: bool = False, actor: Actor, at: datetime
) -> UUID:
    """Let a colleague ask too. Raises NotFound for strangers, NotAllowed for members who do not own it, Invalid."""
    organisation = _locked(organisation_id)
    if not rules.may_see(actor, organisation_id):
        raise NotFound
    if not rules.may_manage_members(actor, organisation_id, is_owner=_is_owner(organisation_id, actor)):
        raise NotAllowed("Only the organisation’s owner can add people.")
    if organisation.state in (OrganisationState.REFUSED, OrganisationState.SUSPENDED):
        raise Conflict("This organisation cannot add people at the moment.")
    name, job, email = _text(name), _text(job), _text(email)
    errors = _person_errors(name, job, email)
    if errors:
        raise Invalid(errors)
    return _join(organisation_id, name, job, email, is_owner=is_owner, at=at).id


@transaction.atomic
def remove_member(*, organisation_id: UUID, member_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a colleague's right to ask away, at once. The last owner stays. Raises NotFound, NotAllowed, Conflict."""
    _locked(organisation_id)
    if not rules.may_see(actor, organisation_id):
        raise NotFound
    member = Member.objects.filter(pk=member_id, organisation_id=organisation_id, left_at__isnull=True).first()
    if member is None:
        raise NotFound
    if not rules.may_manage_members(actor, organisation_id, is_owner=_is_owner(organisation_id, actor)):
        raise NotAllowed("Only the organisation’s owner can remove people.")
    owners = Member.objects.filter(organisation_id=organisation_id, is_owner=True, left_at__isnull=True)
    if member.is_owner and not owners.exclude(pk=member.id).exists():
        raise Conflict("An organisation needs one owner. Add another first.")
    member.left_at = at
    member.save(update_fields=["left_at"])
    end_role(user_id=member.user_id, role=Role.REQUESTER, scope_id=organisation_id, actor=_MEMBERSHIP, at=at)
    know(organisation_id=organisation_id, at=at)


@transaction.atomic
def change_details(
    *,
    organisation_id: UUID,
    about: str,
    billing_name: str,
    billing_address: str,
    billing_email: str,
    purchase_reference: str = "",
    actor: Actor,
    at: datetime,
) -> None:
    """Change what people read about the organisation and where its invoices go. Issued invoices keep what they said.

    The name, kind and website stay as they were checked. Raises NotFound for strangers, NotAllowed for members who do
    not own it, Invalid.
    """
    row = _locked(organisation_id)
    if not rules.may_see(actor, organisation_id):
        raise NotFound
    if not rules.may_manage_members(actor, organisation_id, is_owner=_is_owner(organisation_id, actor)):
        raise NotAllowed("Only the organisation’s owner can change this.")
    about, purchase_reference = _text(about), _text(purchase_reference)
    billing_name, billing_address, billing_email = _text(billing_name), _text(billing_address), _text(billing_email)
    errors = _billing_errors(billing_name, billing_address, billing_email, purchase_reference)
    if len(about) > 2000:
        errors["about"] = ["Use 2,000 characters or fewer."]
    if errors:
        raise Invalid(errors)
    row.about, row.billing_name, row.billing_address = about, billing_name, billing_address
    row.billing_email, row.purchase_reference = billing_email, purchase_reference
    row.save(update_fields=["about", "billing_name", "billing_address", "billing_email", "purchase_reference"])
    know(organisation_id=row.id, at=at)
    if has_customer(row.id):
        _register_customer(row, actor, at)


def _for_coordinator(organisation_id: UUID, actor: Actor) -> Organisation:
    if not rules.may_check(actor):
        raise NotFound
    return _locked(organisation_id)


def _register_customer(row: Organisation, actor: Actor, at: datetime) -> None:
    register_customer(
        customer_ref=row.id,
        billing=Billing(
            name=row.billing_name,
            address_lines=tuple(filter(None, (line.strip() for line in row.billing_address.splitlines()))),
            email=row.billing_email,
            order_reference=row.purchase_reference,
        ),
        actor=actor,
        at=at,
    )


def _move(row: Organisation, move: OrganisationMove, reason: str = "") -> None:
    row.state = next_state(ORGANISATION, OrganisationState(row.state), move)
    row.state_reason = reason
    row.save(update_fields=["state", "state_reason"])


def _reason(reason: str) -> str:
    reason = _text(reason)
    if not reason or len(reason) > 300:
        raise Invalid({"reason": ["Give a reason of up to 300 characters. The organisation reads it."]})
    return reason


@transaction.atomic
def check_organisation(
    *,
    organisation_id: UUID,
    level: str,
    method: str,
    evidence: str,
    valid_until: date,
    actor: Actor,
    at: datetime,
) -> Standing:
    """Record how we made sure who asks, and until when (control C3); gives standing and opens the customer's account.

    J2 and J3 need more than a mailbox: a call to a number found independently, a press card matched, the directory
    of Parliament, or knowing them in person. Raises NotFound, Invalid, Conflict.
    """
    row = _for_coordinator(organisation_id, actor)
    today = at.astimezone(LONDON).date()
    evidence = _text(evidence)
    errors: dict[str, list[str]] = {}
    if level not in (CheckLevel.J1, CheckLevel.J2, CheckLevel.J3):
        errors["level"] = ["Choose how far the check went: J1, J2 or J3."]
    if method not in list(CheckMethod):
        errors["method"] = ["Choose how the check was made."]
    elif method == CheckMethod.OUTLET_MAILBOX and level in (CheckLevel.J2, CheckLevel.J3):
        errors["method"] = ["A mailbox alone shows no more than J1. Ring a number you found yourself for J2."]
    if not evidence or len(evidence) > 200:
        errors["evidence"] = ["Say where the evidence can be found, up to 200 characters. Do not copy it here."]
    if valid_until <= today:
        errors["valid_until"] = ["Choose a day after today."]
    elif (valid_until - today).days > LONGEST_CHECK_DAYS:
        errors["valid_until"] = ["A check stands for a year at most."]
    if errors:
        raise Invalid(errors)
    Check.objects.create(
        organisation=row,
        level=level,
        method=method,
        evidence=evidence,
        checked_by=actor.ref,
        checked_at=at,
        valid_until=valid_until,
    )
    _move(row, OrganisationMove.CHECK)
    _register_customer(row, actor, at)
    publish(events.ORGANISATION_CHECKED, row.id, key=f"{row.id}:{at.isoformat()}", at=at)
    return standing(row.id, today)


@transaction.atomic
def refuse(*, organisation_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Do not work with an applicant, and say why. Raises NotFound, Invalid, Conflict."""
    row = _for_coordinator(organisation_id, actor)
    _move(row, OrganisationMove.REFUSE, _reason(reason))
    Organisation.objects.filter(id=row.id).update(refused_at=at)
    publish(events.ORGANISATION_REFUSED, row.id, key=f"{row.id}:{at.isoformat()}", at=at)


@transaction.atomic
def suspend(*, organisation_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Stop an organisation at once: from this commit it can send nothing and is shown nothing about anybody."""
    row = _for_coordinator(organisation_id, actor)
    _move(row, OrganisationMove.SUSPEND, _reason(reason))
    publish(events.ORGANISATION_SUSPENDED, row.id, key=f"{row.id}:{at.isoformat()}", at=at)


@transaction.atomic
def restore(*, organisation_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a suspension back. Checks that ran out meanwhile stay run out."""
    row = _for_coordinator(organisation_id, actor)
    _move(row, OrganisationMove.RESTORE)
    publish(events.ORGANISATION_RESTORED, row.id, key=f"{row.id}:{at.isoformat()}", at=at)


@transaction.atomic
def write_note(*, organisation_id: UUID, text: str, actor: Actor, at: datetime) -> UUID:
    """Write down a fact about working with an organisation, for the other coordinators. Raises NotFound, Invalid."""
    row = _for_coordinator(organisation_id, actor)
    text = _text(text)
    if not text or len(text) > 1000:
        raise Invalid({"text": ["Write a note of up to 1,000 characters."]})
    return Note.objects.create(organisation=row, text=text, written_by=actor.ref, written_at=at).id
