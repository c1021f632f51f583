"""Topics. The object is always the grant."""

CONSENT_GIVEN = "consent.given"  # also when renewed
CONSENT_NARROWED = "consent.narrowed"
CONSENT_WITHDRAWN = "consent.withdrawn"
CONSENT_EXPIRED = "consent.expired"

TOPICS = (CONSENT_GIVEN, CONSENT_NARROWED, CONSENT_WITHDRAWN, CONSENT_EXPIRED)
