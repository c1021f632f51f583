"""Addresses of a requester's pages: ids that mean nothing elsewhere, and no cause in any of them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from backend.accounts import landing
from backend.kernel.actor import Role
from backend.web import navigation
from network.notifications.data import About
from network.notifications.queries import unread_count
from network.web import message_links
from network.web.desk import bookings, briefs, cards, home, invoices, messages, organisation

_pages: list[URLPattern | URLResolver] = [
    path("", home.Home.as_view(), name="home"),
    path("messages/", messages.Messages.as_view(), name="messages"),
    path("briefs/", briefs.Briefs.as_view(), name="briefs"),
    path("briefs/new/", briefs.NewBrief.as_view(), name="brief-new"),
    path("briefs/<uuid:id>/", briefs.Brief.as_view(), name="brief"),
    path("briefs/<uuid:id>/write/<slug:step>/", briefs.Write.as_view(), name="brief-write"),
    path("briefs/<uuid:id>/check/", briefs.Check.as_view(), name="brief-check"),
    path("briefs/<uuid:id>/copy/", briefs.CopyBrief.as_view(), name="brief-copy"),
    path("briefs/<uuid:id>/withdraw/", briefs.Withdraw.as_view(), name="brief-withdraw"),
    path("briefs/<uuid:id>/close/", briefs.Close.as_view(), name="brief-close"),
    path("briefs/<uuid:id>/questions/<uuid:question>/", briefs.AnswerQuestion.as_view(), name="question"),
    path("briefs/<uuid:id>/before/", cards.Boundaries.as_view(), name="boundaries"),
    path("briefs/<uuid:id>/people/", cards.People.as_view(), name="people"),
    path("briefs/<uuid:id>/people/<uuid:public_id>/choose/", cards.Choose.as_view(), name="person-choose"),
    path("briefs/<uuid:id>/people/<uuid:public_id>/not-this-time/", cards.PassOver.as_view(), name="person-pass"),
    path("calls/", briefs.Calls.as_view(), name="calls"),
    path("calls/<uuid:id>/start/", briefs.StartFromCall.as_view(), name="call-start"),
    path("bookings/", bookings.Bookings.as_view(), name="bookings"),
    path("bookings/<uuid:id>/", bookings.Booking.as_view(), name="booking"),
    path("bookings/<uuid:id>/confirm/", bookings.Confirm.as_view(), name="booking-confirm"),
    path("bookings/<uuid:id>/calendar.ics", bookings.CalendarFile.as_view(), name="booking-calendar"),
    path("bookings/<uuid:id>/done/", bookings.Done.as_view(), name="booking-done"),
    path("bookings/<uuid:id>/cancel/", bookings.Cancel.as_view(), name="booking-cancel"),
    path("bookings/<uuid:id>/last-moment/", bookings.LastMoment.as_view(), name="booking-last-moment"),
    path("bookings/<uuid:id>/report/", bookings.ReportBack.as_view(), name="booking-report"),
    path("take-back/<uuid:id>/", bookings.Recall.as_view(), name="recall"),
    path("invoices/", invoices.Invoices.as_view(), name="invoices"),
    path("invoices/<uuid:id>/", invoices.Invoice.as_view(), name="invoice"),
    path("invoices/<uuid:id>/print/", invoices.InvoicePrint.as_view(), name="invoice-print"),
    path("invoices/<uuid:id>/pdf/", invoices.InvoicePdf.as_view(), name="invoice-pdf"),
    path("invoices/<uuid:id>/pay/", invoices.Pay.as_view(), name="invoice-pay"),
    path("organisation/", organisation.Organisation.as_view(), name="organisation"),
    path("organisation/details/", organisation.Details.as_view(), name="details"),
    path("organisation/people/add/", organisation.AddMember.as_view(), name="member-add"),
    path("organisation/people/<uuid:id>/remove/", organisation.RemoveMember.as_view(), name="member-remove"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("desk/", include((_pages, "desk")))]

landing.register(Role.REQUESTER, "desk:home")
navigation.register(Role.REQUESTER, "Desk", "desk:home", 10)
navigation.register(Role.REQUESTER, "Briefs", "desk:briefs", 20)
navigation.register(Role.REQUESTER, "Bookings", "desk:bookings", 30)
navigation.register(Role.REQUESTER, "Invoices", "desk:invoices", 40)
navigation.register(Role.REQUESTER, "Organisation", "desk:organisation", 50)
navigation.register(Role.REQUESTER, "Messages", "desk:messages", 60, badge=unread_count)

message_links.register(Role.REQUESTER, About.OPPORTUNITY, "desk:brief")
message_links.register(Role.REQUESTER, About.INVITATION, "desk:briefs", takes_id=False)
message_links.register(Role.REQUESTER, About.QUESTION, "desk:home", takes_id=False)
message_links.register(Role.REQUESTER, About.GRANT, "desk:home", takes_id=False)
message_links.register(Role.REQUESTER, About.BOOKING, "desk:booking")
message_links.register(Role.REQUESTER, About.RECALL, "desk:recall")
message_links.register(Role.REQUESTER, About.INVOICE, "desk:invoice")
message_links.register(Role.REQUESTER, About.ORGANISATION, "desk:organisation", takes_id=False)
