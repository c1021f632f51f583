"""E2, E3 and E4: a ciphertext opens in one place only; keys are changed while everybody reads; no nonce comes twice."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import pytest
from django.db import connections, models, transaction

from backend.accounts import addresses
from backend.accounts import usecases as accounts
from backend.accounts.data import AddressUse
from backend.accounts.models import SignInCode, User
from backend.accounts.usecases import codes
from backend.kernel import crypto, sealed
from backend.kernel.actor import Actor
from backend.kernel.privacy import our_models
from backend.kernel.sealed import SealedTextField
from backend.keys import store as keys
from backend.keys.data import Gone, Purpose
from backend.keys.models import DataKey
from backend.once import store as once
from backend.once.models import Answered
from network.bookings.models import Booking, CarePlan, CheckIn
from network.breakglass.models import BrokenGlass
from network.concerns.models import Concern
from network.consent import ledger
from network.consent.models import ConsentEvent
from network.nevertell.models import NeverTellAsker, NeverTellEntry
from network.nevertell.queries import TABLE as NEVER_TELL
from network.opportunities.models import Question
from network.people.models import PhoneHelp
from network.privacy.models import Complaint
from network.privacy.states import ComplaintAbout
from network.privacy.usecases import complaining, make_complaint
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind
from network.vault.models import VaultItem
from payments.books.models import BankStatement, StatementLine
from payments.payees import details
from payments.payees.models import Payee
from payments.payouts.models import BankFile
from tests.conftest import AT
from tests.factories.booked import invitation, opportunity, organisation, person
from tests.factories.people import make_person
from tests.processes import ROOT, Engine, drop_database, scratch_database
from tests.settings_env import DEFAULTS

SYSTEM = Actor.system("test")
Opener = Callable[[], str]

# --- E2 -------------------------------------------------------------------------------------------------------------


def sealed_columns() -> set[str]:
    """From the models alone: every column that holds ciphertext. Wrapped keys are bound by their own test."""
    found = set()
    for model in our_models():
        for field in model._meta.concrete_fields:
            binary = isinstance(field, models.BinaryField) and field.name != "wrapped"
            if binary or isinstance(field, SealedTextField):
                found.add(f"{model._meta.db_table}.{field.column}")
    return found


def a_row(number: int) -> dict[str, tuple[Any, Opener]]:
    """One row for each sealed column, and how the product opens it. Words differ by `number`."""
    someone = person()
    asked = invitation(opportunity(organisation()), someone)
    booking = Booking.objects.create(
        reference=uuid4().hex[:16], opportunity=asked.opportunity, invitation_id=asked.id, person=someone,
        organisation=asked.opportunity.organisation, starts_at=AT, ends_at=AT.replace(hour=11), fee_pence=1,
        pay_by=date(2026, 12, 1), created_at=AT,
    )  # fmt: skip
    asked.terms_note = f"note {number}"
    asked.save()
    plan = CarePlan.objects.create(
        booking=booking, updated_at=AT, before=f"b {number}", on_the_day=f"o {number}", after=f"a {number}",
        if_no_answer=f"i {number}",
    )  # fmt: skip
    check_in = CheckIn.objects.create(booking=booking, kind="before", due_at=AT, answer=f"fine {number}")
    question = Question.objects.create(invitation=asked, text=f"live {number}?", answer=f"yes {number}", asked_at=AT)
    concern = Concern.objects.create(
        person=someone, kind="ask", about="other", words=f"why {number}", answer=f"so {number}", raised_at=AT
    )
    made = make_complaint(about=ComplaintAbout.SITE, words=f"slow {number}", contact="a@b.example", actor=SYSTEM, at=AT)
    complaint = Complaint.objects.get(id=made.complaint_id)
    complaint.answer_sealed = complaining._seal(f"sorry {number}", "answer_sealed", complaint.id)
    complaint.save()
    member = make_person()
    warrant = Warrant.about(WarrantKind.OWN, SYSTEM, "test", [member])
    item = VaultItem.objects.opened(warrant).get(field="story")
    event = ConsentEvent.objects.filter(person_ref=ledger.person_ref(member)).first()
    assert event is not None
    help_id = uuid4()
    before = store.seal_body(warrant, member, f"before {number}", table="network_phone_help", row=str(help_id), at=AT)
    helped = PhoneHelp.objects.create(
        id=help_id, person_id=member, at=AT, actor_ref="user:x", before=before.sealed, key_version=before.version
    )
    user_id = accounts.ensure_user(email=f"e2-{number}-{uuid4().hex[:6]}@example.org", at=AT)
    user = User.objects.get(id=user_id)
    code = SignInCode(purpose="sign_in", address_digest="x", code_hash="x", created_at=AT, expires_at=AT)
    code.code_sealed = crypto.seal(
        f"12345{number}", codes._key(), table=codes._TABLE, column=codes._COLUMN, row=str(code.id)
    )
    code.save()
    answered = Answered(key=uuid4().hex, request_digest="x", at=AT)
    answered.body_sealed = once._seal(answered, f"body {number}")
    answered.save()
    payee = Payee.objects.get(id=someone.payee_ref)
    details.write(payee, **{column: f"{column} {number}" for column in details.COLUMNS})
    payee.save()
    file_id = uuid4()
    file_key = keys.key_of(file_id, Purpose.BANK_FILE, at=AT).raw
    text = crypto.seal(f"csv {number}", file_key, table="payments_bank_file", column="content", row=str(file_id))
    file = BankFile.objects.create(
        id=file_id, reference=uuid4().hex[:20], made_at=AT, made_by="x", profile="p", count=1, total_pence=1,
        sha256="x", content_sealed=text,
    )  # fmt: skip

    glass = BrokenGlass.objects.create(
        person_id=someone.id, category="missing", group="contact", reason=f"why {number}", review=f"right {number}",
        asked_by=user_id, asked_by_lead=False, asked_session="x", asked_at=AT,
    )  # fmt: skip
    known = NeverTellAsker.objects.create(organisation_id=uuid4(), said=f"said {number}", changed_at=AT)
    entry_id = uuid4()
    kept = store.seal_body(warrant, member, f"who {number}", table=NEVER_TELL, row=str(entry_id), at=AT)
    entry = NeverTellEntry.objects.create(
        id=entry_id, person_id=member, kind="name", sealed=kept.sealed, key_version=kept.version, added_at=AT
    )
    statement = BankStatement.objects.create(
        profile="p",
        sha256=uuid4().hex,
        first_on=AT.date(),
        last_on=AT.date(),
        rows=1,
        fresh=1,
        imported_at=AT,
        imported_by="x",
    )
    line = StatementLine.objects.create(
        statement=statement, position=1, on=AT.date(), amount_pence=1, text=f"line {number}", print=uuid4().hex
    )

    def words(row: Any, column: str) -> tuple[Any, Opener]:
        return row, lambda: str(getattr(type(row)._default_manager.get(pk=row.pk), column))

    def complaint_column(column: str) -> tuple[Any, Opener]:
        return complaint, lambda: complaining._unseal(
            getattr(Complaint.objects.get(id=complaint.id), column), column, complaint.id
        )

    def payee_column(column: str) -> tuple[Any, Opener]:
        return payee, lambda: str(
            getattr(details._open(Payee.objects.get(id=payee.id), details._key(payee.id)), column)
        )

    def body(row: Any, table: str, value: Callable[[], bytes | memoryview], version: int) -> tuple[Any, Opener]:
        return row, lambda: store.open_bodies(
            warrant, [store.SealedBody(member, str(row.id), bytes(value()), version)], table=table
        )[str(row.id)]

    def file_text() -> str:
        held = bytes(BankFile.objects.get(id=file_id).content_sealed)
        return crypto.unseal(held, file_key, table="payments_bank_file", column="content", row=str(file_id))

    return {
        **{f"network_care_plan.{c}": words(plan, c) for c in ("before", "on_the_day", "after", "if_no_answer")},
        "network_check_in.answer": words(check_in, "answer"),
        "network_question.text": words(question, "text"),
        "network_question.answer": words(question, "answer"),
        "network_invitation.terms_note": words(asked, "terms_note"),
        "network_concern.words": words(concern, "words"),
        "network_concern.answer": words(concern, "answer"),
        **{f"network_complaint.{c}": complaint_column(c) for c in ("words_sealed", "contact_sealed", "answer_sealed")},
        "network_vault_item.sealed": (
            item,
            lambda: store.read(warrant, [member], [Field.STORY])[member][Field.STORY],
        ),
        "network_consent_event.body": body(
            event, ledger.TABLE, lambda: ConsentEvent.objects.get(id=event.id).body, event.key_version
        ),
        "network_phone_help.before": body(
            helped, "network_phone_help", lambda: PhoneHelp.objects.get(id=help_id).before, before.version
        ),
        "network_broken_glass.reason": words(glass, "reason"),
        "network_broken_glass.review": words(glass, "review"),
        "network_never_tell_asker.said": words(known, "said"),
        "network_never_tell_entry.sealed": body(
            entry, NEVER_TELL, lambda: NeverTellEntry.objects.get(id=entry_id).sealed, kept.version
        ),
        "payments_statement_line.text": words(line, "text"),
        "backend_user.email_sealed": (user, lambda: str(addresses.address_of(user_id, AddressUse.SIGN_IN_CODE))),
        "backend_sign_in_code.code_sealed": (
            code,
            lambda: crypto.unseal(
                SignInCode.objects.get(id=code.id).code_sealed, codes._key(), table=codes._TABLE,
                column=codes._COLUMN, row=str(code.id),
            ),
        ),
        "backend_answered.body_sealed": (answered, lambda: once._unseal(Answered.objects.get(id=answered.id))),
        **{f"payments_payee.{c}_sealed": payee_column(c) for c in details.COLUMNS},
        "payments_bank_file.content_sealed": (file, file_text),
    }  # fmt: skip


def raw_value(row: Any, column: str) -> bytes:
    with connections["default"].cursor() as cursor:
        key = row.pk if connections["default"].vendor == "postgresql" else row.pk.hex
        cursor.execute(f'SELECT "{column}" FROM {row._meta.db_table} WHERE id = %s', [key])  # noqa: S608
        return bytes(cursor.fetchone()[0])


def _guards(table: str, on: bool, kept: list[tuple[str, str]]) -> None:
    """Whoever moves ciphertexts about has the database: append-only triggers do not stop them."""
    with connections["default"].cursor() as cursor:
        if connections["default"].vendor == "postgresql":
            cursor.execute(f"SET LOCAL session_replication_role = {'DEFAULT' if on else 'replica'}")
        elif on:
            for _, sql in kept:
                cursor.execute(sql)
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
            kept[:] = cursor.fetchall()
            for name, _ in kept:
                cursor.execute(f'DROP TRIGGER "{name}"')


def put(row: Any, column: str, value: bytes) -> None:
    kept: list[tuple[str, str]] = []
    table = row._meta.db_table
    _guards(table, False, kept)
    with connections["default"].cursor() as cursor:
        key = row.pk if connections["default"].vendor == "postgresql" else row.pk.hex
        cursor.execute(f'UPDATE {table} SET "{column}" = %s WHERE id = %s', [value, key])  # noqa: S608
    _guards(table, True, kept)


def moves(one: dict[str, Any], two: dict[str, Any]) -> Iterator[tuple[str, Any, str, bytes, Opener]]:
    """Each value into the same column of the other row, and into another column: of its row, or of any other table."""
    places = sorted(one)
    for name, other in zip(places, places[1:] + places[:1], strict=True):
        row, opener = one[name]
        column = name.split(".")[1]
        yield f"{name} from another row", row, column, raw_value(two[name][0], column), opener
        yield f"{name} from {other}", row, column, raw_value(one[other][0], other.split(".")[1]), opener


def opens(row: Any, column: str, value: bytes, opener: Opener) -> bool:
    was = raw_value(row, column)
    put(row, column, value)
    try:
        opener()
    except crypto.CannotOpen:
        return False
    finally:
        put(row, column, was)
    return True


@pytest.mark.django_db
def test_every_sealed_column_is_looked_at() -> None:
    assert set(a_row(1)) == sealed_columns()


@pytest.mark.django_db
def test_no_ciphertext_opens_anywhere_else() -> None:
    one, two = a_row(1), a_row(2)
    assert [name for name, (_, opener) in one.items() if not opener()] == [], "each opens where it belongs"
    tried = list(moves(one, two))
    assert len(tried) == 2 * len(sealed_columns())
    assert [name for name, *move in tried if opens(*move)] == []
    assert [name for name, (_, opener) in one.items() if not opener()] == []


@pytest.mark.django_db
def test_without_its_place_a_ciphertext_would_open_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: no associated data. Then values under one key can be moved about, and this finds them."""
    monkeypatch.setattr(crypto, "_aad", lambda *_: b"")
    one, two = a_row(1), a_row(2)
    moved = [name for name, *move in moves(one, two) if opens(*move)]
    assert "network_care_plan.before from network_care_plan.if_no_answer" in moved
    assert "network_complaint.words_sealed from another row" in moved


