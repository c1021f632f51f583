"""Addresses of the API, version 1. No slash at the end; an id is a name, not a secret."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter

from network.api import bookings, briefs, cards, consents, docs, invoices, lookups


class ConsentReference:
    """An opaque consent reference; anything else is no address of ours."""

    regex = "cr_[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ConsentReference, "consent_reference")

operations: list[URLPattern] = [
    path("kinds", lookups.Kinds.as_view(), name="kinds"),
    path("kinds/<slug:code>", lookups.Kind.as_view(), name="kind"),
    path("topics", lookups.Topics.as_view(), name="topics"),
    path("organisation", lookups.Organisation.as_view(), name="organisation"),
    path("consents", consents.Consents.as_view(), name="consents"),
    path("consents/<consent_reference:reference>", consents.Consent.as_view(), name="consent"),
    path("status-lists/<uuid:list_id>/<slug:purpose>", consents.StatusList.as_view(), name="status-list"),
    path("briefs", briefs.Briefs.as_view(), name="briefs"),
    path("briefs/<uuid:brief_id>", briefs.Brief.as_view(), name="brief"),
    path("briefs/<uuid:brief_id>/submit", briefs.SubmitBrief.as_view(), name="brief-submit"),
    path("briefs/<uuid:brief_id>/withdraw", briefs.WithdrawBrief.as_view(), name="brief-withdraw"),
    path("briefs/<uuid:brief_id>/close", briefs.CloseBrief.as_view(), name="brief-close"),
    path("briefs/<uuid:brief_id>/questions", briefs.Questions.as_view(), name="questions"),
    path("briefs/<uuid:brief_id>/questions/<uuid:question_id>/answer", briefs.AnswerQuestion.as_view(), name="answer"),
    path("boundaries", cards.Boundaries.as_view(), name="boundaries"),
    path("briefs/<uuid:brief_id>/boundaries", cards.AcceptBoundaries.as_view(), name="accept-boundaries"),
    path("briefs/<uuid:brief_id>/cards", cards.Cards.as_view(), name="cards"),
    path("briefs/<uuid:brief_id>/cards/<uuid:public_id>/choose", cards.Choose.as_view(), name="choose"),
    path("briefs/<uuid:brief_id>/cards/<uuid:public_id>/pass-over", cards.PassOver.as_view(), name="pass-over"),
    path("bookings", bookings.Bookings.as_view(), name="bookings"),
    path("bookings/<uuid:booking_id>", bookings.Booking.as_view(), name="booking"),
    path("bookings/<uuid:booking_id>/confirm", bookings.ConfirmBooking.as_view(), name="booking-confirm"),
    path("bookings/<uuid:booking_id>/done", bookings.MarkDone.as_view(), name="booking-done"),
    path("bookings/<uuid:booking_id>/report", bookings.ReportBack.as_view(), name="booking-report"),
    path("bookings/<uuid:booking_id>/cancel", bookings.CancelBooking.as_view(), name="booking-cancel"),
    path("recalls", bookings.Recalls.as_view(), name="recalls"),
    path("recalls/<uuid:recall_id>/answer", bookings.AnswerRecall.as_view(), name="recall-answer"),
    path("invoices", invoices.Invoices.as_view(), name="invoices"),
    path("invoices/<uuid:invoice_id>", invoices.Invoice.as_view(), name="invoice"),
    path("invoices/<uuid:invoice_id>/pay-link", invoices.PayLink.as_view(), name="pay-link"),
]
_pages: list[URLPattern] = [
    path(".well-known/jwks.json", consents.keys, name="keys"),
    path("openapi.json", docs.openapi, name="openapi"),
    path("docs/", docs.Docs.as_view(), name="docs"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("api/v1/", include(([*operations, *_pages], "api")))]
