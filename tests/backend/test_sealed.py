"""Words that the database holds only sealed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import FieldError
from django.db import connection

from backend.kernel.crypto import CannotOpen
from network.concerns.models import Concern
from tests.conftest import AT
from tests.factories.people import make_person

pytestmark = pytest.mark.django_db


def _row(words: str) -> Concern:
    return Concern.objects.create(
        id=uuid4(), person_id=make_person(), kind="worry", about="other", words=words, raised_at=AT
    )


def _stored() -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM network_concern ORDER BY raised_at")
        return [bytes(row[0]) for row in cursor.fetchall()]


def test_words_come_back_as_written_and_lie_sealed() -> None:
    row = _row("Zoë’s words\n")
    assert Concern.objects.get(id=row.id).words == "Zoë’s words\n"
    assert repr(Concern.objects.values_list("words", flat=True).get()) == "Closed()", "opened with its row only"
    assert b"words" not in _stored()[0]
    Concern.objects.filter(id=row.id).update(words="")
    assert (_stored(), Concern.objects.get(id=row.id).words) == ([b""], "")


def test_the_same_words_never_look_the_same_and_cannot_be_searched() -> None:
    _row("the same")
    _row("the same")
    assert len(set(_stored())) == 2
    with pytest.raises(FieldError):
        Concern.objects.filter(words="the same").exists()
    with pytest.raises(FieldError):
        Concern.objects.filter(words__contains="same").exists()


def test_a_value_does_not_open_in_another_column() -> None:
    row = _row("elsewhere")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE network_concern SET answer = words")
    with pytest.raises(CannotOpen):
        _ = Concern.objects.get(id=row.id).answer
