"""The demo's own settings and its resetting."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend import demo
from backend.config.env import KNOWN


def test_settings_are_kept_and_follow_the_port(tmp_path: Path) -> None:
    first = demo.demo_env(tmp_path, 8000)
    demo.write_env(tmp_path, first)
    assert (tmp_path / "env").stat().st_mode & 0o077 == 0
    assert demo.read_env(tmp_path / "env") == first
    second = demo.demo_env(tmp_path, 9000)
    changed = {name for name in first if first[name] != second[name]}
    assert changed == {"BASE_URL", "STRIPE_API_BASE", "PARLIAMENT_API_BASE"}
    assert set(first) <= set(KNOWN)


def test_nothing_of_the_outer_settings_leaks_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/precious")
    monkeypatch.setenv("SECRET_KEY_FILE", "/somewhere")
    values = demo.demo_env(tmp_path, 8000)
    environment = demo.process_env(values)
    assert environment["DATABASE_URL"] == values["DATABASE_URL"]
    assert "SECRET_KEY_FILE" not in environment


def test_reset_forgets_a_demo_and_nothing_else(tmp_path: Path) -> None:
    other = tmp_path / "precious"
    other.mkdir()
    (other / "file").write_text("x")
    with pytest.raises(SystemExit):
        demo.reset(other)
    assert (other / "file").exists()
    folder = tmp_path / "demo"
    demo.write_env(folder, demo.demo_env(folder, 8000))
    demo.reset(folder)
    assert not folder.exists()
    demo.reset(folder)
