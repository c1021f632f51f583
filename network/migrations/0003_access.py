import backend.kernel.ids
import backend.kernel.sealed
import django.db.models.deletion
import network.breakglass.states
import network.casework.states
import network.nevertell.states
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("network", "0003_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffSearch',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('staff_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('term_digest', models.CharField(max_length=64)),
                ('found', models.PositiveSmallIntegerField()),
            ],
            options={
                'db_table': 'network_staff_search',
            },
        ),
        migrations.CreateModel(
            name='BrokenGlass',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField(db_index=True)),
                ('category', models.CharField(max_length=8)),
                ('group', models.CharField(max_length=14)),
                ('reason', backend.kernel.sealed.SealedTextField(about='person_id')),
                ('state', models.CharField(default=network.breakglass.states.GlassState['ASKED'], max_length=10)),
                ('asked_by', models.UUIDField()),
                ('asked_by_lead', models.BooleanField()),
                ('asked_session', models.CharField(max_length=64)),
                ('asked_at', models.DateTimeField()),
                ('seal_wanted', models.BooleanField(default=False)),
                ('answered_by', models.UUIDField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('alone', models.BooleanField(default=False)),
                ('opened_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('looks', models.PositiveSmallIntegerField(default=0)),
                ('reviewed_by', models.UUIDField(null=True)),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, max_length=10)),
                ('review', backend.kernel.sealed.SealedTextField(about='person_id', blank=True)),
            ],
            options={
                'db_table': 'network_broken_glass',
                'indexes': [models.Index(fields=['state', 'asked_at'], name='glass_open_oldest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('category__in', [network.breakglass.states.Emergency['LIFE'], network.breakglass.states.Emergency['CHILD'], network.breakglass.states.Emergency['MISSING'], network.breakglass.states.Emergency['HEALTH']]), ('group__in', [network.breakglass.states.FieldGroup['CONTACT'], network.breakglass.states.FieldGroup['SUPPORTER'], network.breakglass.states.FieldGroup['NAME'], network.breakglass.states.FieldGroup['PLACE'], network.breakglass.states.FieldGroup['ACCESS_NEEDS']]), ('outcome__in', ['', network.breakglass.states.Outcome['RIGHT'], network.breakglass.states.Outcome['AVOIDABLE'], network.breakglass.states.Outcome['WRONG']]), ('state__in', [network.breakglass.states.GlassState['ASKED'], network.breakglass.states.GlassState['OPEN'], network.breakglass.states.GlassState['REFUSED'], network.breakglass.states.GlassState['TAKEN_BACK'], network.breakglass.states.GlassState['LAPSED'], network.breakglass.states.GlassState['ENDED'], network.breakglass.states.GlassState['REVIEWED']])), name='glass_known'), models.CheckConstraint(condition=models.Q(('answered_by__isnull', True), models.Q(('answered_by', models.F('asked_by')), _negated=True), _connector='OR'), name='glass_second_person'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', [network.breakglass.states.GlassState['OPEN'], network.breakglass.states.GlassState['ENDED'], network.breakglass.states.GlassState['REVIEWED']]), _negated=True), models.Q(('ends_at__gt', models.F('opened_at')), ('opened_at__isnull', False), models.Q(models.Q(('alone', False), ('answered_by__isnull', False)), models.Q(('alone', True), ('answered_by__isnull', True)), _connector='OR')), _connector='OR'), name='glass_opened_by_two_or_alone'), models.CheckConstraint(condition=models.Q(models.Q(('state', network.breakglass.states.GlassState['REVIEWED']), _negated=True), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='glass_reviewed_with_outcome'), models.CheckConstraint(condition=models.Q(('reviewed_by__isnull', True), models.Q(('reviewed_by', models.F('asked_by')), _negated=True), _connector='OR'), name='glass_reviewed_by_another')],
            },
        ),
        migrations.CreateModel(
            name='LookDay',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('staff_id', models.UUIDField()),
                ('day', models.DateField()),
            ],
            options={
                'db_table': 'network_look_day',
                'constraints': [models.UniqueConstraint(fields=('staff_id', 'day'), name='one_look_day_each')],
            },
        ),
        migrations.CreateModel(
            name='NeverTellAsker',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organisation_id', models.UUIDField()),
                ('opportunity_id', models.UUIDField(null=True, unique=True)),
                ('digests', models.JSONField(default=list)),
                ('said', backend.kernel.sealed.SealedTextField(blank=True)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'network_never_tell_asker',
                'constraints': [models.UniqueConstraint(condition=models.Q(('opportunity_id__isnull', True)), fields=('organisation_id',), name='one_asker_per_organisation')],
            },
        ),
        migrations.CreateModel(
            name='NeverTellEntry',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField(db_index=True)),
                ('kind', models.CharField(max_length=8)),
                ('sealed', models.BinaryField()),
                ('key_version', models.PositiveSmallIntegerField()),
                ('digest', models.CharField(blank=True, db_index=True, max_length=64)),
                ('added_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'network_never_tell_entry',
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', [network.nevertell.states.EntryKind['NAME'], network.nevertell.states.EntryKind['EMAIL'], network.nevertell.states.EntryKind['PHONE'], network.nevertell.states.EntryKind['DOMAIN'], network.nevertell.states.EntryKind['HANDLE'], network.nevertell.states.EntryKind['OUTLET'], network.nevertell.states.EntryKind['PLACE']])), name='never_tell_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='LookAlert',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('staff_id', models.UUIDField()),
                ('kind', models.CharField(max_length=8)),
                ('at', models.DateTimeField()),
                ('state', models.CharField(default=network.casework.states.AlertState['OPEN'], max_length=4)),
                ('seen_by', models.UUIDField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='look_alerts', to='network.person')),
            ],
            options={
                'db_table': 'network_look_alert',
                'indexes': [models.Index(fields=['state', 'at'], name='look_alerts_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', [network.casework.states.AlertKind['BUDGET'], network.casework.states.AlertKind['SURNAME'], network.casework.states.AlertKind['NO_TASK'], network.casework.states.AlertKind['HOURS'], network.casework.states.AlertKind['WATCHED']]), ('state__in', [network.casework.states.AlertState['OPEN'], network.casework.states.AlertState['SEEN']])), name='look_alert_known')],
            },
        ),
        migrations.CreateModel(
            name='LookChoice',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('shown', models.CharField(default=network.casework.states.Shown['OPEN'], max_length=8)),
                ('watch', models.BooleanField(default=False)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='look_choice', to='network.person')),
            ],
            options={
                'db_table': 'network_look_choice',
                'constraints': [models.CheckConstraint(condition=models.Q(('shown__in', [network.casework.states.Shown['OPEN'], network.casework.states.Shown['STEP_UP'], network.casework.states.Shown['HIDDEN']])), name='look_choice_known')],
            },
        ),
        migrations.CreateModel(
            name='NeverTellHit',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField(db_index=True)),
                ('how', models.CharField(max_length=8)),
                ('against', models.CharField(max_length=64)),
                ('state', models.CharField(default=network.nevertell.states.HitState['FOUND'], max_length=10)),
                ('found_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, max_length=80)),
                ('decided_at', models.DateTimeField(null=True)),
                ('asker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hits', to='network.nevertellasker')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hits', to='network.nevertellentry')),
            ],
            options={
                'db_table': 'network_never_tell_hit',
                'constraints': [models.UniqueConstraint(fields=('entry', 'asker', 'against'), name='one_hit_each'), models.CheckConstraint(condition=models.Q(('how__in', [network.nevertell.states.How['EXACT'], network.nevertell.states.How['SIMILAR']]), ('state__in', [network.nevertell.states.HitState['FOUND'], network.nevertell.states.HitState['ASKED'], network.nevertell.states.HitState['NOTED'], network.nevertell.states.HitState['STAYS_OUT'], network.nevertell.states.HitState['CLEARED']])), name='never_tell_hit_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', network.nevertell.states.HitState['CLEARED']), _negated=True), models.Q(('decided_by', ''), _negated=True), _connector='OR'), name='cleared_by_somebody')],
            },
        ),
    ]
