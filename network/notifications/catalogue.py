"""Every message there is: who hears of which event, in which words, and until when it is still worth sending.

The words stand inside the site, after signing in. They name no person, outlet, cause or amount all the same, since a
screen can be shared. What leaves the site says less still: one of three subjects and a link (promise 10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from network.bookings import events as bookings
from network.breakglass import events as glass
from network.casework import events as casework
from network.concerns import events as concerns
from network.consent.events import CONSENT_ENDING, CONSENT_REVIEW, CONSENT_SUSPENDED, CONSENT_WITHDRAWN
from network.mentoring import events as mentoring
from network.nevertell import events as never_tell
from network.notifications.data import About, Audience, Subject
from network.opportunities import events as requests
from network.organisations import events as organisations
from network.people import events as people
from network.privacy import events as privacy

# Topics of payments: network may import nothing of it but `public` and `money`, so the words are repeated here.
PAYOUT_DUE, PAYOUT_PAID, PAYOUT_FAILED = "payout.due", "payout.paid", "payout.failed"
PAYOUT_HELD, PAYOUT_REVERSED, RUN_SUBMITTED = "payout.held", "payout.reversed", "payout.run_submitted"
TRUSTEE_ASKED, TRUSTEE_NO, FILE_MADE = "payout.trustee_asked", "payout.trustee_no", "payout.file_made"
INVOICE_ISSUED, INVOICE_PAID = "invoice.issued", "invoice.paid"
DESTINATION_CHANGED = "payee.destination_changed"

_P, _R, _C, _F = Audience.PERSON, Audience.REQUESTER, Audience.COORDINATORS, Audience.FINANCE
_S, _O = Audience.SAFEGUARDING, Audience.OVERSIGHT
_TELL, _ASK, _NUDGE = Subject.MESSAGE, Subject.ANSWER, Subject.REMINDER


@dataclass(frozen=True, slots=True)
class Line:
    """What one audience is told. `mail=False`: only inside the site."""

    audience: Audience
    words: str
    subject: Subject = _TELL
    mail: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. With `states`, it is sent only while the thing is in one of them; empty means always."""

    about: About
    lines: tuple[Line, ...]
    states: frozenset[str] = frozenset()

    def line(self, audience: Audience) -> Line | None:
        return next((line for line in self.lines if line.audience is audience), None)


def _of(*states: str) -> frozenset[str]:
    return frozenset(states)


