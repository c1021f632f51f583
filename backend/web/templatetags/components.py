"""The component tags. Built in: no `{% load %}` needed. See /demo/components/ for each with an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from backend.kernel.errors import OwnWordsError
from backend.kernel.ids import new_id
from backend.web import navigation, words
from backend.web.forms import Form
from backend.web.parts import Bar, Cell, Row, Step, Task, Tile

register = template.Library()

_TONES = {"success": "good", "warning": "warn", "error": "bad"}


# -- how things are written ------------------------------------------------------------------------------------------


@register.filter
def pounds(pence: int | None) -> str:
    return words.pounds(pence)


@register.filter
def when(at: datetime | None) -> str:
    return words.when(at)


@register.filter
def when_short(at: datetime | None) -> str:
    return words.when_short(at)


@register.filter
def day(value: date | datetime | None) -> str:
    return words.day(value)


@register.filter
def clock(at: datetime | None) -> str:
    return words.clock_time(at) if at else ""


# -- small pieces ----------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/tag.html")
def tag(state: object, label: str = "", tone: str = "") -> dict[str, str]:
    """`{% tag booking.state %}`, or `{% tag "x" label="Own words" tone="good" %}`."""
    text, colour = words.state_words(state)
    return {"words": label or text, "tone": tone or colour}


@register.inclusion_tag("components/flash.html")
def flash(message: Message) -> dict[str, str]:
    tone = {constants.SUCCESS: "good", constants.WARNING: "warn", constants.ERROR: "bad"}.get(message.level, "info")
    return {"text": str(message), "tone": tone}


@register.simple_block_tag
def card(
    content: str, heading: str = "", url: str = "", state: object = "", tone: str = "", level: int = 2
) -> SafeString:
    """`{% card heading="..." url="..." state=x tone="next|warn|stop|quiet" %}...{% endcard %}`."""
    return render_to_string(
        "components/card.html",
        {"content": content, "heading": heading, "url": url, "state": state, "tone": tone, "level": level},
    )


@register.simple_block_tag
def notice(content: str, heading: str = "", tone: str = "info", alert: bool = False) -> SafeString:
    """`{% notice tone="info|good|warn|bad" heading="..." %}<p>...</p>{% endnotice %}`."""
    return render_to_string(
        "components/notice.html", {"content": content, "heading": heading, "tone": tone, "alert": alert}
    )


@register.inclusion_tag("components/problem_panel.html")
def problem_panel(problem: OwnWordsError) -> dict[str, object]:
    return {"problem": problem}


@register.inclusion_tag("components/empty.html")
def empty(title: str, text: str = "", url: str = "", label: str = "") -> dict[str, str]:
    """Nothing here yet, and what could be done about it."""
    return {"title": title, "text": text, "url": url, "label": label}


# -- lists -----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/summary_list.html")
def summary_list(rows: Sequence[Row | Sequence[Any]]) -> dict[str, object]:
    """`rows`: `parts.Row`, or tuples (label, value[, url[, action[, note]]]). Rows whose value is None are left out."""
    made = [row if isinstance(row, Row) else Row(*row) for row in rows or ()]
    shown = [row for row in made if row.value is not None]
    return {"rows": shown, "any_action": any(row.url for row in shown)}


@register.inclusion_tag("components/task_list.html")
def task_list(tasks: Sequence[Task]) -> dict[str, object]:
    return {"tasks": tasks}


@register.inclusion_tag("components/steps.html")
def steps(items: Sequence[Step]) -> dict[str, object]:
    """A timeline."""
    return {"steps": items}


@register.inclusion_tag("components/tiles.html")
def tiles(items: Sequence[Tile]) -> dict[str, object]:
    return {"tiles": items}


@dataclass(frozen=True, slots=True)
class _Shown:
    label: str
    value: object
    url: str
    state: str
    number: bool


@register.inclusion_tag("components/table.html")
def table(caption: str, headings: Sequence[str] | str, rows: Sequence[Sequence[object]]) -> dict[str, object]:
    """A table that becomes cards on a phone. `headings`: a sequence, or text split at "|". Cells: text or `parts.Cell`.

    A column is set to the right when its first cell says `number=True`.
    """
    labels = headings.split("|") if isinstance(headings, str) else list(headings)
    cells = [[cell if isinstance(cell, Cell) else Cell(value=cell) for cell in row] for row in rows]
    numbers = [bool(cells) and at < len(cells[0]) and cells[0][at].number for at in range(len(labels))]
    shown = [
        [
            _Shown(label, cell.value, cell.url, cell.state, number)
            for label, cell, number in zip(labels, row, numbers, strict=True)
        ]
        for row in cells
    ]
    heads = [{"label": label, "number": number} for label, number in zip(labels, numbers, strict=True)]
    return {"caption": caption, "heads": heads, "rows": shown}


@register.inclusion_tag("components/pagination.html")
def pagination(next_url: str = "", first_url: str = "", label: str = "Next page") -> dict[str, str]:
    """Keyset paging: forward, or back to the start."""
    return {"next_url": next_url, "first_url": first_url, "label": label}


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(
    title: str, bars: Sequence[Bar], label_heading: str = "Group", value_heading: str = "Number"
) -> dict[str, object]:
    """Bars drawn on the server, with a title for those who listen and the figures as a table."""
    top = max((bar.value for bar in bars), default=0)
    drawn = [
        {
            "label": bar.label,
            "words": bar.words or str(bar.value),
            "y": 22 + 46 * number,
            "text_y": 15 + 46 * number,
            "width": round(400 * bar.value / top) if top else 0,
        }
        for number, bar in enumerate(bars)
    ]
    spoken = "; ".join(f"{bar['label']}: {bar['words']}" for bar in drawn)
    return {
        "title": title,
        "bars": drawn,
        "height": 46 * len(drawn),
        "spoken": spoken,
        "id": f"chart-{slugify(title)}",
        "label_heading": label_heading,
        "value_heading": value_heading,
    }


# -- forms and buttons -----------------------------------------------------------------------------------------------


def _csrf(context: template.Context) -> dict[str, Any]:
    return {"csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Form | None) -> dict[str, object]:
    """The error summary, each line linked to its field."""
    return {"items": form.error_items if form is not None and form.is_bound else []}


@register.simple_tag(takes_context=True)
def once_key(context: template.Context) -> str:
    """The hidden key of a form: sent twice, it has one effect. A form shown again after an error keeps its key."""
    request = context.get("request")
    kept = str(request.POST.get("once", ""))[:64] if request is not None and request.method == "POST" else ""
    return kept or str(new_id())


@register.inclusion_tag("components/form.html", takes_context=True)
def form(
    context: template.Context,
    form: Form,
    button: str = "Save",
    action: str = "",
    cancel_url: str = "",
    cancel: str = "Cancel",
    kind: str = "",
    errors: bool = True,
) -> dict[str, object]:
    """A whole form: error summary, fields, one button. `kind`: "", "secondary" or "warning"."""
    return {
        **_csrf(context),
        "once": once_key(context),
        "form": form,
        "button": button or "Save",
        "action": action,
        "cancel_url": cancel_url,
        "cancel": cancel,
        "kind": kind,
        "errors": errors,
    }


@register.inclusion_tag("components/action.html", takes_context=True)
def action(
    context: template.Context, url: str, label: str, kind: str = "", about: str = "", **hidden: object
) -> dict[str, object]:
    """One button that posts. `kind`: "", "secondary", "warning" or "link"; other keywords become hidden values.

    `about` says, to those who listen, which of several like buttons it is.
    """
    return {
        **_csrf(context),
        "once": once_key(context),
        "url": url,
        "label": label,
        "kind": kind,
        "about": about,
        "hidden": hidden,
    }


@register.inclusion_tag("components/safety_bar.html", takes_context=True)
def safety_bar(context: template.Context) -> dict[str, object]:
    """Stop and Leave, in view at every scroll position. A page may say that Stop leads elsewhere, or nowhere, by
    `stop_here` in its context: pages that are reached without signing in have a Stop of their own, or none."""
    return {
        "stop_url": context.get("stop_here", navigation.link(navigation.STOP)),
        "leave_url": navigation.link("leave"),
        "quick_exit_url": settings.QUICK_EXIT_URL,
    }


@register.simple_tag
def words_of(mapping: Mapping[str, str], key: object) -> SafeString | str:
    """A value of a small mapping; templates cannot look one up by a variable."""
    return mapping.get(str(getattr(key, "value", key)), "")


__all__ = ["mark_safe", "register"]
