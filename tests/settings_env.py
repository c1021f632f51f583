"""The environment of the test suite. DATABASE_URL and REDIS_URL may be given from outside; the rest is fixed."""

from __future__ import annotations

import os

DEFAULTS = {
    "OWN_WORDS_MODE": "test",
    "SECRET_KEY": "test-" + "k" * 60,
    # 32 zero bytes and 32 one bytes: keys for tests only.
    "VAULT_KEYS": "t2:" + "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=" + ",t1:" + "A" * 43 + "=",
    "BASE_URL": "http://127.0.0.1:8000",
    "EMAIL_URL": "memory://",
    "STRIPE_SECRET_KEY": "sk_test_stand_in",
    "STRIPE_WEBHOOK_SECRETS": "platform:whsec_platform,connect:whsec_connect,thin:whsec_thin",
    "DATABASE_URL": "sqlite:///var/test/db.sqlite3",
    "DJANGO_SETTINGS_MODULE": "backend.config.settings",
}


def pytest_load_initial_conftests() -> None:
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


pytest_load_initial_conftests()


if __name__ == "__main__":  # for shells: eval "$(python -m tests.settings_env)"
    import shlex

    for setting in DEFAULTS:
        print(f"export {setting}={shlex.quote(os.environ[setting])}")
