"""Each searcher of the canary run finds what was put before it: one program made wrong for each kind of sink."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterable
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid1, uuid4

import pytest

from tests.canary import doors, inventory, metadata, mutants, sinks, verdict
from tests.canary.markers import Book, Mark
from tests.canary.sinks import Sighting
from tests.canary.site import ORIGIN, Answer, Deployment
from tests.canary.taps import Monitor, Tap
from tests.ports import free_port
from tests.processes import Process, wait_for

BOOK = Book()
NAME, STORY, ADDRESS = (BOOK.fresh(field) for field in ("name_full", "story", "email"))
for _text, _field in ((NAME, "name_full"), (STORY, "story"), (ADDRESS, "email")):
    assert BOOK.note(_text, Mark("person:1", _field))


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    for part in ("mail", "logs", "witness", "tmp"):
        (tmp_path / part).mkdir()
    site: Any = SimpleNamespace(
        folder=tmp_path,
        engine="sqlite",
        redis=False,
        env={},
        processes={},
        stripe_book=tmp_path / "stripe-book.sqlite3",
    )
    return Deployment(site, BOOK, {"walkers": []})


def answer(
    body: bytes | str = b"", kind: str = "text/html", *, path: str = "/me/", role: str = "requester", **headers: str
) -> Answer:
    sent = {"content-type": kind, **{n.replace("_", "-"): v for n, v in headers.items()}}
    body = body.encode() if isinstance(body, str) else body
    return Answer("somebody", role, "me/", "GET", path, 200, sent, body)


def found(sightings: Iterable[Sighting]) -> set[tuple[str, str]]:
    return {(seen.sink, seen.mark.field) for seen in sightings}


@pytest.mark.parametrize(
    ("got", "sink"),
    [
        pytest.param(answer(f"<p>{NAME}</p>"), "page", id="a page"),
        pytest.param(answer(f"<title>{NAME}</title>"), "title", id="a page's title"),
        pytest.param(answer(json.dumps({"name": NAME}), "application/json"), "api", id="an answer of the API"),
        pytest.param(answer(f"a;{NAME}\n", "text/csv"), "file", id="a table"),
        pytest.param(answer(gzip.compress(NAME.encode()), "application/octet-stream"), "file", id="a packed body"),
        pytest.param(answer(f"BEGIN:VEVENT\r\nSUMMARY:{NAME[:5]}\r\n {NAME[5:]}\r\n", "text/calendar"), "file", id="a calendar"),
        pytest.param(answer(content_disposition=f'attachment; filename="{NAME}.pdf"'), "header", id="a file's name"),
        pytest.param(answer(set_cookie=f"last={quote(NAME)}; Secure"), "header", id="a cookie"),
        pytest.param(answer(location=f"{ORIGIN}/people/{NAME}/"), "header", id="where a redirect leads"),
        pytest.param(answer(path=f"/me/?q={quote(NAME)}"), "address", id="an address"),
    ],
)  # fmt: skip
def test_in_an_answer(got: Answer, sink: str) -> None:
    assert (sink, "name_full") in found(sinks.in_answer(got, BOOK))


def _mail(subject: str = "You have a message", **more: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["To"], mail["From"] = subject, ADDRESS, "Messages <messages@site.example>"
    mail["Message-ID"] = "<abc@site.example>"
    for name, value in more.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Hello,\n\nYou have a message. Sign in to read it:\n\nhttps://site.example/m/aaaaaaaaaaaaaaaaaaaaaa/\n\n"
                     "If you were not expecting this, you can ignore it. Replies to this address are not read.\n")  # fmt: skip
    return mail


def _attached() -> EmailMessage:
    mail = _mail()
    mail.add_attachment(gzip.compress(STORY.encode()), maintype="application", subtype="gzip", filename="a.gz")
    return mail


def _named() -> EmailMessage:
    mail = _mail()
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename=f"{NAME} \u00e9.pdf")
    return mail


@pytest.mark.parametrize(
    ("mail", "sink", "field"),
    [
        pytest.param(_mail(f"{NAME} \u00e9 was asked"), "mail-header", "name_full", id="in the subject"),
        pytest.param(_mail(X_Who=NAME), "mail-header", "name_full", id="in a header of its own"),
        pytest.param(_mail(List_Unsubscribe=f"<https://site.example/{NAME}>"), "mail-header", "name_full", id="in a list header"),
        pytest.param(_attached(), "mail-body", "story", id="in something attached"),
        pytest.param(_named(), "mail-body", "name_full", id="in the name of something attached"),
    ],
)  # fmt: skip
def test_in_a_mail(deployment: Deployment, mail: EmailMessage, sink: str, field: str) -> None:
    (deployment.folder / "mail" / "1.log").write_bytes(bytes(mail) + b"\n" + b"-" * 79 + b"\n")
    seen = found(sinks.in_mails(deployment.folder / "mail", BOOK))
    assert (sink, field) in seen
    assert ("mail-to", "email") in seen, "and it is seen to whom it goes, which is allowed"


def _wal(folder: Path) -> sqlite3.Connection:
    line = sqlite3.connect(folder / "db.sqlite3", isolation_level=None)
    line.executescript("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE work (id, key)")
    return line


def test_in_what_waits_beside_the_database(deployment: Deployment) -> None:
    """A name in an idempotency key, written and not yet in the main file."""
    line = _wal(deployment.folder)
    line.execute("INSERT INTO work VALUES (1, ?)", [f"fee:{NAME}"])
    assert NAME.lower().encode() not in (deployment.folder / "db.sqlite3").read_bytes().lower()
    assert found(sinks.in_database(deployment, BOOK)) == {("database", "name_full")}
    line.close()


def test_in_what_was_deleted_and_is_still_in_the_file(deployment: Deployment) -> None:
    line = _wal(deployment.folder)
    line.execute("PRAGMA secure_delete=OFF")  # the product has it on
    line.execute("INSERT INTO work VALUES (1, ?)", [STORY])
    line.execute("DELETE FROM work")
    line.close()
    assert found(sinks.in_database(deployment, BOOK)) == {("database", "story")}


def test_in_a_value_that_lies_in_pieces(deployment: Deployment) -> None:
    """A long value is broken over pages wherever it falls: every place of the word is tried."""
    line = _wal(deployment.folder)
    for shift in range(20):
        line.execute("INSERT INTO work VALUES (1, ?)", ["x" * (4090 - 40 + shift * 3) + STORY + "x" * 9000])
    line.close()
    assert found(sinks.in_database(deployment, BOOK)) == {("database", "story")}


@pytest.mark.parametrize("name", ["data.sqlite3", "data.sql.gz", "data.zip"])
def test_in_a_backup(tmp_path: Path, name: str) -> None:
    if name == "data.sqlite3":
        line = _wal(tmp_path)
        line.execute("INSERT INTO work VALUES (1, ?)", [STORY])
        line.execute("VACUUM INTO ?", [str(tmp_path / "copy")])
        line.close()
        data = (tmp_path / "copy").read_bytes()
    else:
        data = gzip.compress(STORY.encode()) if name.endswith("gz") else _archived(STORY)
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / name).write_bytes(data)
    assert found(sinks.in_backups(tmp_path / "backups", BOOK)) == {("backup", "story")}


def _archived(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", text)
    return file.getvalue()


def test_in_a_dump() -> None:
    dump = b"COPY network_note (id, body) FROM stdin;\n1\t\\\\x" + STORY.encode().hex().encode() + b"\n"
    assert found(sinks.in_text(dump, BOOK, "database", "dump")) == {("database", "story")}


_STRIPE = "witness/stripe-line.log"


@pytest.mark.parametrize(
    ("path", "data", "sink"),
    [
        pytest.param("logs/web.log", f'{{"event": "shown", "name": "{NAME}"}}', "log", id="one field is logged"),
        pytest.param("logs/worker.log", f"ValueError: {NAME!r}", "log", id="an error's message in a log"),
        pytest.param(_STRIPE, f"POST /v1 HTTP/1.1\r\nIdempotency-Key: fee:{NAME}\r\n\r\n", "stripe", id="an idempotency key"),
        pytest.param(_STRIPE, f"metadata[who]={quote(NAME)}&amount=1", "stripe", id="a name in metadata"),
        pytest.param(_STRIPE, f"statement_descriptor={NAME.upper()}", "stripe", id="a name on a statement"),
        pytest.param("witness/parliament-line.log", f"GET /?for={NAME} HTTP/1.1", "parliament", id="asked of Parliament"),
        pytest.param("tmp/tmpab12", STORY, "left", id="a temporary file"),
        pytest.param("backup.sqlite3.gz", gzip.compress(STORY.encode()), "left", id="a backup"),
        pytest.param(f"tmp/{NAME}.csv", "", "left", id="the name of a file"),
    ],
)  # fmt: skip
def test_in_files(deployment: Deployment, path: str, data: str | bytes, sink: str) -> None:
    (deployment.folder / path).write_bytes(data.encode() if isinstance(data, str) else data)
    seen = (
        *sinks.in_logs(deployment, BOOK), *sinks.in_witnesses(deployment, BOOK), *sinks.in_left_files(deployment, BOOK),
    )  # fmt: skip
    assert {seen_in for seen_in, _ in found(seen)} == {sink}


def test_in_the_book_of_the_provider(deployment: Deployment) -> None:
    from payments.gateways.standin.book import Book as Ledger

    ledger = Ledger(str(deployment.site.stripe_book))
    with ledger.work():
        ledger.put("transfer", {"id": "tr_1", "metadata": {"who": NAME}})
        ledger.keep_answer("k", "r", 200, {"description": STORY})
    assert found(sinks.in_stripe(deployment, BOOK)) == {("stripe", "name_full"), ("stripe", "story")}
    ledger.close()


def test_in_a_cache(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache import caches

    kind: Any = type(caches)
    monkeypatch.setattr(kind, "create_connection", kind.create_connection)  # put back afterwards
    mutants._witness_of_caches(str(deployment.witness))
    cache = caches.create_connection("default")
    cache.set("page:7", {"story": STORY, "when": object})
    cache.get_or_set(f"by-name:{NAME}", 1)
    assert found(sinks.in_witnesses(deployment, BOOK)) == {("cache", "story"), ("cache", "name_full")}


def test_on_a_line(tmp_path: Path) -> None:
    """The tap keeps what goes by in both directions and passes it on unchanged."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        tap = Tap(server.getsockname()[1], tmp_path / "line.log")
        near = socket.create_connection(("127.0.0.1", tap.port))
        near.sendall(b"X-Who: " + NAME.encode())
        far, _ = server.accept()
        assert far.recv(100) == b"X-Who: " + NAME.encode()
        far.sendall(STORY.encode())
        assert near.recv(100) == STORY.encode()
        near.close()
        far.close()
        tap.stop()
    assert wait_for(
        lambda: {m.field for m in BOOK.find((tmp_path / "line.log").read_bytes()).values()} == {"name_full", "story"}
    )


