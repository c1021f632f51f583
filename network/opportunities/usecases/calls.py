"""From one of Parliament's open calls to a brief."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, NotFound
from network.opportunities import rules
from network.opportunities.data import Acknowledged, BriefInput
from network.opportunities.models import Opportunity, ParliamentCall
from network.opportunities.states import CallState, Recording, Source
from network.opportunities.usecases.briefs import save_draft

DAYS_TO_WRITE = 7  # answers are wanted this long before the call closes, so that there is time to write


@transaction.atomic
def brief_from_call(*, call_id: UUID, organisation_id: UUID, actor: Actor, at: datetime) -> Acknowledged:
    """Turn a call for evidence into a draft brief. What Parliament does not say (the fee, who supports whom, the
    time) stays open: the draft cannot be sent in before somebody fills it in.

    For coordinators, for a requester of the organisation, and for the import command. Raises NotFound, Conflict.
    """
    if not rules.may_write_brief(actor, organisation_id):
        raise NotFound
    call = ParliamentCall.objects.select_for_update().filter(pk=call_id).first()
    if call is None:
        raise NotFound
    if call.state not in (CallState.OPEN, CallState.BRIEFED):
        raise Conflict("This call is closed.")
    brief = _brief(call, at)
    made = save_draft(brief=brief, organisation_id=organisation_id, source=Source.PARLIAMENT, actor=actor, at=at)
    Opportunity.objects.filter(pk=made.opportunity_id).update(parliament_call=call)
    call.state = CallState.BRIEFED
    call.save(update_fields=["state"])
    return made


def _brief(call: ParliamentCall, at: datetime) -> BriefInput:
    closes = call.closes_at
    answer_by = None
    if closes is not None and closes > at:
        wished = closes - timedelta(days=DAYS_TO_WRITE)
        answer_by = wished if wished > at else None
    committee = call.committee or "A committee of Parliament"
    house = {"Commons": "the House of Commons", "Lords": "the House of Lords", "Joint": "both Houses"}.get(
        call.house, ""
    )
    by = f"{committee}, {house}" if house else committee
    scope = call.scope if len(call.scope) <= 3000 else call.scope[:3000].rsplit(" ", 1)[0] + " …"
    return BriefInput(
        kind="written_evidence",
        title=f"Written evidence: {call.title}"[:160],
        purpose=f"{by}, asks for written evidence.\n\n{scope}".strip()[:4000],
        who_decides=f"{committee} reads the evidence, questions the Government and recommends changes. "
        "The Government has to reply to its report.",
        question_areas=f"The committee’s own terms of reference are at {call.url}",
        audience="The committee’s members and staff; anybody who reads the published evidence.",
        recording=Recording.WRITTEN,
        edited=False,
        editorial_terms="The committee does not edit evidence. It decides what it publishes, and may leave parts out.",
        quote_check="see_quotes",
        first_shown="On the committee’s pages, when the committee decides to publish it.",
        online_how_long="No end: it is part of the record of Parliament.",
        reuse="Anybody may quote published evidence.",
        remote=True,
        answer_by=answer_by,
        point_of_no_return="When it has been sent to the committee it belongs to the committee.",
        extras={"committee": call.committee[:500], "inquiry": call.title[:500]},
    )


@transaction.atomic
def dismiss_call(*, call_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a call off the list: nobody in the network wants to answer it now. For coordinators. Raises NotFound."""
    if not rules.may_coordinate(actor):
        raise NotFound
    changed = ParliamentCall.objects.filter(pk=call_id, state=CallState.OPEN).update(state=CallState.DISMISSED)
    if not changed:
        raise NotFound
