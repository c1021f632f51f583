"""What can go wrong, in words for a person: what happened, what is safe, what to do next.

Edges turn these into pages (HTTP status, the person's own words kept) and RFC 9457 problem documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class OwnWordsError(Exception):
    """Base of every refusal that has words for a person."""

    status = 400
    code = "problem"
    title = "Something was not right"

    def __init__(self, detail: str = "", *, code: str | None = None, next_step: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.next_step = next_step
        if code:
            self.code = code


class NotFound(OwnWordsError):
    """No such thing, or none that this actor may see: the two are one answer (control C38)."""

    status = 404
    code = "not-found"
    title = "We could not find that"


class NotAllowed(OwnWordsError):
    """The actor may see the thing but not do this to it."""

    status = 403
    code = "not-allowed"
    title = "You cannot do that"


class StepUpNeeded(NotAllowed):
    """The act needs a fresh proof that it is you (control C30)."""

    code = "step-up-needed"
    title = "Please confirm it is you"


class Conflict(OwnWordsError):
    """The thing has moved on, or somebody else got there first. Nothing was changed."""

    status = 409
    code = "conflict"
    title = "That has changed since you looked"


class TooMany(OwnWordsError):
    status = 429
    code = "too-many"
    title = "Too many tries for now"


class Unavailable(OwnWordsError):
    """A part we need is not answering. Nothing was changed."""

    status = 503
    code = "unavailable"
    title = "Part of the service is not answering"


class Invalid(OwnWordsError):
    """Input that breaks a rule. `fields` maps a field name to its messages; "" is the whole form."""

    status = 422
    code = "invalid"
    title = "Some answers need another look"

    def __init__(self, fields: Mapping[str, Sequence[str]], detail: str = "") -> None:
        super().__init__(detail)
        self.fields: dict[str, list[str]] = {name: list(messages) for name, messages in fields.items()}
