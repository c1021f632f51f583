"""Addresses of the pages of staff: coordinators, the safeguarding lead, the network admin."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from backend.accounts import landing
from backend.kernel.actor import Role
from backend.web import navigation
from network.notifications.data import About
from network.notifications.queries import unread_count
from network.web import message_links
from network.web.team import (
    bookings,
    brief_write,
    briefs,
    concerns,
    emergency,
    home,
    mentoring,
    messages,
    organisations,
    parliament,
    people,
    protection,
    safety,
    settings,
)

app_name = "team"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.Home.as_view(), name="home"),
    # briefs
    path("briefs/", briefs.Briefs.as_view(), name="briefs"),
    path("briefs/<uuid:id>/", briefs.Brief.as_view(), name="brief"),
    path("briefs/<uuid:id>/accept/", briefs.Accept.as_view(), name="brief-accept"),
    path("briefs/<uuid:id>/hold/", briefs.Hold.as_view(), name="brief-hold"),
    path("briefs/<uuid:id>/ask/", briefs.AskRequester.as_view(), name="brief-ask"),
    path("briefs/<uuid:id>/decline/", briefs.Decline.as_view(), name="brief-decline"),
    path("briefs/<uuid:id>/close/", briefs.Close.as_view(), name="brief-close"),
    path("briefs/<uuid:id>/match/", briefs.Match.as_view(), name="match"),
    path("briefs/<uuid:id>/edit/", brief_write.Edit.as_view(), name="brief-edit"),
    path("briefs/<uuid:id>/edit/<slug:step>/", brief_write.Write.as_view(), name="brief-write"),
    path("questions/<uuid:id>/", briefs.Question.as_view(), name="question"),
    # organisations
    path("organisations/", organisations.Organisations.as_view(), name="organisations"),
    path("organisations/<uuid:id>/", organisations.Organisation.as_view(), name="organisation"),
    path("organisations/<uuid:id>/check/", organisations.Check.as_view(), name="organisation-check"),
    path("organisations/<uuid:id>/refuse/", organisations.Refuse.as_view(), name="organisation-refuse"),
    path("organisations/<uuid:id>/suspend/", organisations.Suspend.as_view(), name="organisation-suspend"),
    path("organisations/<uuid:id>/restore/", organisations.Restore.as_view(), name="organisation-restore"),
    path("organisations/<uuid:id>/note/", organisations.WriteNote.as_view(), name="organisation-note"),
    # people
    path("people/", people.People.as_view(), name="people"),
    path("people/invite/", people.Invite.as_view(), name="person-invite"),
    path("people/search/", people.Search.as_view(), name="person-search"),
    path("people/<uuid:id>/", people.Person.as_view(), name="person"),
    path("people/<uuid:id>/again/", people.InviteAgain.as_view(), name="person-again"),
    path("people/<uuid:id>/protect/", protection.Protect.as_view(), name="person-protect"),
    path("people/<uuid:id>/reveal/", people.Reveal.as_view(), name="person-reveal"),
    path("people/<uuid:id>/assign/", people.Assign.as_view(), name="person-assign"),
    path("people/<uuid:id>/end/", people.EndAssignment.as_view(), name="person-end"),
    path("people/<uuid:id>/emergency/", emergency.Ask.as_view(), name="glass-ask"),
    # emergencies
    path("emergencies/", emergency.Glasses.as_view(), name="glasses"),
    path("emergencies/<uuid:id>/", emergency.Glass.as_view(), name="glass"),
    path("emergencies/<uuid:id>/look/", emergency.Look.as_view(), name="glass-look"),
    path("emergencies/<uuid:id>/approve/", emergency.Approve.as_view(), name="glass-approve"),
    path("emergencies/<uuid:id>/refuse/", emergency.Refuse.as_view(), name="glass-refuse"),
    path("emergencies/<uuid:id>/alone/", emergency.OpenAlone.as_view(), name="glass-alone"),
    path("emergencies/<uuid:id>/close/", emergency.CloseGlass.as_view(), name="glass-close"),
    path("emergencies/<uuid:id>/review/", emergency.Review.as_view(), name="glass-review"),
    path("emergencies/<uuid:id>/seal/", emergency.SealLook.as_view(), name="glass-seal"),
    path("emergencies/<uuid:id>/seal/agree/", emergency.AgreeToSeal.as_view(), name="glass-seal-agree"),
    # bookings
    path("bookings/", bookings.Bookings.as_view(), name="bookings"),
    path("bookings/<uuid:id>/", bookings.Booking.as_view(), name="booking"),
    path("bookings/<uuid:id>/done/", bookings.MarkDone.as_view(), name="booking-done"),
    path("bookings/<uuid:id>/cancel/", bookings.Cancel.as_view(), name="booking-cancel"),
    path("bookings/<uuid:id>/report/", bookings.ReportBack.as_view(), name="booking-report"),
    path("check-ins/", bookings.CheckIns.as_view(), name="check-ins"),
    path("check-ins/<uuid:id>/done/", bookings.CheckInDone.as_view(), name="check-in-done"),
    path("recalls/", bookings.Recalls.as_view(), name="recalls"),
    path("recalls/<uuid:id>/", bookings.Recall.as_view(), name="recall"),
    # questions, worries, complaints
    path("safe/", concerns.Safeguarding.as_view(), name="safeguarding"),
    path("safe/matches/", safety.Matches.as_view(), name="safe-matches"),
    path("safe/matches/<uuid:id>/", safety.Match.as_view(), name="safe-match"),
    path("safe/looks/", safety.Alerts.as_view(), name="alerts"),
    path("safe/looks/<uuid:id>/seen/", safety.AlertSeen.as_view(), name="alert-seen"),
    path("asked/", concerns.Asked.as_view(), name="asked"),
    path("asked/<uuid:id>/", concerns.Answer.as_view(), name="asked-answer"),
    path("complaints/", concerns.Complaints.as_view(), name="complaints"),
    path("complaints/<uuid:id>/", concerns.Complaint.as_view(), name="complaint"),
    # mentoring
    path("mentoring/", mentoring.Mentoring.as_view(), name="mentoring"),
    path("mentoring/new/", mentoring.Propose.as_view(), name="pairing-new"),
    path("mentoring/<uuid:id>/", mentoring.Pairing.as_view(), name="pairing"),
    path("mentoring/<uuid:id>/end/", mentoring.EndPairing.as_view(), name="pairing-end"),
    path("mentoring/<uuid:id>/session/", mentoring.LogSession.as_view(), name="pairing-session"),
    # Parliament
    path("calls/", parliament.Calls.as_view(), name="calls"),
    path("calls/<uuid:id>/", parliament.Call.as_view(), name="call"),
    path("calls/<uuid:id>/dismiss/", parliament.DismissCall.as_view(), name="call-dismiss"),
    # all staff
    path("messages/", messages.Messages.as_view(), name="messages"),
    path("messages/read/", messages.AllRead.as_view(), name="messages-read"),
    path("settings/", settings.Settings.as_view(), name="settings"),
]

_C, _S, _A = Role.COORDINATOR, Role.SAFEGUARDING, Role.ADMIN
landing.register(_C, "team:home")
landing.register(_S, "team:safeguarding")
navigation.register(_C, "Home", "team:home", 10)
navigation.register(_C, "Briefs", "team:briefs", 20, home.to_read)
navigation.register(_S, "Safeguarding", "team:safeguarding", 11)
navigation.register([_C, _S], "Asked", "team:asked", 35)
navigation.register(_S, "Complaints", "team:complaints", 36)
navigation.register([_C, _S], "People", "team:people", 30)
navigation.register([_C, _S, _A], "Emergencies", "team:glasses", 75)
navigation.register(_C, "Organisations", "team:organisations", 40)
navigation.register(_C, "Bookings", "team:bookings", 50)
navigation.register(_C, "Mentoring", "team:mentoring", 60)
navigation.register(_C, "Parliament", "team:calls", 70)
navigation.register([_C, _S, _A], "Messages", "team:messages", 80, unread_count)
navigation.register(_A, "Settings", "team:settings", 30)

message_links.register(_C, About.OPPORTUNITY, "team:brief")
message_links.register(_C, About.QUESTION, "team:question")
message_links.register(_C, About.INVITATION, "team:briefs", takes_id=False)
message_links.register(_C, About.CALL, "team:call")
message_links.register(_C, About.BOOKING, "team:booking")
message_links.register(_C, About.CHECK_IN, "team:check-ins", takes_id=False)
message_links.register(_C, About.RECALL, "team:recall")
message_links.register(_C, About.PAIRING, "team:pairing")
message_links.register(_C, About.SESSION, "team:mentoring", takes_id=False)
message_links.register(_C, About.PERSON, "team:person")
message_links.register(_C, About.ORGANISATION, "team:organisation")
message_links.register([_C, _S], About.CONCERN, "team:asked-answer")
message_links.register(_S, About.COMPLAINT, "team:complaint")
message_links.register(_S, About.MATCH, "team:safe-match")
message_links.register(_S, About.ALERT, "team:alerts", takes_id=False)
message_links.register([_C, _S, _A], About.GLASS, "team:glass")
message_links.register(_C, About.GRANT, "team:bookings", takes_id=False)
