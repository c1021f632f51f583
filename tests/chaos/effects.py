"""What a run has left behind, so that a run with kills can be held against one without."""

from __future__ import annotations

from collections import Counter
from email.message import EmailMessage
from typing import Any

from tests.processes import Site

# Tables whose rows count tries, visits and machinery rather than effects: a request that is sent again adds to them.
MACHINERY = frozenset(
    {
        "backend_answered", "backend_jobrun", "backend_job_run", "backend_throttle", "django_session",
        "django_migrations", "django_content_type", "auth_permission", "sqlite_sequence",
        # Somebody whose page was cut off signs in again, with another code; a program gets another token.
        "backend_sign_in_code", "backend_used_code", "backend_user_session", "allauth_idp_oidc_token",
        # Whoever looks twice is seen twice.
        "backend_access_event",
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


# What people and jobs may do once more when their first try was cut off, and why that is no second effect.
AGAIN = frozenset(
    {
        "network_join_invitation",  # the page that shows a spoken code once was lost: the coordinator makes a new one
        "network_person_history",  # ... and that is in the history; compared without these lines below
        "network_notice", "network_delivery",  # compared by topic below
        "backend_work",  # compared by topic below
        "payments_reconciliation",  # each comparison of the books is kept, also one made again
        "payments_discrepancy",  # seen while whoever sent a payment was dead, and gone with a later run: see below
        "payments_payout_history",  # a lost answer is written down: unknown, then looked up. The payouts are compared
    }
)  # fmt: skip
REPEATED = frozenset({"accounts.code_asked", "person.invited", "notice.queued", "payout.look"})
# The walk moves the clock by days in a moment. How long somebody had left a check-in unanswered when a job looked is the
# job's luck, so "sent" and "no answer" count as one here; how many check-ins there are, and how many were answered, do not.
BY_THE_CLOCK = frozenset({"checkin.unanswered"})
ONE_BY_THE_CLOCK = {("network_check_in", "no_answer"): "sent"}


def outcome(site: Site) -> dict[str, object]:
    """Everything that must be the same however often processes died: rows, their states, money, who was told what."""
    found: dict[str, object] = {f"rows of {name}": n for name, n in rows(site, AGAIN).items()}
    for name in tables(site):
        if "state" in _columns(site, name) and name not in AGAIN:
            states: Counter[str] = Counter()
            for state, count in site.query(f'SELECT state, count(*) FROM "{name}" GROUP BY state'):  # noqa: S608
                states[ONE_BY_THE_CLOCK.get((name, state), state)] += count
            found[f"states of {name}"] = sorted(states.items())
    for what, sql in CONTENTS.items():
        found[what] = sorted(tuple(str(value) for value in row) for row in site.query(sql))
    found["accounts of the ledger"] = ledger(site)
    found["who was told"] = {
        who: n for who, n in told(site).items() if who[0] not in overtaken() | REPEATED | BY_THE_CLOCK
    }
    found["done for"] = {
        (topic, subscriber): n
        for (topic, subscriber, state), n in sorted(work(site).items())
        if state == "done" and topic not in REPEATED | BY_THE_CLOCK
    }
    found["due or given up"] = site.query(
        "SELECT topic, subscriber, state FROM backend_work "
        "WHERE state NOT IN ('done', 'cancelled') AND NOT (state = 'ready' AND not_before > %s)",
        site.now(),
    )
    found["differences of the books that stay"] = site.query(
        "SELECT code, theirs_pence, ours_pence FROM payments_discrepancy WHERE gone_at IS NULL"
    )
    found["the provider's book"] = provider(site.stripe())
    return found


CONTENTS = {
    "payouts": "SELECT state, amount_pence, count(*) FROM payments_payout GROUP BY state, amount_pence",
    "invoices": "SELECT state, total_pence, paid_pence, count(*) FROM payments_invoice "
    "GROUP BY state, total_pence, paid_pence",
    "acts of consent": "SELECT type, count(*) FROM network_consent_event GROUP BY type",
    "history of people": "SELECT what, count(*) FROM network_person_history WHERE what <> 'invited again' GROUP BY what",
}


def ledger(site: Site) -> dict[str, tuple[int, int]]:
    """Debits and credits by kind of account: the code less the party's id."""
    sums: dict[str, tuple[int, int]] = {}
    sql = "SELECT a.code, p.debit_pence, p.credit_pence FROM payments_posting p JOIN payments_account a ON a.id = p.account_id"
    for code, debit, credit in site.query(sql):
        kind = code.partition(":")[0]
        before = sums.get(kind, (0, 0))
        sums[kind] = before[0] + debit, before[1] + credit
    return sums


def overtaken() -> frozenset[str]:
    """Topics told only while they are still so, by the product's own list: a slower worker says less of these."""
    from network.notifications.catalogue import CATALOGUE

    return frozenset(topic for topic, entry in CATALOGUE.items() if entry.states)


def told(site: Site) -> Counter[tuple[str, str]]:
    """How many notices about which topic went to whom. An account is named by when it came: whatever is worked out from
    an address differs between two sites, since each network has a key of its own."""
    came = site.query("SELECT id FROM backend_user ORDER BY created_at, id")
    accounts = {row[0]: f"account {number}" for number, row in enumerate(came, 1)}
    sql = "SELECT n.topic, n.user_id, p.known_as FROM network_notice n LEFT JOIN network_person p ON p.id = n.person_id"
    return Counter((topic, accounts[user] if user else known_as) for topic, user, known_as in site.query(sql))


def told_too_often(site: Site) -> dict[tuple[str, str], int]:
    """Whoever heard more often of a topic than it was published."""
    published = dict(site.query("SELECT topic, count(DISTINCT key) FROM backend_work GROUP BY topic"))
    return {who: n for who, n in told(site).items() if n > published.get(who[0], 0)}


def _columns(site: Site, table: str) -> set[str]:
    if site.engine == "sqlite":
        return {row[1] for row in site.query(f'PRAGMA table_info("{table}")')}
    sql = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'"
    return {row[0] for row in site.query(sql, table)}


def provider(book: dict[str, Any]) -> dict[str, object]:
    """The stand-in's book without its ids: how many of each thing, and the pence of each."""
    return {
        kind: sorted(str(one.get("amount", "")) for one in things) if isinstance(things, list) else things
        for kind, things in sorted(book.items())
    }


def notices_mailed(site: Site) -> tuple[int, int, int, int]:
    """Deliveries by email that are marked as sent, those of which nobody knows, mails about them, and how many
    different ones those mails were."""
    by_state = dict(site.query("SELECT state, count(*) FROM network_delivery WHERE route = 'email' GROUP BY state"))
    about = [mail for mail in site.mails() if mail["Subject"] != "Your code"]
    different = len({str(mail["Message-ID"]) for mail in about})
    return by_state.get("sent", 0), by_state.get("unsure", 0), len(about), different
