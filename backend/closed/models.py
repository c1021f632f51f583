from __future__ import annotations

from django.db import models

from backend.kernel.privacy import Declares
from backend.kernel.rows import Row


class Closed(Row):
    """While a row is here the application is closed. Every backup carries one, so that whatever is made of it, by
    whatever tool, starts closed."""

    since = models.DateTimeField()
    why = models.CharField(max_length=40)

    PRIVACY = Declares(technical="id since why")

    class Meta:
        db_table = "backend_closed"
