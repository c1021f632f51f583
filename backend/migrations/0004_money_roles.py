from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backend", "0004_access"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="rolegrant",
            name="role_known",
        ),
        migrations.AlterField(
            model_name="rolegrant",
            name="role",
            field=models.CharField(
                choices=[
                    ("spokesperson", "spokesperson"),
                    ("supporter", "supporter"),
                    ("requester", "requester"),
                    ("coordinator", "coordinator"),
                    ("finance_preparer", "finance_preparer"),
                    ("finance_approver", "finance_approver"),
                    ("bookkeeper", "bookkeeper"),
                    ("trustee", "trustee"),
                    ("safeguarding", "safeguarding"),
                    ("admin", "admin"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "spokesperson",
                            "supporter",
                            "requester",
                            "coordinator",
                            "finance_preparer",
                            "finance_approver",
                            "bookkeeper",
                            "trustee",
                            "safeguarding",
                            "admin",
                        ],
                    )
                ),
                name="role_known",
            ),
        ),
    ]
