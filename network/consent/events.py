"""Topics. The object is always the grant."""

CONSENT_GIVEN = "consent.given"  # also when renewed
CONSENT_NARROWED = "consent.narrowed"
CONSENT_WITHDRAWN = "consent.withdrawn"
CONSENT_EXPIRED = "consent.expired"
CONSENT_SUSPENDED = "consent.suspended"  # what it was for changed; nothing is shown until the person has answered
CONSENT_REAFFIRMED = "consent.reaffirmed"
CONSENT_ENDING = "consent.ending"  # a reminder, twice
CONSENT_REVIEW = "consent.review"  # object: the person; once a year

TOPICS = (
    CONSENT_GIVEN, CONSENT_NARROWED, CONSENT_WITHDRAWN, CONSENT_EXPIRED, CONSENT_SUSPENDED,
    CONSENT_REAFFIRMED, CONSENT_ENDING, CONSENT_REVIEW,
)  # fmt: skip