@pytest.mark.processes
def test_in_redis(deployment: Deployment) -> None:
    """A story in a task's arguments, also when a worker took it at once; every kind of value, compressed or not."""
    import redis
    from kombu import Connection

    port = free_port()
    argv = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = Process("redis", argv, dict(os.environ), deployment.folder / "logs" / "redis.log")
    server.start(wait=False)
    try:
        client = redis.Redis(port=port)

        def lives() -> bool:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

        assert wait_for(lives)
        monitor = Monitor(port, deployment.witness / "redis-monitor.log")
        with Connection(f"redis://127.0.0.1:{port}/0") as line:
            queue = line.SimpleQueue("mail")
            queue.put({"args": [STORY]}, serializer="json")
            queue.get(timeout=5).ack()
            queue.close()
        assert wait_for(lambda: found(sinks.in_witnesses(deployment, BOOK)) == {("redis", "story")})
        monitor.stop()
        deployment.site.redis = True
        deployment.site.env["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        assert found(sinks.in_redis(deployment, BOOK)) == set(), "it was taken"
        ways: list[Callable[[], Any]] = [
            lambda: client.set("k", NAME + "x" * 500), lambda: client.rpush("k", NAME), lambda: client.sadd("k", NAME),
            lambda: client.zadd("k", {NAME: 1}), lambda: client.hset("k", "f", NAME), lambda: client.xadd("k", {"f": NAME}),
            lambda: client.set(f"result:{NAME}", 1), lambda: redis.Redis(port=port, db=5).set("k", NAME),
        ]  # fmt: skip
        for way in ways:
            client.flushall()
            way()
            assert found(sinks.in_redis(deployment, BOOK)) == {("redis", "name_full")}, list(client.scan_iter())
    finally:
        server.stop()


@pytest.mark.processes
@pytest.mark.parametrize(("argv", "env"), [([NAME], {}), ([], {"LAST": STORY})])
def test_in_processes(deployment: Deployment, argv: list[str], env: dict[str, str]) -> None:
    """On a command line, and in an environment: of the process itself and of its children."""
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)', *{argv!r}])"
    started = Process("x", [sys.executable, "-c", inner], {**os.environ, **env}, deployment.folder / "logs" / "x.log")
    started.start(wait=False)
    deployment.site.processes["x"] = started
    try:
        wanted = {("process", "story" if env else "name_full")}
        assert wait_for(lambda: found(sinks.in_processes(deployment, BOOK)) == wanted)
    finally:
        started.stop()


