"""Addresses of the finance pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from backend.accounts import landing
from backend.web import navigation
from payments.web import books, expenses, files, home, invoices, payees, payouts, runs
from payments.web.kit import FINANCE, Proved

pages: list[URLPattern | URLResolver] = [
    path("", home.Home.as_view(), name="home"),
    path("proved/", Proved.as_view(), name="proved"),
    path("payments/", payouts.Payouts.as_view(), name="payouts"),
    path("payments/<uuid:id>/", payouts.Payout.as_view(), name="payout"),
    path("payments/<uuid:id>/take-out/", payouts.TakeOut.as_view(), name="payout-take-out"),
    path("payments/<uuid:id>/retry/", payouts.Retry.as_view(), name="payout-retry"),
    path("payments/<uuid:id>/returned/", payouts.Returned.as_view(), name="payout-returned"),
    path("payments/<uuid:id>/handed-over/", payouts.HandOver.as_view(), name="payout-hand-over"),
    path("runs/", runs.Runs.as_view(), name="runs"),
    path("runs/new/", runs.PrepareRun.as_view(), name="run-new"),
    path("runs/<uuid:id>/", runs.Run.as_view(), name="run"),
    path("runs/<uuid:id>/put-forward/", runs.SubmitRun.as_view(), name="run-submit"),
    path("runs/<uuid:id>/approve/", runs.ApproveRun.as_view(), name="run-approve"),
    path("runs/<uuid:id>/give-up/", runs.GiveUpRun.as_view(), name="run-give-up"),
    path("files/", files.Files.as_view(), name="files"),
    path("files/make/", files.MakeFile.as_view(), name="file-make"),
    path("files/<uuid:id>/", files.BankFile.as_view(), name="file"),
    path("files/<uuid:id>/download/", files.Download.as_view(), name="file-download"),
    path("files/<uuid:id>/paid/", files.MarkPaid.as_view(), name="file-paid"),
    path("files/<uuid:id>/refused/", files.MarkRefused.as_view(), name="file-refused"),
    path("invoices/", invoices.Invoices.as_view(), name="invoices"),
    path("invoices/<uuid:id>/", invoices.Invoice.as_view(), name="invoice"),
    path("invoices/<uuid:id>/page/", invoices.Document.as_view(), name="invoice-page"),
    path("invoices/<uuid:id>/pdf/", invoices.Pdf.as_view(), name="invoice-pdf"),
    path("invoices/<uuid:id>/payment/", invoices.RecordPayment.as_view(), name="invoice-payment"),
    path("invoices/<uuid:id>/credit/", invoices.GiveCredit.as_view(), name="invoice-credit"),
    path("payees/", payees.Payees.as_view(), name="payees"),
    path("payees/<uuid:ref>/", payees.Payee.as_view(), name="payee"),
    path("payees/<uuid:ref>/open/", payees.Reveal.as_view(), name="payee-reveal"),
    path("payees/<uuid:ref>/confirm/", payees.RecordCall.as_view(), name="payee-call"),
    path("expenses/", expenses.Expenses.as_view(), name="expenses"),
    path("expenses/<uuid:id>/", expenses.Expense.as_view(), name="expense"),
    path("books/", books.Books.as_view(), name="books"),
    path("books/check/", books.Check.as_view(), name="check"),
    path("books/check/now/", books.CheckNow.as_view(), name="check-now"),
    path("books/top-up/", books.TopUp.as_view(), name="top-up"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("money/", include((pages, "money")))]

for _role in FINANCE:
    landing.register(_role, "money:home")
navigation.register(FINANCE, "Home", "money:home", 10)
navigation.register(FINANCE, "Payments", "money:payouts", 20)
navigation.register(FINANCE, "Runs", "money:runs", 30)
navigation.register(FINANCE, "Bank files", "money:files", 40)
navigation.register(FINANCE, "Invoices", "money:invoices", 50)
navigation.register(FINANCE, "Expenses", "money:expenses", 60)
navigation.register(FINANCE, "Payees", "money:payees", 70)
navigation.register(FINANCE, "Books", "money:books", 80)
