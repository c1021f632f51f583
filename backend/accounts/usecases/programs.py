"""API clients of requesters. The identity provider (allauth) keeps secret and tokens, hashed; we keep whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from allauth.idp.oidc.models import Client, Token
from django.contrib.auth.hashers import make_password
from django.db import transaction

from backend.accounts import rules
from backend.accounts.data import ProgramSecret, Scope
from backend.accounts.models import Program
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid, NotFound, StepUpNeeded
from backend.kernel.ids import new_id, new_secret

NO_SECRET = "!"  # matches nothing


def _check(actor: Actor, organisation_id: UUID, at: datetime) -> None:
    if not rules.may_manage_programs(actor, organisation_id):
        raise NotFound
    if rules.needs_step_up(actor, at):
        raise StepUpNeeded


def _program(program_id: UUID) -> Program:
    program = Program.objects.select_for_update().filter(id=program_id).first()
    if program is None:
        raise NotFound
    return program


@transaction.atomic
def create_program(
    *, organisation_id: UUID, name: str, scopes: Iterable[str], actor: Actor, at: datetime
) -> ProgramSecret:
    """A new API client for an organisation. The secret in the answer is never shown again.

    Raises NotFound, StepUpNeeded, or Invalid for a missing name or an unknown scope.
    """
    _check(actor, organisation_id, at)
    wanted = sorted(set(scopes))
    problems: dict[str, list[str]] = {}
    name = name.strip()
    if not name or len(name) > 80:
        problems["name"] = ["Give the program a name of at most 80 characters"]
    if not wanted:
        problems["scopes"] = ["Choose what the program may do"]
    elif not set(wanted) <= set(Scope):
        problems["scopes"] = ["Choose from the list"]
    if problems:
        raise Invalid(problems)
    secret = new_secret()
    client = Client(
        id=f"ow_{new_id().hex}",
        name=f"program {new_id().hex[:8]}",
        secret=make_password(secret),
        type=Client.Type.CONFIDENTIAL,
        response_types="",
        created_at=at,
    )
    client.set_scopes(wanted)
    client.default_scopes = client.scopes
    client.grant_types = Client.GrantType.CLIENT_CREDENTIALS
    client.save(force_insert=True)
    program = Program.objects.create(
        client_id=client.id, organisation_id=organisation_id, name=name, created_at=at, created_by=actor.ref
    )
    return ProgramSecret(program.id, client.id, secret)


@transaction.atomic
def rotate_program(*, program_id: UUID, actor: Actor, at: datetime) -> ProgramSecret:
    """A new secret; the old one and every token made with it stop working at once."""
    program = _program(program_id)
    _check(actor, program.organisation_id, at)
    if program.revoked_at is not None:
        raise Conflict("This program has been switched off. Make a new one instead.")
    secret = new_secret()
    Client.objects.filter(id=program.client_id).update(secret=make_password(secret))
    Token.objects.filter(client_id=program.client_id).delete()
    return ProgramSecret(program.id, program.client_id, secret)


def _switch_off(program: Program, at: datetime) -> None:
    Program.objects.filter(id=program.id, revoked_at__isnull=True).update(revoked_at=at)
    Client.objects.filter(id=program.client_id).update(secret=NO_SECRET, grant_types="", scopes="", default_scopes="")
    Token.objects.filter(client_id=program.client_id).delete()


@transaction.atomic
def revoke_program(*, program_id: UUID, actor: Actor, at: datetime) -> None:
    """Switch a program off for good; its tokens stop working at the next request. Stopping needs no step-up."""
    program = _program(program_id)
    if not rules.may_manage_programs(actor, program.organisation_id):
        raise NotFound
    _switch_off(program, at)


@transaction.atomic
def revoke_programs_of(*, organisation_id: UUID, actor: Actor, at: datetime) -> int:
    """An organisation lost its standing: switch all its programs off. Returns how many."""
    if not rules.may_manage_programs(actor, organisation_id):
        raise NotFound
    programs = list(Program.objects.filter(organisation_id=organisation_id, revoked_at__isnull=True))
    for program in programs:
        _switch_off(program, at)
    return len(programs)


def note_program_use(*, program_id: str, at: datetime) -> None:
    """For "last used" on the organisation's page. Called at most once a minute for each program."""
    Program.objects.filter(id=UUID(program_id)).update(last_used_at=at)
