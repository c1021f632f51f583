"""The shapes of what the API answers, for its schema. The values are made in `bodies`; tests hold the two together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers as s

from network.api.shapes import content_fields
from network.bookings.states import BookingMove, BookingState, RecallState
from network.consent.states import Status
from network.consent.status.lists import ListPurpose
from network.opportunities.states import BriefMove, BriefState, InvitationState, Source
from network.organisations.states import CheckLevel, OrganisationKind, OrganisationState
from network.people.states import Face, NameMode, Place, Voice

Out = s.Serializer


def string(about: str = "", **more: Any) -> s.CharField:
    return s.CharField(help_text=about, **more)


def one_of(values: Sequence[str], about: str = "") -> s.ChoiceField:
    return s.ChoiceField(choices=[str(value) for value in values], help_text=about)


def moment(about: str = "", *, null: bool = False) -> s.DateTimeField:
    return s.DateTimeField(help_text=about, allow_null=null)


def day(about: str = "", *, null: bool = False) -> s.DateField:
    return s.DateField(help_text=about, allow_null=null)


def pence(about: str = "", *, null: bool = False) -> s.IntegerField:
    return s.IntegerField(help_text=about, allow_null=null)


class Fault(Out[Any]):
    pointer = string("JSON pointer to the value in the body (RFC 6901), or a slash and the name of a query parameter.")
    detail = string("What to do about it.")


class Problem(Out[Any]):
    """A refusal (RFC 9457). Nothing was changed."""

    type = s.URLField(help_text="Where the code is explained.")
    title = string()
    status = s.IntegerField()
    detail = string()
    instance = string("An opaque id under which we can find this request.")
    code = string("Stays the same when the words change.")
    errors = Fault(many=True, required=False)  # type: ignore[assignment]


# --- what there is to choose from -----------------------------------------------------------------------------------


class KindLine(Out[Any]):
    code = string()
    name = string()
    group = string()
    description = string("As the person reads it.")
    live = s.BooleanField()
    lead_days = s.IntegerField(help_text="How many days ahead people usually need.")
    preparation_minutes = s.IntegerField()


class Kinds(Out[Any]):
    items = KindLine(many=True)


class FieldChoice(Out[Any]):
    value = string()
    words = string()


class FieldLine(Out[Any]):
    name = string("As in the body of a brief; “extras.” names a member of extras.")
    label = string()  # type: ignore[assignment]
    help = string()
    required = s.BooleanField(help_text="Needed before a brief can be sent in.")  # type: ignore[assignment]
    longest = s.IntegerField(allow_null=True)
    choices = FieldChoice(many=True)
    who_sees = string()


class ConsequenceLine(Out[Any]):
    text = string()
    source = string()  # type: ignore[assignment]


class KindPage(KindLine):
    fee_floor_pence = pence("The least fee for this kind of work today.")
    who_pays = string()
    consequences = ConsequenceLine(many=True, help_text="What people are told this work can lead to.")
    fields = FieldLine(many=True)  # type: ignore[assignment]


class TopicLine(Out[Any]):
    slug = string()
    name = string()


class TopicGroup(TopicLine):
    children = TopicLine(many=True)


class Topics(Out[Any]):
    items = TopicGroup(many=True)


class OrganisationPage(Out[Any]):
    name = string()
    kind = one_of(list(OrganisationKind))
    website = string()
    state = one_of(list(OrganisationState))
    state_words = string()
    state_reason = string()
    level = one_of(list(CheckLevel))
    level_words = string("How surely we know who asks.")
    valid_until = day("The last day on which the check counts.", null=True)
    may_send_briefs = s.BooleanField()
    may_be_shown_names = s.BooleanField(help_text="Names, contact and places go to checked organisations only.")
    sandbox = s.BooleanField()


class StatusWord(Out[Any]):
    status = string("The value in the list, in hexadecimal.")
    message = string()


class StatusEntry(Out[Any]):
    """A place in a status list, in the words of W3C Bitstring Status List 1.0."""

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        return {
            "id": s.URLField(),
            "type": string(),
            "statusPurpose": one_of(list(ListPurpose)),
            "statusListIndex": string(),
            "statusListCredential": s.URLField(),
            "statusSize": s.IntegerField(required=False, help_text="In bits; 1 when it is not said."),
            "statusMessage": StatusWord(many=True, required=False),
        }


class ConsentStatus(Out[Any]):
    reference = string()
    status = one_of(list(Status))
    meaning = string("What you have to do.")
    credential_status = StatusEntry(many=True)


class ConsentLine(Out[Any]):
    reference = string()
    status = one_of([*Status, "unknown"])
    meaning = string("What you have to do.")
    status_list_id = s.UUIDField(allow_null=True, help_text="The list is at /status-lists/{list_id}/{purpose}.")
    status_list_index = s.IntegerField(allow_null=True)


class ConsentStatuses(Out[Any]):
    items = ConsentLine(many=True)


# --- briefs ---------------------------------------------------------------------------------------------------------


class BriefLine(Out[Any]):
    id = s.UUIDField()
    reference = string()
    title = string()
    kind = string()
    kind_name = string()
    source = one_of(list(Source))  # type: ignore[assignment]
    state = one_of(list(BriefState))
    state_words = string()
    next_step = string("What happens next, and who acts.")
    fee_pence = pence(null=True)
    starts_at = moment(null=True)
    answer_by = moment(null=True)
    next_word_by = day("You hear from us by this day, whoever there is to ask.", null=True)


class Briefs(Out[Any]):
    items = BriefLine(many=True)
    next_cursor = s.CharField(allow_null=True)


class Acknowledged(Out[Any]):
    id = s.UUIDField()
    reference = string()
    state = one_of(list(BriefState))
    version = s.IntegerField()
    next_word_by = day("You hear from us by this day, whoever there is to ask.", null=True)


class ParagraphLine(Out[Any]):
    label = string()  # type: ignore[assignment]
    text = string()


class SectionLine(Out[Any]):
    heading = string()
    paragraphs = ParagraphLine(many=True)


class FlagLine(Out[Any]):
    field = string()
    found = string()
    prefer = string()
    why = string()
    source = string()  # type: ignore[assignment]


class Tried(Out[Any]):
    """What a brief would be if it were sent in now. Nothing was kept."""

    plain = SectionLine(many=True, help_text="What a person would read.")
    flags = FlagLine(many=True, help_text="Words to look at again. Suggestions, never a bar.")


class ChangeLine(Out[Any]):
    version = s.IntegerField()
    at = moment()
    field = string()
    label = string()  # type: ignore[assignment]
    before = string()
    after = string()
    matters = s.BooleanField(help_text="People who said yes are asked again.")


class MomentLine(Out[Any]):
    at = moment()
    move = string()
    to_state = string()
    note = string()
    by = string()


class BriefContent(Out[Any]):
    """A brief as it was written."""

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        return content_fields()


class BriefPage(BriefLine):
    version = s.IntegerField(help_text="Send it back with a change, so that nobody's work is lost.")
    brief = BriefContent()
    plain = SectionLine(many=True, help_text="What a person reads.")
    flags = FlagLine(many=True)
    changes = ChangeLine(many=True)
    history = MomentLine(many=True)
    moves = s.ListField(child=one_of(list(BriefMove)), help_text="What can be done with it now.")


class QuestionLine(Out[Any]):
    id = s.UUIDField()
    text = string("As the person wrote it.")
    asked_at = moment()
    answer = string()
    answered_at = moment(null=True)


class Questions(Out[Any]):
    items = QuestionLine(many=True)


class QuestionAnswered(Out[Any]):
    id = s.UUIDField()
    answered_at = moment()


# --- people who said yes --------------------------------------------------------------------------------------------


class ContactShown(Out[Any]):
    email = string()
    phone = string()


class WordsShown(Out[Any]):
    """The person's own words, exactly as they wrote them."""

    wants_to_change = string()
    knows = string()
    can_do = string()
    story = string()
    off_limits = string()


