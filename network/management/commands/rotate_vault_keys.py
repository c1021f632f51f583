"""Wrap every data key under the newest key of VAULT_KEYS. The application may keep running meanwhile."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from network.privacy.usecases.keys import rotate_vault_keys, waiting_for_rotation


class Command(BaseCommand):
    help = "Wrap every data key under the first entry of VAULT_KEYS. After that the others may be taken out of it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rotate_vault_keys()} data keys wrapped anew")
        left = waiting_for_rotation()  # made meanwhile by a process that still has the old setting
        self.stdout.write(f"{left} still under an older key: run this again" if left else "Older keys are not needed.")
