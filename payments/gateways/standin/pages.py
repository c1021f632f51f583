"""The two hosted pages: paying an invoice and giving Stripe one's details. Plain, and honest that nothing is real."""

from __future__ import annotations

from html import escape

from payments.money import pounds

_PAGE = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p>This page stands in for Stripe. No card and no bank is asked, and no money moves.</p>
{body}
</main>
</body>
</html>
"""


def page(title: str, body: str) -> str:
    return _PAGE.format(title=escape(title), body=body)


def pay_page(label: str, amount: int, cancel_url: str) -> str:
    return page(
        f"Pay {pounds(amount)}",
        f"<p>{escape(label)}</p>"
        '<form method="post"><button type="submit" name="act" value="pay">Pay by card</button></form>'
        f'<p><a href="{escape(cancel_url)}">Go back without paying</a></p>',
    )


def onboard_page() -> str:
    return page(
        "Your details for being paid",
        "<p>On the real page you would enter your name, date of birth and bank account. Only Stripe would see them.</p>"
        '<form method="post"><button type="submit" name="act" value="done">Finish</button></form>',
    )


def closed_page() -> str:
    return page("This page is closed", "<p>It was used already, or it is too old. Please go back and start again.</p>")
