"""Addresses of the finance pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from backend.accounts import landing
from backend.kernel.actor import Role
from backend.web import navigation
from payments.web import (
    books,
    expenses,
    figures,
    files,
    home,
    invoices,
    losses,
    months,
    payees,
    payouts,
    runs,
    statements,
    trustee,
)
from payments.web.kit import FINANCE, Proved

pages: list[URLPattern | URLResolver] = [
    path("", home.Home.as_view(), name="home"),
    path("proved/", Proved.as_view(), name="proved"),
    path("payments/", payouts.Payouts.as_view(), name="payouts"),
    path("payments/<uuid:id>/", payouts.Payout.as_view(), name="payout"),
    path("payments/<uuid:id>/take-out/", payouts.TakeOut.as_view(), name="payout-take-out"),
    path("payments/<uuid:id>/retry/", payouts.Retry.as_view(), name="payout-retry"),
    path("payments/<uuid:id>/look-after/", payouts.LookAfter.as_view(), name="payout-look-after"),
    path("payments/<uuid:id>/agree/", trustee.Agree.as_view(), name="payout-agree"),
    path("payments/<uuid:id>/send-back/", trustee.SendBack.as_view(), name="payout-send-back"),
    path("payments/above-a-limit/", trustee.AboveLimit.as_view(), name="above-limit"),
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
    path("files/<uuid:id>/release/", files.Release.as_view(), name="file-release"),
    path("files/<uuid:id>/do-not-release/", files.DoNotRelease.as_view(), name="file-do-not-release"),
    path("files/<uuid:id>/paid/", files.MarkPaid.as_view(), name="file-paid"),
    path("files/<uuid:id>/refused/", files.MarkRefused.as_view(), name="file-refused"),
    path("invoices/", invoices.Invoices.as_view(), name="invoices"),
    path("invoices/<uuid:id>/", invoices.Invoice.as_view(), name="invoice"),
    path("invoices/<uuid:id>/page/", invoices.Document.as_view(), name="invoice-page"),
    path("invoices/<uuid:id>/pdf/", invoices.Pdf.as_view(), name="invoice-pdf"),
    path("invoices/<uuid:id>/payment/", invoices.RecordPayment.as_view(), name="invoice-payment"),
    path("invoices/<uuid:id>/credit/", invoices.GiveCredit.as_view(), name="invoice-credit"),
    path("invoices/<uuid:id>/write-off/", losses.AskWriteOff.as_view(), name="invoice-write-off"),
    path("invoices/<uuid:id>/late/", losses.ClaimInterest.as_view(), name="invoice-late"),
    path("invoices/<uuid:id>/refund/", losses.RecordRefund.as_view(), name="invoice-refund"),
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
    path("books/check/<uuid:id>/", books.Difference.as_view(), name="difference"),
    path("books/check/<uuid:id>/take-on/", books.TakeOn.as_view(), name="difference-take"),
    path("books/check/<uuid:id>/explain/", books.Explain.as_view(), name="difference-explain"),
    path("books/check/<uuid:id>/book/", books.BookIt.as_view(), name="difference-book"),
    path("books/statements/", statements.Statements.as_view(), name="statements"),
    path("books/statements/import/", statements.ImportStatement.as_view(), name="statement-import"),
    path("books/statements/<uuid:id>/", statements.Statement.as_view(), name="statement"),
    path("books/lines/<uuid:id>/", statements.Line.as_view(), name="line"),
    path("books/lines/<uuid:id>/take-back/", statements.ReleaseLine.as_view(), name="line-release"),
    path("books/months/", months.Months.as_view(), name="months"),
    path("books/months/<str:month>/close/", months.CloseMonth.as_view(), name="month-close"),
    path("books/months/<str:month>/ask/", months.AskToReopen.as_view(), name="month-ask"),
    path("books/months/<str:month>/open/", months.ReopenMonth.as_view(), name="month-reopen"),
    path("books/vat/", figures.Vat.as_view(), name="vat"),
    path("books/export/", months.Export.as_view(), name="export"),
    path("figures/", figures.Figures.as_view(), name="figures"),
    path("write-offs/", losses.WriteOffs.as_view(), name="write-offs"),
    path("write-offs/<uuid:id>/decide/", losses.DecideWriteOff.as_view(), name="write-off-decide"),
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
navigation.register(FINANCE, "Figures", "money:figures", 90)
# Those who pay nobody: the bookkeeper compares (control C36), trustees read.
landing.register(Role.BOOKKEEPER, "money:check")
landing.register(Role.TRUSTEE, "money:figures")
navigation.register((Role.BOOKKEEPER, Role.TRUSTEE), "Figures", "money:figures", 10)
navigation.register(Role.BOOKKEEPER, "Bank statements", "money:statements", 20)
navigation.register((Role.BOOKKEEPER, Role.TRUSTEE), "Differences", "money:check", 30)
navigation.register((Role.BOOKKEEPER, Role.TRUSTEE), "Books", "money:books", 40)
navigation.register((Role.BOOKKEEPER, Role.TRUSTEE), "Months", "money:months", 50)
