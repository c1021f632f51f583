"""Addresses of signing in, the account and the admin's desk."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from backend.accounts import api, demo_pages, landing, pages, staff_pages
from backend.kernel.actor import Role
from backend.web import navigation

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.Home.as_view(), name="home"),
    path("sign-in/", pages.SignIn.as_view(), name="sign-in"),
    path("sign-in/code/", pages.SignInCode.as_view(), name="sign-in-code"),
    path("sign-out/", pages.SignOut.as_view(), name="sign-out"),
    path("confirm/", pages.Confirm.as_view(), name="step-up"),
    path("confirm/send/", pages.ConfirmSend.as_view(), name="step-up-send"),
    path("account/", pages.Account.as_view(), name="account"),
    path("account/sessions/", pages.Sessions.as_view(), name="account-sessions"),
    path("account/sessions/end-others/", pages.EndOtherSessions.as_view(), name="account-sessions-end"),
    path("account/security/", pages.Security.as_view(), name="security"),
    path("account/security/app/", pages.EnrolApp.as_view(), name="security-app"),
    path("account/security/app/remove/", pages.RemoveApp.as_view(), name="security-app-remove"),
    path("account/programs/", pages.Programs.as_view(), name="programs"),
    path("account/programs/<uuid:id>/renew/", pages.RenewProgram.as_view(), name="program-renew"),
    path("account/programs/<uuid:id>/switch-off/", pages.RevokeProgram.as_view(), name="program-revoke"),
    path("staff/accounts/", staff_pages.Staff.as_view(), name="staff-accounts"),
    path("staff/accounts/<uuid:id>/end/<str:role>/", staff_pages.EndStaffRole.as_view(), name="staff-role-end"),
    path("staff/work/", staff_pages.DeadLetters.as_view(), name="dead-letters"),
    path("staff/work/<uuid:id>/retry/", staff_pages.RetryDeadLetter.as_view(), name="dead-letter-retry"),
    path("staff/work/<uuid:id>/dismiss/", staff_pages.DismissDeadLetter.as_view(), name="dead-letter-dismiss"),
    path("oauth/token", api.token, name="oauth-token"),
]
if settings.MODE != "production":
    urlpatterns += [
        path("demo/sign-in/<str:token>/", demo_pages.DemoSignIn.as_view(), name="demo-sign-in"),
        path("demo/outbox/", demo_pages.DemoOutbox.as_view(), name="demo-outbox"),
    ]

landing.register(Role.ADMIN, "staff-accounts")
navigation.register(Role.ADMIN, "Who works here", "staff-accounts", 10)
navigation.register(Role.ADMIN, "Work that failed", "dead-letters", 20)
navigation.register(Role.REQUESTER, "Programs", "programs", 80)
navigation.register(list(Role), "Account", "account", 95)
