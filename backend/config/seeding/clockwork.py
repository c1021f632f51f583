"""Moving the clock through the story, and doing meanwhile what the worker would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.utils.module_loading import import_string

from backend.accounts import usecases as accounts
from backend.config.schedule import SCHEDULE
from backend.kernel import clock
from backend.kernel.actor import Actor, ActorKind, Role
from backend.outbox import worker

# The scheduled jobs that the story shows the results of.
BY_THE_CLOCK = frozenset({"check-ins", "booking-reminders", "cards-send", "holds-end", "consents-end"})


class Clockwork:
    """The story's present. `now` days before the real present at first; it only moves forwards."""

    def __init__(self, end: datetime) -> None:
        self.end = end
        # Calls to a provider are made only where a stand-in answers; elsewhere the work waits for a worker.
        self.queues = ("default", "mail", "money") if settings.STRIPE_API_BASE else ("default", "mail")

    def ago(self, days: float, hour: int | None = None) -> datetime:
        """A moment `days` before the end of the story; at that UK hour, if given."""
        moment = self.end - timedelta(days=days)
        if hour is None:
            return moment
        return moment.astimezone(clock.LONDON).replace(hour=hour, minute=0, second=0, microsecond=0)

    @contextmanager
    def at(self, days_ago: float, hour: int | None = None) -> Iterator[datetime]:
        """The clock stands at that moment; afterwards the worker has done what was due by then."""
        moment = self.ago(days_ago, hour)
        with clock.frozen(moment):
            yield moment
            self.work()

    def work(self) -> None:
        """Do what the clock asks for, then what is due, and what follows from it."""
        for job in SCHEDULE:
            if job.name in BY_THE_CLOCK:
                import_string(job.function)(at=clock.now())
        for _ in range(20):
            if not worker.run_due(queues=self.queues, most=500):
                return


def staff(email: str, known_as: str, *roles: Role, at: datetime) -> Callable[[datetime], Actor]:
    """An account with these roles; returns how it acts at a given time, freshly proved."""
    user_id = accounts.ensure_user(email=email, known_as=known_as, at=at)
    for role in roles:
        accounts.grant_role(user_id=user_id, role=role, scope_id=None, actor=Actor.system("seed"), at=at)
    return _acting(user_id, frozenset(roles))


def _acting(
    user_id: UUID, roles: frozenset[Role], *, person_id: UUID | None = None, organisation_id: UUID | None = None
) -> Callable[[datetime], Actor]:
    session = uuid4().hex

    def act(at: datetime) -> Actor:
        return Actor(
            kind=ActorKind.USER,
            user_id=user_id,
            roles=roles,
            person_id=person_id,
            organisation_id=organisation_id,
            session_ref=session,
            stepped_up_at=at,
        )

    return act


def as_person(user_id: UUID, person_id: UUID) -> Callable[[datetime], Actor]:
    return _acting(user_id, frozenset({Role.SPOKESPERSON}), person_id=person_id)


def as_member(user_id: UUID, organisation_id: UUID) -> Callable[[datetime], Actor]:
    return _acting(user_id, frozenset({Role.REQUESTER}), organisation_id=organisation_id)
