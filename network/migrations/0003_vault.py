import backend.kernel.sealed
import network.privacy.states
from django.db import migrations, models

from backend.kernel.guards import append_only_until

FORGOTTEN = (
    "EXISTS (SELECT 1 FROM network_opportunity o WHERE o.id = OLD.opportunity_id AND o.forgotten_at IS NOT NULL)"
)


class Migration(migrations.Migration):

    dependencies = [
        ("network", "0003_unsure"),
    ]

    operations = [
        migrations.DeleteModel(
            name='VaultKey',
        ),
        migrations.RemoveConstraint(
            model_name='erasurestep',
            name='erasure_step_known',
        ),
        migrations.AddField(
            model_name='erasure',
            name='asked_others',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='erasure',
            name='certificate_hash',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='opportunity',
            name='forgotten_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='organisation',
            name='refused_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='careplan',
            name='after',
            field=backend.kernel.sealed.SealedTextField(about='booking.person_id', blank=True),
        ),
        migrations.AlterField(
            model_name='careplan',
            name='before',
            field=backend.kernel.sealed.SealedTextField(about='booking.person_id', blank=True),
        ),
        migrations.AlterField(
            model_name='careplan',
            name='if_no_answer',
            field=backend.kernel.sealed.SealedTextField(about='booking.person_id', blank=True),
        ),
        migrations.AlterField(
            model_name='careplan',
            name='on_the_day',
            field=backend.kernel.sealed.SealedTextField(about='booking.person_id', blank=True),
        ),
        migrations.AlterField(
            model_name='checkin',
            name='answer',
            field=backend.kernel.sealed.SealedTextField(about='booking.person_id', blank=True),
        ),
        migrations.AlterField(
            model_name='concern',
            name='answer',
            field=backend.kernel.sealed.SealedTextField(about='person_id', blank=True),
        ),
        migrations.AlterField(
            model_name='concern',
            name='words',
            field=backend.kernel.sealed.SealedTextField(about='person_id'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='terms_note',
            field=backend.kernel.sealed.SealedTextField(about='person_id', blank=True),
        ),
        migrations.AlterField(
            model_name='question',
            name='answer',
            field=backend.kernel.sealed.SealedTextField(about='invitation.person_id', blank=True),
        ),
        migrations.AlterField(
            model_name='question',
            name='text',
            field=backend.kernel.sealed.SealedTextField(about='invitation.person_id'),
        ),
        migrations.AddConstraint(
            model_name='erasurestep',
            constraint=models.CheckConstraint(condition=models.Q(('name__in', [network.privacy.states.Step['LIST'], network.privacy.states.Step['CLOSE_ACCOUNT'], network.privacy.states.Step['STOP_CONSENTS'], network.privacy.states.Step['CANCEL_WORK'], network.privacy.states.Step['TELL'], network.privacy.states.Step['KEEP_AWAY'], network.privacy.states.Step['FORGET_ROWS'], network.privacy.states.Step['FORGET_ACCOUNT'], network.privacy.states.Step['DESTROY_KEY'], network.privacy.states.Step['TOMBSTONE']])), name='erasure_step_known'),
        ),
        # What retention may forget of what is append-only otherwise (threat model 5.5).
        append_only_until(
            'network_opportunity_change', gone_postgresql=FORGOTTEN, gone_sqlite=FORGOTTEN
        ),
        append_only_until(
            'network_opportunity_history', gone_postgresql=FORGOTTEN, gone_sqlite=FORGOTTEN,
            blank='note', same='id opportunity_id at actor_ref move to_state',
        ),
    ]
