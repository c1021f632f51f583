"""Ways into the demo: a sign-in link for each role, an API client for a newsroom and for the sandbox."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backend.accounts import usecases
from backend.accounts.data import Scope
from backend.accounts.queries import first_with_role
from backend.kernel import clock
from backend.kernel.actor import Actor, ActorKind, Role
from network.organisations.data import OrganisationLine
from network.organisations.queries import organisations_visible_to
from network.organisations.states import OrganisationKind, OrganisationState


class Command(BaseCommand):
    help = "Make sign-in links and API clients for the demo's cast. Refused in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", required=True, help="the file to write (JSON, readable by its owner only)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODE == "production":
            raise CommandError("there are no sign-in links in production")
        with transaction.atomic():
            found = {"sign_in": self._links(), "api_client": self._clients()}
        descriptor = os.open(options["write"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)

    def _links(self) -> list[dict[str, str]]:
        at = clock.now()
        links = []
        for role in Role:
            user_id = first_with_role(role, at=at)
            if user_id is None:
                continue  # nobody in the demo has this role
            links.append({"role": role.value, "token": usecases.make_demo_link(user_id=user_id, at=at)})
        return links

    def _clients(self) -> list[dict[str, str]]:
        at = clock.now()
        everything = organisations_visible_to(Actor(kind=ActorKind.SYSTEM, roles=frozenset({Role.COORDINATOR})))
        live = [line for line in everything if line.state == OrganisationState.IN_STANDING]
        newsrooms = [line for line in live if not line.sandbox and line.kind == OrganisationKind.NEWSROOM]
        chosen: list[OrganisationLine] = [*newsrooms[:1], *[line for line in live if line.sandbox][:1]]
        clients = []
        for line in chosen:
            made = usecases.create_program(
                organisation_id=line.organisation_id,
                name="Demo program",
                scopes=list(Scope),
                actor=Actor.system("demo"),
                at=at,
            )
            # One word each, so that the printed line splits at spaces.
            name = line.name.replace(" ", "-")
            clients.append({"organisation": name, "client_id": made.client_id, "secret": made.secret})
        if len(clients) < 2:
            self.stderr.write("there is no newsroom in standing, or no sandbox")
        return clients
