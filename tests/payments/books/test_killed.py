"""R1 for the money tasks of the books: killed at every commit and every call, once each, they end as if nothing had
happened. The witness is the bank's own list of lines and the stand-in's own book, and a run that nobody disturbed."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from payments.gateways.standin.server import StandIn
from tests.payments.books.ledger_book import Bank
from tests.processes import ROOT, Engine, Site, wait_for

pytestmark = pytest.mark.processes

TABLES = ("payments_bank_statement", "payments_statement_line", "payments_line_match", "payments_matched_entry")


def outcome(site: Site) -> dict[str, object]:
    """What the tables hold, by SQL of our own and without ids."""
    found: dict[str, object] = {t: site.query(f"SELECT COUNT(*) FROM {t}")[0][0] for t in TABLES}  # noqa: S608
    found["entries"] = sorted(site.query("SELECT kind, total_pence FROM payments_entry"))
    found["sums"] = site.query("SELECT SUM(debit_pence) - SUM(credit_pence) FROM payments_posting")
    found["differences"] = sorted(
        site.query("SELECT code, theirs_pence, ours_pence FROM payments_discrepancy WHERE gone_at IS NULL")
    )
    return found


def run(folder: Path, engine: Engine, *, kill: bool, mutant: str = "") -> tuple[dict[str, object], int, list[str]]:
    """The tasks to their end, killed at each point once or not at all: the outcome, the deaths, the points."""
    from backend.kernel import clock

    folder.mkdir(parents=True, exist_ok=True)
    bank, today = Bank(opening=0), clock.now().date()
    for n in range(3):
        bank.moves(today - timedelta(days=3 - n), f"GIFT {n}", 1000 + n)
        bank.moves(today - timedelta(days=3 - n), "CHARGE", -50)
    (folder / "statement.csv").write_bytes(bank.csv())
    standin = StandIn(opening=77_000).start()
    try:
        with Site(folder / "site", engine=engine) as site:
            environment = {
                "DOING": str(folder),
                "STRIPE_API_BASE": standin.base,
                "OWN_WORDS_MUTANT": mutant,
                "PYTHONPATH": f"{ROOT / 'tests' / 'chaos' / 'inject'}{os.pathsep}{ROOT}",
            }
            if kill:
                environment |= {
                    "OWN_WORDS_KILL_JOURNAL": str(folder / "journal"),
                    "OWN_WORDS_KILL_KIND": "books",
                    "OWN_WORDS_KILL_PACKAGES": "payments,tests.payments.books.doing",
                }
            worker = site.add(
                "books", [sys.executable, "-c", "import tests.payments.books.doing as d; d.main()"], env=environment
            )
            worker.start(keep_alive=kill)
            assert wait_for((folder / "done").exists, 300), worker.tail()
            worker.stop()
            journal = (folder / "journal").read_text().splitlines() if kill else []
            return outcome(site), worker.deaths, journal
    finally:
        standin.stop()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_killed_at_every_point_it_ends_as_if_nothing_had_happened(tmp_path: Path, engine: Engine) -> None:
    calm, _, _ = run(tmp_path / "calm", engine, kill=False)
    assert calm["payments_statement_line"] == 6
    assert calm["entries"] == sorted([("bank_charge", 50)] * 3 + [("bank_gift", 1000 + n) for n in range(3)])
    assert calm["differences"] == [("missing-in-books", 77_000, 0)], "the stand-in's own opening balance"
    killed, deaths, points = run(tmp_path / "killed", engine, kill=True)
    print(f"R1, books on {engine}: {deaths} deaths at {len(points)} points; the outcome is that of a calm run")
    assert killed == calm
    assert deaths >= len(points) - 1 > 8
    assert any("commit" in point and "payments_bank_statement" in point for point in points)
    assert any("commit" in point and "payments_line_match" in point for point in points)
    assert any("http" in point for point in points)