# --- what is beside the words ----------------------------------------------------------------------------------------


def _uuid(version: int) -> UUID:
    text = uuid4().hex
    return UUID(f"{text[:12]}{version:x}{text[13:16]}a{text[17:]}")


@pytest.mark.parametrize(
    "got",
    [
        pytest.param(answer(f'{{"id": "{uuid1()}"}}', "application/json"), id="version 1"),
        pytest.param(answer(f'{{"id": "{_uuid(6)}"}}', "application/json"), id="version 6"),
        pytest.param(answer(f'<a href="/desk/bookings/{_uuid(7)}/">'), id="version 7"),
        pytest.param(answer("<p>01ARZ3NDEKTSV4RRFFQ69G5FAV</p>"), id="ULID"),
        pytest.param(answer('{"id": "665f1c2e9b1e8a0012345678"}', "application/json"), id="time first"),
        pytest.param(answer('{"next": "1541815603606036480"}', "application/json"), id="a number of time and machine"),
        pytest.param(answer('{"items": [{"booking_id": 17}]}', "application/json"), id="a counting id"),
        pytest.param(answer('{"id": "17"}', "application/json"), id="a counting id in letters"),
        pytest.param(answer('<a href="/desk/bookings/17/">'), id="a counting address"),
        pytest.param(answer('<input name="next" value="/desk/?id=17">'), id="a counting question"),
        pytest.param(answer(location="/desk/bookings/17/"), id="a counting redirect"),
        pytest.param(answer(x_request=str(uuid1())), id="a header"),
        pytest.param(answer(path=f"/desk/{uuid1()}/"), id="an address"),
        pytest.param(answer(f'<option value="{UUID(int=5, version=4)}">'), id="a hidden row"),
        pytest.param(answer(f"{UUID(int=5, version=4).hex}", "text/plain"), id="a hidden row without dashes"),
    ],
)
def test_an_id_that_tells_is_noticed(got: Answer) -> None:
    hidden = {UUID(int=5, version=4).hex}
    assert metadata.faults_of_ids(got, hidden)
    good = answer(f'<a href="/desk/bookings/{uuid4()}/">£150, 07700 900123, 2026-11-22, {secrets_like()}</a>')
    assert metadata.faults_of_ids(good, hidden) == []


