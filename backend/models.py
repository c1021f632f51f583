"""Only so that Django finds the tables; nobody imports from here."""

from backend.accounts import models as _accounts  # noqa: F401
from backend.audit import models as _audit  # noqa: F401
from backend.closed import models as _closed  # noqa: F401
from backend.keys import models as _keys  # noqa: F401
from backend.once import models as _once  # noqa: F401
from backend.outbox import models as _outbox  # noqa: F401
