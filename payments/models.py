"""Only so that Django finds the tables; nobody imports from here."""

from payments.books import models as _books  # noqa: F401
from payments.expenses import models as _expenses  # noqa: F401
from payments.gateways import models as _gateways  # noqa: F401
from payments.invoicing import models as _invoicing  # noqa: F401
from payments.ledger import models as _ledger  # noqa: F401
from payments.payees import models as _payees  # noqa: F401
from payments.payouts import models as _payouts  # noqa: F401
from payments.rates import models as _rates  # noqa: F401