class IdentityShown(Out[Any]):
    """How the person may be shown. You may not go beyond it."""

    name_mode = one_of(list(NameMode))
    face = one_of(list(Face))
    voice = one_of(list(Voice))
    place = one_of(list(Place))
    anonymous_from = s.ListField(child=string())


class PersonShown(Out[Any]):
    """One person, as far as they agreed to be shown to you for this brief. null: not shared."""

    public_id = s.UUIDField(help_text="Another organisation knows the same person by another id.")
    name = s.CharField(allow_null=True)
    pronouns = s.CharField(allow_null=True)
    contact = ContactShown(allow_null=True)
    words = WordsShown(allow_null=True)
    topics = s.ListField(child=string(), allow_null=True)
    place = s.CharField(allow_null=True)
    access_needs = s.CharField(allow_null=True)
    identity = IdentityShown()
    formats = s.ListField(
        child=string(), help_text="The only ways in which you may use it. Empty: in conversation only."
    )
    reuse = s.BooleanField(help_text="true: you may use it again, in those ways, until the end, without asking first.")
    consent_reference = string("Ask for its status before each use.")
    consent_ends_at = moment(null=True)


class CardLine(Out[Any]):
    person = PersonShown()
    state = one_of([InvitationState.YES, InvitationState.CHOSEN])
    fee_pence = pence("What they ask for. More than your brief offers needs your agreement.")
    asks_for_more = s.BooleanField()
    terms_note = string("Their own words about their terms.")


