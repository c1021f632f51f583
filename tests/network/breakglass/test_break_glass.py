"""Break-glass (threat model 5.7, bar I3), with a clock that moves: two people, or one and a siren; half an hour; judged
within 72 hours; seen by the person. Every way round it is tried."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from backend.audit.models import AccessEvent, AccessSeal
from backend.audit.queries import who_looked
from backend.kernel import clock
from backend.kernel.actor import Actor, Role
from backend.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, OwnWordsError, StepUpNeeded
from backend.outbox import worker
from network.breakglass import queries, usecases
from network.breakglass.models import BrokenGlass
from network.breakglass.states import GLASS, Emergency, FieldGroup, GlassMove, GlassState, Outcome
from network.consent import gate
from network.consent.models import Grant
from network.consent.usecases import withdraw
from network.notifications.models import Notice
from tests.conftest import AT
from tests.factories.people import a_user, account_of, actor_of, make_coordinator, make_person, requester_of

pytestmark = pytest.mark.django_db

WHY = "They did not come to the studio and their phone is off."
FOUND = "They were ill and a friend was with them. We rang once."


class Case:
    """One emergency. `now` moves by `after`."""

    def __init__(self) -> None:
        self.now = AT
        self.asker, self.second = make_coordinator(), make_coordinator()
        self.lead, self.admin = a_user(Role.SAFEGUARDING), a_user(Role.ADMIN)
        self.person = make_person(tag="wren")

    def fresh(self, actor: Actor) -> Actor:
        return replace(actor, stepped_up_at=self.now)

    def after(self, **time: float) -> Case:
        self.now += timedelta(**time)
        return self

    def ask(self, *, actor: Actor | None = None, group: FieldGroup = FieldGroup.CONTACT, seal: bool = False) -> UUID:
        with clock.frozen(self.now):
            return usecases.ask(
                person_id=self.person, category=Emergency.MISSING, group=group, reason=WHY, seal=seal,
                actor=self.fresh(actor or self.asker), at=self.now,
            )  # fmt: skip

    def does(self, what: Callable[..., object], glass: UUID, actor: Actor, **more: object) -> object:
        with clock.frozen(self.now):
            return what(glass_id=glass, actor=self.fresh(actor), at=self.now, **more)

    def look(self, glass: UUID, actor: Actor | None = None) -> dict[str, str]:
        with clock.frozen(self.now), gate.window():
            return dict(gate.break_glass(glass_id=glass, actor=actor or self.asker, at=self.now))

    def opened(self, **more: object) -> UUID:
        glass = self.ask()
        self.does(usecases.approve, glass, self.second, **more)
        return glass

    def seen(self, at: datetime | None = None) -> list[str]:
        looked = who_looked(actor=actor_of(self.person), at=at or self.now)
        return [s.context for s in looked if s.purpose == "emergency"]


@pytest.fixture
def case() -> Case:
    return Case()


def test_two_people_open_one_group_for_half_an_hour(case: Case) -> None:
    glass = case.ask()
    with pytest.raises(NotFound):
        case.look(glass)  # asking opens nothing
    case.does(usecases.approve, glass, case.second)
    shown = case.look(glass)
    assert set(shown) == {"email", "phone"}
    assert shown["phone"] == "07700 900123"
    case.after(minutes=29, seconds=59)
    assert case.look(glass)
    case.after(seconds=1)
    with pytest.raises(NotFound):
        case.look(glass)
    assert BrokenGlass.objects.get(id=glass).looks == 2
    assert AccessEvent.objects.filter(person_id=case.person, purpose="emergency").count() == 2


def test_it_does_not_matter_whether_anybody_comes_by_to_close_it(case: Case) -> None:
    """The mutant: a glass that only a job closes stays open when the job is late."""
    glass = case.opened()
    case.after(minutes=31)
    assert BrokenGlass.objects.get(id=glass).state == GlassState.OPEN  # no job ran
    with pytest.raises(NotFound):
        case.look(glass)
    BrokenGlass.objects.filter(id=glass).update(ends_at=case.now + timedelta(days=1))
    with pytest.raises(NotFound):
        case.look(glass)  # not even with an end that somebody moved
    BrokenGlass.objects.filter(id=glass).update(opened_at=case.now)
    assert case.look(glass)


def test_only_whoever_asked_may_look_and_only_at_that_group(case: Case) -> None:
    glass = case.opened()
    for other in (case.second, case.lead, case.admin, actor_of(case.person), Actor.system("x"), Actor.nobody()):
        with pytest.raises(NotFound):
            case.look(glass, other)
    assert "name_full" not in case.look(glass)
    with pytest.raises(RuntimeError):
        gate.break_glass(glass_id=glass, actor=case.asker, at=AT)  # only where the page is built


@pytest.mark.parametrize("group", list(FieldGroup))
def test_no_group_has_words_payment_or_another_group(case: Case, group: FieldGroup) -> None:
    glass = case.ask(group=group)
    case.does(usecases.approve, glass, case.second)
    shown = case.look(glass)
    assert len(shown) <= 3
    text = repr(shown)
    for never in ("Story", "Change", "Knows", "Limits", "sort_code", "account"):
        assert never not in text
    assert AccessEvent.objects.get(context=f"glass:{glass}").categories == [group.value]


def test_nobody_is_their_own_second_person(case: Case) -> None:
    glass = case.ask()
    same_screen = replace(case.second, session_ref=case.asker.session_ref)
    for actor in (case.asker, same_screen, case.admin, requester_of(UUID(int=1)), actor_of(case.person)):
        with pytest.raises(NotFound):
            case.does(usecases.approve, glass, actor)
    assert BrokenGlass.objects.get(id=glass).state == GlassState.ASKED


def test_the_database_itself_wants_two(case: Case) -> None:
    glass = case.ask()
    rows = BrokenGlass.objects.filter(id=glass)
    for values in (
        {"answered_by": case.asker.user_id},
        {"state": GlassState.OPEN, "opened_at": AT, "ends_at": AT + timedelta(minutes=30)},
        {"state": GlassState.OPEN, "answered_by": case.second.user_id},
        {"state": GlassState.REVIEWED, "alone": True, "opened_at": AT, "ends_at": AT + timedelta(minutes=30)},
        {"reviewed_by": case.asker.user_id},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**values)


@pytest.mark.parametrize("stale", [timedelta(minutes=5, seconds=1), None])
def test_each_step_needs_a_fresh_proof(case: Case, stale: timedelta | None) -> None:
    glass = case.ask()
    old = AT - stale if stale else None
    for what in (usecases.approve, usecases.open_alone):
        who = case.second if what is usecases.approve else case.asker
        with clock.frozen(AT), pytest.raises(StepUpNeeded):
            what(glass_id=glass, actor=replace(who, stepped_up_at=old), at=AT)
    with clock.frozen(AT), pytest.raises(StepUpNeeded):
        usecases.ask(
            person_id=case.person, category=Emergency.LIFE, group=FieldGroup.NAME, reason=WHY,
            actor=replace(case.asker, stepped_up_at=old), at=AT,
        )  # fmt: skip


@pytest.mark.parametrize("reason", ["", "x" * 19, "   " + "x" * 19 + "   "])
def test_a_reason_of_twenty_characters(case: Case, reason: str) -> None:
    with clock.frozen(AT), pytest.raises(Invalid):
        usecases.ask(
            person_id=case.person,
            category=Emergency.LIFE,
            group=FieldGroup.NAME,
            reason=reason,
            actor=case.asker,
            at=AT,
        )
    assert not BrokenGlass.objects.exists()


def test_alone_only_after_ten_minutes_and_with_the_siren(case: Case) -> None:
    glass = case.ask()
    case.after(minutes=9, seconds=59)
    with pytest.raises(Conflict):
        case.does(usecases.open_alone, glass, case.asker)
    case.after(seconds=1)
    with pytest.raises(NotFound):
        case.does(usecases.open_alone, glass, case.second)
    case.does(usecases.open_alone, glass, case.asker)
    assert case.look(glass)
    worker.run_due(most=100)
    told = set(Notice.objects.filter(topic="glass.alone").values_list("user_id", flat=True))
    assert {case.lead.user_id, case.admin.user_id} <= told
    assert not AccessSeal.objects.exists()


def test_an_emergency_of_an_hour_ago_is_asked_for_again(case: Case) -> None:
    glass = case.ask()
    case.after(minutes=60)
    for what, who in ((usecases.open_alone, case.asker), (usecases.approve, case.second)):
        with pytest.raises(Conflict):
            case.does(what, glass, who)
    usecases.chase(at=case.now)


def test_a_refusal_opens_nothing(case: Case) -> None:
    glass = case.ask()
    case.does(usecases.refuse, glass, case.second)
    case.after(minutes=11)
    with pytest.raises(Conflict):
        case.does(usecases.open_alone, glass, case.asker)
    with pytest.raises(NotFound):
        case.look(glass)


def test_every_move_from_every_state(case: Case) -> None:
    """What the table does not have is a conflict, and changes nothing."""
    does: dict[GlassMove, tuple[Callable[..., object], Actor, dict[str, object]]] = {
        GlassMove.APPROVE: (usecases.approve, case.second, {}),
        GlassMove.OPEN_ALONE: (usecases.open_alone, case.asker, {}),
        GlassMove.REFUSE: (usecases.refuse, case.second, {}),
        GlassMove.REVIEW: (usecases.review, case.lead, {"outcome": Outcome.RIGHT, "words": FOUND}),
    }
    tried = 0
    for state in GlassState:
        for move, (what, who, more) in does.items():
            if (state, move) in GLASS:
                continue
            glass = BrokenGlass.objects.create(
                person_id=case.person, category="life", group="name", reason=WHY, asked_by=account_of(case.asker),
                asked_by_lead=False, asked_session="s", asked_at=AT - timedelta(minutes=15), state=state,
                answered_by=case.second.user_id, opened_at=AT - timedelta(minutes=5),
                ends_at=AT + timedelta(minutes=25), outcome="right", reviewed_by=case.lead.user_id, reviewed_at=AT,
            )  # fmt: skip
            with pytest.raises(Conflict):
                case.does(what, glass.id, who, **more)
            assert BrokenGlass.objects.get(id=glass.id).state == state
            tried += 1
    assert tried == len(GlassState) * len(does) - 4


# --- afterwards -----------------------------------------------------------------------------------------------------


def test_somebody_else_judges_it_within_72_hours_and_is_chased_until_then(case: Case) -> None:
    glass = case.opened()
    with pytest.raises(Conflict):
        case.does(usecases.review, glass, case.lead, outcome=Outcome.RIGHT, words=FOUND)  # still open
    reminded = []
    for _ in range(5):
        case.after(days=1)
        with clock.frozen(case.now):
            assert usecases.chase(at=case.now) == 1
            assert usecases.chase(at=case.now) == 1  # twice is once
            worker.run_due(most=100)
            reminded.append(Notice.objects.filter(topic="glass.review_due", user_id=case.lead.user_id).count())
    assert reminded == [1, 2, 3, 4, 5]
    with clock.frozen(case.now):
        line = queries.glass_visible_to(glass_id=glass, actor=case.lead)
    assert line.unreviewed
    assert line.review_by is not None
    assert line.review_by < case.now  # late, and shown so
    for wrong in (case.asker, case.second, case.admin):
        with pytest.raises(NotFound):
            case.does(usecases.review, glass, wrong, outcome=Outcome.RIGHT, words=FOUND)
    with pytest.raises(Invalid):
        case.does(usecases.review, glass, case.lead, outcome=Outcome.RIGHT, words="short")
    case.does(usecases.review, glass, case.lead, outcome=Outcome.AVOIDABLE, words=FOUND)
    with clock.frozen(case.now):
        assert usecases.chase(at=case.now) == 0


def test_when_the_lead_asked_another_lead_or_the_administrator_judges(case: Case) -> None:
    glass = case.ask(actor=case.lead)
    case.does(usecases.approve, glass, case.second)
    case.after(minutes=31)
    with pytest.raises(NotFound):
        case.does(usecases.review, glass, case.lead, outcome=Outcome.RIGHT, words=FOUND)
    with clock.frozen(case.now):
        line = queries.glass_visible_to(glass_id=glass, actor=case.admin)
    assert (line.reason, line.review) == ("", "")  # an administrator reads nothing about the person
    case.does(usecases.review, glass, case.admin, outcome=Outcome.RIGHT, words=FOUND)


def test_the_person_sees_it_and_is_told(case: Case) -> None:
    glass = case.opened()
    case.look(glass)
    assert case.seen() == [f"glass:{glass}"]
    worker.run_due(most=100)
    assert Notice.objects.filter(topic="glass.opened", person_id=case.person).count() == 1


def test_it_needs_no_consent_and_the_ordinary_way_still_does(case: Case) -> None:
    withdraw(
        grant_id=Grant.objects.get(person_id=case.person, layer="coordination").id, actor=actor_of(case.person), at=AT
    )
    assert case.look(case.opened())


# --- sealing --------------------------------------------------------------------------------------------------------


def sealed(case: Case) -> UUID:
    """The lead asks for a seal with it, and a coordinator agrees."""
    glass = case.ask(actor=case.lead, seal=True)
    case.does(usecases.approve, glass, case.second, seal=True)
    case.look(glass, case.lead)
    return glass


def test_two_people_keep_it_back_for_thirty_days_and_then_it_shows(case: Case) -> None:
    glass = sealed(case)
    assert case.seen() == []
    worker.run_due(most=100)
    assert not Notice.objects.filter(person_id=case.person).exists()  # nor told
    assert case.seen(AT + timedelta(days=30) - timedelta(seconds=1)) == []
    assert case.seen(AT + timedelta(days=30)) == [f"glass:{glass}"]
    case.after(days=30)
    with clock.frozen(case.now):
        usecases.chase(at=case.now)
        worker.run_due(most=100)
    assert Notice.objects.filter(topic="glass.unsealed", person_id=case.person).count() == 1


def test_the_mutant_that_forgets_the_end(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    from backend.audit import queries as audit

    sealed(case)
    monkeypatch.setattr(audit, "sealed_contexts", lambda people, at: {f"glass:{BrokenGlass.objects.get().id}"})
    assert case.seen(AT + timedelta(days=300)) == []  # this is what the test above would notice


def test_once_more_and_never_again(case: Case) -> None:
    glass = sealed(case)
    case.after(days=29)
    case.does(usecases.ask_to_seal, glass, case.lead)
    with pytest.raises(NotAllowed):
        case.does(usecases.confirm_seal, glass, case.lead)
    case.does(usecases.confirm_seal, glass, case.admin)
    assert case.seen(AT + timedelta(days=60) - timedelta(seconds=1)) == []
    assert case.seen(AT + timedelta(days=60)) == [f"glass:{glass}"]
    with pytest.raises(Conflict):
        case.does(usecases.ask_to_seal, glass, case.lead)
    with pytest.raises(Conflict):
        case.does(usecases.confirm_seal, glass, case.admin)


def test_asking_hides_nothing_and_one_of_two_is_a_lead(case: Case) -> None:
    glass = case.opened()
    case.look(glass)
    case.does(usecases.ask_to_seal, glass, case.admin)
    assert case.seen() == [f"glass:{glass}"]
    with pytest.raises(NotAllowed):
        case.does(usecases.confirm_seal, glass, a_user(Role.ADMIN))
    for wrong in (case.asker, case.second, actor_of(case.person)):
        with pytest.raises(NotFound):
            case.does(usecases.confirm_seal, glass, wrong)
    case.does(usecases.confirm_seal, glass, case.lead)
    assert case.seen() == []


def test_two_coordinators_cannot_seal(case: Case) -> None:
    glass = case.ask(seal=True)
    with pytest.raises(NotAllowed):
        case.does(usecases.approve, glass, case.second, seal=True)
    assert BrokenGlass.objects.get(id=glass).state == GlassState.ASKED  # all or nothing
    case.does(usecases.approve, glass, case.second)
    assert case.look(glass)
    assert case.seen() == [f"glass:{glass}"]


def test_a_seal_covers_only_its_own_person_and_context(case: Case) -> None:
    sealed(case)
    again = case.ask()
    case.does(usecases.approve, again, case.second)
    case.look(again)
    assert case.seen() == [f"glass:{again}"]


def test_the_copy_of_everything_keeps_the_seal(case: Case) -> None:
    from backend.audit.queries import about

    sealed(case)
    assert not [s for s in about(case.person, at=AT) if s.purpose == "emergency"]
    assert [s for s in about(case.person, at=AT + timedelta(days=31)) if s.purpose == "emergency"]


def copied(case: Case, at: datetime) -> list[dict[str, object]]:
    """Emergencies in the person's own copy of everything."""
    from network.privacy.usecases import export_person

    made = export_person(person_id=case.person, actor=Actor.system("test"), at=at)
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        found: list[dict[str, object]] = json.loads(archive.read("data.json"))["records"].get("broken_glass", [])
    return found


