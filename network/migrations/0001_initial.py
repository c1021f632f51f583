import backend.kernel.ids
import django.db.models.deletion
import network.bookings.states
import network.concerns.states
import network.consent.states
import network.mentoring.states
import network.notifications.states
import network.opportunities.states
import network.organisations.states
import network.people.states
import network.privacy.states
import network.vault.data
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Booking',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=16, unique=True)),
                ('invitation_id', models.UUIDField(unique=True)),
                ('state', models.CharField(default=network.bookings.states.BookingState['AGREEING'], max_length=10)),
                ('state_reason', models.CharField(blank=True, max_length=500)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('fee_pence', models.PositiveIntegerField()),
                ('pay_by', models.DateField()),
                ('grant_id', models.UUIDField(null=True)),
                ('point_of_no_return_at', models.DateTimeField(null=True)),
                ('point_of_no_return', models.TextField(blank=True)),
                ('person_confirmed_at', models.DateTimeField(null=True)),
                ('requester_confirmed_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'db_table': 'network_booking',
            },
        ),
        migrations.CreateModel(
            name='ChainHead',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=20, unique=True)),
                ('seq', models.PositiveBigIntegerField(default=0)),
                ('hash', models.CharField(default='', max_length=64)),
            ],
            options={
                'db_table': 'network_chain_head',
            },
        ),
        migrations.CreateModel(
            name='DoNotInvite',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('email_index', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'network_do_not_invite',
            },
        ),
        migrations.CreateModel(
            name='Opportunity',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=16, unique=True)),
                ('raised_by', models.CharField(max_length=80)),
                ('source', models.CharField(max_length=12)),
                ('state', models.CharField(default=network.opportunities.states.BriefState['DRAFT'], max_length=12)),
                ('state_reason', models.CharField(blank=True, max_length=500)),
                ('hold_until', models.DateTimeField(null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('version_that_matters', models.PositiveIntegerField(default=1)),
                ('next_word_by', models.DateField(null=True)),
                ('kind', models.CharField(max_length=40)),
                ('title', models.CharField(blank=True, max_length=160)),
                ('purpose', models.TextField(blank=True)),
                ('why_lived_experience', models.TextField(blank=True)),
                ('who_decides', models.TextField(blank=True)),
                ('question_areas', models.TextField(blank=True)),
                ('other_contributors', models.TextField(blank=True)),
                ('audience', models.TextField(blank=True)),
                ('recording', models.CharField(blank=True, max_length=20)),
                ('edited', models.BooleanField(null=True)),
                ('editorial_terms', models.TextField(blank=True)),
                ('quote_check', models.CharField(blank=True, max_length=20)),
                ('first_shown', models.TextField(blank=True)),
                ('online_how_long', models.CharField(blank=True, max_length=200)),
                ('reuse', models.CharField(blank=True, max_length=200)),
                ('identity_needed', models.CharField(blank=True, max_length=20)),
                ('welfare_risks', models.TextField(blank=True)),
                ('welfare_support', models.TextField(blank=True)),
                ('remote', models.BooleanField(default=False)),
                ('place', models.CharField(blank=True, max_length=200)),
                ('access_notes', models.TextField(blank=True)),
                ('who_is_in_the_room', models.TextField(blank=True)),
                ('supporter_welcome', models.BooleanField(default=True)),
                ('fee_pence', models.PositiveIntegerField(null=True)),
                ('expenses', models.TextField(blank=True)),
                ('preparation_minutes', models.PositiveIntegerField(default=0)),
                ('starts_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('answer_by', models.DateTimeField(null=True)),
                ('point_of_no_return', models.TextField(blank=True)),
                ('outcome_report', models.TextField(blank=True)),
                ('outcome_promised_by', models.DateField(null=True)),
                ('extras', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'network_opportunity',
            },
        ),
        migrations.CreateModel(
            name='BookingHistory',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('move', models.CharField(max_length=20)),
                ('to_state', models.CharField(max_length=10)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('booking', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='history', to='network.booking')),
            ],
            options={
                'db_table': 'network_booking_history',
            },
        ),
        migrations.CreateModel(
            name='CarePlan',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('before', models.TextField(blank=True)),
                ('on_the_day', models.TextField(blank=True)),
                ('after', models.TextField(blank=True)),
                ('if_no_answer', models.TextField(blank=True)),
                ('updated_at', models.DateTimeField()),
                ('booking', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='care_plan', to='network.booking')),
            ],
            options={
                'db_table': 'network_care_plan',
            },
        ),
        migrations.CreateModel(
            name='ConsentEvent',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('seq', models.PositiveBigIntegerField(unique=True)),
                ('type', models.CharField(max_length=10)),
                ('at', models.DateTimeField()),
                ('person_ref', models.CharField(max_length=64)),
                ('grant_id', models.UUIDField()),
                ('key_version', models.PositiveSmallIntegerField()),
                ('body', models.BinaryField()),
                ('prev_hash', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
            ],
            options={
                'db_table': 'network_consent_event',
                'indexes': [models.Index(fields=['grant_id', 'seq'], name='consent_event_by_grant'), models.Index(fields=['person_ref', 'seq'], name='consent_event_by_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('type__in', [network.consent.states.EventType['GIVEN'], network.consent.states.EventType['RENEWED'], network.consent.states.EventType['NARROWED'], network.consent.states.EventType['REFUSED'], network.consent.states.EventType['DEFERRED'], network.consent.states.EventType['WITHDRAWN'], network.consent.states.EventType['EXPIRED']])), name='consent_event_known')],
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField(unique=True)),
                ('asked_by', models.CharField(max_length=80)),
                ('asked_at', models.DateTimeField()),
                ('never_invite', models.BooleanField(default=False)),
                ('state', models.CharField(default=network.privacy.states.ErasureState['ASKED'], max_length=10)),
                ('finished_at', models.DateTimeField(null=True)),
                ('removed', models.JSONField(default=dict)),
            ],
            options={
                'db_table': 'network_erasure',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', [network.privacy.states.ErasureState['ASKED'], network.privacy.states.ErasureState['DONE']])), name='erasure_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), ('finished_at__isnull', False), _connector='OR'), name='erasure_done_with_time')],
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField()),
                ('layer', models.CharField(max_length=16)),
                ('categories', models.JSONField(default=list)),
                ('purpose', models.CharField(max_length=16)),
                ('recipient_kind', models.CharField(max_length=14)),
                ('recipient_id', models.UUIDField(null=True)),
                ('opportunity_id', models.UUIDField(null=True)),
                ('formats', models.JSONField(default=list)),
                ('name_mode', models.CharField(default=network.people.states.NameMode['NONE'], max_length=10)),
                ('face', models.CharField(default=network.people.states.Face['NONE'], max_length=10)),
                ('voice', models.CharField(default=network.people.states.Voice['NONE'], max_length=10)),
                ('place', models.CharField(default=network.people.states.Place['NONE'], max_length=10)),
                ('anonymous_from', models.JSONField(default=list)),
                ('reuse', models.BooleanField(default=False)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('state', models.CharField(max_length=10)),
                ('wording_id', models.CharField(max_length=40)),
                ('wording_version', models.PositiveSmallIntegerField()),
                ('changed_at', models.DateTimeField()),
                ('narrowed_at', models.DateTimeField(null=True)),
                ('last_event_id', models.UUIDField()),
                ('target', models.CharField(blank=True, max_length=80)),
            ],
            options={
                'db_table': 'network_grant',
                'indexes': [models.Index(fields=['person_id', 'purpose'], name='grant_by_person'), models.Index(condition=models.Q(('state', 'given')), fields=['ends_at'], name='grant_live_end')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'given')), fields=('person_id', 'layer', 'target'), name='one_live_grant_per_target'), models.CheckConstraint(condition=models.Q(('face__in', [network.people.states.Face['FACE'], network.people.states.Face['NO_FACE'], network.people.states.Face['NONE']]), ('layer__in', [network.consent.states.Layer['KEEP_RECORD'], network.consent.states.Layer['COORDINATION'], network.consent.states.Layer['BE_ASKED'], network.consent.states.Layer['FOR_REQUEST'], network.consent.states.Layer['REUSE'], network.consent.states.Layer['PUBLIC_PROFILE']]), ('name_mode__in', [network.people.states.NameMode['FULL'], network.people.states.NameMode['FIRST'], network.people.states.NameMode['OTHER'], network.people.states.NameMode['NONE']]), ('place__in', [network.people.states.Place['EXACT'], network.people.states.Place['REGION'], network.people.states.Place['NATION'], network.people.states.Place['NONE']]), ('purpose__in', [network.consent.states.Purpose['RECORD'], network.consent.states.Purpose['COORDINATION'], network.consent.states.Purpose['ASKING'], network.consent.states.Purpose['OPPORTUNITY'], network.consent.states.Purpose['REUSE'], network.consent.states.Purpose['PROFILE']]), ('recipient_kind__in', [network.consent.states.RecipientKind['NETWORK'], network.consent.states.RecipientKind['ORGANISATION'], network.consent.states.RecipientKind['PUBLIC']]), ('state__in', [network.consent.states.GrantState['GIVEN'], network.consent.states.GrantState['REFUSED'], network.consent.states.GrantState['DEFERRED'], network.consent.states.GrantState['WITHDRAWN'], network.consent.states.GrantState['EXPIRED']]), ('voice__in', [network.people.states.Voice['OWN'], network.people.states.Voice['REVOICED'], network.people.states.Voice['NONE']])), name='grant_words_known'), models.CheckConstraint(condition=models.Q(('ends_at__gte', models.F('starts_at'))), name='grant_time_forwards'), models.CheckConstraint(condition=models.Q(models.Q(('recipient_kind', 'organisation'), ('recipient_id__isnull', False)), models.Q(models.Q(('recipient_kind', 'organisation'), _negated=True), ('recipient_id__isnull', True)), _connector='OR'), name='grant_names_its_recipient'), models.CheckConstraint(condition=models.Q(models.Q(('layer', 'for_request'), _negated=True), ('opportunity_id__isnull', False), _connector='OR'), name='grant_names_its_request')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField(null=True)),
                ('user_id', models.UUIDField(null=True)),
                ('audience', models.CharField(max_length=12)),
                ('topic', models.CharField(max_length=80)),
                ('object_id', models.UUIDField()),
                ('source', models.UUIDField()),
                ('token', models.CharField(max_length=32, unique=True)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'network_notice',
                'indexes': [models.Index(fields=['person_id', '-created_at'], name='notice_by_person'), models.Index(fields=['user_id', '-created_at'], name='notice_by_user')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('person_id__isnull', False), ('user_id__isnull', True)), models.Q(('person_id__isnull', True), ('user_id__isnull', False)), _connector='OR'), name='one_message_one_recipient'), models.UniqueConstraint(condition=models.Q(('person_id__isnull', False)), fields=('source', 'person_id'), name='told_once_person'), models.UniqueConstraint(condition=models.Q(('user_id__isnull', False)), fields=('source', 'user_id'), name='told_once_user')],
            },
        ),
        migrations.AddField(
            model_name='booking',
            name='opportunity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='network.opportunity'),
        ),
        migrations.CreateModel(
            name='OpportunityChange',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('field', models.CharField(max_length=40)),
                ('before', models.TextField(blank=True)),
                ('after', models.TextField(blank=True)),
                ('matters', models.BooleanField()),
                ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='network.opportunity')),
            ],
            options={
                'db_table': 'network_opportunity_change',
            },
        ),
        migrations.CreateModel(
            name='OpportunityHistory',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('move', models.CharField(max_length=20)),
                ('to_state', models.CharField(max_length=12)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='history', to='network.opportunity')),
            ],
            options={
                'db_table': 'network_opportunity_history',
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(max_length=20)),
                ('website', models.URLField()),
                ('about', models.TextField(blank=True)),
                ('state', models.CharField(default=network.organisations.states.OrganisationState['APPLIED'], max_length=16)),
                ('state_reason', models.CharField(blank=True, max_length=300)),
                ('sandbox', models.BooleanField(default=False)),
                ('billing_name', models.CharField(max_length=120)),
                ('billing_address', models.TextField()),
                ('billing_email', models.EmailField(max_length=254)),
                ('purchase_reference', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'network_organisation',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', [network.organisations.states.OrganisationState['APPLIED'], network.organisations.states.OrganisationState['IN_STANDING'], network.organisations.states.OrganisationState['REFUSED'], network.organisations.states.OrganisationState['SUSPENDED']])), name='organisation_state_known'), models.CheckConstraint(condition=models.Q(('kind__in', [network.organisations.states.OrganisationKind['NEWSROOM'], network.organisations.states.OrganisationKind['PRODUCTION'], network.organisations.states.OrganisationKind['PARLIAMENT'], network.organisations.states.OrganisationKind['PUBLIC_BODY'], network.organisations.states.OrganisationKind['CHARITY'], network.organisations.states.OrganisationKind['EVENT']])), name='organisation_kind_known')],
            },
        ),
        migrations.AddField(
            model_name='opportunity',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='network.organisation'),
        ),
        migrations.AddField(
            model_name='booking',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='network.organisation'),
        ),
        migrations.CreateModel(
            name='ParliamentCall',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('external_id', models.PositiveIntegerField(unique=True)),
                ('title', models.CharField(max_length=300)),
                ('committee', models.CharField(blank=True, max_length=200)),
                ('house', models.CharField(blank=True, max_length=20)),
                ('kind', models.CharField(blank=True, max_length=80)),
                ('scope', models.TextField(blank=True)),
                ('url', models.URLField(max_length=300)),
                ('opens_on', models.DateField(null=True)),
                ('closes_at', models.DateTimeField(null=True)),
                ('contact_email', models.CharField(blank=True, max_length=254)),
                ('state', models.CharField(default=network.opportunities.states.CallState['OPEN'], max_length=10)),
                ('first_seen_at', models.DateTimeField()),
                ('refreshed_at', models.DateTimeField()),
                ('deadline_moved_from', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'network_parliament_call',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', [network.opportunities.states.CallState['OPEN'], network.opportunities.states.CallState['BRIEFED'], network.opportunities.states.CallState['DISMISSED'], network.opportunities.states.CallState['CLOSED']])), name='call_state_known')],
            },
        ),
        migrations.AddField(
            model_name='opportunity',
            name='parliament_call',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='network.parliamentcall'),
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=16, unique=True)),
                ('user_id', models.UUIDField(null=True, unique=True)),
                ('payee_ref', models.UUIDField(default=backend.kernel.ids.new_id, unique=True)),
                ('known_as', models.CharField(max_length=60)),
                ('state', models.CharField(default=network.people.states.PersonState['INVITED'], max_length=10)),
                ('paused_until', models.DateTimeField(null=True)),
                ('quiet_since', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('joined_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'network_person',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', [network.people.states.PersonState['INVITED'], network.people.states.PersonState['ACTIVE'], network.people.states.PersonState['PAUSED'], network.people.states.PersonState['LEFT'], network.people.states.PersonState['ERASED']])), name='person_state_known')],
            },
        ),
        migrations.CreateModel(
            name='Pairing',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(default=network.mentoring.states.PairingState['PROPOSED'], max_length=10)),
                ('why', models.CharField(blank=True, max_length=300)),
                ('proposed_by', models.CharField(max_length=80)),
                ('proposed_at', models.DateTimeField()),
                ('mentor_yes_at', models.DateTimeField(null=True)),
                ('mentee_yes_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('mentee', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentored', to='network.person')),
                ('mentor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentoring', to='network.person')),
            ],
            options={
                'db_table': 'network_pairing',
            },
        ),
        migrations.CreateModel(
            name='MentorOffer',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('capacity', models.PositiveSmallIntegerField(default=1)),
                ('open', models.BooleanField(default=True)),
                ('updated_at', models.DateTimeField()),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mentor_offer', to='network.person')),
            ],
            options={
                'db_table': 'network_mentor_offer',
            },
        ),
        migrations.CreateModel(
            name='JoinInvitation',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('code_digest', models.CharField(max_length=64)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='join_invitations', to='network.person')),
            ],
            options={
                'db_table': 'network_join_invitation',
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(default=network.opportunities.states.InvitationState['SENT'], max_length=12)),
                ('invited_by', models.CharField(max_length=80)),
                ('why', models.JSONField(default=list)),
                ('sent_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('agreed_fee_pence', models.PositiveIntegerField(null=True)),
                ('terms_note', models.TextField(blank=True)),
                ('grant_id', models.UUIDField(null=True)),
                ('outcome_reason', models.CharField(blank=True, max_length=500)),
                ('version_seen', models.PositiveIntegerField(default=0)),
                ('version', models.PositiveIntegerField(default=1)),
                ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='network.opportunity')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='network.person')),
            ],
            options={
                'db_table': 'network_invitation',
            },
        ),
        migrations.CreateModel(
            name='Concern',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=6)),
                ('about', models.CharField(default=network.concerns.states.ConcernAbout['OTHER'], max_length=10)),
                ('about_id', models.UUIDField(null=True)),
                ('words', models.TextField()),
                ('state', models.CharField(default=network.concerns.states.ConcernState['OPEN'], max_length=8)),
                ('raised_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_by', models.CharField(blank=True, max_length=80)),
                ('answered_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='concerns', to='network.person')),
            ],
            options={
                'db_table': 'network_concern',
            },
        ),
        migrations.AddField(
            model_name='booking',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='network.person'),
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('coordinator_id', models.UUIDField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='network.person')),
            ],
            options={
                'db_table': 'network_assignment',
            },
        ),
        migrations.CreateModel(
            name='PersonHistory',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('what', models.CharField(max_length=40)),
                ('fields', models.JSONField(default=list)),
                ('by_phone', models.BooleanField(default=False)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='network.person')),
            ],
            options={
                'db_table': 'network_person_history',
            },
        ),
        migrations.CreateModel(
            name='PhoneHelp',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('fields', models.JSONField(default=list)),
                ('before', models.BinaryField()),
                ('key_version', models.PositiveSmallIntegerField()),
                ('undone_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='phone_help', to='network.person')),
            ],
            options={
                'db_table': 'network_phone_help',
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('text', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_by', models.CharField(blank=True, max_length=80)),
                ('answered_at', models.DateTimeField(null=True)),
                ('invitation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='network.invitation')),
            ],
            options={
                'db_table': 'network_question',
            },
        ),
        migrations.CreateModel(
            name='Recall',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('grant_id', models.UUIDField()),
                ('state', models.CharField(default=network.bookings.states.RecallState['ASKED'], max_length=14)),
                ('asked_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='network.organisation')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='network.person')),
            ],
            options={
                'db_table': 'network_recall',
            },
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('ref', models.CharField(max_length=40, unique=True)),
                ('grant_id', models.UUIDField()),
                ('organisation_id', models.UUIDField()),
                ('first_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'network_release',
                'constraints': [models.UniqueConstraint(fields=('grant_id', 'organisation_id'), name='one_release_per_grant')],
            },
        ),
        migrations.CreateModel(
            name='ReportBack',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('published', models.TextField()),
                ('url', models.URLField(blank=True, max_length=300)),
                ('what_changed', models.TextField(blank=True)),
                ('reported_by', models.CharField(max_length=80)),
                ('reported_at', models.DateTimeField()),
                ('booking', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='report_back', to='network.booking')),
            ],
            options={
                'db_table': 'network_report_back',
            },
        ),
        migrations.CreateModel(
            name='SafeContact',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=10)),
                ('allowed', models.BooleanField(default=False)),
                ('from_hour', models.PositiveSmallIntegerField(default=9)),
                ('to_hour', models.PositiveSmallIntegerField(default=20)),
                ('others_can_see', models.BooleanField(default=True)),
                ('voicemail_ok', models.BooleanField(default=False)),
                ('review_on', models.DateField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='safe_contacts', to='network.person')),
            ],
            options={
                'db_table': 'network_safe_contact',
            },
        ),
        migrations.CreateModel(
            name='Terms',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('min_fee_pence', models.PositiveIntegerField(default=0)),
                ('notice_hours', models.PositiveIntegerField(default=48)),
                ('short_notice_live_ok', models.BooleanField(default=False)),
                ('kinds', models.JSONField(default=list)),
                ('in_person_ok', models.BooleanField(default=True)),
                ('remote_ok', models.BooleanField(default=True)),
                ('max_per_month', models.PositiveSmallIntegerField(default=2)),
                ('rest_days', models.PositiveSmallIntegerField(default=7)),
                ('supporter_comes', models.BooleanField(default=False)),
                ('name_mode', models.CharField(default=network.people.states.NameMode['NONE'], max_length=10)),
                ('face', models.CharField(default=network.people.states.Face['NONE'], max_length=10)),
                ('voice', models.CharField(default=network.people.states.Voice['NONE'], max_length=10)),
                ('place', models.CharField(default=network.people.states.Place['NONE'], max_length=10)),
                ('anonymous_from', models.JSONField(default=list)),
                ('updated_at', models.DateTimeField()),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='network.person')),
            ],
            options={
                'db_table': 'network_terms',
            },
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('slug', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('retired_at', models.DateTimeField(null=True)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='network.topic')),
            ],
            options={
                'db_table': 'network_topic',
            },
        ),
        migrations.CreateModel(
            name='PersonTopic',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tell_me_all', models.BooleanField(default=False)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='topics', to='network.person')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='network.topic')),
            ],
            options={
                'db_table': 'network_person_topic',
            },
        ),
        migrations.AddField(
            model_name='opportunity',
            name='topics',
            field=models.ManyToManyField(db_table='network_opportunity_topic', to='network.topic'),
        ),
        migrations.CreateModel(
            name='Unavailable',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unavailable', to='network.person')),
            ],
            options={
                'db_table': 'network_unavailable',
            },
        ),
        migrations.CreateModel(
            name='VaultItem',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField()),
                ('field', models.CharField(max_length=20)),
                ('sealed', models.BinaryField()),
                ('key_version', models.PositiveSmallIntegerField()),
                ('index', models.CharField(blank=True, db_index=True, max_length=64)),
            ],
            options={
                'db_table': 'network_vault_item',
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('person_id', 'field'), name='one_vault_item_per_field'), models.CheckConstraint(condition=models.Q(('field__in', [network.vault.data.Field['NAME_FULL'], network.vault.data.Field['NAME_FIRST'], network.vault.data.Field['NAME_OTHER'], network.vault.data.Field['PRONOUNS'], network.vault.data.Field['COVER_NAME'], network.vault.data.Field['EMAIL'], network.vault.data.Field['PHONE'], network.vault.data.Field['PLACE_EXACT'], network.vault.data.Field['PLACE_REGION'], network.vault.data.Field['PLACE_NATION'], network.vault.data.Field['WANTS_TO_CHANGE'], network.vault.data.Field['KNOWS'], network.vault.data.Field['CAN_DO'], network.vault.data.Field['STORY'], network.vault.data.Field['OFF_LIMITS'], network.vault.data.Field['ACCESS_NEEDS'], network.vault.data.Field['SUPPORTER_NAME'], network.vault.data.Field['SUPPORTER_CONTACT']])), name='vault_field_known')],
            },
        ),
        migrations.CreateModel(
            name='VaultKey',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField()),
                ('purpose', models.CharField(default='details', max_length=20)),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('kek_id', models.CharField(blank=True, max_length=40)),
                ('wrapped', models.BinaryField()),
                ('created_at', models.DateTimeField()),
                ('destroyed_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'network_vault_key',
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('person_id', 'purpose'), name='one_vault_key_each'), models.CheckConstraint(condition=models.Q(('destroyed_at__isnull', True), ('kek_id', ''), _connector='OR'), name='destroyed_key_is_empty')],
            },
        ),
        migrations.CreateModel(
            name='CheckIn',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=12)),
                ('due_at', models.DateTimeField()),
                ('state', models.CharField(default=network.bookings.states.CheckInState['PLANNED'], max_length=10)),
                ('sent_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer', models.TextField(blank=True)),
                ('wants_a_call', models.BooleanField(default=False)),
                ('booking', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='check_ins', to='network.booking')),
            ],
            options={
                'db_table': 'network_check_in',
                'indexes': [models.Index(fields=['state', 'due_at'], name='check_in_due')],
                'constraints': [models.UniqueConstraint(fields=('booking', 'kind'), name='one_check_in_of_a_kind'), models.CheckConstraint(condition=models.Q(('kind__in', [network.bookings.states.CheckInKind['BEFORE'], network.bookings.states.CheckInKind['SAME_DAY'], network.bookings.states.CheckInKind['DAY_AFTER'], network.bookings.states.CheckInKind['WEEK'], network.bookings.states.CheckInKind['MONTH']]), ('state__in', [network.bookings.states.CheckInState['PLANNED'], network.bookings.states.CheckInState['SENT'], network.bookings.states.CheckInState['ANSWERED'], network.bookings.states.CheckInState['NO_ANSWER'], network.bookings.states.CheckInState['CANCELLED']])), name='check_in_known')],
            },
        ),
        migrations.CreateModel(
            name='ErasureStep',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=20)),
                ('done_at', models.DateTimeField()),
                ('erasure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='network.erasure')),
            ],
            options={
                'db_table': 'network_erasure_step',
                'constraints': [models.UniqueConstraint(fields=('erasure', 'name'), name='erasure_step_once'), models.CheckConstraint(condition=models.Q(('name__in', [network.privacy.states.Step['STOP_CONSENTS'], network.privacy.states.Step['CLOSE_ACCOUNT'], network.privacy.states.Step['CANCEL_WORK'], network.privacy.states.Step['KEEP_AWAY'], network.privacy.states.Step['FORGET_ROWS'], network.privacy.states.Step['FORGET_ACCOUNT'], network.privacy.states.Step['DESTROY_KEY'], network.privacy.states.Step['TOMBSTONE']])), name='erasure_step_known')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('route', models.CharField(max_length=10)),
                ('state', models.CharField(default=network.notifications.states.DeliveryState['QUEUED'], max_length=12)),
                ('reason', models.CharField(blank=True, max_length=100)),
                ('not_before', models.DateTimeField()),
                ('put_off', models.PositiveSmallIntegerField(default=0)),
                ('taken_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='network.notice')),
            ],
            options={
                'db_table': 'network_delivery',
                'constraints': [models.UniqueConstraint(fields=('notice', 'route'), name='one_delivery_per_route'), models.CheckConstraint(condition=models.Q(('route__in', [network.notifications.states.Route['EMAIL'], network.notifications.states.Route['SMS']]), ('state__in', [network.notifications.states.DeliveryState['QUEUED'], network.notifications.states.DeliveryState['SENDING'], network.notifications.states.DeliveryState['SENT'], network.notifications.states.DeliveryState['SUPPRESSED'], network.notifications.states.DeliveryState['FAILED']])), name='delivery_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', network.notifications.states.DeliveryState['SENT']), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='sent_with_its_time')],
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('user_id', models.UUIDField()),
                ('name', models.CharField(max_length=80)),
                ('job', models.CharField(max_length=80)),
                ('is_owner', models.BooleanField(default=False)),
                ('joined_at', models.DateTimeField()),
                ('left_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='network.organisation')),
            ],
            options={
                'db_table': 'network_member',
                'constraints': [models.UniqueConstraint(condition=models.Q(('left_at__isnull', True)), fields=('organisation', 'user_id'), name='one_live_membership')],
            },
        ),
        migrations.CreateModel(
            name='Check',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('level', models.CharField(max_length=2)),
                ('method', models.CharField(max_length=24)),
                ('evidence', models.CharField(max_length=200)),
                ('checked_by', models.CharField(max_length=80)),
                ('checked_at', models.DateTimeField()),
                ('valid_until', models.DateField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='network.organisation')),
            ],
            options={
                'db_table': 'network_check',
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', [network.organisations.states.CheckLevel['J0'], network.organisations.states.CheckLevel['J1'], network.organisations.states.CheckLevel['J2'], network.organisations.states.CheckLevel['J3']])), name='check_level_known'), models.CheckConstraint(condition=models.Q(('method__in', [network.organisations.states.CheckMethod['OUTLET_MAILBOX'], network.organisations.states.CheckMethod['SWITCHBOARD'], network.organisations.states.CheckMethod['PRESS_CARD'], network.organisations.states.CheckMethod['PARLIAMENT_DIRECTORY'], network.organisations.states.CheckMethod['KNOWN_IN_PERSON']])), name='check_method_known')],
            },
        ),
        migrations.CreateModel(
            name='MentoringSession',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=16, unique=True)),
                ('held_on', models.DateField()),
                ('minutes', models.PositiveSmallIntegerField()),
                ('fee_pence', models.PositiveIntegerField()),
                ('logged_by', models.CharField(max_length=80)),
                ('logged_at', models.DateTimeField()),
                ('pairing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='network.pairing')),
            ],
            options={
                'db_table': 'network_mentoring_session',
                'constraints': [models.UniqueConstraint(fields=('pairing', 'held_on'), name='one_session_a_day')],
            },
        ),
        migrations.AddConstraint(
            model_name='pairing',
            constraint=models.CheckConstraint(condition=models.Q(('mentor', models.F('mentee')), _negated=True), name='not_ones_own_mentor'),
        ),
        migrations.AddConstraint(
            model_name='pairing',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [network.mentoring.states.PairingState['PROPOSED'], network.mentoring.states.PairingState['ACTIVE'], network.mentoring.states.PairingState['DECLINED'], network.mentoring.states.PairingState['ENDED']])), name='pairing_state_known'),
        ),
        migrations.AddConstraint(
            model_name='pairing',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'active'])), fields=('mentor', 'mentee'), name='one_live_pairing'),
        ),
        migrations.AddConstraint(
            model_name='pairing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'active'), _negated=True), models.Q(('mentee_yes_at__isnull', False), ('mentor_yes_at__isnull', False)), _connector='OR'), name='pairing_needs_both'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(fields=('opportunity', 'person'), name='asked_once'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [network.opportunities.states.InvitationState['SENT'], network.opportunities.states.InvitationState['YES'], network.opportunities.states.InvitationState['NO'], network.opportunities.states.InvitationState['QUESTION'], network.opportunities.states.InvitationState['NOT_NOW'], network.opportunities.states.InvitationState['CHOSEN'], network.opportunities.states.InvitationState['NOT_CHOSEN'], network.opportunities.states.InvitationState['LAPSED'], network.opportunities.states.InvitationState['STOPPED'], network.opportunities.states.InvitationState['CALLED_OFF']])), name='invitation_state_known'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', network.opportunities.states.InvitationState['NOT_CHOSEN']), _negated=True), models.Q(('outcome_reason', ''), _negated=True), _connector='OR'), name='passed_over_with_a_reason'),
        ),
        migrations.AddIndex(
            model_name='concern',
            index=models.Index(fields=['state', 'raised_at'], name='concern_open_oldest'),
        ),
        migrations.AddConstraint(
            model_name='concern',
            constraint=models.CheckConstraint(condition=models.Q(('about__in', [network.concerns.states.ConcernAbout['LOOK'], network.concerns.states.ConcernAbout['BOOKING'], network.concerns.states.ConcernAbout['REQUEST'], network.concerns.states.ConcernAbout['MONEY'], network.concerns.states.ConcernAbout['SESSION'], network.concerns.states.ConcernAbout['OTHER']]), ('kind__in', [network.concerns.states.ConcernKind['ASK'], network.concerns.states.ConcernKind['WORRY']]), ('state__in', [network.concerns.states.ConcernState['OPEN'], network.concerns.states.ConcernState['ANSWERED']])), name='concern_known'),
        ),
        migrations.AddConstraint(
            model_name='concern',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('state', 'open')), models.Q(('answered_at__isnull', False), ('state', 'answered')), _connector='OR'), name='concern_answered_with_time'),
        ),
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(fields=['state', 'ends_at'], name='booking_by_end'),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [network.bookings.states.BookingState['AGREEING'], network.bookings.states.BookingState['CONFIRMED'], network.bookings.states.BookingState['DONE'], network.bookings.states.BookingState['CANCELLED'], network.bookings.states.BookingState['STOPPED']])), name='booking_state_known'),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='booking_time_forwards'),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', [network.bookings.states.BookingState['CONFIRMED'], network.bookings.states.BookingState['DONE']]), _negated=True), models.Q(('person_confirmed_at__isnull', False), ('requester_confirmed_at__isnull', False)), _connector='OR'), name='confirmed_by_both'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_at__isnull', True)), fields=('person', 'coordinator_id'), name='one_live_assignment'),
        ),
        migrations.AddIndex(
            model_name='personhistory',
            index=models.Index(fields=['person', '-at'], name='person_history_newest'),
        ),
        migrations.AddConstraint(
            model_name='recall',
            constraint=models.UniqueConstraint(fields=('organisation', 'grant_id'), name='one_recall_per_grant'),
        ),
        migrations.AddConstraint(
            model_name='recall',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [network.bookings.states.RecallState['ASKED'], network.bookings.states.RecallState['ACKNOWLEDGED'], network.bookings.states.RecallState['REMOVED'], network.bookings.states.RecallState['REFUSED']])), name='recall_state_known'),
        ),
        migrations.AddConstraint(
            model_name='safecontact',
            constraint=models.UniqueConstraint(fields=('person', 'channel'), name='one_rule_per_channel'),
        ),
        migrations.AddConstraint(
            model_name='safecontact',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', [network.people.states.Channel['IN_APP'], network.people.states.Channel['EMAIL'], network.people.states.Channel['SMS'], network.people.states.Channel['PHONE']])), name='channel_known'),
        ),
        migrations.AddConstraint(
            model_name='safecontact',
            constraint=models.CheckConstraint(condition=models.Q(('from_hour__lt', models.F('to_hour')), ('to_hour__lte', 24)), name='contact_hours_forwards'),
        ),
        migrations.AddConstraint(
            model_name='terms',
            constraint=models.CheckConstraint(condition=models.Q(('face__in', [network.people.states.Face['FACE'], network.people.states.Face['NO_FACE'], network.people.states.Face['NONE']]), ('name_mode__in', [network.people.states.NameMode['FULL'], network.people.states.NameMode['FIRST'], network.people.states.NameMode['OTHER'], network.people.states.NameMode['NONE']]), ('place__in', [network.people.states.Place['EXACT'], network.people.states.Place['REGION'], network.people.states.Place['NATION'], network.people.states.Place['NONE']]), ('voice__in', [network.people.states.Voice['OWN'], network.people.states.Voice['REVOICED'], network.people.states.Voice['NONE']])), name='terms_identity_known'),
        ),
        migrations.AddConstraint(
            model_name='persontopic',
            constraint=models.UniqueConstraint(fields=('person', 'topic'), name='one_row_per_topic'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [network.opportunities.states.BriefState['DRAFT'], network.opportunities.states.BriefState['SUBMITTED'], network.opportunities.states.BriefState['ACCEPTED'], network.opportunities.states.BriefState['ON_HOLD'], network.opportunities.states.BriefState['DECLINED'], network.opportunities.states.BriefState['CHOSEN'], network.opportunities.states.BriefState['CLOSED'], network.opportunities.states.BriefState['WITHDRAWN']])), name='brief_state_known'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', [network.opportunities.states.BriefState['DRAFT'], network.opportunities.states.BriefState['WITHDRAWN']]), models.Q(('answer_by__isnull', False), ('fee_pence__isnull', False), models.Q(('audience', ''), _negated=True), models.Q(('recording', ''), _negated=True), models.Q(('editorial_terms', ''), _negated=True)), _connector='OR'), name='no_brief_without_terms'),
        ),
        migrations.AddConstraint(
            model_name='opportunity',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at__isnull', True), models.Q(('ends_at__gt', models.F('starts_at')), ('ends_at__isnull', False)), _connector='OR'), name='brief_time_forwards'),
        ),
        migrations.AddConstraint(
            model_name='unavailable',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='unavailable_forwards'),
        ),
    ]
