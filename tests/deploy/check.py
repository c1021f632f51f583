"""`manage.py check --deploy` as it would run in production: `python -m tests.deploy.check`. Warnings are faults."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys

from backend.config.env import KNOWN

PRODUCTION = {
    "OWN_WORDS_MODE": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "VAULT_KEYS": "p1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    "BASE_URL": "https://messages.example.org",
    "DATABASE_URL": "postgresql://own_words@database.example.org/own_words",
    "REDIS_URL": "rediss://broker.example.org:6379/0",
    "EMAIL_URL": "smtps://user:secret@mail.example.org:465",
    "ISSUER_NAME": "The Messages Network",
    "ISSUER_ADDRESS": "1 Example Street|Exampleton|EX1 1EX",
    "ISSUER_ACCOUNT": "12-34-56|12345678",
    "ANCHOR_PATH": "/anchors/anchors.jsonl",
    "STRIPE_WEBHOOK_SECRETS": "platform:whsec_a,connect:whsec_b,thin:whsec_c",
    "DJANGO_SETTINGS_MODULE": "backend.config.settings",
}


def main() -> int:
    outer = {name: value for name, value in os.environ.items() if name not in KNOWN and not name.endswith("_FILE")}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env={**outer, **PRODUCTION}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
