"""Topics. The object is the person, except where said."""

PERSON_INVITED = "person.invited"  # object: the join invitation
PERSON_JOINED = "person.joined"
PERSON_PAUSED = "person.paused"
PERSON_RESUMED = "person.resumed"
PERSON_LEFT = "person.left"
PERSON_HELPED_BY_PHONE = "person.helped_by_phone"  # object: the record of the help
PERSON_ASSIGNED = "person.assigned"
PERSON_INACTIVE = "person.inactive"  # nothing for a year: asked whether they are still with us
PERSON_PROTECTED = "person.protected"  # by the safeguarding lead, who told us of a law

TOPICS = (
    PERSON_INVITED, PERSON_JOINED, PERSON_PAUSED, PERSON_RESUMED, PERSON_LEFT, PERSON_HELPED_BY_PHONE, PERSON_ASSIGNED,
    PERSON_INACTIVE, PERSON_PROTECTED,
)  # fmt: skip
