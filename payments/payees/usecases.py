"""What can be done about how somebody is paid."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor, Role
from backend.kernel.clock import LONDON
from backend.kernel.crypto import blind_index
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpNeeded
from backend.kernel.ids import keyed_digest
from backend.outbox.publish import publish
from payments.payees import details
from payments.payees.data import MOVES_MONEY, BankDetails, CallBack, CallBackNote, Route, Standing
from payments.payees.events import DESTINATION_CHANGED, READY
from payments.payees.models import Payee, PayeeChange
from payments.payees.modulus.check import Fit, check
from payments.payees.queries import as_standing

_DIGITS = re.compile(r"[\s-]")


def _lock(payee_ref: UUID) -> Payee:
    payee = Payee.objects.select_for_update().filter(id=payee_ref).first()
    if payee is None:
        raise NotFound
    return payee


@transaction.atomic
def register(*, payee_ref: UUID, owner_user_id: UUID | None, at: datetime) -> None:
    """Make a reference payable. Repeating it changes nothing but the owner's account."""
    payee = Payee.objects.select_for_update().filter(id=payee_ref).first()
    if payee is None:
        Payee.objects.create(id=payee_ref, owner_user_id=owner_user_id, registered_at=at)
        details.make_key(payee_ref, at=at)
    elif owner_user_id is not None and payee.owner_user_id != owner_user_id:
        payee.owner_user_id = owner_user_id
        payee.save(update_fields=["owner_user_id"])


def _check_bank(bank: BankDetails | None) -> tuple[BankDetails | None, dict[str, list[str]]]:
    if bank is None:
        return None, {"sort_code": ["Enter a sort code"], "account_number": ["Enter an account number"]}
    sort_code, number = _DIGITS.sub("", bank.sort_code), _DIGITS.sub("", bank.account_number)
    problems: dict[str, list[str]] = {}
    if not bank.account_holder.strip():
        problems["account_holder"] = ["Enter the name on the account"]
    if not re.fullmatch(r"\d{6}", sort_code):
        problems["sort_code"] = ["Enter a sort code of 6 digits, like 12-34-56"]
    if not re.fullmatch(r"\d{7,8}", number):
        problems["account_number"] = ["Enter an account number of 8 digits"]
    clean = BankDetails(account_holder=bank.account_holder.strip(), sort_code=sort_code, account_number=number.zfill(8))
    return clean, problems


def names_agree(name: str, account_holder: str) -> bool:
    """Whether two spellings may be of one person: a word of three letters or more stands in both. A hint only."""
    words = [{w for w in re.findall(r"\w+", text.casefold()) if len(w) > 2} for text in (name, account_holder)]
    return not words[0].isdisjoint(words[1])


def _new_destination(payee: Payee, *destination: str, rest: timedelta, actor: Actor, at: datetime) -> bool:
    """Note a destination; True when it differs from the one before. Money rests before it follows a new one (C32)."""
    fingerprint = keyed_digest("destination", payee.route, *destination)
    if fingerprint == payee.fingerprint:
        return False
    payee.fingerprint = fingerprint
    payee.changed_at = at
    payee.called_back_at, payee.called_back_by = None, ""
    payee.held_until = None
    if payee.route in MOVES_MONEY:
        payee.version += 1
        payee.held_until = at + rest
    PayeeChange.objects.create(
        payee_ref=payee.id, at=at, actor_ref=actor.ref, what="destination", version=payee.version
    )
    publish(DESTINATION_CHANGED, payee.id, key=f"{payee.id}:{at.isoformat()}", at=at)
    return True


