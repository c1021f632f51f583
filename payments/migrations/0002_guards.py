"""What the database itself refuses: an unbalanced entry, a leg that joins later, a change of what is append-only."""

from typing import ClassVar

from django.db import migrations

from backend.kernel.guards import append_only, sql

APPEND_ONLY = (
    "payments_entry",
    "payments_posting",
    "payments_payout_history",
    "payments_bank_file",
    "payments_bank_file_row",
    "payments_invoice_line",
    "payments_credit_note",
    "payments_invoice_receipt",
    "payments_self_billing_agreement",
    "payments_self_bill",
    "payments_payee_change",
    "payments_reconciliation",
    "payments_provider_event",
)

BALANCE = sql(
    postgresql=[
        """
        CREATE FUNCTION payments_leg_first() RETURNS trigger AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM payments_entry WHERE id = NEW.entry_id) THEN
            RAISE EXCEPTION 'a leg cannot join an entry that exists' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END $$ LANGUAGE plpgsql
        """,
        "CREATE TRIGGER payments_posting_first BEFORE INSERT ON payments_posting "
        "FOR EACH ROW EXECUTE FUNCTION payments_leg_first()",
        """
        CREATE FUNCTION payments_check_balance(entry uuid) RETURNS void AS $$
        DECLARE debits numeric; credits numeric; legs integer; total numeric;
        BEGIN
          SELECT COALESCE(SUM(debit_pence), 0), COALESCE(SUM(credit_pence), 0), COUNT(*)
            INTO debits, credits, legs FROM payments_posting WHERE entry_id = entry;
          SELECT total_pence INTO total FROM payments_entry WHERE id = entry;
          IF legs < 2 OR debits <> credits OR total IS NULL OR debits <> total THEN
            RAISE EXCEPTION 'the legs of an entry must balance' USING ERRCODE = 'integrity_constraint_violation';
          END IF;
        END $$ LANGUAGE plpgsql
        """,
        """
        CREATE FUNCTION payments_entry_balances() RETURNS trigger AS $$
        BEGIN PERFORM payments_check_balance(NEW.id); RETURN NULL; END $$ LANGUAGE plpgsql
        """,
        """
        CREATE FUNCTION payments_leg_balances() RETURNS trigger AS $$
        BEGIN PERFORM payments_check_balance(NEW.entry_id); RETURN NULL; END $$ LANGUAGE plpgsql
        """,
        "CREATE TRIGGER payments_entry_balance AFTER INSERT ON payments_entry "
        "FOR EACH ROW EXECUTE FUNCTION payments_entry_balances()",
        # Again at the commit, with a fresh snapshot: two transactions cannot share an entry's id unseen.
        "CREATE CONSTRAINT TRIGGER payments_posting_balance AFTER INSERT ON payments_posting "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_leg_balances()",
    ],
    sqlite=[
        """
        CREATE TRIGGER payments_posting_first BEFORE INSERT ON payments_posting
        WHEN EXISTS (SELECT 1 FROM payments_entry WHERE id = NEW.entry_id)
        BEGIN SELECT RAISE(ABORT, 'a leg cannot join an entry that exists'); END
        """,
        """
        CREATE TRIGGER payments_entry_balance AFTER INSERT ON payments_entry
        WHEN (SELECT COUNT(*) < 2 OR SUM(debit_pence) <> SUM(credit_pence) OR SUM(debit_pence) <> NEW.total_pence
              FROM payments_posting WHERE entry_id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'the legs of an entry must balance'); END
        """,
    ],
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("payments", "0001_initial")]
    operations: ClassVar = [BALANCE, *(append_only(table) for table in APPEND_ONLY)]
