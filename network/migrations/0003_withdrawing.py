# ruff: noqa: RUF012
import django.db.models.deletion
from django.db import migrations, models

import backend.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0003_access"),
    ]

    operations = [
        migrations.CreateModel(
            name="LinkUse",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("purpose", models.CharField(max_length=8)),
                ("used_at", models.DateTimeField()),
            ],
            options={
                "db_table": "network_link_use",
            },
        ),
        migrations.RemoveConstraint(
            model_name="recall",
            name="recall_state_known",
        ),
        migrations.AddField(
            model_name="booking",
            name="asked_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="person",
            name="links_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "asked",
                            "acknowledged",
                            "removed",
                            "changed",
                            "refused",
                            "not_needed",
                        ],
                    )
                ),
                name="recall_state_known",
            ),
        ),
        migrations.AddField(
            model_name="linkuse",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="link_uses", to="network.notice"
            ),
        ),
        migrations.AddConstraint(
            model_name="linkuse",
            constraint=models.UniqueConstraint(fields=("notice", "purpose"), name="one_use_of_a_link"),
        ),
        migrations.AddConstraint(
            model_name="linkuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "purpose__in",
                        [
                            "this",
                            "later",
                        ],
                    )
                ),
                name="link_purpose_known",
            ),
        ),
    ]