@transaction.atomic
def choose_route(
    *,
    payee_ref: UUID,
    owner: UUID,
    route: Route,
    legal_name: str,
    bank: BankDetails | None,
    rest: timedelta,
    actor: Actor,
    at: datetime,
) -> Standing:
    """Say how to be paid. `owner` is the person whom network resolved the reference from; only that person may.
    `rest` is how long money waits before it follows a new destination (policy "destination_hold_hours").

    Raises NotFound for anybody else, StepUpNeeded for a destination without a fresh proof, Invalid.
    """
    if not actor.is_person(owner):
        raise NotFound
    payee = _lock(payee_ref)
    if route in MOVES_MONEY and not actor.has_stepped_up(at):
        raise StepUpNeeded("Where money goes is changed only after a fresh check that it is you.")
    problems: dict[str, list[str]] = {}
    nameless = not legal_name.strip() and payee.legal_name_sealed is None  # left empty: the one we have stays
    if route not in (Route.DONATE, Route.DECLINE) and nameless:
        problems["legal_name"] = ["Enter the name that your bank or your records use. Only finance sees it"]
    clean: BankDetails | None = None
    if route is Route.BANK:
        clean, bank_problems = _check_bank(bank)
        problems |= bank_problems
    if problems:
        raise Invalid(problems)
    payee.route = route
    if legal_name.strip():
        details.write(payee, legal_name=legal_name.strip())
    destination: tuple[str, ...] = ()
    payee.names_agree = payee.numbers_fit = None
    if route is Route.BANK and clean is not None:
        details.write(
            payee,
            account_holder=clean.account_holder,
            sort_code=clean.sort_code,
            account_number=clean.account_number,
        )
        destination = (clean.account_holder, clean.sort_code, clean.account_number)
        payee.names_agree = names_agree(details.payment_name(payee), clean.account_holder)
        fit = check(clean.sort_code, clean.account_number)
        payee.numbers_fit = None if fit is Fit.CANNOT_TELL else fit is Fit.FITS
    elif route is Route.STRIPE:
        destination = (payee.stripe_account_index,)
    _new_destination(payee, *destination, rest=rest, actor=actor, at=at)
    payee.save()
    return as_standing(payee)


@transaction.atomic
def attach_stripe_account(*, payee_ref: UUID, account: str, rest: timedelta, actor: Actor, at: datetime) -> Standing:
    """Note the Stripe account made for this payee. Raises Conflict when another one is attached already."""
    payee = _lock(payee_ref)
    index = blind_index("stripe-account", account)
    if payee.stripe_account_index == index:
        return as_standing(payee)
    if payee.stripe_account_index:
        raise Conflict("This person has a Stripe account with us already.")
    details.write(payee, stripe_account=account)
    payee.stripe_account_index = index
    if payee.route == Route.STRIPE:
        first = payee.version <= 1
        _new_destination(payee, index, rest=rest, actor=actor, at=at)
        if first:
            payee.version = 1  # choosing Stripe and getting the account is one first destination, not a change
    payee.save()
    return as_standing(payee)


@transaction.atomic
def note_stripe_ready(*, payee_ref: UUID, ready: bool, at: datetime) -> None:
    """Keep what Stripe says about whether this payee can receive transfers."""
    changed = Payee.objects.filter(id=payee_ref).exclude(stripe_ready=ready).update(stripe_ready=ready)
    if changed and ready:
        publish(READY, payee_ref, key=f"{payee_ref}:{at.isoformat()}", at=at)


@transaction.atomic
def record_call_back(*, payee_ref: UUID, note: CallBackNote, number_days: int, actor: Actor, at: datetime) -> Standing:
    """Finance confirms a new destination with the person, on a number held for at least `number_days`
    (policy "call_back_number_days") or face to face (C32).

    Raises NotFound, StepUpNeeded, NotAllowed for one's own, Invalid for a number that is too new, Conflict when there
    is nothing to confirm.
    """
    if not actor.has(Role.FINANCE_PREPARER, Role.FINANCE_APPROVER):
        raise NotFound
    payee = _lock(payee_ref)
    if not actor.has_stepped_up(at):
        raise StepUpNeeded
    if actor.user_id is None or actor.user_id == payee.owner_user_id:
        raise NotAllowed("Somebody else confirms where your own money goes.")
    if not as_standing(payee).needs_call_back:
        raise Conflict("There is no new destination to confirm.")
    today = at.astimezone(LONDON).date()
    since = note.number_held_since
    if note.how is CallBack.KNOWN_NUMBER and (since is None or (today - since).days < number_days):
        raise Invalid({"number_held_since": [f"Use a number that we have held for at least {number_days} days"]})
    payee.called_back_at, payee.called_back_by = at, actor.ref
    payee.save(update_fields=["called_back_at", "called_back_by"])
    PayeeChange.objects.create(
        payee_ref=payee.id, at=at, actor_ref=actor.ref, what="call_back", version=payee.version, how=note.how
    )
    return as_standing(payee)


@transaction.atomic
def end_identities(payee_refs: Iterable[UUID], *, at: datetime) -> int:
    """The law asks for them no longer: their finance keys are destroyed, and what was sealed goes. What was paid stays in
    the books, for nobody in particular. Returns how many it was; repeating it does nothing."""
    ended = 0
    for payee in Payee.objects.filter(id__in=set(payee_refs)).exclude(registered_at__gt=at):
        ended += details.destroy_key(payee.id, at=at)
        Payee.objects.filter(id=payee.id).update(
            owner_user_id=None, stripe_account_index="", **{f"{column}_sealed": None for column in details.COLUMNS}
        )
    return ended