CATALOGUE: Mapping[str, Entry] = {
    # joining
    people.PERSON_INVITED: Entry(About.JOIN_INVITATION, (Line(_P, "You are invited."),), _of("open")),
    people.PERSON_JOINED: Entry(About.PERSON, (Line(_C, "Somebody accepted an invitation."),)),
    people.PERSON_LEFT: Entry(About.PERSON, (Line(_C, "Somebody left the network."),)),
    people.PERSON_HELPED_BY_PHONE: Entry(
        About.HELP, (Line(_P, "We wrote something down for you by phone. You can read and undo it."),)
    ),
    people.PERSON_INACTIVE: Entry(
        About.PERSON, (Line(_P, "It has been quiet for a year. Sign in if you want to stay with us.", _ASK),)
    ),
    # organisations
    organisations.ORGANISATION_APPLIED: Entry(
        About.ORGANISATION, (Line(_C, "An organisation waits to be checked.", _ASK),), _of("applied")
    ),
    organisations.ORGANISATION_CHECKED: Entry(
        About.ORGANISATION, (Line(_R, "We have checked your organisation."),), _of("in_standing")
    ),
    organisations.ORGANISATION_REFUSED: Entry(
        About.ORGANISATION, (Line(_R, "We cannot work with your organisation. The reason is there."),), _of("refused")
    ),
    organisations.ORGANISATION_SUSPENDED: Entry(
        About.ORGANISATION, (Line(_R, "Your organisation is suspended. The reason is there."),), _of("suspended")
    ),
    organisations.ORGANISATION_RESTORED: Entry(
        About.ORGANISATION, (Line(_R, "Your organisation is back in good standing."),), _of("in_standing")
    ),
    # requests
    requests.BRIEF_SUBMITTED: Entry(
        About.OPPORTUNITY, (Line(_C, "A new request is waiting to be looked at.", _ASK),), _of("submitted")
    ),
    requests.BRIEF_ACCEPTED: Entry(About.OPPORTUNITY, (Line(_R, "We have taken your request on."),)),
    requests.BRIEF_DECLINED: Entry(
        About.OPPORTUNITY, (Line(_R, "We cannot take your request on. The reason is there."),)
    ),
    requests.BRIEF_HELD: Entry(
        About.OPPORTUNITY, (Line(_R, "Your request is on hold. The reason and the end are there."),), _of("on_hold")
    ),
    requests.BRIEF_BACK: Entry(About.OPPORTUNITY, (Line(_C, "A hold has ended. The request is back.", _ASK),)),
    requests.BRIEF_WITHDRAWN: Entry(About.OPPORTUNITY, (Line(_C, "A request was withdrawn."),)),
    requests.CARDS_READY: Entry(
        About.OPPORTUNITY, (Line(_R, "There is word on your request.", _ASK),), _of("accepted", "chosen")
    ),
    requests.INVITATION_SENT: Entry(
        About.INVITATION, (Line(_P, "There is a request for you to read.", _ASK),), _of("sent", "question", "not_now")
    ),
    requests.INVITATION_REMINDER: Entry(
        About.INVITATION, (Line(_P, "A request is still waiting for your answer.", _NUDGE),), _of("sent", "not_now")
    ),
    requests.INVITATION_CHANGED: Entry(
        About.INVITATION,
        (Line(_P, "A request you answered has changed. Please look again.", _ASK),),
        _of("sent", "question", "not_now", "yes", "chosen"),
    ),
    requests.INVITATION_ANSWERED: Entry(About.INVITATION, (Line(_C, "Somebody answered a request.", mail=False),)),
    requests.INVITATION_OUTCOME: Entry(About.INVITATION, (Line(_P, "There is an answer about a request."),)),
    requests.QUESTION_ASKED: Entry(
        About.QUESTION,
        (
            Line(_C, "Somebody asked a question about a request.", _ASK),
            Line(_R, "There is a question about your request.", _ASK),
        ),
        _of("open"),
    ),
    requests.QUESTION_ANSWERED: Entry(About.QUESTION, (Line(_P, "Your question has been answered."),)),
    requests.CALL_DEADLINE_MOVED: Entry(About.CALL, (Line(_C, "The deadline of a call for evidence moved."),)),
    # bookings
    bookings.OPENED: Entry(
        About.BOOKING,
        (
            Line(_P, "There is an agreement for you to read and confirm.", _ASK),
            Line(_R, "There is an agreement for you to read and confirm.", _ASK),
        ),
        _of("agreeing"),
    ),
    bookings.HALF_CONFIRMED: Entry(
        About.BOOKING,
        (
            Line(_P, "The other side has confirmed. It is your turn.", _ASK),
            Line(_R, "The other side has confirmed. It is your turn.", _ASK),
        ),
        _of("agreeing"),
    ),
    bookings.CHANGED: Entry(
        About.BOOKING, (Line(_P, "Something in an agreement changed. Please read it again.", _ASK),), _of("agreeing")
    ),
    bookings.CONFIRMED: Entry(
        About.BOOKING,
        (
            Line(_P, "It is agreed on both sides. The details and your calendar file are there."),
            Line(_R, "It is agreed on both sides."),
            Line(_C, "A booking is confirmed."),
        ),
        _of("confirmed"),
    ),
    bookings.CANCELLED: Entry(
        About.BOOKING,
        (
            Line(_P, "Something you agreed to was cancelled. The reason is there."),
            Line(_R, "A booking was cancelled."),
            Line(_C, "A booking was cancelled."),
        ),
    ),
    bookings.STOPPED: Entry(
        About.BOOKING,
        (
            Line(_P, "You stopped. Nothing more will happen, and nobody will ask you why."),
            Line(_R, "There is a change to a booking."),
            Line(_C, "Somebody you work with stopped a booking."),
        ),
    ),
    bookings.DONE: Entry(
        About.BOOKING,
        (
            Line(_P, "It is written down that it took place. The day you are paid by is there."),
            Line(_R, "Thank you. Please tell us what comes of it."),
        ),
    ),
    bookings.DONE_DUE: Entry(
        About.BOOKING,
        (Line(_R, "Did it take place? Please say so.", _NUDGE), Line(_C, "Did it take place? Please say so.", _NUDGE)),
        _of("confirmed"),
    ),
    bookings.CLASHED: Entry(
        About.INVITATION,
        (
            Line(_R, "The time you asked for was taken in the same moment. Please offer another."),
            Line(_C, "A time was taken in the same moment. Please look.", _ASK),
        ),
    ),
    bookings.REPORT_DUE: Entry(
        About.BOOKING, (Line(_R, "A report back that you promised is due.", _NUDGE),), _of("done")
    ),
    bookings.REPORT_BACK: Entry(About.BOOKING, (Line(_P, "There is news of what came of it."),)),
    bookings.CHECK_IN_DUE: Entry(About.CHECK_IN, (Line(_P, "How is it going? We would like to know."),), _of("sent")),
    bookings.CHECK_IN_UNANSWERED: Entry(
        About.CHECK_IN,
        (Line(_C, "Somebody has not answered us. Please do what they asked for in their plan.", _ASK),),
        _of("no_answer"),
    ),
    bookings.CALL_ASKED: Entry(About.CHECK_IN, (Line(_C, "Somebody you work with would like a call.", _ASK),)),
    bookings.RECALL_ASKED: Entry(
        About.RECALL, (Line(_R, "Please stop using something, and tell us what you did.", _ASK),), _of("asked")
    ),
    bookings.RECALL_DUE: Entry(
        About.RECALL,
        (Line(_R, "We still need your answer about something to stop using.", _NUDGE),),
        _of("asked", "acknowledged"),
    ),
    bookings.RECALL_UNANSWERED: Entry(
        About.RECALL,
        (Line(_C, "A recall has had no final answer for a month. Please follow it up.", _ASK),),
        _of("asked", "acknowledged"),
    ),
    bookings.RECALL_ANSWERED: Entry(
        About.RECALL, (Line(_P, "There is an answer to what you took back."), Line(_C, "A recall was answered."))
    ),
    CONSENT_WITHDRAWN: Entry(
        About.GRANT,
        (Line(_R, "There is a change to a request."), Line(_C, "Somebody you work with changed what they agreed to.")),
    ),
    # The person hears of the change by `invitation.changed`, which leads to what was there and what is there now.
    CONSENT_SUSPENDED: Entry(
        About.GRANT, (Line(_C, "Something that somebody you work with had agreed to has changed."),), _of("suspended")
    ),
    CONSENT_ENDING: Entry(
        About.GRANT,
        (Line(_P, "Something you agreed to ends soon. You can let it go on, or let it end.", _NUDGE),),
        _of("given"),
    ),
    CONSENT_REVIEW: Entry(About.PERSON, (Line(_P, "It is a good time to look at what you agreed to.", _NUDGE),)),
    people.PERSON_PROTECTED: Entry(
        About.PERSON, (Line(_P, "We wrote down how you are protected. You can read it, and change it."),)
    ),
    # questions and worries
    concerns.CONCERN_ASKED: Entry(
        About.CONCERN, (Line(_C, "Somebody you work with has asked something.", _ASK),), _of("open")
    ),
    concerns.CONCERN_WORRY: Entry(About.CONCERN, (Line(_S, "Somebody is worried. Please look.", _ASK),), _of("open")),
    concerns.CONCERN_ANSWERED: Entry(About.CONCERN, (Line(_P, "There is an answer to what you asked."),)),
    privacy.COMPLAINT_DUE: Entry(
        About.COMPLAINT, (Line(_S, "A complaint has to be acknowledged soon. Please look.", _NUDGE),), _of("open")
    ),
    privacy.COMPLAINT_MADE: Entry(About.COMPLAINT, (Line(_S, "A complaint has come in.", _ASK),), _of("open")),
    # keeping people safe
    never_tell.HIT_FOUND: Entry(About.MATCH, (Line(_S, "Something needs your look.", _ASK),), _of("found")),
    never_tell.HIT_ASKED: Entry(
        About.MATCH, (Line(_P, "We have a question for you. It is about a list of yours.", _ASK),), _of("asked")
    ),
    casework.ALERT: Entry(About.ALERT, (Line(_S, "An unusual look needs yours."),), _of("open")),
    glass.ASKED: Entry(
        About.GLASS,
        (
            Line(_S, "A colleague needs a second person now.", _ASK),
            Line(_C, "A colleague needs a second person now.", _ASK),
        ),
        _of("asked"),
    ),
    glass.ALONE: Entry(
        About.GLASS, (Line(_O, "Something was opened in an emergency by one person alone. Please look now.", _ASK),)
    ),
    glass.REVIEW_DUE: Entry(About.GLASS, (Line(_O, "An emergency waits for its review.", _NUDGE),), _of("ended")),
    glass.OPENED: Entry(About.LOOKED, (Line(_P, "There is something new in your list of who looked."),), _of("seen")),
    glass.UNSEALED: Entry(About.PERSON, (Line(_P, "There is something new in your list of who looked."),)),
    # mentoring
    mentoring.PROPOSED: Entry(
        About.PAIRING, (Line(_P, "There is a suggestion for you to read.", _ASK),), _of("proposed")
    ),
    mentoring.ACTIVE: Entry(
        About.PAIRING,
        (Line(_P, "You both said yes. You can begin."), Line(_C, "Two people have begun.")),
        _of("active"),
    ),
    mentoring.DECLINED: Entry(
        About.PAIRING, (Line(_P, "A suggestion will not go ahead."), Line(_C, "A suggestion will not go ahead."))
    ),
    mentoring.ENDED: Entry(
        About.PAIRING, (Line(_P, "Something you were part of has ended."), Line(_C, "A pair ended."))
    ),
    mentoring.SESSION_LOGGED: Entry(
        About.SESSION,
        (
            Line(_P, "A session was written down. Tell us if that is not right."),
            Line(_C, "A session was written down.", mail=False),
        ),
    ),
    # money
    PAYOUT_DUE: Entry(About.PAYOUT, (Line(_F, "A payment is due.", mail=False),)),
    PAYOUT_PAID: Entry(About.PAYOUT, (Line(_P, "There is an update for you."),)),
    PAYOUT_FAILED: Entry(
        About.PAYOUT,
        (
            Line(_P, "Something did not go through. Please look.", _ASK),
            Line(_F, "A payment failed. Please look.", _ASK),
        ),
    ),
    PAYOUT_HELD: Entry(About.PAYOUT, (Line(_F, "A payment is held.", mail=False),)),
    PAYOUT_REVERSED: Entry(
        About.PAYOUT,
        (
            Line(_P, "Something came back to us. It is still yours. Please look.", _ASK),
            Line(_F, "A payment came back. Please look.", _ASK),
        ),
    ),
    TRUSTEE_ASKED: Entry(About.PAYOUT, (Line(_F, "A payment above a limit is waiting for a trustee.", _ASK),)),
    TRUSTEE_NO: Entry(About.PAYOUT, (Line(_F, "A trustee did not agree to a payment. Please look.", _ASK),)),
    FILE_MADE: Entry(About.BANK_FILE, (Line(_F, "A bank file is waiting for a second person.", _ASK),)),
    RUN_SUBMITTED: Entry(About.PAYOUT_RUN, (Line(_F, "Payments are waiting for a second person.", _ASK),)),
    INVOICE_ISSUED: Entry(About.INVOICE, (Line(_R, "There is a document for you."),)),
    INVOICE_PAID: Entry(
        About.INVOICE, (Line(_R, "Thank you: it has arrived."), Line(_F, "An invoice is paid.", mail=False))
    ),
    # Never by a channel that whoever made the change may hold: inside the site, and a person at work is told.
    DESTINATION_CHANGED: Entry(
        About.PAYEE,
        (
            Line(_P, "How you are paid was changed. If that was not you, tell us at once.", mail=False),
            Line(_F, "Somebody changed how they are paid. Please call them back.", _ASK),
        ),
    ),
}

UNKNOWN_WORDS = "There is something for you."  # an event of a newer version of the program


def words_for(topic: str, audience: Audience) -> tuple[str, Subject, About | None]:
    """The words of a notice, the subject it goes out under, and what it is about."""
    entry = CATALOGUE.get(topic)
    line = entry.line(audience) if entry else None
    if entry is None or line is None:
        return UNKNOWN_WORDS, _TELL, entry.about if entry else None
    return line.words, line.subject, entry.about
