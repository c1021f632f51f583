import backend.kernel.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('email_index', models.CharField(max_length=64, unique=True)),
                ('email_sealed', models.BinaryField()),
                ('known_as', models.CharField(blank=True, max_length=80)),
                ('is_active', models.BooleanField(default=True)),
                ('session_epoch', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'backend_user',
            },
        ),
        migrations.CreateModel(
            name='Answered',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=64, unique=True)),
                ('request_digest', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(default=0)),
                ('location', models.CharField(blank=True, max_length=300)),
                ('body_sealed', models.BinaryField(default=bytes)),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'backend_answered',
            },
        ),
        migrations.CreateModel(
            name='UsedCode',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('used_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'backend_used_code',
            },
        ),
        migrations.CreateModel(
            name='AccessEvent',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('person_id', models.UUIDField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('actor_role', models.CharField(max_length=30)),
                ('organisation_id', models.UUIDField(null=True)),
                ('categories', models.JSONField()),
                ('purpose', models.CharField(max_length=40)),
                ('released', models.BooleanField()),
                ('context', models.CharField(blank=True, max_length=80)),
                ('consents', models.JSONField(default=list)),
            ],
            options={
                'db_table': 'backend_access_event',
                'indexes': [models.Index(fields=['person_id', '-at'], name='access_by_person')],
            },
        ),
        migrations.CreateModel(
            name='DemoLink',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'backend_demo_link',
            },
        ),
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('job', models.CharField(max_length=80)),
                ('slot', models.BigIntegerField()),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'db_table': 'backend_job_run',
                'indexes': [models.Index(fields=['started_at'], name='job_run_started')],
                'constraints': [models.UniqueConstraint(fields=('job', 'slot'), name='one_run_for_each_slot')],
            },
        ),
        migrations.CreateModel(
            name='Throttle',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('count', models.PositiveIntegerField()),
                ('window_ends', models.DateTimeField()),
            ],
            options={
                'db_table': 'backend_throttle',
                'indexes': [models.Index(fields=['window_ends'], name='throttle_ends')],
            },
        ),
        migrations.CreateModel(
            name='Work',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('topic', models.CharField(max_length=80)),
                ('subscriber', models.CharField(max_length=120)),
                ('object_id', models.UUIDField()),
                ('key', models.CharField(max_length=255, unique=True)),
                ('queue', models.CharField(max_length=20)),
                ('state', models.CharField(choices=[('ready', 'Ready'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('dead', 'Dead letter'), ('dismissed', 'Dead letter, looked at and let go')], default='ready', max_length=12)),
                ('created_at', models.DateTimeField()),
                ('not_before', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('lease_token', models.UUIDField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'db_table': 'backend_work',
                'indexes': [models.Index(condition=models.Q(('state', 'ready')), fields=['not_before', 'id'], name='work_ready'), models.Index(condition=models.Q(('state', 'dead')), fields=['finished_at', 'id'], name='work_dead'), models.Index(fields=['object_id'], name='work_object')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['ready', 'done', 'cancelled', 'dead', 'dismissed'])), name='work_state_known')],
            },
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('spokesperson', 'spokesperson'), ('supporter', 'supporter'), ('requester', 'requester'), ('coordinator', 'coordinator'), ('finance_preparer', 'finance_preparer'), ('finance_approver', 'finance_approver'), ('safeguarding', 'safeguarding'), ('admin', 'admin')], max_length=20)),
                ('scope_id', models.UUIDField(null=True)),
                ('granted_by', models.CharField(max_length=80)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='role_grants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'backend_role_grant',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ends_at__isnull', True), ('scope_id__isnull', False)), fields=('user', 'role', 'scope_id'), name='one_live_scoped_grant'), models.UniqueConstraint(condition=models.Q(('ends_at__isnull', True), ('scope_id__isnull', True)), fields=('user', 'role'), name='one_live_grant'), models.CheckConstraint(condition=models.Q(('role__in', ['spokesperson', 'supporter', 'requester', 'coordinator', 'finance_preparer', 'finance_approver', 'safeguarding', 'admin'])), name='role_known')],
            },
        ),
        migrations.CreateModel(
            name='SignInCode',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('sign_in', 'sign_in'), ('confirm', 'confirm')], max_length=10)),
                ('address_digest', models.CharField(max_length=64)),
                ('code_hash', models.CharField(max_length=64)),
                ('code_sealed', models.BinaryField(default=bytes)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'backend_sign_in_code',
                'indexes': [models.Index(fields=['created_at'], name='code_created')],
                'constraints': [models.CheckConstraint(condition=models.Q(('tries__lte', 5)), name='five_tries_for_a_code'), models.CheckConstraint(condition=models.Q(('purpose__in', ['sign_in', 'confirm'])), name='code_purpose_known')],
            },
        ),
        migrations.CreateModel(
            name='UserSession',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('epoch', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('stepped_up_at', models.DateTimeField(null=True)),
                ('device', models.CharField(blank=True, max_length=40)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'backend_user_session',
                'indexes': [models.Index(fields=['last_seen_at'], name='session_seen')],
            },
        ),
    ]
