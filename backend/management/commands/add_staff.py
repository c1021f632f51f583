"""`manage.py add_staff EMAIL ROLE`: the first admin of a new installation. Everybody else is appointed on a page."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.accounts import rules, usecases
from backend.kernel import clock
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, Invalid

STAFF = sorted(role.value for role in Role if role not in rules.OUTSIDE_ROLES)


class Command(BaseCommand):
    help = "Give somebody who works here a role. They sign in with a code that is mailed to that address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=STAFF)
        parser.add_argument("--known-as", default="", help="the name they go by at work")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        try:
            with transaction.atomic():
                user_id = usecases.ensure_user(email=options["email"], known_as=options["known_as"], at=at)
                actor = Actor.system("add_staff")
                usecases.grant_role(user_id=user_id, role=Role(options["role"]), actor=actor, at=at)
        except Invalid as problem:
            raise CommandError("; ".join(text for texts in problem.fields.values() for text in texts)) from problem
        except Conflict as problem:
            raise CommandError(problem.detail) from problem
        self.stdout.write(f"{options['role']}: done. They can sign in with that address.")
