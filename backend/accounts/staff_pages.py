"""The network admin's pages: who works here, and work that was given up. Neither shows anything about a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse

from backend.accounts import queries, usecases
from backend.accounts.forms import StaffForm
from backend.kernel.actor import Role
from backend.outbox import queries as outbox
from backend.outbox import usecases as work
from backend.web.pages import ActionPage, FormPage, ReadPage


class Staff(FormPage):
    roles = (Role.ADMIN,)
    form_class = StaffForm
    template_name = "accounts/staff.html"
    title = "Who works here"
    button = "Give this role"
    done = "Done. They can sign in with that address."

    def context(self) -> Mapping[str, object]:
        return {
            "accounts": queries.accounts_visible_to(self.actor, at=self.at),
            "dead": outbox.health().dead,
            "me": self.actor.user_id,
        }

    @transaction.atomic
    def act(self, data: dict[str, Any]) -> str:
        user_id = usecases.ensure_user(email=data["email"], known_as=data["known_as"], at=self.at)
        usecases.grant_role(user_id=user_id, role=Role(data["role"]), actor=self.actor, at=self.at)
        return reverse("staff-accounts")


class EndStaffRole(ActionPage):
    roles = (Role.ADMIN,)
    done = "The role has ended."

    def act(self, data: Mapping[str, Any]) -> str:
        usecases.end_role(user_id=self.kwargs["id"], role=Role(self.kwargs["role"]), actor=self.actor, at=self.at)
        return reverse("staff-accounts")

    def step_up_next(self) -> str:
        return reverse("staff-accounts")


class DeadLetters(ReadPage):
    roles = (Role.ADMIN,)
    template_name = "outbox/dead_letters.html"
    title = "Work that did not go through"

    def context(self) -> Mapping[str, object]:
        return {"letters": outbox.dead_letters_visible_to(self.actor), "health": outbox.health()}


class RetryDeadLetter(ActionPage):
    roles = (Role.ADMIN,)
    done = "It will be tried again now."

    def act(self, data: Mapping[str, Any]) -> str:
        work.retry(actor=self.actor, work_id=self.kwargs["id"], at=self.at)
        return reverse("dead-letters")


class DismissDeadLetter(ActionPage):
    roles = (Role.ADMIN,)
    done = "Put aside."

    def act(self, data: Mapping[str, Any]) -> str:
        work.dismiss(actor=self.actor, work_id=self.kwargs["id"], at=self.at)
        return reverse("dead-letters")
