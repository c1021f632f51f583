"""What the database, the mails and the provider's book say, read past the pages that said it."""

from __future__ import annotations

import json
from email.message import EmailMessage
from functools import partial
from typing import Any

from tests.journeys.story import Story


def one(story: Story, sql: str, *params: Any) -> Any:
    """The only value of the only row. Raises AssertionError for none or several."""
    rows = story.site.query(sql, *params)
    assert len(rows) == 1, f"{len(rows)} rows for {sql} {params}"
    return rows[0][0] if len(rows[0]) == 1 else rows[0]


def count(story: Story, sql: str, *params: Any) -> int:
    found: int = story.site.query(f"SELECT count(*) FROM {sql}", *params)[0][0]  # noqa: S608 - our own words
    return found


def person_id(story: Story, known_as: str) -> str:
    return str(one(story, "SELECT id FROM network_person WHERE known_as = %s", known_as))


# --- the outbox -----------------------------------------------------------------------------------------------------


def settled(story: Story) -> None:
    """Workers did everything that is due, and gave nothing up."""
    story.wait(lambda: not waiting(story), "the outbox to be empty")
    dead = story.site.query("SELECT topic, subscriber, error FROM backend_work WHERE state = 'dead'")
    assert not dead, f"given up: {dead}"


def waiting(story: Story) -> list[tuple[Any, ...]]:
    return story.site.query(
        "SELECT topic, subscriber, attempts, error FROM backend_work WHERE state = 'ready' AND not_before <= %s",
        story.site.now(),
    )


def heard(story: Story, *topics: str) -> None:
    """Each of these was published, and every subscriber has done its part."""
    for topic in topics:
        assert _states(story, topic), f"nobody heard of {topic}"
        story.wait(partial(_dealt_with, story, topic), f"{topic} to be dealt with")


def _dealt_with(story: Story, topic: str) -> bool:
    return _states(story, topic) <= {"done", "cancelled"}


def _states(story: Story, topic: str) -> set[str]:
    return {state for (state,) in story.site.query("SELECT state FROM backend_work WHERE topic = %s", topic)}


def outbox_says_nothing(story: Story, *words: str) -> None:
    """The queue carries ids: none of these words is in any of its rows."""
    for row in story.site.query("SELECT topic, subscriber, key, queue, error FROM backend_work"):
        text = " ".join(str(part) for part in row).lower()
        assert not [word for word in words if word.lower() in text], f"the outbox says more than ids: {row}"


# --- money ----------------------------------------------------------------------------------------------------------


def book_balances(story: Story) -> None:
    """Every entry has as much debit as credit, past our own code."""
    wrong = story.site.query(
        "SELECT entry_id, sum(debit_pence), sum(credit_pence) FROM payments_posting GROUP BY entry_id "
        "HAVING sum(debit_pence) <> sum(credit_pence)"
    )
    assert not wrong, f"entries out of balance: {wrong}"


def balance(story: Story, code: str) -> int:
    """Debits less credits of all accounts whose code is `code`, or begins with `code:` (one for each party)."""
    rows = story.site.query(
        "SELECT coalesce(sum(p.debit_pence), 0), coalesce(sum(p.credit_pence), 0) FROM payments_posting p "
        "JOIN payments_account a ON a.id = p.account_id WHERE a.code = %s OR a.code LIKE %s",
        code, f"{code}:%",
    )  # fmt: skip
    return int(rows[0][0]) - int(rows[0][1])


def balances(story: Story, **wanted: int) -> None:
    book_balances(story)
    found = {code: balance(story, code) for code in wanted}
    assert found == wanted, f"the book says {found}, it should say {wanted}"


def payouts(story: Story) -> dict[str, tuple[str, int]]:
    """State and pence of each payout by its reference."""
    rows = story.site.query("SELECT reference, state, amount_pence FROM payments_payout")
    return {reference: (state, amount) for reference, state, amount in rows}


def payout_comes_to(story: Story, reference: str, state: str) -> None:
    story.wait(lambda: payouts(story).get(reference, ("", 0))[0] == state, f"payout {reference} to be {state}")


def invoice(story: Story, reference: str) -> tuple[str, str, int, int]:
    """Number, state, total and paid pence of the one invoice for this booking."""
    row = one(
        story, "SELECT number, state, total_pence, paid_pence FROM payments_invoice WHERE reference = %s", reference
    )
    return str(row[0]), str(row[1]), int(row[2]), int(row[3])


def transfers(story: Story) -> list[tuple[int, str]]:
    """What the provider's own book says left: pence and group."""
    return [(int(t["amount"]), str(t["transfer_group"])) for t in story.site.stripe()["transfer"]]


# --- consents -------------------------------------------------------------------------------------------------------


def live_grants(story: Story, known_as: str) -> dict[str, int]:
    """How many consents of each layer stand."""
    rows = story.site.query(
        "SELECT layer, count(*) FROM network_grant WHERE person_id = %s AND state = 'given' GROUP BY layer",
        _id(story, known_as),
    )
    return dict(rows)


def consent_acts(story: Story, known_as: str) -> list[str]:
    """What the append-only ledger says this person did, in order."""
    rows = story.site.query(
        "SELECT e.type FROM network_consent_event e JOIN network_grant g ON g.id = e.grant_id "
        "WHERE g.person_id = %s ORDER BY e.seq",
        _id(story, known_as),
    )
    return [kind for (kind,) in rows]


def _id(story: Story, known_as: str) -> Any:
    return one(story, "SELECT id FROM network_person WHERE known_as = %s", known_as)


def everything_holds(story: Story) -> None:
    """The product's own check of its books, its consent chain and its disclosures."""
    said = json.loads(story.site.manage("verify"))
    assert said == {"ok": True, "faults": []}, said


# --- mails ----------------------------------------------------------------------------------------------------------


def mails_to(story: Story, email: str) -> list[EmailMessage]:
    """All mails to this address, oldest first."""
    return [mail for mail in story.site.mails() if email in str(mail["To"])]


def mails_give_nobody_away(story: Story, *words: str) -> None:
    """Nothing that anybody said or is called stands in any mail, its subject or its sender (promise 10)."""
    for mail in story.site.mails():
        text = f"{mail['Subject']}\n{mail['From']}\n{mail.get_content()}".lower()
        found = [word for word in words if word.lower() in text]
        assert not found, f"a mail to {mail['To']} says {found}"
