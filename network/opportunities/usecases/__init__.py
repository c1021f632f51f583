"""Writes of requests: one public function is one thing that somebody can do."""

from network.opportunities.usecases.answers import (
    agreed_again,
    answer_change,
    answer_invitation,
    answer_question,
    ask_question,
    called_off,
    facts_told,
    stopped,
    withdrawn,
)
from network.opportunities.usecases.briefs import (
    change_brief,
    check_brief,
    copy_brief,
    save_draft,
    send_brief,
    submit_brief,
    withdraw_brief,
)
from network.opportunities.usecases.calls import brief_from_call, dismiss_call
from network.opportunities.usecases.checking import (
    accept_boundaries,
    boundaries,
    boundaries_accepted,
    still_missing,
)
from network.opportunities.usecases.choosing import cards_for, choose, close_brief, pass_over
from network.opportunities.usecases.inviting import first_in_turn, invite, match
from network.opportunities.usecases.scheduled import end_holds, remind_unanswered, send_cards
from network.opportunities.usecases.staying_out import answer_match
from network.opportunities.usecases.triage import accept, decline, hold

__all__ = [
    "accept",
    "accept_boundaries",
    "agreed_again",
    "answer_change",
    "answer_invitation",
    "answer_match",
    "answer_question",
    "ask_question",
    "boundaries",
    "boundaries_accepted",
    "brief_from_call",
    "called_off",
    "cards_for",
    "change_brief",
    "check_brief",
    "choose",
    "close_brief",
    "copy_brief",
    "decline",
    "dismiss_call",
    "end_holds",
    "facts_told",
    "first_in_turn",
    "hold",
    "invite",
    "match",
    "pass_over",
    "remind_unanswered",
    "save_draft",
    "send_brief",
    "send_cards",
    "still_missing",
    "stopped",
    "submit_brief",
    "withdraw_brief",
    "withdrawn",
]
