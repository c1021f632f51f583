import network.notifications.states
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0002_guards"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="delivery",
            name="delivery_known",
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "route__in",
                        [network.notifications.states.Route["EMAIL"], network.notifications.states.Route["SMS"]],
                    ),
                    (
                        "state__in",
                        [
                            network.notifications.states.DeliveryState["QUEUED"],
                            network.notifications.states.DeliveryState["SENDING"],
                            network.notifications.states.DeliveryState["SENT"],
                            network.notifications.states.DeliveryState["SUPPRESSED"],
                            network.notifications.states.DeliveryState["UNSURE"],
                            network.notifications.states.DeliveryState["FAILED"],
                        ],
                    ),
                ),
                name="delivery_known",
            ),
        ),
    ]
