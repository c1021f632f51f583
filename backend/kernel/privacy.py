"""Every table says which personal data each of its columns holds, or `manage.py check` fails.

Classes after the threat model: S4 safety-critical, S3 special category or criminal-offence data,
S3F finance identity, S2 about a pseudonymous person, S1 staff and configuration, S0 public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error

OUR_APPS = ("backend", "network", "payments")


class Sensitivity(StrEnum):
    S4 = "S4"
    S3 = "S3"
    S3F = "S3F"
    S2 = "S2"
    S1 = "S1"
    S0 = "S0"


@dataclass(frozen=True, slots=True)
class Personal:
    """One column about somebody: how sensitive, whose, who may see it, how long, what erasure does to it."""

    sensitivity: Sensitivity
    owner: str  # "person", "requester", "staff", "supporter", "payee"
    audience: str
    retention: str
    erasure: str


@dataclass(frozen=True, slots=True)
class Declares:
    """`technical` names the columns that say nothing about anybody (space-separated)."""

    technical: str = ""
    personal: Mapping[str, Personal] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.technical.split()) | frozenset(self.personal)


# Words for "how long" that say nothing anybody could check.
_VAGUE = ("", "?", "unknown", "tbd", "forever")


def our_models() -> list[type[Any]]:
    return [m for label in OUR_APPS for m in apps.get_app_config(label).get_models()]


def check_declarations(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:
    """System check: each model of ours declares each of its columns, once, and nothing else."""
    problems: list[CheckMessage] = []
    for model in our_models():
        declared = getattr(model, "PRIVACY", None)
        columns = frozenset(f.name for f in model._meta.concrete_fields)
        if not isinstance(declared, Declares):
            problems.append(Error(f"{model._meta.label} has no PRIVACY declaration", obj=model, id="privacy.E001"))
            continue
        for name in sorted(columns - declared.names):
            problems.append(Error(f"{model._meta.label}.{name} is not in PRIVACY", obj=model, id="privacy.E002"))
        for name, personal in sorted(declared.personal.items()):
            said = (personal.owner, personal.audience, personal.retention, personal.erasure)
            if any(word.strip().lower() in _VAGUE for word in said):
                problems.append(
                    Error(
                        f"{model._meta.label}.{name} does not say whose, for whom, how long",
                        obj=model,
                        id="privacy.E004",
                    )
                )
        for name in sorted(declared.names - columns):
            problems.append(
                Error(f"{model._meta.label} declares {name}, which it does not have", obj=model, id="privacy.E003")
            )
    return problems


_CLASSES = {
    Sensitivity.S4: "safety-critical",
    Sensitivity.S3: "special category or criminal offence",
    Sensitivity.S3F: "finance identity",
    Sensitivity.S2: "about a pseudonymous person",
    Sensitivity.S1: "staff and organisations",
    Sensitivity.S0: "public",
}


def as_page() -> str:
    """Every personal column of every table, as a page of the documentation. Made from the declarations alone."""
    lines = [
        "# Personal data, column by column",
        "",
        "Made by `python manage.py personal_data --write` from what each table declares; `make check` fails when it is out of",
        "step, or when a table or a column declares nothing. How many days a time is, and which job keeps to it, stands in",
        "`network/privacy/material/retention.json`.",
        "",
        "Classes: " + "; ".join(f"{name} {words}" for name, words in _CLASSES.items()) + ".",
    ]
    silent = []
    for model in sorted(our_models(), key=lambda m: m._meta.db_table):
        columns = model.PRIVACY.personal
        if not columns:
            silent.append(f"`{model._meta.db_table}`")
            continue
        about = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ").split(". ")[0].rstrip(".")
        lines += ["", f"## {model._meta.db_table}", ""]
        if not about.startswith(f"{model.__name__}("):  # Django's own, made of the column names
            lines += [" ".join(about.split()) + ".", ""]
        lines += [
            "| column | class | whose | who may see it | kept | at erasure | at rest |",
            "|---|---|---|---|---|---|---|",
        ]
        for name in sorted(columns):
            p, field_ = columns[name], model._meta.get_field(name)
            rest = "sealed" if field_.get_internal_type() == "BinaryField" else "clear"
            lines.append(
                f"| {name} | {p.sensitivity} | {p.owner} | {p.audience} | {p.retention} | {p.erasure} | {rest} |"
            )
    lines += ["", "## Tables that say nothing about anybody", "", ", ".join(silent) + "."]
    return "\n".join(lines) + "\n"
