import backend.kernel.ids
import backend.kernel.sealed
import django.db.models.deletion
from django.db import migrations, models

from backend.kernel.guards import append_only, sql

APPEND_ONLY = (
    "payments_month_move",
    "payments_late_claim",
    "payments_refund",
    "payments_bank_statement",
    "payments_statement_line",
    "payments_discrepancy_note",
)

# A month whose latest move is not "reopen" takes no entry. PostgreSQL: whoever posts holds the months' lock together
# with others, whoever closes holds it alone, so that no entry under way slips in behind a close. SQLite has one writer,
# and keeps moments as text in UTC: text of another form, which could dodge the comparison, is refused.
CLOSED = sql(
    postgresql=[
        """
        CREATE FUNCTION payments_month_open() RETURNS trigger AS $$
        BEGIN
          PERFORM pg_advisory_xact_lock_shared(710163, 1);
          IF EXISTS (
            SELECT 1 FROM payments_month_move m
            WHERE NEW.at >= m.starts_at AND NEW.at < m.ends_at AND m.move <> 'reopen'
              AND NOT EXISTS (SELECT 1 FROM payments_month_move l WHERE l.month = m.month AND l.number > m.number)
          ) THEN
            RAISE EXCEPTION 'the books of that month are closed' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $$ LANGUAGE plpgsql
        """,
        "CREATE TRIGGER payments_entry_month BEFORE INSERT ON payments_entry "
        "FOR EACH ROW EXECUTE FUNCTION payments_month_open()",
        """
        CREATE FUNCTION payments_month_moves() RETURNS trigger AS $$
        DECLARE before_number integer := 0; before_move text := 'reopen'; before_who uuid; before_session text;
        BEGIN
          PERFORM pg_advisory_xact_lock(710163, 1);
          SELECT m.number, m.move, m."by", m.session INTO before_number, before_move, before_who, before_session
            FROM payments_month_move m WHERE m.month = NEW.month ORDER BY m.number DESC LIMIT 1;
          before_move := COALESCE(before_move, 'reopen');
          IF NEW.number <> COALESCE(before_number, 0) + 1
             OR (NEW.move = 'close' AND before_move <> 'reopen')
             OR (NEW.move = 'ask' AND before_move <> 'close')
             OR (NEW.move = 'reopen' AND (before_move <> 'ask' OR before_who = NEW."by"
                                          OR before_session = NEW.session)) THEN
            RAISE EXCEPTION 'a month is opened again by two people' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $$ LANGUAGE plpgsql
        """,
        "CREATE TRIGGER payments_month_move_order BEFORE INSERT ON payments_month_move "
        "FOR EACH ROW EXECUTE FUNCTION payments_month_moves()",
    ],
    sqlite=[
        """
        CREATE TRIGGER payments_entry_month BEFORE INSERT ON payments_entry
        WHEN NEW.at NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'
          OR (length(NEW.at) > 26 AND NEW.at NOT GLOB '*+00:00')
          OR EXISTS (
          SELECT 1 FROM payments_month_move m
          WHERE substr(replace(NEW.at, 'T', ' '), 1, 19) >= substr(m.starts_at, 1, 19)
            AND substr(replace(NEW.at, 'T', ' '), 1, 19) < substr(m.ends_at, 1, 19)
            AND m.move <> 'reopen'
            AND NOT EXISTS (SELECT 1 FROM payments_month_move l WHERE l.month = m.month AND l.number > m.number)
        )
        BEGIN SELECT RAISE(ABORT, 'the books of that month are closed'); END
        """,
        """
        CREATE TRIGGER payments_month_move_order BEFORE INSERT ON payments_month_move
        WHEN NEW.number <> (SELECT COUNT(*) + 1 FROM payments_month_move l WHERE l.month = NEW.month)
          OR (NEW.move = 'close' AND COALESCE((SELECT l.move FROM payments_month_move l WHERE l.month = NEW.month
                                               ORDER BY l.number DESC LIMIT 1), 'reopen') <> 'reopen')
          OR (NEW.move = 'ask' AND COALESCE((SELECT l.move FROM payments_month_move l WHERE l.month = NEW.month
                                             ORDER BY l.number DESC LIMIT 1), '') <> 'close')
          OR (NEW.move = 'reopen' AND NOT EXISTS (
                SELECT 1 FROM payments_month_move l WHERE l.month = NEW.month AND l.number = NEW.number - 1
                  AND l.move = 'ask' AND l.by <> NEW.by AND l.session <> NEW.session))
        BEGIN SELECT RAISE(ABORT, 'a month is opened again by two people'); END
        """,
    ],
)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_payouts"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankStatement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("profile", models.CharField(max_length=30)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("rows", models.PositiveIntegerField()),
                ("fresh", models.PositiveIntegerField()),
                ("opening_pence", models.BigIntegerField(null=True)),
                ("closing_pence", models.BigIntegerField(null=True)),
                ("imported_at", models.DateTimeField()),
                ("imported_by", models.CharField(max_length=80)),
            ],
            options={
                "db_table": "payments_bank_statement",
            },
        ),
        migrations.CreateModel(
            name="Discrepancy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("code", models.CharField(max_length=30)),
                ("ref", models.CharField(max_length=160)),
                ("sort", models.CharField(blank=True, max_length=40)),
                ("theirs_pence", models.BigIntegerField()),
                ("ours_pence", models.BigIntegerField()),
                ("words", models.CharField(max_length=300)),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("gone_at", models.DateTimeField(null=True)),
                ("explained_at", models.DateTimeField(null=True)),
                ("owner", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "payments_discrepancy",
            },
        ),
        migrations.CreateModel(
            name="DiscrepancyNote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor_ref", models.CharField(max_length=80)),
                ("text", models.CharField(max_length=500)),
            ],
            options={
                "db_table": "payments_discrepancy_note",
            },
        ),
        migrations.CreateModel(
            name="LateClaim",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("from_day", models.DateField()),
                ("to_day", models.DateField()),
                ("rate_basis_points", models.PositiveIntegerField()),
                ("rate_source", models.CharField(max_length=600)),
                ("interest_pence", models.BigIntegerField()),
                ("compensation_pence", models.BigIntegerField()),
                ("claimed_at", models.DateTimeField()),
                ("actor_ref", models.CharField(max_length=80)),
            ],
            options={
                "db_table": "payments_late_claim",
            },
        ),
        migrations.CreateModel(
            name="LineMatch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("booked", models.BooleanField()),
                ("note", models.CharField(blank=True, max_length=300)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=80)),
                ("released_at", models.DateTimeField(null=True)),
                ("released_by", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "db_table": "payments_line_match",
            },
        ),
        migrations.CreateModel(
            name="MatchedEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("entry_key", models.CharField(max_length=160)),
                ("live", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "payments_matched_entry",
            },
        ),
        migrations.CreateModel(
            name="MonthMove",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField()),
                ("number", models.PositiveSmallIntegerField()),
                ("move", models.CharField(max_length=10)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField()),
                ("session", models.CharField(max_length=80)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("entries", models.PositiveIntegerField(default=0)),
                ("total_pence", models.BigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "db_table": "payments_month_move",
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=160, unique=True)),
                ("how", models.CharField(max_length=10)),
                ("amount_pence", models.BigIntegerField()),
                ("refunded_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("actor_ref", models.CharField(max_length=80)),
            ],
            options={
                "db_table": "payments_refund",
            },
        ),
        migrations.CreateModel(
            name="StatementLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("on", models.DateField()),
                ("amount_pence", models.BigIntegerField()),
                ("balance_pence", models.BigIntegerField(null=True)),
                ("text", backend.kernel.sealed.SealedTextField()),
                ("print", models.CharField(max_length=64, unique=True)),
            ],
            options={
                "db_table": "payments_statement_line",
            },
        ),
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=backend.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount_pence", models.BigIntegerField()),
                ("reason", models.CharField(max_length=300)),
                ("state", models.CharField(default="asked", max_length=10)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.UUIDField()),
                ("asked_session", models.CharField(max_length=80)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_session", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "db_table": "payments_write_off",
            },
        ),
        migrations.RemoveConstraint(
            model_name="account",
            name="account_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_state_known",
        ),
        migrations.AddField(
            model_name="invoice",
            name="written_off_pence",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="state",
            field=models.CharField(
                choices=[
                    ("issued", "Waiting for payment"),
                    ("part_paid", "Partly paid"),
                    ("paid", "Paid"),
                    ("credited", "Cancelled by a credit note"),
                    ("given_up", "Written off"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["asset", "liability", "income", "expense", "fund"])),
                name="account_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["issued", "part_paid", "paid", "credited", "given_up"])),
                name="invoice_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("written_off_pence__gte", 0), ("written_off_pence__lte", models.F("total_pence"))),
                name="invoice_written_off_at_most_all",
            ),
        ),
        migrations.AddIndex(
            model_name="bankstatement",
            index=models.Index(fields=["-last_on"], name="statement_by_day"),
        ),
        migrations.AddConstraint(
            model_name="bankstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("rows__gt", 0), ("fresh__lte", models.F("rows"))), name="statement_rows"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_on__gte", models.F("first_on"))), name="statement_days"
            ),
        ),
        migrations.AddIndex(
            model_name="discrepancy",
            index=models.Index(
                condition=models.Q(("gone_at__isnull", True)), fields=["first_seen_at"], name="discrepancy_open"
            ),
        ),
        migrations.AddIndex(
            model_name="discrepancy",
            index=models.Index(fields=["-last_seen_at"], name="discrepancy_latest"),
        ),
        migrations.AddField(
            model_name="discrepancynote",
            name="discrepancy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="payments.discrepancy"
            ),
        ),
        migrations.AddField(
            model_name="lateclaim",
            name="claimed_as",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="claim_of", to="payments.invoice"
            ),
        ),
        migrations.AddField(
            model_name="lateclaim",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="late_claims", to="payments.invoice"
            ),
        ),
        migrations.AddField(
            model_name="matchedentry",
            name="match",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="payments.linematch"
            ),
        ),
        migrations.AddConstraint(
            model_name="monthmove",
            constraint=models.UniqueConstraint(fields=("month", "number"), name="month_move_number"),
        ),
        migrations.AddConstraint(
            model_name="monthmove",
            constraint=models.CheckConstraint(
                condition=models.Q(("move__in", ["close", "ask", "reopen"])), name="month_move_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="monthmove",
            constraint=models.CheckConstraint(
                condition=models.Q(("session", ""), _negated=True), name="month_move_session"
            ),
        ),
        migrations.AddConstraint(
            model_name="monthmove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("move", "ask"), _negated=True), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="month_ask_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="monthmove",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("move", "close"), _negated=True), models.Q(("digest", ""), _negated=True), _connector="OR"
                ),
                name="month_close_digest",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="payments.invoice"
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="statement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="payments.bankstatement"
            ),
        ),
        migrations.AddField(
            model_name="linematch",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="matches", to="payments.statementline"
            ),
        ),
        migrations.AddField(
            model_name="writeoff",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="write_offs", to="payments.invoice"
            ),
        ),
        migrations.AddIndex(
            model_name="discrepancynote",
            index=models.Index(fields=["discrepancy", "at"], name="discrepancy_note_order"),
        ),
        migrations.AddConstraint(
            model_name="discrepancynote",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="discrepancy_note_says"
            ),
        ),
        migrations.AddConstraint(
            model_name="lateclaim",
            constraint=models.UniqueConstraint(fields=("invoice", "from_day"), name="late_claim_days_once"),
        ),
        migrations.AddConstraint(
            model_name="lateclaim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("compensation_pence__gt", 0)), fields=("invoice",), name="late_compensation_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="lateclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("to_day__gte", models.F("from_day")), ("interest_pence__gte", 0), ("compensation_pence__gte", 0)
                ),
                name="late_claim_sums",
            ),
        ),
        migrations.AddConstraint(
            model_name="matchedentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("live", True)), fields=("entry_key",), name="entry_matched_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(condition=models.Q(("amount_pence__gt", 0)), name="refund_positive"),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("how__in", ["card", "bank"])), name="refund_how_known"
            ),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(fields=["on", "position"], name="statement_line_order"),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.UniqueConstraint(fields=("statement", "position"), name="statement_line_position"),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_pence", 0), _negated=True), name="statement_line_moves"
            ),
        ),
        migrations.AddConstraint(
            model_name="linematch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)), fields=("line",), name="line_matched_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="linematch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("released_at__isnull", True),
                    models.Q(("booked", False), models.Q(("released_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="booked_match_stays",
            ),
        ),
        migrations.AddIndex(
            model_name="writeoff",
            index=models.Index(fields=["state", "asked_at"], name="write_off_by_state"),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "approved", "refused"])), name="write_off_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_pence__gt", 0), models.Q(("reason", ""), _negated=True)),
                name="write_off_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")), fields=("invoice",), name="write_off_asked_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "asked"),
                    models.Q(("decided_by__isnull", False), models.Q(("decided_session", ""), _negated=True)),
                    _connector="OR",
                ),
                name="write_off_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="writeoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(
                        models.Q(("decided_by", models.F("asked_by")), _negated=True),
                        models.Q(("decided_session", models.F("asked_session")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="write_off_four_eyes",
            ),
        ),
        CLOSED,
        *(append_only(table) for table in APPEND_ONLY),
    ]
