"""Foreign keys do not look at what a replica writes; this looks at nothing else."""

from django.db import migrations

GUARD = """
CREATE FUNCTION billing_row_in_one_book() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM billing_ledgeraccount d, billing_ledgeraccount c, billing_flow f
        WHERE (d.id, d.book_id, d.kind, d.name)
            = (NEW.debit_id, NEW.book_id, NEW.kind, NEW.debit_name)
        AND (c.id, c.book_id, c.kind, c.name)
            = (NEW.credit_id, NEW.book_id, NEW.kind, NEW.credit_name)
        AND (f.kind, f.event, f.debit, f.credit)
            = (NEW.kind, NEW.event, NEW.debit_name, NEW.credit_name)
    ) THEN
        RAISE EXCEPTION 'journal_in_one_book: this row is not an allowed flow inside its one book'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'journal_in_one_book';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_in_one_book BEFORE INSERT ON billing_journal FOR EACH ROW
    WHEN (current_setting('session_replication_role') = 'replica')
    EXECUTE FUNCTION billing_row_in_one_book();
ALTER TABLE billing_journal ENABLE ALWAYS TRIGGER journal_in_one_book;
"""
BACK = """
DROP TRIGGER journal_in_one_book ON billing_journal;
DROP FUNCTION billing_row_in_one_book();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0021_settlement_mode_unsaid")]
    operations = [migrations.RunSQL(GUARD, BACK)]
