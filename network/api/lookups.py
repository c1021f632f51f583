"""What a program looks up: kinds of work, topics, and its own organisation."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter

from backend.kernel.clock import LONDON
from backend.kernel.errors import NotFound
from network.api import answers, bodies
from network.api.base import Api, Call, Reply, operation
from network.api.briefs import organisation_of
from network.opportunities import kinds
from network.opportunities.fields import brief_fields
from network.organisations.queries import LEVEL_WORDS, STATE_WORDS, my_organisation, standing
from network.people.data import TopicNode
from network.people.queries import topics_tree
from payments.public import fee_floor

KIND = OpenApiParameter(
    name="code",
    location=OpenApiParameter.PATH,
    type={"type": "string", "enum": [kind.code for kind in kinds.kinds()]},
)


class Kinds(Api):
    @operation("listKinds", "List kinds of work", tag="To look up", answer=answers.Kinds)
    def get(self, call: Call) -> Reply:
        """What a brief can ask somebody to do."""
        found = [
            {
                "code": kind.code,
                "name": kind.name,
                "group": kind.group,
                "description": kind.description,
                "live": kind.live,
                "lead_days": kind.lead_days,
                "preparation_minutes": kind.preparation_minutes,
            }
            for kind in kinds.kinds()
        ]
        return Reply({"items": found})


class Kind(Api):
    @operation(
        "readKind",
        "Read a kind of work and the fields of its brief",
        tag="To look up",
        answer=answers.KindPage,
        refuses=[404],
        path=[KIND],
    )
    def get(self, call: Call, code: str) -> Reply:
        """Every question of its brief, which of them are required, and the least fee today."""
        try:
            kind = kinds.kind(code)
        except KeyError:
            raise NotFound from None
        found = {
            "code": kind.code,
            "name": kind.name,
            "group": kind.group,
            "description": kind.description,
            "live": kind.live,
            "lead_days": kind.lead_days,
            "preparation_minutes": kind.preparation_minutes,
            "fee_floor_pence": fee_floor(kind.rate, call.at.astimezone(LONDON).date()),
            "who_pays": kind.who_pays,
            "consequences": [{"text": c.text, "source": c.source} for c in kind.consequences],
            "fields": [bodies.field(asked) for asked in brief_fields(kind.code)],
        }
        return Reply(found)


def _topic(node: TopicNode) -> bodies.Body:
    return {"slug": node.slug, "name": node.name}


class Topics(Api):
    @operation("listTopics", "List topics", tag="To look up", answer=answers.Topics)
    def get(self, call: Call) -> Reply:
        """What a brief can be about. A brief names topics by their slug."""
        tree = [{**_topic(node), "children": [_topic(child) for child in node.children]} for node in topics_tree()]
        return Reply({"items": tree})


class Organisation(Api):
    @operation(
        "readOrganisation",
        "Read your organisation",
        tag="To look up",
        answer=answers.OrganisationPage,
        refuses=[404],
    )
    def get(self, call: Call) -> Reply:
        """How it stands with the network, and what follows from that."""
        mine = my_organisation(call.actor)
        if mine is None:
            raise NotFound
        stand = standing(organisation_of(call), call.at.astimezone(LONDON).date())
        found = {
            "name": mine.line.name,
            "kind": mine.line.kind,
            "website": mine.line.website,
            "state": stand.state,
            "state_words": STATE_WORDS[stand.state],
            "state_reason": mine.state_reason,
            "level": stand.level,
            "level_words": LEVEL_WORDS[stand.level],
            "valid_until": stand.valid_until,
            "may_send_briefs": stand.may_ask,
            "may_be_shown_names": stand.may_receive_identity,
            "sandbox": mine.line.sandbox,
        }
        return Reply(found)