@pytest.mark.django_db
def test_a_wrapped_key_opens_for_its_owner_and_purpose_only() -> None:
    one, two = uuid4(), uuid4()
    for owner in (one, two):
        keys.key_of(owner, Purpose.DETAILS, at=AT)
    rows = {row.owner_id: row for row in DataKey.objects.using("keys").filter(owner_id__in=(one, two))}
    DataKey.objects.using("keys").filter(owner_id=one).update(wrapped=rows[two].wrapped)
    with pytest.raises(crypto.CannotOpen):
        keys.keys_of([one], Purpose.DETAILS)


@pytest.mark.django_db
def test_words_go_with_the_key_of_whom_they_are_about() -> None:
    made = a_row(1)
    about_somebody = [name for name in made if name.split(".")[0] in {
        f.model._meta.db_table for m in our_models() for f in sealed.columns(m) if f.about
    }]  # fmt: skip
    assert len(about_somebody) == 12
    concern, _ = made["network_concern.words"]
    keys.destroy(concern.person_id, Purpose.DETAILS, at=AT)
    assert [name for name in about_somebody if made[name][1]()] == []
    with pytest.raises(Gone):
        Concern.objects.create(person_id=concern.person_id, kind="ask", about="other", words="again", raised_at=AT)


@pytest.mark.django_db
def test_many_rows_are_opened_with_one_look_at_the_keys(django_assert_num_queries: Any) -> None:
    for number in range(5):
        Concern.objects.create(person=person(), kind="ask", about="other", words=f"w{number}", raised_at=AT)
    with django_assert_num_queries(1, connection=connections["keys"]):
        assert {row.words for row in sealed.open_rows(Concern.objects.all())} == {f"w{n}" for n in range(5)}
    with django_assert_num_queries(5, connection=connections["keys"]):  # the mutant: row by row
        assert len({row.words for row in Concern.objects.all()}) == 5


