"""Wrap every data key under the newest key of VAULT_KEYS. The application may keep running meanwhile."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from network.privacy.usecases.keys import rotate_vault_keys


class Command(BaseCommand):
    # The last entry of VAULT_KEYS has to stay: look-up keys are derived from it.
    help = "Wrap every person's data key under the newest entry of VAULT_KEYS. Keep the last entry of all."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rotate_vault_keys()} data keys wrapped anew")
