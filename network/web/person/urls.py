"""Addresses of a spokesperson's pages: opaque, and no word of them says what this is about."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from backend.accounts import landing
from backend.kernel.actor import Role
from backend.web import navigation
from network.notifications.data import About
from network.web import message_links
from network.web.person import (
    about,
    answering,
    asking,
    bookings,
    by_link,
    consents,
    contact,
    helpers,
    home,
    join,
    looked,
    mentoring,
    messages,
    money,
    never,
    preview,
    protected,
    receipts,
    requests,
    stopping,
    terms,
    yours,
)

mine: list[URLPattern | URLResolver] = [
    path("", home.Home.as_view(), name="home"),
    # about you
    path("about/", about.About.as_view(), name="about"),
    path("about/words/", about.OwnWords.as_view(), name="words"),
    path("about/names/", about.Names.as_view(), name="names"),
    path("about/limits/", about.Limits.as_view(), name="limits"),
    path("about/topics/", terms.Topics.as_view(), name="topics"),
    path("about/terms/", terms.MyTerms.as_view(), name="terms"),
    path("about/shown/", terms.Shown.as_view(), name="shown"),
    path("about/contact/", contact.Contact.as_view(), name="contact"),
    path("about/never/", never.Never.as_view(), name="never"),
    path("about/never/<uuid:id>/remove/", never.RemoveNever.as_view(), name="never-remove"),
    path("about/never/asked/<uuid:id>/", never.AskedAboutMatch.as_view(), name="never-asked"),
    path("about/times/", contact.Times.as_view(), name="times"),
    path("about/times/<uuid:id>/remove/", contact.RemoveTime.as_view(), name="time-remove"),
    path("about/help/<uuid:id>/undo/", about.UndoHelp.as_view(), name="undo-help"),
    # requests
    path("requests/", requests.Requests.as_view(), name="requests"),
    path("requests/<uuid:id>/", requests.OneRequest.as_view(), name="request"),
    path("requests/<uuid:id>/yes/", answering.SayYes.as_view(), name="request-yes"),
    path("requests/<uuid:id>/no/", answering.SayNo.as_view(), name="request-no"),
    path("requests/<uuid:id>/not-now/", answering.SayNotNow.as_view(), name="request-not-now"),
    path("requests/<uuid:id>/still/", answering.SayStill.as_view(), name="request-still"),
    path("requests/<uuid:id>/take-back/", answering.TakeBackYes.as_view(), name="request-take-back"),
    path("requests/<uuid:id>/question/", answering.AskQuestion.as_view(), name="request-question"),
    # bookings
    path("bookings/", bookings.Bookings.as_view(), name="bookings"),
    path("bookings/<uuid:id>/", bookings.Booking.as_view(), name="booking"),
    path("bookings/<uuid:id>/confirm/", bookings.Confirm.as_view(), name="booking-confirm"),
    path("bookings/<uuid:id>/stop/", bookings.StopBooking.as_view(), name="booking-stop"),
    path("bookings/<uuid:id>/go-on/", stopping.GoOn.as_view(), name="booking-go-on"),
    path("bookings/<uuid:id>/support/", bookings.Care.as_view(), name="booking-care"),
    path("bookings/<uuid:id>/calendar/", bookings.CalendarFile.as_view(), name="booking-calendar"),
    path("bookings/<uuid:id>/expenses/", money.Expense.as_view(), name="booking-expense"),
    path("check-ins/<uuid:id>/", bookings.CheckIn.as_view(), name="check-in"),
    # sharing
    path("sharing/", consents.Consents.as_view(), name="consents"),
    path("sharing/give/<slug:layer>/", asking.GiveConsent.as_view(), name="consent-give"),
    path("sharing/defer/<slug:layer>/", asking.DeferConsent.as_view(), name="consent-defer"),
    path("sharing/protection/", protected.Protected.as_view(), name="protection"),
    path("sharing/protection/off/", protected.NotProtected.as_view(), name="protection-off"),
    path("sharing/protection/somebody/", protected.FromWhom.as_view(), name="protection-somebody"),
    path("sharing/refuse/<slug:layer>/", asking.RefuseConsent.as_view(), name="consent-refuse"),
    path("sharing/looked/", looked.Looked.as_view(), name="looked"),
    path("sharing/looked/settings/", looked.LookedSettings.as_view(), name="looked-settings"),
    path("sharing/helpers/", helpers.Helpers.as_view(), name="helpers"),
    path("sharing/helpers/end/", helpers.EndHelp.as_view(), name="helper-end"),
    path("sharing/taken-back/", stopping.Recalls.as_view(), name="recalls"),
    path("sharing/<uuid:id>/", consents.Consent.as_view(), name="consent"),
    path("sharing/<uuid:id>/stop/", consents.StopConsent.as_view(), name="consent-stop"),
    path("sharing/<uuid:id>/see/", preview.See.as_view(), name="consent-see"),
    path("sharing/<uuid:id>/see/page/", preview.SeePage.as_view(), name="consent-see-page"),
    path("sharing/<uuid:id>/see/answer/", preview.SeeAnswer.as_view(), name="consent-see-answer"),
    path("sharing/<uuid:id>/again/", asking.GiveAgain.as_view(), name="consent-again"),
    path("sharing/<uuid:id>/waive/", protected.Waive.as_view(), name="consent-waive"),
    path("sharing/<uuid:id>/less/", consents.ShareLess.as_view(), name="consent-less"),
    path("sharing/<uuid:id>/renew/", consents.RenewConsent.as_view(), name="consent-renew"),
    path("sharing/<uuid:id>/receipt/", receipts.ReceiptPage.as_view(), name="receipt"),
    path("sharing/<uuid:id>/receipt.jsonld", receipts.ReceiptFile.as_view(), name="receipt-file"),
    path("sharing/<uuid:id>/receipt/<uuid:act>/", receipts.ReceiptPage.as_view(), name="receipt-of"),
    path("sharing/<uuid:id>/receipt/<uuid:act>.jsonld", receipts.ReceiptFile.as_view(), name="receipt-file-of"),
    path("stopped/", stopping.Stopped.as_view(), name="stopped"),
    path("back/", yours.Back.as_view(), name="back"),
    # messages, questions, worries
    path("messages/", messages.Messages.as_view(), name="messages"),
    path("messages/read/", messages.AllRead.as_view(), name="messages-read"),
    path("asked/", looked.Asked.as_view(), name="asked"),
    path("ask/<slug:about>/", looked.Ask.as_view(), name="ask"),
    path("ask/<slug:about>/<uuid:id>/", looked.Ask.as_view(), name="ask"),
    # money
    path("money/", money.Money.as_view(), name="money"),
    path("money/how/", money.HowPaid.as_view(), name="money-how"),
    path("money/stripe/", money.Stripe.as_view(), name="money-stripe"),
    path("money/stripe/start/", money.StripeStart.as_view(), name="money-stripe-start"),
    path("money/stripe/back/", money.StripeBack.as_view(), name="money-stripe-back"),
    path("money/invoices/", money.AgreeSelfBilling.as_view(), name="self-billing"),
    path("money/statement/", money.Statement.as_view(), name="statement"),
    path("money/<uuid:id>/invoice/", money.Invoice.as_view(), name="invoice"),
    # mentoring
    path("mentoring/", mentoring.Mentoring.as_view(), name="mentoring"),
    path("mentoring/offer/", mentoring.MyOffer.as_view(), name="mentoring-offer"),
    path("mentoring/<uuid:id>/", mentoring.Pairing.as_view(), name="pairing"),
    path("mentoring/<uuid:id>/yes/", mentoring.PairingYes.as_view(), name="pairing-yes"),
    path("mentoring/<uuid:id>/no/", mentoring.PairingNo.as_view(), name="pairing-no"),
    path("mentoring/<uuid:id>/end/", mentoring.PairingEnd.as_view(), name="pairing-end"),
    path("mentoring/<uuid:id>/session/", mentoring.LogSession.as_view(), name="pairing-session"),
    # data and pace
    path("yours/", yours.Yours.as_view(), name="yours"),
    path("yours/pause/", yours.Pause.as_view(), name="pause"),
    path("yours/copy/", yours.Download.as_view(), name="download"),
    path("yours/copy/file/", yours.DownloadFile.as_view(), name="download-file"),
    path("yours/leave/", yours.Leave.as_view(), name="leave"),
    path("yours/delete/", yours.Erase.as_view(), name="erase"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("me/stop/", stopping.StopEverything.as_view(), name=navigation.STOP),
    path("me/", include((mine, "person"))),
    path("join/<str:token>/", join.Join.as_view(), name="join"),
    path("m/<str:token>/stop/", by_link.StopByMessage.as_view(), name="message-stop"),
    path("m/<str:token>/this/", by_link.StopThisByMessage.as_view(), name="message-this"),
    path("m/<str:token>/later/", by_link.NotNowByMessage.as_view(), name="message-later"),
    path("a/done/", by_link.StoppedThis.as_view(), name="message-this-done"),
    path("a/later/", by_link.Later.as_view(), name="message-later-done"),
    path("a/stopped/", stopping.StoppedByLink.as_view(), name="answer-stopped"),
    path("a/<str:token>/stop/", stopping.StopByLink.as_view(), name="answer-stop"),
    path("a/<str:token>/", requests.OneRequestByLink.as_view(), name="answer"),
    path("a/<str:token>/yes/", answering.SayYesByLink.as_view(), name="answer-yes"),
    path("a/<str:token>/no/", answering.SayNoByLink.as_view(), name="answer-no"),
    path("a/<str:token>/not-now/", answering.SayNotNowByLink.as_view(), name="answer-not-now"),
    path("a/<str:token>/still/", answering.SayStillByLink.as_view(), name="answer-still"),
    path("a/<str:token>/take-back/", answering.TakeBackYesByLink.as_view(), name="answer-take-back"),
    path("a/<str:token>/question/", answering.AskQuestionByLink.as_view(), name="answer-question"),
]

_ME = Role.SPOKESPERSON
landing.register(_ME, "person:home")
navigation.register(_ME, "Home", "person:home", 10)
navigation.register(_ME, "Requests", "person:requests", 20, home.requests_waiting)
navigation.register(_ME, "Bookings", "person:bookings", 30)
navigation.register(_ME, "Money", "person:money", 40)
navigation.register(_ME, "Messages", "person:messages", 50, home.messages_waiting)
navigation.register(_ME, "About you", "person:about", 60)
navigation.register(_ME, "Sharing", "person:consents", 70)

message_links.register(_ME, About.INVITATION, "person:request")
message_links.register(_ME, About.QUESTION, "person:requests", takes_id=False)
message_links.register(_ME, About.BOOKING, "person:booking")
message_links.register(_ME, About.CHECK_IN, "person:home", takes_id=False)
message_links.register(_ME, About.RECALL, "person:recalls", takes_id=False)
message_links.register(_ME, About.PAIRING, "person:pairing")
message_links.register(_ME, About.SESSION, "person:mentoring", takes_id=False)
message_links.register(_ME, About.GRANT, "person:consent")
message_links.register(_ME, About.PERSON, "person:consents", takes_id=False)
message_links.register(_ME, About.PAYOUT, "person:money", takes_id=False)
message_links.register(_ME, About.PAYEE, "person:money", takes_id=False)
message_links.register(_ME, About.PERSON, "person:yours", takes_id=False)
message_links.register(_ME, About.HELP, "person:about", takes_id=False)
message_links.register(_ME, About.CONCERN, "person:asked", takes_id=False)
message_links.register(_ME, About.MATCH, "person:never-asked")
message_links.register([_ME], About.LOOKED, "person:looked", takes_id=False)
message_links.register([_ME], About.PERSON, "person:looked", takes_id=False)