def secrets_like() -> str:
    return '<p>Sort code 00-00-00, order 1234567890</p><input name="amount" value="15000">'


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(_mail("The BBC has asked for you"), id="the outlet in the subject"),
        pytest.param(_mail(Reply_To="press@outlet.example"), id="an answer goes elsewhere"),
        pytest.param(_mail(X_Booking="1"), id="a header more"),
        pytest.param(_attached(), id="something attached"),
    ],
)
def test_a_mail_that_tells_is_noticed(mail: EmailMessage) -> None:
    allowed, known = metadata.subjects(), metadata.bodies()
    assert len(allowed) <= metadata.MOST_SUBJECTS
    assert metadata.faults_of_mail(_parsed(_mail()), allowed, known) == []
    assert metadata.faults_of_mail(_parsed(mail), allowed, known)
    for more in ("\nAbout a radio programme", '\n<img src="https://x.example/p.gif">'):
        chatty = _mail()
        chatty.set_content(chatty.get_content() + more)
        assert metadata.faults_of_mail(_parsed(chatty), allowed, known)


def _parsed(mail: EmailMessage) -> EmailMessage:
    return message_from_string(mail.as_string(), policy=policy.default)


_EVENT = "BEGIN:VEVENT\r\nSUMMARY:{}\r\nCLASS:PRIVATE\r\n{}END:VEVENT\r\n"


