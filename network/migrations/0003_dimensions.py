from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import network.consent.states
import network.people.states
import network.vault.data
from backend.kernel.guards import sql


def mark_special(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Consents of before the kinds were kept: the three categories that were then always taken for special."""
    for grant in apps.get_model("network", "Grant").objects.exclude(categories=[]).iterator():
        grant.special = sorted({"story", "topics", "access_needs"} & set(grant.categories))
        grant.save(update_fields=["special"])


# Changing a constraint makes SQLite build the table anew, and its triggers go with the old one.
_TABLE = "network_consent_event"
append_only_again = sql(
    postgresql=[],
    sqlite=[
        statement
        for verb in ("UPDATE", "DELETE")
        for statement in (
            f"DROP TRIGGER IF EXISTS {_TABLE}_no_{verb.lower()}",
            f"CREATE TRIGGER {_TABLE}_no_{verb.lower()} BEFORE {verb} ON {_TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{_TABLE} is append-only'); END",
        )
    ],
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("network", "0003_vault"),
    ]

    operations: ClassVar = [
        migrations.RemoveConstraint(
            model_name="consentevent",
            name="consent_event_known",
        ),
        migrations.RemoveConstraint(
            model_name="grant",
            name="grant_words_known",
        ),
        migrations.RemoveConstraint(
            model_name="vaultitem",
            name="vault_field_known",
        ),
        migrations.AddField(
            model_name="grant",
            name="criminal",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="grant",
            name="paused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="grant",
            name="special",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="grant",
            name="suspended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(mark_special, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "type__in",
                        [
                            network.consent.states.EventType["GIVEN"],
                            network.consent.states.EventType["RENEWED"],
                            network.consent.states.EventType["NARROWED"],
                            network.consent.states.EventType["REFUSED"],
                            network.consent.states.EventType["DEFERRED"],
                            network.consent.states.EventType["WITHDRAWN"],
                            network.consent.states.EventType["EXPIRED"],
                            network.consent.states.EventType["SUSPENDED"],
                            network.consent.states.EventType["REAFFIRMED"],
                            network.consent.states.EventType["PAUSED"],
                            network.consent.states.EventType["RESUMED"],
                        ],
                    )
                ),
                name="consent_event_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "face__in",
                        [
                            network.people.states.Face["FACE"],
                            network.people.states.Face["NO_FACE"],
                            network.people.states.Face["NONE"],
                        ],
                    ),
                    (
                        "layer__in",
                        [
                            network.consent.states.Layer["KEEP_RECORD"],
                            network.consent.states.Layer["COORDINATION"],
                            network.consent.states.Layer["BE_ASKED"],
                            network.consent.states.Layer["FOR_REQUEST"],
                            network.consent.states.Layer["REUSE"],
                            network.consent.states.Layer["PUBLIC_PROFILE"],
                            network.consent.states.Layer["ANONYMITY_WAIVER"],
                        ],
                    ),
                    (
                        "name_mode__in",
                        [
                            network.people.states.NameMode["FULL"],
                            network.people.states.NameMode["FIRST"],
                            network.people.states.NameMode["OTHER"],
                            network.people.states.NameMode["NONE"],
                        ],
                    ),
                    (
                        "place__in",
                        [
                            network.people.states.Place["EXACT"],
                            network.people.states.Place["REGION"],
                            network.people.states.Place["NATION"],
                            network.people.states.Place["NONE"],
                        ],
                    ),
                    (
                        "purpose__in",
                        [
                            network.consent.states.Purpose["RECORD"],
                            network.consent.states.Purpose["COORDINATION"],
                            network.consent.states.Purpose["ASKING"],
                            network.consent.states.Purpose["OPPORTUNITY"],
                            network.consent.states.Purpose["REUSE"],
                            network.consent.states.Purpose["PROFILE"],
                            network.consent.states.Purpose["WAIVER"],
                        ],
                    ),
                    (
                        "recipient_kind__in",
                        [
                            network.consent.states.RecipientKind["NETWORK"],
                            network.consent.states.RecipientKind["ORGANISATION"],
                            network.consent.states.RecipientKind["PUBLIC"],
                        ],
                    ),
                    (
                        "state__in",
                        [
                            network.consent.states.GrantState["GIVEN"],
                            network.consent.states.GrantState["REFUSED"],
                            network.consent.states.GrantState["DEFERRED"],
                            network.consent.states.GrantState["WITHDRAWN"],
                            network.consent.states.GrantState["EXPIRED"],
                        ],
                    ),
                    (
                        "voice__in",
                        [
                            network.people.states.Voice["OWN"],
                            network.people.states.Voice["REVOICED"],
                            network.people.states.Voice["NONE"],
                        ],
                    ),
                ),
                name="grant_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "given"),
                    models.Q(("paused_at__isnull", True), ("suspended_at__isnull", True)),
                    _connector="OR",
                ),
                name="only_what_stands_rests",
            ),
        ),
        migrations.AddConstraint(
            model_name="vaultitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "field__in",
                        [
                            network.vault.data.Field["NAME_FULL"],
                            network.vault.data.Field["NAME_FIRST"],
                            network.vault.data.Field["NAME_OTHER"],
                            network.vault.data.Field["PRONOUNS"],
                            network.vault.data.Field["COVER_NAME"],
                            network.vault.data.Field["EMAIL"],
                            network.vault.data.Field["PHONE"],
                            network.vault.data.Field["PLACE_EXACT"],
                            network.vault.data.Field["PLACE_REGION"],
                            network.vault.data.Field["PLACE_NATION"],
                            network.vault.data.Field["WANTS_TO_CHANGE"],
                            network.vault.data.Field["KNOWS"],
                            network.vault.data.Field["CAN_DO"],
                            network.vault.data.Field["STORY"],
                            network.vault.data.Field["OFF_LIMITS"],
                            network.vault.data.Field["ACCESS_NEEDS"],
                            network.vault.data.Field["SUPPORTER_NAME"],
                            network.vault.data.Field["SUPPORTER_CONTACT"],
                            network.vault.data.Field["PROTECTION"],
                        ],
                    )
                ),
                name="vault_field_known",
            ),
        ),
        append_only_again,
    ]
