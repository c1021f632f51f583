"""Every table says which personal data it holds, and the page in docs says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models

from backend.kernel import privacy
from backend.kernel.privacy import Declares, Personal, Sensitivity, as_page, check_declarations


@pytest.fixture
def planted() -> Iterator[Any]:
    """Adds one table to the app "network" for as long as the test runs."""
    made: list[str] = []

    def plant(name: str, /, **body: Any) -> type[models.Model]:
        meta = type("Meta", (), {"app_label": "network", "db_table": f"network_{name.lower()}"})
        model = type(name, (models.Model,), {"__module__": "network.models", "Meta": meta, **body})
        made.append(name.lower())
        return model

    yield plant
    for name in made:
        del apps.get_app_config("network").models[name]
    apps.clear_cache()


def test_the_page_is_in_step_and_names_every_personal_column() -> None:
    call_command("personal_data")
    page = as_page()
    rows = {line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| column")}
    columns = sum(len(model.PRIVACY.personal) for model in privacy.our_models())
    assert sum(line.startswith("| ") for line in page.splitlines()) - page.count("| column |") == columns
    assert "| words | S3 | person |" in " ".join(rows)


def test_a_page_out_of_step_fails(tmp_path: Path) -> None:
    page = tmp_path / "personal-data.md"
    with pytest.raises(CommandError, match="out of step"):
        call_command("personal_data", path=page)
    call_command("personal_data", path=page, write=True)
    call_command("personal_data", path=page)
    page.write_text(page.read_text().replace("12 months", "12 years", 1))
    with pytest.raises(CommandError, match="out of step"):
        call_command("personal_data", path=page)


def test_a_table_that_declares_nothing_fails(planted: Any) -> None:
    planted("Undeclared", name=models.CharField(max_length=10))
    assert [p.id for p in check_declarations()] == ["privacy.E001"]
    with pytest.raises(CommandError, match="Undeclared has no PRIVACY"):
        call_command("personal_data")


def test_a_new_column_that_is_not_declared_fails(planted: Any) -> None:
    planted("Half", name=models.CharField(max_length=10), PRIVACY=Declares(technical="id"))
    assert [p.id for p in check_declarations()] == ["privacy.E002"]


def test_a_declaration_that_says_nothing_fails(planted: Any) -> None:
    vague = Personal(Sensitivity.S3, "person", "the person", "", "deleted")
    planted("Vague", name=models.CharField(max_length=10), PRIVACY=Declares(technical="id", personal={"name": vague}))
    assert [p.id for p in check_declarations()] == ["privacy.E004"]


def test_a_declared_table_changes_the_page(planted: Any, tmp_path: Path) -> None:
    before = as_page()
    said = Personal(Sensitivity.S2, "person", "the person", "1 day", "deleted")
    planted("Fresh", name=models.CharField(max_length=10), PRIVACY=Declares(technical="id", personal={"name": said}))
    assert check_declarations() == []
    assert "## network_fresh" in as_page()
    assert as_page() != before
