"""What organisations publish; every `object_id` is an organisation's id."""

from __future__ import annotations

from typing import Final

ORGANISATION_APPLIED: Final = "organisation.applied"  # for coordinators
ORGANISATION_CHECKED: Final = "organisation.checked"  # for its people
ORGANISATION_REFUSED: Final = "organisation.refused"
ORGANISATION_SUSPENDED: Final = "organisation.suspended"
ORGANISATION_RESTORED: Final = "organisation.restored"
