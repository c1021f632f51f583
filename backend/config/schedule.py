"""Everything that happens by the clock, on one page. Celery beat and the embedded runner both read it."""

from __future__ import annotations

from datetime import timedelta

from backend.outbox import jobs
from backend.outbox.jobs import Job

SCHEDULE: tuple[Job, ...] = (
    Job("outbox-sweep", "backend.outbox.tasks.sweep", timedelta(seconds=10), once=False),
    Job("schedule-lost", "backend.outbox.jobs.run_lost", timedelta(minutes=5), once=False),
    Job("outbox-tidy", "backend.outbox.usecases.tidy", timedelta(hours=6)),
    Job("once-tidy", "backend.once.store.forget_old", timedelta(hours=1)),
    Job("accounts-tidy", "backend.accounts.housekeeping.tidy", timedelta(hours=1)),
    Job("consents-end", "network.consent.usecases.expire_due", timedelta(minutes=10)),
    Job("pauses-end", "network.consent.usecases.resume_due", timedelta(minutes=10)),
    Job("consents-remind", "network.consent.usecases.remind_ending", timedelta(hours=6)),
    Job("consents-review", "network.consent.usecases.remind_review", timedelta(days=1)),
    Job("ledger-anchor", "network.consent.anchors.record", timedelta(days=1)),
    Job("holds-end", "network.opportunities.usecases.end_holds", timedelta(minutes=10)),
    Job("invitations-remind", "network.opportunities.usecases.remind_unanswered", timedelta(hours=1)),
    Job("cards-send", "network.opportunities.usecases.send_cards", timedelta(minutes=15)),
    Job("never-tell-know", "network.organisations.usecases.know_everybody", timedelta(days=1)),
    Job("glass-chase", "network.breakglass.usecases.chase", timedelta(minutes=5)),
    Job("check-ins", "network.bookings.schedule.check_ins", timedelta(minutes=5)),
    Job("booking-reminders", "network.bookings.schedule.reminders", timedelta(hours=1)),
    Job("parliament-refresh", "network.opportunities.parliament.importing.refresh_calls", timedelta(days=1)),
    Job("replay-list", "network.privacy.usecases.replaying.catch_up", timedelta(hours=1)),
    Job("complaints-remind", "network.privacy.usecases.remind_of_complaints", timedelta(hours=6)),
    Job("retention", "network.privacy.usecases.run_retention", timedelta(days=1)),
    Job("payouts-settle", "payments.payouts.schedule.settle_unknowns", timedelta(minutes=1), queue="money"),
    Job("checkouts-settle", "payments.invoicing.schedule.settle_open_checkouts", timedelta(minutes=10), queue="money"),
    Job("stripe-sweep", "payments.payouts.schedule.sweep_stripe_events", timedelta(hours=1), queue="money"),
    Job("reconcile", "payments.books.schedule.reconcile", timedelta(days=1), queue="money"),
)


def connect() -> None:
    """Called once when Django is ready."""
    jobs.connect(SCHEDULE)
