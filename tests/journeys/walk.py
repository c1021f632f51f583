"""The whole journey of an appearance, from an invitation to money in the bank and a consent taken back, by pages and
API only. After each part the database, the mails and the payment provider's book are asked whether it is so.

Nothing counts requests or mails: the same walk is walked while processes are killed (tests/chaos).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from tests.journeys import asking, ending, people, working
from tests.journeys.story import OPENING, Http, Story
from tests.processes import Site

PARTS: tuple[Callable[[Story], None], ...] = (
    people.staff_come,
    working.money_is_put_in,
    people.people_come,
    people.organisations_come,
    people.program_comes,
    asking.a_program_sends_a_brief,
    asking.a_clerk_fills_in_a_brief,
    asking.parliaments_calls_are_read,
    asking.people_are_asked,
    asking.they_answer,
    asking.the_requester_chooses,
    asking.both_sides_agree,
    working.it_takes_place,
    working.check_ins_are_answered,
    working.two_are_paired,
    working.they_say_how_to_be_paid,
    working.invoices_are_paid,
    working.people_are_paid,
    ending.consent_is_taken_back,
    ending.the_newsroom_answers,
)


def declare(site: Site) -> None:
    """What the journey needs of the world outside, before `site.start_all()`: a Stripe with money and webhooks."""
    site.add_stripe(
        "--webhooks", site.url("/webhooks/stripe"), "--secrets", site.env["STRIPE_WEBHOOK_SECRETS"],
        "--opening", str(OPENING),
    )  # fmt: skip
    site.add_parliament()


def walk(site: Site, http: Http) -> Story:
    """Walk it. `http` makes a new session for each browser and program. Raises AssertionError where it does not hold."""
    story = Story(site, http)
    for part in PARTS:
        begin = time.monotonic()
        part(story)
        print(f"{part.__name__.replace('_', ' ')}: {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)
    return story
