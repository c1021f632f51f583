"""Briefs: what a requester's program writes, and the questions of people who said yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.kernel.errors import NotFound
from network.api import answers, bodies, shapes
from network.api.base import Api, Call, Reply, cursor, operation, page, place
from network.api.urlnames import brief_address
from network.opportunities import queries, usecases
from network.opportunities.data import BriefInput
from network.opportunities.states import BriefState, Source

PAGE = 20


def organisation_of(call: Call) -> UUID:
    """Whom the program speaks for; every program speaks for one organisation."""
    if call.actor.organisation_id is None:
        raise NotFound
    return call.actor.organisation_id


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in body.items() if name not in ("draft", "version")}
    if "topics" in values:
        values["topics"] = tuple(values["topics"])
    return values


class Briefs(Api):
    @operation(
        "listBriefs",
        "List your briefs",
        tag="Briefs",
        scopes=["briefs:read"],
        query=shapes.BriefsQuery,
        answer=answers.Briefs,
    )
    def get(self, call: Call) -> Reply:
        """Newest first, in pages."""
        after = place("briefs", call.query.get("cursor", ""), 1)
        lines, more = queries.briefs_page(
            call.actor,
            state=call.query.get("state", ""),
            after=UUID(after[0]) if after else None,
            limit=call.query.get("limit", PAGE),
        )
        following = cursor("briefs", str(lines[-1].opportunity_id)) if more else None
        return page([bodies.brief_line(line) for line in lines], following)

    @operation(
        "createBrief",
        "Send a brief, keep a draft, or try one",
        tag="Briefs",
        scopes=["briefs:write"],
        query=shapes.DryRun,
        body=shapes.NewBrief,
        answer=answers.Acknowledged,
        status=201,
        also={200: answers.Tried},
        refuses=[404],
        about="Sends the brief in, or refuses it with every field that needs another look; nothing is kept of one that "
        "is refused. With “draft” an unfinished one is kept. With “dry_run=true” nothing is kept: the answer is what a "
        "person would read.\n\nThe answer is the same whoever there is to ask: a reference, and the day of our next word.",
    )
    def post(self, call: Call) -> Reply:
        draft = bool(call.body.get("draft"))
        brief = BriefInput(**_values(call.body))
        organisation_id = organisation_of(call)
        if call.query.get("dry_run"):
            tried = usecases.check_brief(
                brief=brief, organisation_id=organisation_id, submitting=not draft, actor=call.actor, at=call.at
            )
            return Reply({"plain": bodies.sections(tried.plain), "flags": bodies.flags(tried.flags)})
        keep = usecases.save_draft if draft else usecases.send_brief
        kept = keep(brief=brief, organisation_id=organisation_id, source=Source.API, actor=call.actor, at=call.at)
        return Reply(bodies.acknowledged(kept), 201, brief_address(kept.opportunity_id))


class Brief(Api):
    @operation(
        "readBrief", "Read a brief", tag="Briefs", scopes=["briefs:read"], answer=answers.BriefPage, refuses=[404]
    )
    def get(self, call: Call, brief_id: UUID) -> Reply:
        """As you wrote it, as a person reads it, its changes and its history."""
        return Reply(bodies.brief_page(queries.brief_visible_to(call.actor, brief_id, call.at)))

    @operation(
        "changeBrief",
        "Change a brief",
        tag="Briefs",
        scopes=["briefs:read", "briefs:write"],
        body=shapes.BriefChange,
        answer=answers.Acknowledged,
        refuses=[404],
        about="Changes the fields you send and leaves the others. A draft may stay unfinished. Once it was sent in, each "
        "change is kept and shown; when it matters to somebody's yes, that yes rests until they have answered again.",
    )
    def patch(self, call: Call, brief_id: UUID) -> Reply:
        now = queries.brief_visible_to(call.actor, brief_id, call.at)
        brief = replace(now.written, **_values(call.body))
        version = call.body.get("version", now.version)
        if now.line.state == BriefState.DRAFT:
            kept = usecases.save_draft(
                brief=brief,
                organisation_id=organisation_of(call),
                source=Source.API,
                opportunity_id=brief_id,
                expected_version=version,
                actor=call.actor,
                at=call.at,
            )
        else:
            kept = usecases.change_brief(
                opportunity_id=brief_id, brief=brief, expected_version=version, actor=call.actor, at=call.at
            )
        return Reply(bodies.acknowledged(kept))


class SubmitBrief(Api):
    @operation(
        "submitBrief",
        "Send a draft in",
        tag="Briefs",
        scopes=["briefs:write"],
        body=shapes.Version,
        answer=answers.Acknowledged,
        refuses=[404],
    )
    def post(self, call: Call, brief_id: UUID) -> Reply:
        """Refused with every field that is missing; then it stays a draft."""
        sent = usecases.submit_brief(
            opportunity_id=brief_id, expected_version=call.body.get("version"), actor=call.actor, at=call.at
        )
        return Reply(bodies.acknowledged(sent))


class WithdrawBrief(Api):
    @operation(
        "withdrawBrief",
        "Take a brief back",
        tag="Briefs",
        scopes=["briefs:write"],
        body=shapes.Reason,
        answer=answers.BriefMoved,
        refuses=[404],
    )
    def post(self, call: Call, brief_id: UUID) -> Reply:
        """Whoever was asked hears your reason."""
        usecases.withdraw_brief(opportunity_id=brief_id, reason=call.body["reason"], actor=call.actor, at=call.at)
        return Reply({"id": brief_id, "state": BriefState.WITHDRAWN})


class CloseBrief(Api):
    @operation(
        "closeBrief",
        "Close a brief",
        tag="Briefs",
        scopes=["briefs:write"],
        body=shapes.Reason,
        answer=answers.BriefMoved,
        refuses=[404],
    )
    def post(self, call: Call, brief_id: UUID) -> Reply:
        """First give each person who said yes and was not chosen a reason of their own."""
        usecases.close_brief(opportunity_id=brief_id, reason=call.body["reason"], actor=call.actor, at=call.at)
        return Reply({"id": brief_id, "state": BriefState.CLOSED})


class Questions(Api):
    @operation(
        "listQuestions",
        "List questions about a brief",
        tag="Briefs",
        scopes=["briefs:read"],
        answer=answers.Questions,
        refuses=[404],
    )
    def get(self, call: Call, brief_id: UUID) -> Reply:
        """Of people who have said yes."""
        return Reply({"items": [bodies.question(line) for line in queries.questions_visible_to(call.actor, brief_id)]})


class AnswerQuestion(Api):
    @operation(
        "answerQuestion",
        "Answer a question",
        tag="Briefs",
        scopes=["briefs:read", "briefs:write"],
        body=shapes.AnswerToQuestion,
        answer=answers.QuestionAnswered,
        refuses=[404],
    )
    def post(self, call: Call, brief_id: UUID, question_id: UUID) -> Reply:
        """The person reads your answer. It cannot be changed afterwards."""
        if question_id not in {line.question_id for line in queries.questions_visible_to(call.actor, brief_id)}:
            raise NotFound
        usecases.answer_question(question_id=question_id, answer=call.body["answer"], actor=call.actor, at=call.at)
        return Reply({"id": question_id, "answered_at": call.at})