@pytest.mark.parametrize(
    ("title", "more", "person"),
    [
        ("Radio interview", "", True), ("Booking BK-7K3RMWT", "", True),
        ("Live on air", "", False), ("Busy", "LOCATION:Studio 4\r\n", True),
        ("Busy", "ATTENDEE:mailto:x@y.example\r\n", True), ("Busy", "ORGANIZER;CN=BBC:mailto:x@y.example\r\n", True),
        ("Busy", "DESCRIPTION:Bring\r\n", True), ("Busy", "X-WR-CALNAME:Own Words\r\n", True),
    ],
)  # fmt: skip
def test_a_calendar_that_tells_is_noticed(title: str, more: str, person: bool) -> None:
    assert metadata.faults_of_calendar(_EVENT.format(title, more), person=person)
    assert metadata.faults_of_calendar(_EVENT.format("Busy", ""), person=True) == []
    assert metadata.faults_of_calendar(_EVENT.format("Booking BK-7K3RMWT", ""), person=False) == []


def _archive(**times: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo("data.json", **times)
        archive.writestr(entry, "{}")
    return file.getvalue()


@pytest.mark.parametrize(
    "got",
    [
        pytest.param(answer(_archive(date_time=(2026, 11, 22, 16, 9, 28)), "application/zip"), id="a second in an archive"),
        pytest.param(answer(b"%PDF-1.7\n<</CreationDate (D:20261122160928Z)>>", "application/pdf"), id="a second in a PDF"),
        pytest.param(answer(b"%PDF-1.7\n<</Author (Wren)>>", "application/pdf"), id="who made a PDF"),
        pytest.param(answer(content_disposition='attachment; filename="Wren Smith.pdf"'), id="a person's name"),
        pytest.param(answer(content_disposition=f'attachment; filename="{uuid4()}.pdf"'), id="a row's id"),
        pytest.param(answer(content_disposition='attachment; filename="export-20261122T160928.zip"'), id="an exact time"),
        pytest.param(answer(content_disposition="attachment; filename*=UTF-8''wren.pdf"), id="a way nobody reads"),
    ],
)  # fmt: skip
def test_a_file_that_tells_is_noticed(got: Answer) -> None:
    assert metadata.faults_of_file(got)
    fine = answer(_archive(), "application/zip", content_disposition='attachment; filename="my-data.zip"')
    assert metadata.faults_of_file(fine) == []


# --- the lists themselves --------------------------------------------------------------------------------------------


def test_every_sensitive_column_has_its_row() -> None:
    from backend.kernel.privacy import our_models

    columns, rows = inventory.sensitive_columns(our_models()), inventory.declared_fields()
    assert inventory.faults_of_list(columns, rows) == []
    more = {**columns, "network.Person.nickname": "CharField"}
    assert inventory.faults_of_list(more, rows), "a new field without a marker"
    said = {**rows, "network.Person.nickname": {"nothing": "nobody types there"}}
    assert inventory.faults_of_list(more, said), "and it cannot be talked away"
    gone = {name: kind for name, kind in columns.items() if name != "network.CarePlan.before"}
    assert inventory.faults_of_list(gone, rows), "a row that nothing needs"


def test_a_column_without_a_marker_is_noticed() -> None:
    rows = {"network.A.b": {"holds": ["b"]}}
    assert inventory.faults_of_marks(rows, {"network.A.b": 2}, {"b": 2}) == []
    assert inventory.faults_of_marks(rows, {"network.A.b": 2}, {"b": 1})
    assert inventory.faults_of_marks(rows, {"network.A.b": 0}, {"b": 0})


def test_every_door_is_known() -> None:
    """Whatever of the program can speak to the outside is on the list, with the sink that looks at what it says."""
    listed = {name: row["uses"] for name, row in doors.declared()["files"].items()}
    assert doors.doors() == listed
    assert set(doors.commands()) == set(doors.declared()["commands"])


@pytest.mark.parametrize(
    "source",
    [
        "import smtplib", "from urllib import request", "import requests as r", "from django.core.cache import cache",
        "print(person)", "open(path, 'w')", "path.open('ab')", "path.write_text(x)", "import tempfile",
        "from twilio.rest import Client",
        "from standardwebhooks import Webhook",
    ],
)  # fmt: skip
def test_a_new_door_is_noticed(source: str) -> None:
    assert doors.used_in(source)
    assert not doors.used_in("from pathlib import Path\nPath('x').open(encoding='ascii').read()\nPath('y').open('rb')")


def test_there_is_no_way_out_by_text_message() -> None:
    """Should there be one some day, its words are a sink of their own, and this fails until they are searched."""
    from backend.config.env import __file__ as names

    assert "SMS" not in Path(names).read_text(encoding="utf-8").upper()
    written = [
        line.strip()
        for area in ("backend", "network", "payments")
        for path in sorted((doors.ROOT / area).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"Route\.SMS|route=.sms", line)
    ]
    assert len(written) == 1
    assert "DeliveryState.SUPPRESSED, Reason.NOT_CONFIGURED" in written[0], (
        "it is only ever written that it is not sent"
    )


def test_a_cell_is_only_for_whom_it_says() -> None:
    """The allow-list itself: a sighting passes with its sink, place, role, owner and field, and with no other."""
    told = [{"name": "r", "role": "requester", "shown": {"person:1": ["name_full"]}}]
    right = Sighting("page", "desk/briefs/<uuid:id>/people/", "r", "requester", Mark("person:1", "name_full"), "m")
    assert verdict.Allowed(told).allows(right)
    for wrong in (
        Sighting("log", right.where, "r", "requester", right.mark, "m"),
        Sighting("page", "team/people/", "r", "requester", right.mark, "m"),
        Sighting("page", right.where, "r", "spokesperson", right.mark, "m"),
        Sighting("page", right.where, "r", "requester", Mark("person:2", "name_full"), "m"),
        Sighting("page", right.where, "r", "requester", Mark("person:1", "story"), "m"),
    ):
        assert not verdict.Allowed(told).allows(wrong)
    assert all(cell["why"] for cell in verdict.Allowed([]).cells)
