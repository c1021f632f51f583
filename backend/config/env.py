"""Strict reading of the environment: a missing or odd value stops the program and says which and why."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

KNOWN = {
    "SECRET_KEY": "at least 50 random characters",
    "DATABASE_URL": "sqlite:////path/to/file or postgresql://user:password@host/name",
    "KEYS_DATABASE_URL": "where data keys are kept, apart from the data; default: DATABASE_URL with .keys (a file) or _keys",
    "REPLAY_LIST": "the signed list of erasures and withdrawals, outside every database; default: beside a SQLite file, "
    "or var/replay.jsonl",
    "REDIS_URL": "redis://host:6379/0 for Celery; empty for the embedded worker",
    "VAULT_KEYS": "id:base64 of 32 random bytes, newest first, comma between; never kept with the database",
    "BASE_URL": "where people reach the site, such as https://messages.example.org",
    "EMAIL_URL": "smtp://..., smtps://..., or file:///path to write mails as files",
    "STRIPE_SECRET_KEY": "sk_test_..., sk_live_..., or empty when cards and transfers are not used",
    "STRIPE_API_BASE": "empty for Stripe itself; in tests and the demo the local stand-in",
    "STRIPE_WEBHOOK_SECRETS": "platform:whsec_...,connect:whsec_...,thin:whsec_...",
    "ISSUER_NAME": "in whose (neutral) name invoices go out; without it none is issued",
    "ISSUER_ADDRESS": "the address on invoices, lines separated by |, such as 1 High Street|London|N1 1AA",
    "ISSUER_ACCOUNT": "sort code and account number on invoices, such as 12-34-56|12345678; empty for cards only",
    "BACS_SERVICE_USER": "the six digits of the Bacs service user number, for Standard 18 bank files; empty without one",
    "PARLIAMENT_API_BASE": "empty for Parliament itself; in tests and the demo a recorded copy",
    "OWN_WORDS_MODE": "production (default), demo or test",
    "CLOCK_FILE": "demo and test only: a file with the seconds by which the clock is moved",
    "QUICK_EXIT_URL": 'where "Leave this site" goes; default https://www.bbc.co.uk/weather',
    "API_PER_MINUTE": "how many API requests a program may make in a minute; default 600",
    "CONSENT_POLICY_FILE": "your own dated figures about consent, as JSON; empty for those that come with the program",
    "ANCHOR_PATH": "where the daily anchor of the ledger is written, such as /anchors/anchors.jsonl; copy it off the machine",
    "STATIC_DIR": "where collectstatic writes; default var/static",
}
SECRET_FILES = (
    "SECRET_KEY",
    "VAULT_KEYS",
    "DATABASE_URL",
    "KEYS_DATABASE_URL",
    "EMAIL_URL",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRETS",
)


_DATABASES = ("sqlite", "postgresql", "postgres")


class Env:
    """The environment, read once. Each secret may also come from a file: `SECRET_KEY_FILE=/run/secrets/secret_key`."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        for name in SECRET_FILES:
            path = self._values.pop(f"{name}_FILE", "")
            if path:
                if self._values.get(name):
                    raise ImproperlyConfigured(f"both {name} and {name}_FILE are set; keep one")
                with open(path, encoding="utf-8") as file:
                    self._values[name] = file.read().strip()

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name, "").strip() or default
        if value is None:
            raise ImproperlyConfigured(f"{name} is missing. It holds: {KNOWN[name]}")
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in choices:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(choices)}")
        return value

    def url(self, name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name, default)
        if value and urlsplit(value).scheme not in schemes:
            raise ImproperlyConfigured(f"{name} must start with one of {', '.join(s + '://' for s in schemes)}")
        return value

    def path(self, name: str, default: str | None = None) -> str:
        """An absolute path. Whether it can be written shows when it is."""
        value = self.text(name, default)
        if value and not value.startswith("/"):
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole path, from / on")
        return value

    def bank_account(self, name: str, default: str) -> tuple[str, str] | None:
        """A sort code and an account number ("12-34-56|12345678"), or None when empty."""
        value = self.text(name, default)
        if not value:
            return None
        found = re.fullmatch(r"(\d\d-\d\d-\d\d)\|(\d{8})", value)
        if found is None:
            raise ImproperlyConfigured(f"{name} is odd. It holds: {KNOWN[name]}")
        return found[1], found[2]

    def digits(self, name: str, count: int, default: str) -> str:
        """Exactly so many digits, or empty."""
        value = self.text(name, default)
        if value and not re.fullmatch(rf"\d{{{count}}}", value):
            raise ImproperlyConfigured(f"{name} is odd. It holds: {KNOWN[name]}")
        return value

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) < 1:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number from 1 up")
        return int(value)

    def database(self) -> dict[str, object]:
        return self._database(self.url("DATABASE_URL", _DATABASES))

    def keys_database(self) -> dict[str, object]:
        """Where data keys are: given, or beside the data (a second file; a second database on the same server).
        Raises ImproperlyConfigured when it is the data's own database."""
        data = self.url("DATABASE_URL", _DATABASES)
        place, question, rest = data.partition("?")
        beside = place + (".keys" if place.startswith("sqlite") else "_keys") + question + rest
        url = self.url("KEYS_DATABASE_URL", _DATABASES, beside)
        if url.partition("?")[0] == place:
            raise ImproperlyConfigured("KEYS_DATABASE_URL must not be the database of the data")
        return self._database(url)

    def replay_file(self, root: Path) -> Path:
        """Where the list of erasures and withdrawals is kept."""
        data = self.database()
        beside = f"{data['NAME']}.replay" if "sqlite" in str(data["ENGINE"]) else str(root / "var" / "replay.jsonl")
        return Path(self.text("REPLAY_LIST", beside)).absolute()

    @staticmethod
    def _database(url: str) -> dict[str, object]:
        settings: dict[str, object] = dict(environ.Env.db_url_config(url))
        if settings["ENGINE"] == "django.db.backends.sqlite3":
            settings["OPTIONS"] = {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA secure_delete=ON; PRAGMA busy_timeout=20000; "
                # or INSERT OR REPLACE would take a row away without asking the triggers that refuse DELETE
                "PRAGMA recursive_triggers=ON;",
            }
        else:
            settings["CONN_MAX_AGE"] = 60
            settings["CONN_HEALTH_CHECKS"] = True
            settings["OPTIONS"] = {"options": "-c statement_timeout=15000 -c lock_timeout=8000 -c jit=off"}
        return settings


def load() -> Env:
    return Env(os.environ)
