"""Every asynchronous flow of the product on one page: topic -> who does what about it. There are no signals.

Each area lists its own in its `handlers.py`; `python manage.py flows` prints them all, topic by topic.
"""

from __future__ import annotations

from backend.accounts.handlers import SUBSCRIPTIONS as ACCOUNTS
from backend.outbox import registry
from backend.outbox.data import Subscription
from network.bookings.handlers import SUBSCRIPTIONS as BOOKINGS
from network.nevertell.handlers import SUBSCRIPTIONS as NEVER_TELL
from network.notifications.handlers import SUBSCRIPTIONS as NOTIFICATIONS
from network.opportunities.handlers import SUBSCRIPTIONS as OPPORTUNITIES
from network.privacy.handlers import SUBSCRIPTIONS as PRIVACY
from payments.invoicing.handlers import SUBSCRIPTIONS as INVOICING
from payments.payouts.handlers import SUBSCRIPTIONS as PAYOUTS

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *ACCOUNTS,  # a sign-in code was asked for -> mail it
    *OPPORTUNITIES,  # a consent ended -> the yes that rested on it ends too
    *NEVER_TELL,  # somebody new asks, or a list got a new line -> look for matches, tell the safeguarding lead
    *BOOKINGS,  # a person was chosen -> open the booking; a consent ended -> stop and recall
    *PRIVACY,  # erasure was asked for -> run the saga
    *INVOICING,  # the provider hinted at something -> fetch and apply
    *PAYOUTS,  # approved -> send; a lost answer -> look; a hint -> fetch and apply
    *NOTIFICATIONS,  # anything somebody should hear of -> a notice; a notice by email -> send
)


def connect() -> None:
    """Called once when Django is ready."""
    registry.connect(SUBSCRIPTIONS)
