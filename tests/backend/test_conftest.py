"""The tables that refuse change do so in tests as well; only the emptying between tests gets round it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from backend.audit.models import AccessEvent
from backend.audit.record import record_access
from backend.kernel.actor import Actor
from backend.kernel.ids import new_id


def _record(at: datetime, actor: Actor) -> None:
    with transaction.atomic():
        record_access(actor=actor, person_ids=[new_id()], categories=["name"], purpose="t", released=False, at=at)


@pytest.mark.django_db(transaction=True)
def test_flush_empties_append_only_tables_and_leaves_the_guards_standing(at: datetime, actor_system: Actor) -> None:
    _record(at, actor_system)
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    assert not AccessEvent.objects.exists()
    _record(at, actor_system)
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessEvent.objects.all()._raw_delete("default")
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessEvent.objects.update(purpose="other")
    assert AccessEvent.objects.get().purpose == "t"
