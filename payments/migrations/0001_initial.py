import backend.kernel.ids
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='PayeeKey',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kek_id', models.CharField(max_length=40)),
                ('blob', models.BinaryField()),
            ],
            options={
                'db_table': 'payments_payee_key',
            },
        ),
        migrations.CreateModel(
            name='Payout',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('payee_ref', models.UUIDField()),
                ('customer_ref', models.UUIDField(null=True)),
                ('reference', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=20)),
                ('amount_pence', models.BigIntegerField()),
                ('pay_by', models.DateField()),
                ('owed_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('due', 'Owed'), ('submitted', 'Waiting for approval'), ('approved', 'Approved'), ('held', 'Waiting for a check'), ('sending', 'Being sent'), ('unknown', 'Being checked with the payment provider'), ('parked', 'Waiting for funds'), ('sent', 'On its way'), ('paid', 'Paid'), ('failed', 'Did not go through'), ('reversed', 'Came back'), ('settled', 'Settled without a payment'), ('cancelled', 'Cancelled')], default='due', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=60)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('route', models.CharField(blank=True, max_length=10)),
                ('fingerprint', models.CharField(blank=True, max_length=64)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('prepared_by', models.UUIDField(null=True)),
                ('prepared_session', models.CharField(blank=True, max_length=80)),
                ('approved_by', models.UUIDField(null=True)),
                ('approved_session', models.CharField(blank=True, max_length=80)),
                ('approved_at', models.DateTimeField(null=True)),
                ('next_look_at', models.DateTimeField(null=True)),
                ('external_ref', models.CharField(blank=True, max_length=80)),
                ('sent_at', models.DateTimeField(null=True)),
                ('paid_on', models.DateField(null=True)),
            ],
            options={
                'db_table': 'payments_payout',
            },
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('since', models.DateTimeField()),
                ('lines', models.PositiveIntegerField()),
                ('differences', models.JSONField(default=list)),
            ],
            options={
                'db_table': 'payments_reconciliation',
            },
        ),
        migrations.CreateModel(
            name='SelfBillSeries',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('series', models.CharField(max_length=8, unique=True)),
                ('next_number', models.PositiveIntegerField(default=1)),
            ],
            options={
                'db_table': 'payments_self_bill_series',
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=60, unique=True)),
                ('kind', models.CharField(max_length=10)),
                ('party', models.UUIDField(null=True)),
            ],
            options={
                'db_table': 'payments_account',
                'indexes': [models.Index(fields=['party'], name='account_party')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['asset', 'liability', 'income', 'expense'])), name='account_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='BankFile',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=20, unique=True)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.CharField(max_length=80)),
                ('profile', models.CharField(max_length=30)),
                ('count', models.PositiveIntegerField()),
                ('total_pence', models.BigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('kek_id', models.CharField(max_length=40)),
                ('key_blob', models.BinaryField()),
                ('content_sealed', models.BinaryField()),
            ],
            options={
                'db_table': 'payments_bank_file',
                'constraints': [models.CheckConstraint(condition=models.Q(('count__gt', 0), ('total_pence__gt', 0)), name='bank_file_not_empty')],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('payee_ref', models.UUIDField()),
                ('reference', models.CharField(max_length=40)),
                ('kind', models.CharField(max_length=12)),
                ('amount_pence', models.BigIntegerField()),
                ('what_for', models.CharField(max_length=100)),
                ('pay_by', models.DateField()),
                ('state', models.CharField(choices=[('submitted', 'Waiting for finance'), ('approved', 'Approved'), ('refused', 'Not approved')], default='submitted', max_length=10)),
                ('submitted_by', models.CharField(max_length=80)),
                ('submitted_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, max_length=80)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'db_table': 'payments_claim',
                'indexes': [models.Index(fields=['payee_ref'], name='claim_by_payee')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['submitted', 'approved', 'refused'])), name='claim_state_known'), models.CheckConstraint(condition=models.Q(('kind__in', ['advance', 'direct', 'reimbursed'])), name='claim_kind_known'), models.CheckConstraint(condition=models.Q(('amount_pence__gt', 0)), name='claim_positive')],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('address', models.TextField()),
                ('email', models.CharField(max_length=254)),
                ('order_reference', models.CharField(blank=True, max_length=60)),
                ('terms_days', models.PositiveSmallIntegerField(default=30)),
                ('endpoint_scheme', models.CharField(blank=True, max_length=10)),
                ('endpoint_id', models.CharField(blank=True, max_length=50)),
                ('series', models.CharField(max_length=8, unique=True)),
                ('next_invoice', models.PositiveIntegerField(default=1)),
                ('next_credit', models.PositiveIntegerField(default=1)),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'payments_customer',
                'constraints': [models.CheckConstraint(condition=models.Q(('terms_days__gte', 1), ('terms_days__lte', 60)), name='customer_terms')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('external_ref', models.CharField(blank=True, max_length=80)),
                ('total_pence', models.BigIntegerField()),
            ],
            options={
                'db_table': 'payments_entry',
                'indexes': [models.Index(fields=['at'], name='entry_at'), models.Index(condition=models.Q(('external_ref', ''), _negated=True), fields=['external_ref'], name='entry_external')],
                'constraints': [models.CheckConstraint(condition=models.Q(('total_pence__gt', 0)), name='entry_total_positive')],
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('number', models.CharField(max_length=20, unique=True)),
                ('reference', models.CharField(max_length=40)),
                ('state', models.CharField(choices=[('issued', 'Waiting for payment'), ('part_paid', 'Partly paid'), ('paid', 'Paid'), ('credited', 'Cancelled by a credit note')], max_length=10)),
                ('issued_on', models.DateField()),
                ('due_on', models.DateField()),
                ('name', models.CharField(max_length=200)),
                ('address', models.TextField()),
                ('order_reference', models.CharField(blank=True, max_length=60)),
                ('total_pence', models.BigIntegerField()),
                ('paid_pence', models.BigIntegerField(default=0)),
                ('credited_pence', models.BigIntegerField(default=0)),
                ('issued_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='payments.customer')),
            ],
            options={
                'db_table': 'payments_invoice',
            },
        ),
        migrations.CreateModel(
            name='CreditNote',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('number', models.CharField(max_length=20, unique=True)),
                ('amount_pence', models.BigIntegerField()),
                ('reason', models.CharField(max_length=200)),
                ('issued_on', models.DateField()),
                ('issued_at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='payments.invoice')),
            ],
            options={
                'db_table': 'payments_credit_note',
            },
        ),
        migrations.CreateModel(
            name='Checkout',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('amount_pence', models.BigIntegerField()),
                ('session', models.CharField(blank=True, max_length=120)),
                ('state', models.CharField(default='asked', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkouts', to='payments.invoice')),
            ],
            options={
                'db_table': 'payments_checkout',
            },
        ),
        migrations.CreateModel(
            name='InvoiceLineRow',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('description', models.CharField(max_length=200)),
                ('amount_pence', models.BigIntegerField()),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.invoice')),
            ],
            options={
                'db_table': 'payments_invoice_line',
            },
        ),
        migrations.CreateModel(
            name='InvoiceReceipt',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('how', models.CharField(max_length=10)),
                ('amount_pence', models.BigIntegerField()),
                ('received_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='payments.invoice')),
            ],
            options={
                'db_table': 'payments_invoice_receipt',
            },
        ),
        migrations.CreateModel(
            name='Payee',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('owner_user_id', models.UUIDField(null=True)),
                ('registered_at', models.DateTimeField()),
                ('route', models.CharField(blank=True, max_length=10)),
                ('legal_name_sealed', models.BinaryField(null=True)),
                ('account_holder_sealed', models.BinaryField(null=True)),
                ('sort_code_sealed', models.BinaryField(null=True)),
                ('account_number_sealed', models.BinaryField(null=True)),
                ('stripe_account_sealed', models.BinaryField(null=True)),
                ('stripe_account_index', models.CharField(blank=True, max_length=64)),
                ('stripe_ready', models.BooleanField(default=False)),
                ('fingerprint', models.CharField(blank=True, max_length=64)),
                ('version', models.PositiveIntegerField(default=0)),
                ('changed_at', models.DateTimeField(null=True)),
                ('held_until', models.DateTimeField(null=True)),
                ('called_back_at', models.DateTimeField(null=True)),
                ('called_back_by', models.CharField(blank=True, max_length=80)),
            ],
            options={
                'db_table': 'payments_payee',
                'indexes': [models.Index(condition=models.Q(('stripe_account_index', ''), _negated=True), fields=['stripe_account_index'], name='payee_by_stripe')],
                'constraints': [models.CheckConstraint(condition=models.Q(('route__in', ['', 'stripe', 'bank', 'manual', 'donate', 'decline'])), name='payee_route_known'), models.CheckConstraint(condition=models.Q(('route', ''), models.Q(('fingerprint', ''), _negated=True), _connector='OR'), name='payee_destination_has_fingerprint')],
            },
        ),
        migrations.CreateModel(
            name='PayeeChange',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('payee_ref', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('what', models.CharField(max_length=40)),
                ('version', models.PositiveIntegerField()),
                ('how', models.CharField(blank=True, max_length=20)),
            ],
            options={
                'db_table': 'payments_payee_change',
                'indexes': [models.Index(fields=['payee_ref', '-at'], name='payee_change_by_payee')],
                'constraints': [models.CheckConstraint(condition=models.Q(('how__in', ['', 'known_number', 'in_person', 'video'])), name='call_back_known')],
            },
        ),
        migrations.CreateModel(
            name='PayoutAttempt',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('key', models.CharField(max_length=160, unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
                ('outcome', models.CharField(choices=[('open', 'No answer yet'), ('accepted', 'Accepted'), ('refused', 'Refused'), ('lost', 'Answer lost'), ('stored_error', "The provider's error may be replayed")], default='open', max_length=14)),
                ('code', models.CharField(blank=True, max_length=60)),
                ('external_ref', models.CharField(blank=True, max_length=80)),
                ('empty_look_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('payout', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='payments.payout')),
            ],
            options={
                'db_table': 'payments_payout_attempt',
            },
        ),
        migrations.CreateModel(
            name='BankFileRow',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='payments.bankfile')),
                ('attempt', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='payments.payoutattempt')),
            ],
            options={
                'db_table': 'payments_bank_file_row',
            },
        ),
        migrations.CreateModel(
            name='PayoutHistory',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
                ('move', models.CharField(max_length=10)),
                ('before', models.CharField(max_length=10)),
                ('after', models.CharField(max_length=10)),
                ('note', models.CharField(blank=True, max_length=80)),
                ('payout', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='history', to='payments.payout')),
            ],
            options={
                'db_table': 'payments_payout_history',
            },
        ),
        migrations.CreateModel(
            name='PayoutRun',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=20, unique=True)),
                ('state', models.CharField(choices=[('gathered', 'Gathered'), ('submitted', 'Waiting for approval'), ('approved', 'Approved'), ('cancelled', 'Cancelled')], default='gathered', max_length=10)),
                ('gathered_at', models.DateTimeField()),
                ('gathered_by', models.CharField(max_length=80)),
                ('prepared_at', models.DateTimeField(null=True)),
                ('prepared_by', models.UUIDField(null=True)),
                ('prepared_session', models.CharField(blank=True, max_length=80)),
                ('approved_at', models.DateTimeField(null=True)),
                ('approved_by', models.UUIDField(null=True)),
                ('approved_session', models.CharField(blank=True, max_length=80)),
                ('digest', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'db_table': 'payments_payout_run',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['gathered', 'submitted', 'approved', 'cancelled'])), name='run_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['submitted', 'approved']), _negated=True), models.Q(('prepared_by__isnull', False), models.Q(('prepared_session', ''), _negated=True), models.Q(('digest', ''), _negated=True)), _connector='OR'), name='run_has_preparer'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'approved'), _negated=True), models.Q(('approved_by__isnull', False), models.Q(('approved_session', ''), _negated=True)), _connector='OR'), name='run_has_approver'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(models.Q(('approved_by', models.F('prepared_by')), _negated=True), models.Q(('approved_session', models.F('prepared_session')), _negated=True)), _connector='OR'), name='run_four_eyes')],
            },
        ),
        migrations.AddField(
            model_name='payout',
            name='run',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='payments.payoutrun'),
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('debit_pence', models.BigIntegerField(default=0)),
                ('credit_pence', models.BigIntegerField(default=0)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='payments.account')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='payments.entry')),
            ],
            options={
                'db_table': 'payments_posting',
            },
        ),
        migrations.CreateModel(
            name='ProviderEvent',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('endpoint', models.CharField(max_length=10)),
                ('event_id', models.CharField(max_length=80)),
                ('type', models.CharField(max_length=120)),
                ('object_ref', models.CharField(max_length=120)),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'payments_provider_event',
                'constraints': [models.UniqueConstraint(fields=('event_id',), name='provider_event_once'), models.CheckConstraint(condition=models.Q(('endpoint__in', ['platform', 'connect', 'thin'])), name='provider_endpoint_known')],
            },
        ),
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=60)),
                ('effective_from', models.DateField()),
                ('value', models.BigIntegerField()),
                ('unit', models.CharField(max_length=20)),
                ('source', models.CharField(max_length=300)),
                ('set_by', models.CharField(max_length=80)),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'payments_rate',
                'constraints': [models.UniqueConstraint(fields=('kind', 'effective_from'), name='one_rate_a_day'), models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='rate_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='SelfBillingAgreement',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('payee_ref', models.UUIDField()),
                ('starts_on', models.DateField()),
                ('expires_on', models.DateField()),
                ('wording', models.CharField(max_length=20)),
                ('agreed_at', models.DateTimeField()),
                ('actor_ref', models.CharField(max_length=80)),
            ],
            options={
                'db_table': 'payments_self_billing_agreement',
                'constraints': [models.CheckConstraint(condition=models.Q(('expires_on__gt', models.F('starts_on'))), name='agreement_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='SelfBillDocument',
            fields=[
                ('id', models.UUIDField(default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=160, unique=True)),
                ('payee_ref', models.UUIDField()),
                ('number', models.CharField(max_length=20, unique=True)),
                ('reference', models.CharField(max_length=40)),
                ('description', models.CharField(max_length=200)),
                ('supplied_on', models.DateField()),
                ('issued_on', models.DateField()),
                ('amount_pence', models.BigIntegerField()),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.selfbillingagreement')),
            ],
            options={
                'db_table': 'payments_self_bill',
            },
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['customer', '-issued_at'], name='invoice_by_customer'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['issued', 'part_paid', 'paid', 'credited'])), name='invoice_state_known'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('total_pence__gt', 0), ('paid_pence__gte', 0), ('credited_pence__gte', 0)), name='invoice_sums'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('credited_pence__lte', models.F('total_pence'))), name='invoice_credit_at_most_all'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), _negated=True), ('total_pence__lte', django.db.models.expressions.CombinedExpression(models.F('paid_pence'), '+', models.F('credited_pence'))), _connector='OR'), name='invoice_paid_means_paid'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('issued_on'))), name='invoice_due_after_issue'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(('amount_pence__gt', 0)), name='credit_note_positive'),
        ),
        migrations.AddIndex(
            model_name='checkout',
            index=models.Index(fields=['session'], name='checkout_session'),
        ),
        migrations.AddConstraint(
            model_name='checkout',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'open', 'paid', 'closed'])), name='checkout_state_known'),
        ),
        migrations.AddConstraint(
            model_name='checkout',
            constraint=models.UniqueConstraint(condition=models.Q(('session', ''), _negated=True), fields=('session',), name='checkout_session_once'),
        ),
        migrations.AddConstraint(
            model_name='invoicelinerow',
            constraint=models.UniqueConstraint(fields=('invoice', 'position'), name='invoice_line_position'),
        ),
        migrations.AddConstraint(
            model_name='invoicelinerow',
            constraint=models.CheckConstraint(condition=models.Q(('amount_pence__gt', 0)), name='invoice_line_positive'),
        ),
        migrations.AddConstraint(
            model_name='invoicereceipt',
            constraint=models.CheckConstraint(condition=models.Q(('amount_pence__gt', 0)), name='receipt_positive'),
        ),
        migrations.AddConstraint(
            model_name='invoicereceipt',
            constraint=models.CheckConstraint(condition=models.Q(('how__in', ['card', 'bank'])), name='receipt_how_known'),
        ),
        migrations.AddConstraint(
            model_name='payoutattempt',
            constraint=models.UniqueConstraint(fields=('payout', 'number'), name='attempt_number_once'),
        ),
        migrations.AddConstraint(
            model_name='payoutattempt',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['open', 'accepted', 'refused', 'lost', 'stored_error'])), name='attempt_outcome_known'),
        ),
        migrations.AddIndex(
            model_name='payouthistory',
            index=models.Index(fields=['payout', 'at'], name='payout_history_order'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['payee_ref', '-owed_at'], name='payout_by_payee'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['state', 'pay_by'], name='payout_by_state'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('external_ref', ''), _negated=True), fields=['external_ref'], name='payout_by_external'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('amount_pence__gt', 0)), name='payout_positive'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['due', 'submitted', 'approved', 'held', 'sending', 'unknown', 'parked', 'sent', 'paid', 'failed', 'reversed', 'settled', 'cancelled'])), name='payout_state_known'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('route__in', ['', 'stripe', 'bank', 'manual', 'donate', 'decline'])), name='payout_route_known'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['due', 'submitted', 'cancelled', 'reversed']), models.Q(('prepared_by__isnull', False), ('approved_by__isnull', False), models.Q(('prepared_session', ''), _negated=True), models.Q(('approved_session', ''), _negated=True), models.Q(('digest', ''), _negated=True)), _connector='OR'), name='payout_has_approval'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(models.Q(('approved_by', models.F('prepared_by')), _negated=True), models.Q(('approved_session', models.F('prepared_session')), _negated=True)), _connector='OR'), name='payout_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'paid'), _negated=True), ('paid_on__isnull', False), _connector='OR'), name='payout_paid_has_day'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(condition=models.Q(('external_ref', ''), _negated=True), fields=('external_ref',), name='payout_external_once'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('debit_pence__gt', 0), ('credit_pence', 0)), models.Q(('debit_pence', 0), ('credit_pence__gt', 0)), _connector='OR'), name='posting_one_side'),
        ),
        migrations.AddIndex(
            model_name='selfbilldocument',
            index=models.Index(fields=['payee_ref'], name='self_bill_by_payee'),
        ),
        migrations.AddConstraint(
            model_name='selfbilldocument',
            constraint=models.CheckConstraint(condition=models.Q(('amount_pence__gt', 0)), name='self_bill_positive'),
        ),
    ]
