from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.test import Client

from backend.config import logs

SECRET = "rowan@example.org"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged, and the handlers of the test run put back afterwards."""
    root = logging.getLogger()
    before = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure(stream=stream)
    yield stream
    root.handlers, level = before
    root.setLevel(level)
    logs.configure()


def _read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.django_db
def test_a_request_is_one_line_without_path_query_or_address(lines: io.StringIO) -> None:
    Client().get(f"/help/?who={SECRET}", headers={"User-Agent": "Rowan's phone"}, REMOTE_ADDR="203.0.113.9")
    found = _read(lines)
    assert len(found) == 1
    assert set(found[0]) == {"at", "level", "event", "route", "method", "status", "ms", "request_id"}
    assert found[0]["route"] == "help"
    text = lines.getvalue()
    for secret in (SECRET, "203.0.113.9", "Rowan", "who="):
        assert secret not in text


@pytest.mark.django_db
def test_a_path_that_does_not_exist_is_not_logged(lines: io.StringIO) -> None:
    Client().get(f"/people/{SECRET}/")
    Client().get(f"/api/{SECRET}")
    Client().get("/help/", HTTP_HOST="rowan-secret.example")
    assert [line["status"] for line in _read(lines)] == [404, 404, 400]
    assert SECRET not in lines.getvalue()
    assert "rowan" not in lines.getvalue()


@pytest.mark.django_db
@pytest.mark.usefixtures("site")
def test_a_broken_page_logs_type_and_place_only(lines: io.StringIO) -> None:
    Client(raise_request_exception=False).get(f"/broken/?who={SECRET}")
    found = _read(lines)
    assert [line.get("status") for line in found] == [None, 500]
    assert found[0]["exception"].startswith("ValueError at tests/backend/web/site.py:")
    assert found[0]["request_id"] == found[1]["request_id"]
    assert "secret words" not in lines.getvalue()
    assert SECRET not in lines.getvalue()


def test_our_lines_carry_only_known_keys_and_plain_values(lines: io.StringIO) -> None:
    structlog.get_logger("backend.x").info("sent", topic=SECRET, email=SECRET, count=3, name=None)
    (found,) = _read(lines)
    assert found["event"] == "sent"
    assert found["topic"] == "[left out]"
    assert found["count"] == 3
    assert found["left_out"] == 1
    assert SECRET not in lines.getvalue()


def test_other_libraries_lines_come_without_their_values(lines: io.StringIO) -> None:
    other = logging.getLogger("some.library")
    other.warning("could not deliver to %s", SECRET)
    other.warning(f"could not deliver to {SECRET}")
    first, second = _read(lines)
    assert first["event"] == "could not deliver to %s"
    assert "test_logs.py:" in second["event"]
    assert SECRET not in lines.getvalue()


def test_an_exception_is_types_and_places(lines: io.StringIO) -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as first:
            raise RuntimeError(f"about {SECRET}") from first
    except RuntimeError:
        logging.getLogger("own_words.x").exception("failed")
        structlog.get_logger().exception("failed")
    plain, structured = _read(lines)
    for line in (plain, structured):
        assert line["level"] == "error"
        assert line["exception"].startswith("RuntimeError at tests/backend/config/test_logs.py:")
        assert " from KeyError at " in line["exception"]
    assert SECRET not in lines.getvalue()


def test_a_message_of_ours_with_an_address_in_it_is_left_out(lines: io.StringIO) -> None:
    logging.getLogger("network.x").info("mail to %s", SECRET)
    assert _read(lines)[0]["event"] == "[left out]"


def test_the_providers_library_is_heard_only_when_something_is_wrong(lines: io.StringIO) -> None:
    logging.getLogger("stripe").info("message='Request to Stripe api' method=post url=%s", SECRET)
    assert lines.getvalue() == ""
    logging.getLogger("stripe").warning("retry %s", SECRET)
    assert "retry" in lines.getvalue()
    assert SECRET not in lines.getvalue()
