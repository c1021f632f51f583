"""The figures a trustee asks for, and those for VAT: to read, never to act on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from backend.kernel.clock import LONDON
from backend.kernel.errors import Invalid
from backend.web.fields import DateField
from backend.web.forms import Form
from backend.web.parts import Bar, Cell, Tile
from backend.web.words import day, pounds
from payments.books.data import TrusteeFigures
from payments.books.figures import trustee_figures, vat_summary
from payments.web.kit import FINANCE, BooksRead, to
from payments.web.words import short_day


def _some(count: int, one: str) -> str:
    return f"{count} {one}{'' if count == 1 else 's'}"


def _days(found: float) -> str:
    whole = int(found) if found == int(found) else found
    return f"{whole} day{'' if whole == 1 else 's'}"


class Figures(BooksRead):
    template_name = "payments/web/figures.html"
    title = "Money at a glance"

    def context(self) -> Mapping[str, object]:
        found = trustee_figures(actor=self.actor, at=self.at)
        today = self.at.astimezone(LONDON).date()
        return {
            "f": found,
            "today": today,
            # Two rows of three: sums need room on a wide screen too.
            "tiles": self._tiles(found, today)[:3],
            "more_tiles": self._tiles(found, today)[3:],
            "spare": pounds(abs(found.spare)),
            "short": found.spare < 0,
            "in_hand": [
                Bar("In hand: bank, Stripe and cash", max(0, found.in_hand), pounds(found.in_hand)),
                Bar("Promised to people", max(0, found.promised), pounds(found.promised)),
                Bar("Still to come in from requesters", max(0, found.coming_in), pounds(found.coming_in)),
            ],
            "on_time": [
                Bar(f"{m.month:%B %Y}", m.percent, f"{m.percent}% of {_some(m.paid, 'payment')}")
                for m in found.by_month
            ],
            "ageing": [Bar(words, amount, pounds(amount)) for words, amount in found.ageing],
            "requesters": [
                (
                    r.name,
                    Cell(pounds(r.invoiced), number=True),
                    Cell(pounds(r.outstanding), number=True),
                    Cell(pounds(r.late), number=True),
                    short_day(r.oldest_due) or "–",
                )
                for r in found.requesters
            ],
            "where": [
                ("At the bank", Cell(pounds(found.bank), number=True)),
                ("At Stripe", Cell(pounds(found.stripe), number=True)),
                ("Cash and vouchers", Cell(pounds(found.cash), number=True)),
                ("Promised to people, or to be given on", Cell(pounds(-found.promised), number=True)),
                ("Nobody can place it yet", Cell(pounds(-found.unexplained), number=True)),
                ("Left over", Cell(pounds(found.spare), number=True)),
            ],
        }

    def _tiles(self, found: TrusteeFigures, today: date) -> list[Tile]:
        pays = self.actor.has(*FINANCE)
        waits = (today - found.oldest_owed_at.astimezone(LONDON).date()).days if found.oldest_owed_at else 0
        return [
            Tile(
                "Owed to people",
                pounds(found.owed),
                _some(found.owed_count, "payment")
                + (f", {pounds(found.overdue)} past its day" if found.overdue_count else ", none past its day"),
                to("payouts") if pays else "",
                "wait" if found.overdue_count else "good",
            ),
            Tile(
                "Paid on time",
                "–" if found.on_time_percent is None else f"{found.on_time_percent}%",
                f"of {_some(found.paid_count, 'payment')} in the last twelve months",
                tone="good" if found.on_time_percent == 100 else "",
            ),
            Tile(
                "Typical wait",
                "–" if found.median_days is None else _days(found.median_days),
                "the median, from owed to paid"
                + (f"; the longest was {_days(found.slowest_days)}" if found.slowest_days is not None else ""),
            ),
            Tile(
                "Oldest unpaid",
                _days(waits) if found.oldest_owed_at else "None",
                f"to be paid by {day(found.oldest_pay_by)} or later" if found.oldest_pay_by else "Nobody waits",
            ),
            Tile(
                "Differences to explain",
                found.differences,
                "between our books, Stripe and the bank",
                to("check"),
                "wait" if found.differences else "good",
            ),
            Tile("Written off", pounds(found.written_off), "since these books began"),
        ]


class PeriodForm(Form):
    since = DateField(label="From")
    until = DateField(label="Up to and including")


def last_quarter(today: date) -> tuple[date, date]:
    """The calendar quarter before this one."""
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    until = first - timedelta(days=1)
    return date(until.year, until.month - 2, 1), until


class Vat(BooksRead):
    template_name = "payments/web/vat.html"
    title = "VAT summary"
    back_to = "books"

    def context(self) -> Mapping[str, object]:
        since, until = last_quarter(self.at.astimezone(LONDON).date())
        asked = self.request.GET if "since" in self.request.GET else {"since": since, "until": until}
        form = PeriodForm(asked)
        if form.is_valid():
            since, until = form.cleaned_data["since"], form.cleaned_data["until"]
        try:
            found = vat_summary(since=since, until=until, actor=self.actor)
        except Invalid as problem:
            form.take_refusal(problem)
            return {"form": form, "v": None}
        return {
            "form": form,
            "v": found,
            "from_words": day(found.since),
            "until_words": day(found.until),
            "rows": [
                ("VAT charged on sales", Cell(pounds(found.vat_charged), number=True)),
                ("Sales without VAT: fees invoiced, less credit notes", Cell(pounds(found.sales), number=True)),
                (
                    "Outside VAT: statutory interest and fixed sums, donations, interest of the bank",
                    Cell(pounds(found.outside), number=True),
                ),
            ],
            "turnover": pounds(found.turnover),
            "threshold": pounds(found.threshold),
            "percent": found.percent_of_threshold,
            "near": found.percent_of_threshold >= 80,
            "bars": [
                Bar("Fees of the twelve months", max(0, found.turnover), pounds(found.turnover)),
                Bar("Threshold for registering", found.threshold, pounds(found.threshold)),
            ],
        }
