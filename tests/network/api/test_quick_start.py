"""The quick start of the docs, run as it is written, against a server."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import get_template
from django.test import Client

from backend.accounts.data import Scope
from backend.accounts.usecases import create_program
from backend.kernel.actor import Actor
from network.opportunities.models import Opportunity
from network.people.usecases import load_topics
from tests.conftest import AT
from tests.factories.requests import make_organisation


@pytest.mark.django_db(transaction=True)
def test_the_quick_start_sends_a_brief(
    live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    organisation_id, _ = make_organisation()
    load_topics()
    made = create_program(
        organisation_id=organisation_id, name="Desk", scopes=list(Scope), actor=Actor.system("test"), at=AT
    )
    page = Client().get("/api/v1/docs/").content.decode()
    found = re.search(r'aria-label="Python: a token and a brief"><code>(.*?)</code>', page, re.DOTALL)
    assert found
    code = re.sub(r'BASE = ".*"', f'BASE = "{live_server.url}"', html.unescape(found[1]))
    (tmp_path / "brief.json").write_text(get_template("network/api/brief.json").render({}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "quick start", "exec"), {"CLIENT_ID": made.client_id, "CLIENT_SECRET": made.secret})  # noqa: S102
    row = Opportunity.objects.get()
    assert (row.state, row.source, row.organisation_id) == ("submitted", "api", organisation_id)
    assert row.reference in capsys.readouterr().out
