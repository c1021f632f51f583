"""What a run has left behind, so that a run with kills can be held against one without."""

from __future__ import annotations

from collections import Counter
from email.message import EmailMessage

from tests.processes import Site

# Tables whose rows count tries, visits and machinery rather than effects: a request that is sent again adds to them.
MACHINERY = frozenset(
    {
        "backend_answered", "backend_jobrun", "backend_job_run", "backend_throttle", "django_session",
        "django_migrations", "django_content_type", "auth_permission", "sqlite_sequence",
    }
)  # fmt: skip


def tables(site: Site) -> list[str]:
    """Every table of the database but Django's and the machinery's."""
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if site.engine == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return sorted(name for (name,) in site.query(sql) if name not in MACHINERY and not name.startswith("sqlite_"))


def rows(site: Site, ignore: frozenset[str] = frozenset()) -> dict[str, int]:
    """How many rows each table has."""
    return {name: site.query(f'SELECT count(*) FROM "{name}"')[0][0] for name in tables(site) if name not in ignore}  # noqa: S608


def work(site: Site) -> Counter[tuple[str, str, str]]:
    """Outbox rows by topic, subscriber and state."""
    sql = "SELECT topic, subscriber, state, count(*) FROM backend_work GROUP BY topic, subscriber, state"
    return Counter({(topic, subscriber, state): count for topic, subscriber, state, count in site.query(sql)})


def mails(site: Site) -> Counter[tuple[str, str]]:
    """How often each (recipient, subject) was mailed."""
    return Counter(_who_what(message) for message in site.mails())


def _who_what(message: EmailMessage) -> tuple[str, str]:
    return str(message["To"]), str(message["Subject"])


def differences(plain: dict[str, int], killed: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Tables with another number of rows than in the undisturbed run: (undisturbed, with kills)."""
    return {
        name: (plain.get(name, 0), killed.get(name, 0))
        for name in sorted(plain.keys() | killed.keys())
        if plain.get(name, 0) != killed.get(name, 0)
    }
