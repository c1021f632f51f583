"""Each import contract is shown to fail: plant one violation in a copy of the tree, and the linter must name it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# contract id -> (file that gets a forbidden line, the line)
VIOLATIONS = {
    "floors": ("payments/money.py", "import network.people.states"),
    "network-rooms": ("network/vault/planted.py", "import network.people.states"),
    "payments-rooms": ("payments/money.py", "import payments.ledger.models"),
    "inside-an-area": ("network/people/states.py", "import network.people.models"),
    "one-window-to-payments": ("network/bookings/usecases/planted.py", "import payments.ledger"),
    "vault-sealed": ("network/opportunities/planted.py", "import network.vault.models"),
    "data-keys": ("network/opportunities/planted.py", "import backend.keys.store"),
    "ledger-sealed": ("payments/payouts/planted.py", "import payments.ledger.models"),
    "edges-without-models": ("network/web/planted.py", "import network.people.models"),
    "areas-without-frameworks": ("network/people/states.py", "import rest_framework"),
    "stripe-in-one-place": ("payments/payouts/planted.py", "import stripe"),
}


def _contracts() -> list[dict[str, object]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: list[dict[str, object]] = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return found


def _lint(folder: Path, contract: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
            "--contract",
            contract,
        ],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    for name in ("backend", "network", "payments"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("static", "__pycache__", "*.csv"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_has_a_violation_to_try() -> None:
    assert {c["id"] for c in _contracts()} == set(VIOLATIONS)


@pytest.mark.parametrize("contract", sorted(VIOLATIONS))
def test_contract_catches_a_planted_violation(copy: Path, contract: str) -> None:
    clean = _lint(copy, contract)
    assert clean.returncode == 0, clean.stdout[-2000:]
    name, line = VIOLATIONS[contract]
    target = copy / name
    before = target.read_text(encoding="utf-8") if target.exists() else None
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text((before or "") + f"\n{line}\n", encoding="utf-8")
    try:
        broken = _lint(copy, contract)
    finally:
        if before is None:
            target.unlink()
        else:
            target.write_text(before, encoding="utf-8")
    assert broken.returncode != 0, f"{contract} let “{line}” in {name} pass"
    assert "BROKEN" in broken.stdout
