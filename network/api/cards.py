"""The people who said yes, choosing, and giving reasons. Answers that have an effect carry ids only: a stored answer
can never show what somebody has taken back since."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer

from backend.kernel.errors import NotAllowed
from network.api import answers, bodies, shapes
from network.api.base import Api, Call, Reply, operation
from network.api.urlnames import booking_address
from network.bookings.usecases import open_booking
from network.consent import gate
from network.opportunities import usecases
from network.opportunities.states import InvitationState


def shown(data: bodies.Body) -> HttpResponse:
    """An answer whose body exists when the gate's window closes."""
    return HttpResponse(JSONRenderer().render(data), content_type="application/json")


class Cards(Api):
    @operation(
        "listCards",
        "See who said yes",
        tag="People who said yes",
        scopes=["cards:read"],
        answer=answers.Cards,
        refuses=[404],
    )
    def get(self, call: Call, brief_id: UUID) -> HttpResponse:
        """Each with only what they agreed to show you for this brief, once you have accepted the boundaries. Every look
        is recorded, and the person can read the record. Ask again rather than keep it: what was taken back is not here
        any more."""
        with gate.window():
            found = usecases.cards_for(opportunity_id=brief_id, actor=call.actor, at=call.at)
            if not usecases.boundaries_accepted(opportunity_id=brief_id, actor=call.actor):
                # Raised inside the window, so that the look that did not happen leaves no record.
                raise NotAllowed(
                    "You have not accepted the boundaries of this brief yet.",
                    code="boundaries",
                    next_step="Read them at /api/v1/boundaries, then POST to /boundaries under this brief.",
                )
            return shown(bodies.cards(found))


class Boundaries(Api):
    @operation(
        "readBoundaries",
        "Read what you promise before you see anybody",
        tag="People who said yes",
        scopes=["cards:read"],
        answer=answers.Boundaries,
    )
    def get(self, call: Call) -> Reply:
        """Have somebody of your organisation read them before your program accepts them for a brief."""
        return Reply({"points": list(usecases.boundaries())})


class AcceptBoundaries(Api):
    @operation(
        "acceptBoundaries",
        "Accept the boundaries for a brief",
        tag="People who said yes",
        scopes=["cards:read"],
        body=shapes.Acceptance,
        answer=answers.BoundariesAccepted,
        refuses=[404],
    )
    def post(self, call: Call, brief_id: UUID) -> Reply:
        """Once for each brief, and again if the wording changes. Kept in the brief's history."""
        usecases.accept_boundaries(opportunity_id=brief_id, actor=call.actor, at=call.at)
        return Reply({"id": brief_id, "accepted": True})


class Choose(Api):
    @operation(
        "choosePerson",
        "Choose somebody",
        tag="People who said yes",
        scopes=["briefs:write", "bookings:write"],
        body=shapes.Choice,
        answer=answers.Chosen,
        status=201,
        refuses=[404],
    )
    def post(self, call: Call, brief_id: UUID, public_id: UUID) -> Reply:
        """Makes the booking, for both sides to confirm; or changes nothing when the person is not free any more."""
        with transaction.atomic():
            chosen = usecases.choose(
                opportunity_id=brief_id,
                public_id=public_id,
                fee_pence=call.body.get("fee_pence"),
                actor=call.actor,
                at=call.at,
            )
            opened = open_booking(invitation_id=chosen.invitation_id, actor=call.actor, at=call.at)
        done = {
            "public_id": chosen.public_id,
            "booking_id": opened.booking_id,
            "booking_reference": opened.reference,
        }
        return Reply(done, 201, booking_address(opened.booking_id))


class PassOver(Api):
    @operation(
        "passOverPerson",
        "Do not choose somebody, and say why",
        tag="People who said yes",
        scopes=["briefs:write"],
        body=shapes.Reason,
        answer=answers.PassedOver,
        refuses=[404],
    )
    def post(self, call: Call, brief_id: UUID, public_id: UUID) -> Reply:
        """The person reads your reason."""
        usecases.pass_over(
            opportunity_id=brief_id, public_id=public_id, reason=call.body["reason"], actor=call.actor, at=call.at
        )
        return Reply({"public_id": public_id, "state": InvitationState.NOT_CHOSEN})
