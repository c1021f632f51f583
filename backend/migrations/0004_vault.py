import backend.kernel.ids
import backend.keys.data
from django.db import migrations, models

from backend.kernel.guards import append_only_until


class Migration(migrations.Migration):

    dependencies = [
        ("backend", "0003_program"),
    ]

    operations = [
        migrations.CreateModel(
            name='Closed',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('why', models.CharField(max_length=40)),
            ],
            options={
                'db_table': 'backend_closed',
            },
        ),
        migrations.CreateModel(
            name='DataKey',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('owner_id', models.UUIDField()),
                ('purpose', models.CharField(max_length=20)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('kek_id', models.CharField(blank=True, max_length=40)),
                ('wrapped', models.BinaryField()),
                ('created_at', models.DateTimeField()),
                ('destroyed_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'backend_data_key',
                'indexes': [models.Index(fields=['kek_id'], name='data_key_by_kek')],
                'constraints': [models.UniqueConstraint(fields=('owner_id', 'purpose'), name='one_data_key_each'), models.CheckConstraint(condition=models.Q(('purpose__in', [backend.keys.data.Purpose['DETAILS'], backend.keys.data.Purpose['ACCOUNT'], backend.keys.data.Purpose['PAYEE'], backend.keys.data.Purpose['BANK_FILE'], backend.keys.data.Purpose['NETWORK']])), name='data_key_purpose_known'), models.CheckConstraint(condition=models.Q(('destroyed_at__isnull', True), ('kek_id', ''), _connector='OR'), name='destroyed_data_key_is_empty')],
            },
        ),
        # Who looked is kept for six years, and may be forgotten after that (threat model 5.5).
        append_only_until(
            'backend_access_event',
            gone_postgresql="OLD.at < now() - interval '6 years'",
            gone_sqlite="OLD.at < datetime('now', '-6 years')",
        ),
    ]
