"""What requests publish. Every `object_id` is an opportunity's id unless the line says otherwise."""

from __future__ import annotations

from typing import Final

BRIEF_SUBMITTED: Final = "brief.submitted"  # for coordinators
BRIEF_ACCEPTED: Final = "brief.accepted"  # for the requester
BRIEF_DECLINED: Final = "brief.declined"
BRIEF_HELD: Final = "brief.held"
BRIEF_BACK: Final = "brief.back"  # a hold ended by itself; for coordinators
BRIEF_CHANGED: Final = "brief.changed"
BRIEF_WITHDRAWN: Final = "brief.withdrawn"
BRIEF_CLOSED: Final = "brief.closed"
CARDS_READY: Final = "cards.ready"  # for the requester, once on the promised day, whoever said yes or nobody

INVITATION_SENT: Final = "invitation.sent"  # an invitation's id, here and below
INVITATION_REMINDER: Final = "invitation.reminder"
INVITATION_CHANGED: Final = "invitation.changed"  # the brief changed after this person's yes
INVITATION_ANSWERED: Final = "invitation.answered"  # for coordinators
INVITATION_OUTCOME: Final = "invitation.outcome"  # for the person
OPPORTUNITY_CHOSEN: Final = "opportunity.chosen"  # the invitation that was chosen

QUESTION_ASKED: Final = "question.asked"  # a question's id; for coordinators and the requester
QUESTION_ANSWERED: Final = "question.answered"  # a question's id; for the person

CALL_DEADLINE_MOVED: Final = "call.deadline_moved"  # a Parliament call's id; for coordinators