@pytest.mark.django_db
def test_words_are_never_written_without_their_row() -> None:
    row = Concern.objects.create(person=person(), kind="ask", about="other", words="mine", raised_at=AT)
    with pytest.raises(TypeError), transaction.atomic():
        Concern.objects.filter(id=row.id).update(words="moved")
    again = Concern.objects.get(id=row.id)
    again.state = "open"
    again.save()  # words that nobody looked at stay as they are
    assert Concern.objects.get(id=row.id).words == "mine"


# --- E3 -------------------------------------------------------------------------------------------------------------

_READER = """
import django, json, sys, time; django.setup()
from backend.accounts import addresses
from backend.accounts.data import AddressUse
from backend.kernel import crypto
from network.concerns.models import Concern
from network.people.models import Person
from network.vault import store
from network.vault.data import Field, Warrant, WarrantKind
from backend.kernel.actor import Actor
from payments.payees import details
from payments.payees.models import Payee
people = dict(Person.objects.values_list("id", "user_id"))
warrant = Warrant.about(WarrantKind.OWN, Actor.system("reader"), "test", people)
failed, reads = [], 0
def once():
    global reads
    try:
        found = store.read(warrant, people, [Field.STORY, Field.EMAIL])
        assert all(len(v) == 2 for v in found.values())
        assert all(row.words for row in Concern.objects.all())
        assert all(addresses.address_of(u, AddressUse.SIGN_IN_CODE) for u in people.values())
        assert all(details._open(p, details._key(p.id)).legal_name for p in Payee.objects.all())
        search = Warrant(kind=WarrantKind.SEARCH, actor=Actor.system("reader"), purpose="test")
        assert all(store.find_by_index(search, Field.EMAIL, v[Field.EMAIL]) == {p} for p, v in found.items())
        reads += 1
    except Exception as error:
        failed.append(repr(error))
end = time.monotonic() + float(sys.argv[1])
while True:
    once()
    if time.monotonic() > end: break
print(json.dumps({"failed": failed, "reads": reads}))
"""


