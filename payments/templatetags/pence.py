"""Pence on pages."""

from __future__ import annotations

from django import template

from payments import money

register = template.Library()


@register.filter
def pounds(amount: int) -> str:
    return money.pounds(amount)