class Cards(Out[Any]):
    """Everybody who said yes, in no order that means anything. The same shape for nobody and for many."""

    id = s.UUIDField()
    reference = string()
    state = one_of(list(BriefState))
    state_words = string()
    next_step = string()
    next_word_by = day(null=True)
    items = CardLine(many=True)


class Boundaries(Out[Any]):
    points = s.ListField(child=string())


class BoundariesAccepted(Out[Any]):
    id = s.UUIDField()
    accepted = s.BooleanField()


class Chosen(Out[Any]):
    public_id = s.UUIDField()
    booking_id = s.UUIDField()
    booking_reference = string()


class PassedOver(Out[Any]):
    public_id = s.UUIDField()
    state = one_of([InvitationState.NOT_CHOSEN])


class BriefMoved(Out[Any]):
    id = s.UUIDField()
    state = one_of(list(BriefState))


# --- bookings -------------------------------------------------------------------------------------------------------


class BookingLine(Out[Any]):
    id = s.UUIDField()
    reference = string()
    state = one_of(list(BookingState))
    state_words = string()
    title = string()
    starts_at = moment()
    ends_at = moment()
    fee_pence = pence()
    pay_by = day("The person is paid by this day, whether or not you have paid.")
    next_actor = string()
    next_step = string()


class Bookings(Out[Any]):
    items = BookingLine(many=True)
    next_cursor = s.CharField(allow_null=True)


class NoReturnShown(Out[Any]):
    at = moment(null=True)
    words = string()


class LateShown(Out[Any]):
    """What a late cancellation costs you."""

    hours = s.IntegerField()
    percent = s.IntegerField()
    if_cancelled_now_pence = pence()
    on_the_day_pence = pence()


class ReportShown(Out[Any]):
    published = string()
    url = string()
    what_changed = string()
    reported_at = moment()


class RecallLine(Out[Any]):
    """Somebody took a consent back: stop using what you were given under it, and say what you did."""

    id = s.UUIDField()
    public_id = s.UUIDField(allow_null=True, help_text="null: the person has left and is forgotten.")
    consent_reference = string()
    booking_reference = string()
    state = one_of(list(RecallState))
    state_words = string()
    asked_at = moment()
    answer = string()
    answered_at = moment(null=True)


class InvoiceRef(Out[Any]):
    id = s.UUIDField()
    number = string()
    state = string()
    state_words = string()


class BookingPage(BookingLine):
    brief_id = s.UUIDField()
    public_id = s.UUIDField(allow_null=True)
    person = PersonShown(
        allow_null=True,
        help_text="What the work needs: name, contact, place, "
        "access. Their words and topics are on the card only. null: the person shares nothing with you (any more).",
    )
    place = string()
    remote = s.BooleanField()
    purpose = string()
    who_is_in_the_room = string()
    editorial_terms = string()
    person_confirmed_at = moment(null=True)
    requester_confirmed_at = moment(null=True)
    done_at = moment(null=True)
    state_reason = string()
    point_of_no_return = NoReturnShown()
    late_cancellation = LateShown()
    report = ReportShown(allow_null=True)
    report_due_on = day(null=True)
    recalls = RecallLine(many=True)
    invoice = InvoiceRef(allow_null=True)
    moves = s.ListField(child=one_of(list(BookingMove)), help_text="What you may do now.")


class BookingMoved(Out[Any]):
    id = s.UUIDField()
    state = one_of(list(BookingState))
    late_fee_pence = pence("What a late cancellation costs; 0 otherwise.")


class Reported(Out[Any]):
    id = s.UUIDField()
    reported_at = moment()


class Recalls(Out[Any]):
    items = RecallLine(many=True)


class RecallAnswered(Out[Any]):
    id = s.UUIDField()
    state = one_of(list(RecallState))


# --- invoices -------------------------------------------------------------------------------------------------------


class InvoiceLine(Out[Any]):
    id = s.UUIDField()
    number = string()
    reference = string("Of the booking it is for.")
    state = string()
    state_words = string()
    issued_on = day()
    due_on = day()
    total_pence = pence()
    paid_pence = pence()
    credited_pence = pence()
    outstanding_pence = pence()


class Invoices(Out[Any]):
    items = InvoiceLine(many=True)
    next_cursor = s.CharField(allow_null=True)


class PayLink(Out[Any]):
    url = s.URLField(help_text="Open it in a browser. It lives for minutes: ask again rather than keep it.")
