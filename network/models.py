"""Only so that Django finds the tables; nobody imports from here."""

from network.bookings import models as _bookings  # noqa: F401
from network.breakglass import models as _breakglass  # noqa: F401
from network.casework import models as _casework  # noqa: F401
from network.concerns import models as _concerns  # noqa: F401
from network.consent import models as _consent  # noqa: F401
from network.mentoring import models as _mentoring  # noqa: F401
from network.nevertell import models as _nevertell  # noqa: F401
from network.notifications import models as _notifications  # noqa: F401
from network.opportunities import models as _opportunities  # noqa: F401
from network.organisations import models as _organisations  # noqa: F401
from network.people import models as _people  # noqa: F401
from network.privacy import models as _privacy  # noqa: F401
from network.vault import models as _vault  # noqa: F401
