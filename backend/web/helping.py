"""The pages that anybody may read: help, leaving, privacy, accessibility, and what the API's refusals mean."""

from __future__ import annotations

from django.conf import settings

from backend.web.pages import ReadPage


class HelpPage(ReadPage):
    public = True


class Help(HelpPage):
    template_name = "help/index.html"
    title = "Help"


class Leaving(HelpPage):
    template_name = "help/leaving.html"
    title = "Leaving this site"

    def context(self) -> dict[str, object]:
        return {"quick_exit_url": settings.QUICK_EXIT_URL}


class Privacy(HelpPage):
    template_name = "help/privacy.html"
    title = "Privacy"


class Accessibility(HelpPage):
    template_name = "help/accessibility.html"
    title = "Accessibility"


class Problems(HelpPage):
    """Where the `type` of every problem document of the API leads."""

    template_name = "help/problems.html"
    title = "What the API's refusals mean"
