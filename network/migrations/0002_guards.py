"""What the database itself refuses."""

from typing import ClassVar

from django.db import migrations

from backend.kernel.guards import append_only, sql

# Half-open: one booking may start the minute another ends. Both live states count, so that two requests
# cannot be agreeing on the same time of the same person.
_OVERLAP = """
SELECT RAISE(ABORT, 'booking_overlap') WHERE NEW.state IN ('agreeing', 'confirmed') AND EXISTS (
  SELECT 1 FROM network_booking b WHERE b.person_id = NEW.person_id AND b.id <> NEW.id
  AND b.state IN ('agreeing', 'confirmed') AND b.starts_at < NEW.ends_at AND NEW.starts_at < b.ends_at)
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("network", "0001_initial")]
    operations: ClassVar = [
        append_only("network_opportunity_history"),
        append_only("network_opportunity_change"),
        append_only("network_booking_history"),
        append_only("network_consent_event"),
        sql(
            postgresql=[
                "CREATE EXTENSION IF NOT EXISTS btree_gist",
                "ALTER TABLE network_booking ADD CONSTRAINT booking_overlap EXCLUDE USING gist "
                "(person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (state IN ('agreeing', 'confirmed'))",
            ],
            sqlite=[
                f"CREATE TRIGGER booking_overlap_insert BEFORE INSERT ON network_booking BEGIN {_OVERLAP}; END",
                f"CREATE TRIGGER booking_overlap_update BEFORE UPDATE ON network_booking BEGIN {_OVERLAP}; END",
            ],
        ),
    ]
