from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from payments.gateways.standin.server import StandIn
from payments.payouts.models import Payout, PayoutRun
from tests.payments.cast import Cast, choose_bank, owe

ROOT = Path(__file__).resolve().parents[3]


def test_payout_run_gathers_and_approves_nothing(cast: Cast) -> None:
    out = StringIO()
    call_command("payout_run", stdout=out)
    assert "Nothing is due" in out.getvalue()
    choose_bank(cast)
    owe(cast)
    call_command("payout_run", stdout=out)
    assert PayoutRun.objects.get().state == "gathered"
    assert (Payout.objects.get().state, Payout.objects.get().approved_by) == ("due", None)


def test_reconcile_reports_as_json_and_fails_on_a_difference(cast: Cast, standin: StandIn) -> None:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("reconcile", stdout=out)
    found = json.loads(out.getvalue())["differences"]
    assert [(d["code"], d["theirs"]) for d in found] == [("missing-in-books", 1_000_000)]


@pytest.mark.processes
def test_the_stand_in_runs_by_itself_and_stops_cleanly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "payments.gateways.standin", "--port", "0", "--book", str(tmp_path / "b.sqlite3")]
    process = subprocess.Popen(
        [*command, "--opening", "500"], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert process.stdout is not None
        base = process.stdout.readline().split()[-1]
        with urllib.request.urlopen(f"{base}/_test/book", timeout=10) as answer:
            assert json.load(answer)["balance"] == 500
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        if process.stdout is not None:
            process.stdout.close()
