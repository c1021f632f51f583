"""Template tags for the component templates."""

from django import template

register = template.Library()
