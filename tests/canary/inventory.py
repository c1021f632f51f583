"""Which column holds which marker: the reviewed list in fields.json, held against the tables' own declarations.

Whatever a table declares as S3, S4 or S3F and could hold words, and whatever it keeps as bytes, has a row that says which
markers it holds ("holds"), or that it only repeats what is marked elsewhere ("again"), or why no words fit into it
("nothing").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SENSITIVE = ("S4", "S3", "S3F")
# Columns of these kinds take no words. Whatever else there is, or will be, may.
WORDLESS = (
    "UUIDField", "ForeignKey", "OneToOneField", "BooleanField", "DateField", "DateTimeField", "TimeField", "DurationField",
    "PositiveSmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField", "IntegerField", "BigIntegerField",
    "SmallIntegerField",
)  # fmt: skip
# Where a column could take words, what else may be said of it than which markers it holds.
NO_WORDS = ("a keyed hash", "a wrapped key", "six digits", "one of ", "a member of staff's id")


def declared_fields() -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = json.loads((HERE / "fields.json").read_text(encoding="utf-8"))
    return rows


def sensitive_columns(models: Iterable[Any]) -> dict[str, str]:
    """Column -> its type, of everything that the canary run has to know of."""
    found = {}
    for model in models:
        for column in model._meta.concrete_fields:
            personal = model.PRIVACY.personal.get(column.name)
            sensitive = personal is not None and personal.sensitivity.value in SENSITIVE
            kind = column.get_internal_type()
            if kind == "BinaryField" or (sensitive and kind not in WORDLESS):
                found[f"{model._meta.label}.{column.name}"] = kind
    return found


def faults_of_list(columns: Mapping[str, str], rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Columns without a row, rows without a column, words that are said to be none."""
    faults = [f"{name} is in no row of fields.json: plant a marker in it" for name in columns.keys() - rows.keys()]
    faults += [f"{name} of fields.json is no sensitive column" for name in rows.keys() - columns.keys()]
    for name in columns.keys() & rows.keys():
        if len(rows[name].keys() & {"holds", "again", "nothing"}) != 1:
            faults.append(f"{name}: one of holds, again, nothing")
        why = str(rows[name].get("nothing", ""))
        if why and not why.startswith(NO_WORDS):
            faults.append(f"{name} takes words")
    return sorted(faults)


def faults_of_marks(
    rows: Mapping[str, Mapping[str, Any]], filled: Mapping[str, int], marks: Mapping[str, int]
) -> list[str]:
    """Rows of a column that hold something and carry no marker. `filled`: how many rows of each column hold something;
    `marks`: how many markers each field has."""
    faults = []
    for name, row in rows.items():
        if "holds" not in row:
            continue
        there, marked = filled.get(name, 0), sum(marks.get(field, 0) for field in row["holds"])
        if not there:
            faults.append(f"{name} is empty everywhere: nothing was looked for")
        elif marked < there:
            faults.append(f"{name}: {there} filled, {marked} marked")
        faults += [f"{name}: no marker is a {field}" for field in row["holds"] if not marks.get(field)]
    return sorted(faults)
