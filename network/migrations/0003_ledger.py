"""Places in the status lists; and on SQLite the hole that INSERT OR REPLACE leaves in an append-only table."""

from typing import ClassVar

from django.db import migrations, models

import backend.kernel.ids
from backend.kernel.guards import sql

_REPLACED = """
CREATE TRIGGER network_consent_event_no_replace BEFORE INSERT ON network_consent_event
WHEN EXISTS (SELECT 1 FROM network_consent_event WHERE id = NEW.id OR seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'network_consent_event is append-only'); END
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("network", "0003_dimensions")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="StatusEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("ref", models.CharField(max_length=40, unique=True)),
                ("organisation_id", models.UUIDField()),
                ("number", models.PositiveSmallIntegerField()),
                ("index", models.PositiveIntegerField()),
            ],
            options={
                "db_table": "network_status_entry",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation_id", "number", "index"), name="one_reference_per_place"
                    )
                ],
            },
        ),
        sql(postgresql=[], sqlite=[_REPLACED]),
    ]