def _ring(*names: str) -> str:
    return ",".join(f"{n}:{base64.b64encode(n.encode().ljust(32, b'.')).decode()}" for n in names)


@pytest.mark.processes
@pytest.mark.parametrize("engine", get_args(Engine))
def test_keys_are_changed_while_everybody_reads_and_the_old_one_opens_nothing(engine: Engine, tmp_path: Path) -> None:
    url = scratch_database(tmp_path, engine)

    def env(ring: str) -> dict[str, str]:
        base = {**os.environ, **DEFAULTS, "PYTHONPATH": str(ROOT), "REDIS_URL": ""}
        return {**base, "DATABASE_URL": url, "VAULT_KEYS": ring, "REPLAY_LIST": str(tmp_path / "replay")}

    def run(ring: str, *argv: str, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, *argv], cwd=ROOT, env=env(ring), capture_output=True, text=True, check=False
        )
        assert bool(done.returncode) == fails, done.stderr[-2000:]
        return done.stdout

    try:
        run(_ring("old"), "-m", "tests.network.privacy.drill", "plant", "4", "7")
        both = _ring("new", "old")  # every process gets the new key before anything is wrapped under it
        readers = [
            subprocess.Popen(
                [sys.executable, "-c", _READER, "6"], cwd=ROOT, env=env(both), stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        said = run(both, "manage.py", "rotate_vault_keys")
        assert "Older keys are not needed." in said
        assert "0 data keys" not in said
        for reader in readers:
            out, _ = reader.communicate(timeout=120)
            told = json.loads(out)
            assert told["failed"] == []
            assert told["reads"] >= 1
        # With the old key taken out everything opens, look-up hashes included; with the old key alone nothing does.
        alone = json.loads(run(_ring("new"), "-c", _READER, "0"))
        assert (alone["failed"], alone["reads"]) == ([], 1)
        useless = json.loads(run(_ring("old"), "-c", _READER, "0"))
        assert useless["reads"] == 0
        assert "CannotOpen" in useless["failed"][0]
    finally:
        if engine == "postgresql":
            drop_database(url)


# --- E4 -------------------------------------------------------------------------------------------------------------


def _repeats(times: int, draw: Callable[[int], bytes] | None = None, monkeypatch: Any = None) -> int:
    if draw is not None:
        monkeypatch.setattr(os, "urandom", draw)
    key, seen = crypto.new_key(), set()
    for number in range(times):
        value = crypto.seal("x", key, table="t", column="c", row=str(number))
        seen.add(value[1 : 1 + crypto.NONCE_BYTES])
    return times - len(seen)


def test_no_nonce_comes_twice() -> None:
    assert _repeats(50_000) == 0


@pytest.mark.slow
def test_no_nonce_comes_twice_in_a_million() -> None:
    assert _repeats(1_000_000) == 0


def test_a_short_nonce_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: two bytes of randomness. Repeats are certain, and counted."""
    real = secrets.token_bytes
    assert _repeats(70_000, lambda n: real(2) + b"\0" * (n - 2), monkeypatch) > 0


def test_threads_do_not_share_nonces() -> None:
    key, seen, lock = crypto.new_key(), [], threading.Lock()

    def work() -> None:
        mine = [crypto.seal("x", key, table="t", column="c", row="r")[1:13] for _ in range(2000)]
        with lock:
            seen.extend(mine)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(set(seen)) == len(seen) == 8000
