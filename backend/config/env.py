"""Strict reading of the environment: a missing or odd value stops the program and says which and why."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

KNOWN = {
    "SECRET_KEY": "at least 50 random characters",
    "DATABASE_URL": "sqlite:////path/to/file or postgresql://user:password@host/name",
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
    "PARLIAMENT_API_BASE": "empty for Parliament itself; in tests and the demo a recorded copy",
    "OWN_WORDS_MODE": "production (default), demo or test",
    "CLOCK_FILE": "demo and test only: a file with the seconds by which the clock is moved",
    "QUICK_EXIT_URL": 'where "Leave this site" goes; default https://www.bbc.co.uk/weather',
    "API_PER_MINUTE": "how many API requests a program may make in a minute; default 600",
    "STATIC_DIR": "where collectstatic writes; default var/static",
}
SECRET_FILES = ("SECRET_KEY", "VAULT_KEYS", "DATABASE_URL", "EMAIL_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS")


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

    def bank_account(self, name: str, default: str) -> tuple[str, str] | None:
        """A sort code and an account number ("12-34-56|12345678"), or None when empty."""
        value = self.text(name, default)
        if not value:
            return None
        found = re.fullmatch(r"(\d\d-\d\d-\d\d)\|(\d{8})", value)
        if found is None:
            raise ImproperlyConfigured(f"{name} is odd. It holds: {KNOWN[name]}")
        return found[1], found[2]

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) < 1:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number from 1 up")
        return int(value)

    def database(self) -> dict[str, object]:
        url = self.url("DATABASE_URL", ("sqlite", "postgresql", "postgres"))
        settings: dict[str, object] = dict(environ.Env.db_url_config(url))
        if settings["ENGINE"] == "django.db.backends.sqlite3":
            settings["OPTIONS"] = {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA secure_delete=ON; PRAGMA busy_timeout=20000;",
            }
        else:
            settings["CONN_MAX_AGE"] = 60
            settings["CONN_HEALTH_CHECKS"] = True
            settings["OPTIONS"] = {"options": "-c statement_timeout=15000 -c lock_timeout=8000 -c jit=off"}
        return settings


def load() -> Env:
    return Env(os.environ)
