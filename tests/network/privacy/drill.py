"""What the drill's processes do: each is a program of its own, as in a real night. `python -m tests.network.privacy.drill`.

It prints one line of JSON. Which database it works on, its environment says.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import django


def plant(people: str, seed: str) -> Any:
    """Made-up people with words everywhere, each found again by a marker of their own."""
    import random
    from uuid import uuid4

    from network.concerns import usecases as concerns
    from network.concerns.states import ConcernAbout, ConcernKind
    from network.consent import gate
    from network.consent.data import Category, Purpose, Recipient
    from network.people import usecases as living
    from network.people.models import Person
    from payments import public as payments
    from payments.money import Pence
    from tests.conftest import AT
    from tests.factories.people import (
        actor_of,
        give_for_request,
        make_person,
        make_standing_organisation,
        make_topic,
        requester_of,
    )

    draw = random.Random(int(seed))
    topic, organisation = make_topic(), make_standing_organisation()
    found = {}
    for number in range(int(people)):
        tag = f"canary{draw.getrandbits(64):016x}"
        person = make_person(tag=tag, topics=[topic])
        opportunity = uuid4()
        grant = give_for_request(person, organisation, opportunity).grant_id
        if number % 3 == 0:
            with gate.window():
                gate.disclose(
                    person_ids=[person], wanted=frozenset(Category), purpose=Purpose.OPPORTUNITY,
                    recipient=Recipient.organisation(organisation), opportunity=opportunity,
                    actor=requester_of(organisation), at=AT,
                )  # fmt: skip
        concerns.raise_concern(
            kind=ConcernKind.WORRY, about=ConcernAbout.OTHER, about_id=None, words=f"Worry {tag}",
            actor=actor_of(person), at=AT,
        )  # fmt: skip
        living.add_unavailable(
            person_id=person, starts_at=AT, ends_at=AT + timedelta(days=1), actor=actor_of(person), at=AT
        )
        row = Person.objects.get(id=person)
        payments.register_payee(payee_ref=row.payee_ref, owner_user_id=row.user_id, at=AT)
        payments.set_payment_choice(
            payee_ref=row.payee_ref, owner=person, route=payments.Route.BANK, legal_name=f"Legal {tag}",
            bank=payments.BankDetails(account_holder=f"Holder {tag}", sort_code="123456", account_number="12345678"),
            actor=actor_of(person), at=AT,
        )  # fmt: skip
        payments.fee_owed(
            key=f"fee:{person}", payee_ref=row.payee_ref, customer_ref=None, reference=f"BK-{number:07d}",
            amount=Pence(15_000 + number), pay_by=AT.date(), description_code="session", actor=actor_of(person), at=AT,
        )  # fmt: skip
        found[str(person)] = {"tag": tag, "grant": str(grant)}
    return found


def erase(person: str, step: str = "", when: str = "") -> Any:
    """Forget somebody. With a step: be killed by SIGKILL in its transaction ("inside") or just after it ("after")."""
    from backend.kernel.actor import Actor
    from network.privacy.states import Step
    from network.privacy.usecases import erase_person, erasing
    from tests.conftest import AT

    if step:
        real = erasing._HOW[Step(step)]

        def killed(*args: Any) -> None:
            real(*args)
            if when == "inside":
                os.kill(os.getpid(), signal.SIGKILL)

        erasing._HOW[Step(step)] = killed
        do = erasing._do

        def then_killed(erasure_id: UUID, now: Step, at: Any) -> None:
            do(erasure_id, now, at)
            if now == step and when == "after":
                os.kill(os.getpid(), signal.SIGKILL)

        setattr(erasing, "_do", then_killed)  # noqa: B010 - in this process only
    done = erase_person(person_id=UUID(person), actor=Actor.system("drill"), at=AT + timedelta(hours=1))
    return {"state": done.state, "steps": list(done.steps)}


def withdraw(person: str, grant: str) -> Any:
    """One consent taken back, and the worker that notes it."""
    from backend.outbox import worker
    from network.consent import usecases as consent
    from tests.conftest import AT
    from tests.factories.people import actor_of

    consent.withdraw(grant_id=UUID(grant), actor=actor_of(UUID(person)), at=AT + timedelta(hours=1))
    return worker.run_due()


def look() -> Any:
    """Who can be read, which consents stand, what the books say, and whether the chain holds."""
    from backend.kernel.actor import Actor
    from network.concerns.models import Concern
    from network.consent import usecases as consent
    from network.consent.models import Grant
    from network.people.models import Person
    from network.vault import store
    from network.vault.data import Field, Warrant, WarrantKind
    from payments import public as payments
    from payments.ledger.models import Entry
    from tests.conftest import AT

    system = Actor.system("drill")
    people = list(Person.objects.values_list("id", flat=True))
    warrant = Warrant.about(WarrantKind.EXPORT, system, "drill", people)
    opened = store.read(warrant, people, [Field.STORY])
    return {
        "readable": sorted(str(p) for p, details in opened.items() if Field.STORY in details),
        "worries": sorted(str(c.person_id) for c in Concern.objects.all() if c.words),
        "standing": sorted(str(g) for g in Grant.objects.filter(state="given").values_list("id", flat=True)),
        "faults": [f.code for f in consent.verify(actor=system, at=AT)] + [f.code for f in payments.verify()],
        "entries": Entry.objects.count(),
        "books": sorted(str(v) for v in payments_totals()),
    }


def payments_totals() -> list[tuple[str, int]]:
    from django.db.models import F, Sum

    from payments.ledger.models import Posting

    rows = Posting.objects.values_list("account__code").annotate(n=Sum(F("debit_pence") - F("credit_pence")))
    return list(rows)


def restore_without_replay(source: str) -> Any:
    """The mutant: somebody opens the application by hand."""
    from pathlib import Path

    from backend.closed import state
    from backend.config import backups

    folder = Path(source)
    backups.restore(data=backups.latest(folder, "default"), keys=backups.latest(folder / "keys", "keys"))
    state.open_again()
    return "open"


def main() -> None:
    name, *arguments = sys.argv[1:]
    known: dict[str, Callable[..., Any]] = {
        f.__name__: f for f in (plant, erase, withdraw, look, restore_without_replay)
    }
    print(json.dumps(known[name](*arguments)))


if __name__ == "__main__":
    django.setup()
    main()