def test_the_copy_of_everything_says_nothing_of_what_is_sealed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor of what somebody asked to keep back and nobody has answered; afterwards it says all."""
    glass = case.ask(actor=case.lead, seal=True)
    assert copied(case, AT) == []
    case.does(usecases.approve, glass, case.second, seal=True)
    case.look(glass, case.lead)
    assert copied(case, AT + timedelta(days=29)) == []
    assert [row["reason"] for row in copied(case, AT + timedelta(days=31))] == [WHY]
    monkeypatch.setattr(queries, "sealed_contexts", lambda people, at: frozenset())
    assert copied(case, AT + timedelta(days=29)), "the mutant is noticed"


def test_the_copy_of_everything_says_what_is_not_sealed(case: Case) -> None:
    case.opened()
    assert [row["group"] for row in copied(case, AT)] == ["contact"]


def test_it_is_the_databases_clock_that_counts(case: Case) -> None:
    """A machine whose clock is wrong neither opens a glass early nor keeps it open: `at` is not asked."""
    glass = case.ask()
    with clock.frozen(AT), pytest.raises(Conflict):
        usecases.open_alone(glass_id=glass, actor=case.asker, at=AT + timedelta(hours=1))
    case.does(usecases.approve, glass, case.second)
    case.after(minutes=40)
    with clock.frozen(case.now), gate.window(), pytest.raises(OwnWordsError):
        gate.break_glass(glass_id=glass, actor=case.asker, at=AT)
