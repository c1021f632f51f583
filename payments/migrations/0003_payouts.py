import backend.kernel.ids
import django.db.models.deletion
from django.db import migrations, models

from backend.kernel.guards import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_vault"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalDay",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField(unique=True)),
            ],
            options={
                "db_table": "payments_approval_day",
            },
        ),
        migrations.CreateModel(
            name="BankFileDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("released", models.BooleanField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                ("session", models.CharField(max_length=80)),
                ("maker", models.UUIDField()),
                ("maker_session", models.CharField(max_length=80)),
            ],
            options={
                "db_table": "payments_bank_file_decision",
            },
        ),
        migrations.AddField(
            model_name="bankfile",
            name="maker",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="bankfile",
            name="maker_session",
            field=models.CharField(max_length=80, null=True),
        ),
        migrations.AddField(
            model_name="payee",
            name="names_agree",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="payee",
            name="numbers_fit",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="payout",
            name="looked_after_by",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="payout",
            name="over_limit",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="payout",
            name="trustee_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="payout",
            name="trustee_by",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="payout",
            name="trustee_session",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("over_limit", ""),
                    ("trustee_by__isnull", False),
                    models.Q(("state__in", ["sending", "unknown", "parked", "sent", "paid", "failed"]), _negated=True),
                    _connector="OR",
                ),
                name="payout_over_limit_has_trustee",
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("trustee_by__isnull", True),
                    models.Q(
                        ("prepared_by__isnull", False),
                        ("approved_by__isnull", False),
                        models.Q(("trustee_by", models.F("prepared_by")), _negated=True),
                        models.Q(("trustee_by", models.F("approved_by")), _negated=True),
                        models.Q(("trustee_session", models.F("prepared_session")), _negated=True),
                        models.Q(("trustee_session", models.F("approved_session")), _negated=True),
                        models.Q(("trustee_session", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="payout_trustee_is_a_third",
            ),
        ),
        migrations.AddField(
            model_name="bankfiledecision",
            name="file",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="decision", to="payments.bankfile"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankfiledecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by", models.F("maker")), _negated=True),
                    models.Q(("session", models.F("maker_session")), _negated=True),
                    models.Q(("session", ""), _negated=True),
                ),
                name="bank_file_four_eyes",
            ),
        ),
        append_only("payments_bank_file_decision"),
    ]
