from __future__ import annotations

from django.apps import AppConfig


class ProbeConfig(AppConfig):
    name = "tests.probe"
    label = "probe"

    def ready(self) -> None:
        from backend.config import subscriptions
        from backend.outbox import registry
        from tests.probe.handlers import SUBSCRIPTIONS

        registry.connect([*subscriptions.SUBSCRIPTIONS, *SUBSCRIPTIONS])
