import backend.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("backend", "0004_vault"),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessSeal',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField()),
                ('context', models.CharField(max_length=80)),
                ('asked_by', models.UUIDField()),
                ('asked_by_lead', models.BooleanField()),
                ('asked_at', models.DateTimeField()),
                ('confirmed_by', models.UUIDField(null=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('renewal_asked_by', models.UUIDField(null=True)),
                ('renewal_asked_by_lead', models.BooleanField(null=True)),
                ('renewal_confirmed_by', models.UUIDField(null=True)),
                ('renewed', models.BooleanField(default=False)),
            ],
            options={
                'db_table': 'backend_access_seal',
                'constraints': [models.UniqueConstraint(fields=('person_id', 'context'), name='one_access_seal_each'), models.CheckConstraint(condition=models.Q(('confirmed_by__isnull', True), models.Q(('confirmed_by', models.F('asked_by')), _negated=True), _connector='OR'), name='access_seal_by_two'), models.CheckConstraint(condition=models.Q(('confirmed_at__isnull', True), models.Q(('confirmed_by__isnull', False), ('ends_at__gt', models.F('confirmed_at'))), _connector='OR'), name='access_seal_ends'), models.CheckConstraint(condition=models.Q(('renewed', False), models.Q(('renewal_confirmed_by__isnull', False), models.Q(('renewal_confirmed_by', models.F('renewal_asked_by')), _negated=True)), _connector='OR'), name='access_seal_renewed_by_two')],
            },
        ),
    ]
