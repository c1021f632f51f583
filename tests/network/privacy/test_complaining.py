"""Complaints: anybody may make one, one person reads it, and the words are readable nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.kernel.actor import Actor, Role
from backend.kernel.crypto import CannotOpen
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.outbox.models import Work
from network.notifications import handlers  # noqa: F401  (its subscription is what publishing reaches)
from network.privacy.models import Complaint
from network.privacy.states import ComplaintAbout
from network.privacy.usecases import answer_complaint, complaints_visible_to, make_complaint
from network.privacy.usecases.complaining import LONGEST, acknowledge_days
from tests.conftest import AT
from tests.factories.people import a_user, actor_of, make_person

pytestmark = pytest.mark.django_db
WORDS = "  They rang me at work, which I had asked them not to.\n"


def complain(**changes: Any) -> Any:
    sent: dict[str, Any] = {
        "about": ComplaintAbout.DATA, "words": WORDS, "contact": "safe@example.org", "actor": Actor.nobody(), "at": AT,
    }  # fmt: skip
    return make_complaint(**{**sent, **changes})


def test_anybody_may_complain_and_is_told_by_when_a_person_writes_back() -> None:
    made = complain()
    assert (made.acknowledge_by - AT.date()).days == acknowledge_days(AT.date()) == 30
    assert Complaint.objects.get(pk=made.complaint_id).reference == made.reference
    assert Work.objects.filter(topic="complaint.made", object_id=made.complaint_id).exists()


def test_the_words_are_sealed_and_read_by_the_safeguarding_lead_only() -> None:
    person = make_person()
    complain(actor=actor_of(person))
    stored = repr(list(Complaint.objects.values()))
    assert "rang me" not in stored
    assert "safe@example.org" not in stored
    assert str(person) not in stored, "who was signed in is not kept"
    for role in set(Role) - {Role.SAFEGUARDING, Role.SPOKESPERSON, Role.REQUESTER, Role.SUPPORTER}:
        assert complaints_visible_to(a_user(role)) == ()
    assert complaints_visible_to(actor_of(person)) == ()
    (line,) = complaints_visible_to(a_user(Role.SAFEGUARDING))
    assert (line.words, line.contact, line.answer) == (WORDS, "safe@example.org", "")


def test_sealed_words_do_not_open_in_another_row() -> None:
    complain(words="first")
    complain(words="second")
    one, two = Complaint.objects.order_by("received_at", "id")
    Complaint.objects.filter(pk=one.pk).update(words_sealed=two.words_sealed)
    with pytest.raises(CannotOpen):
        complaints_visible_to(a_user(Role.SAFEGUARDING))


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"words": " \n"}, "words"), ({"words": "x" * (LONGEST + 1)}, "words"), ({"contact": "ring me"}, "contact")],
)
def test_what_cannot_be_kept_is_refused(changes: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as error:
        complain(**changes)
    assert set(error.value.fields) == {field}
    assert not Complaint.objects.exists()


def test_no_contact_is_no_obstacle() -> None:
    complain(contact="")
    (line,) = complaints_visible_to(a_user(Role.SAFEGUARDING))
    assert line.contact == ""


def test_it_is_answered_once_by_the_lead() -> None:
    made, lead = complain(), a_user(Role.SAFEGUARDING)
    later = AT + timedelta(days=2)
    for stranger in (a_user(Role.COORDINATOR), a_user(Role.ADMIN), Actor.nobody(), Actor.system("x")):
        with pytest.raises(NotFound):
            answer_complaint(complaint_id=made.complaint_id, answer="Done.", actor=stranger, at=later)
    with pytest.raises(Invalid):
        answer_complaint(complaint_id=made.complaint_id, answer=" ", actor=lead, at=later)
    assert Complaint.objects.get().state == "open"
    answer_complaint(complaint_id=made.complaint_id, answer="We wrote and mended it.", actor=lead, at=later)
    (line,) = complaints_visible_to(lead)
    assert (line.state, line.answer, line.answered_at) == ("answered", "We wrote and mended it.", later)
    with pytest.raises(Conflict):
        answer_complaint(complaint_id=made.complaint_id, answer="Again.", actor=lead, at=later)
