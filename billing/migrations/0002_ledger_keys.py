"""Composite keys that hold a row inside one book, and the first schedule and flows."""

from datetime import UTC, datetime

from django.db import migrations

from billing.money import FLOWS, TIERS, VAT_BPS

# An operation, its leg and its pass belong to one quote; a journal row's accounts to its book.
KEYS = """
ALTER TABLE billing_op
  ADD CONSTRAINT op_leg_of_quote FOREIGN KEY (leg_id, quote_id)
    REFERENCES billing_leg (id, quote_id),
  ADD CONSTRAINT op_pass_of_quote FOREIGN KEY (gate_pass_id, quote_id)
    REFERENCES billing_gatepass (id, quote_id);
ALTER TABLE billing_ledgeraccount
  ADD CONSTRAINT ledgeraccount_in_book FOREIGN KEY (book_id, kind)
    REFERENCES billing_book (id, kind);
ALTER TABLE billing_journal
  ADD CONSTRAINT journal_debit_in_book FOREIGN KEY (debit_id, book_id, kind, debit_name)
    REFERENCES billing_ledgeraccount (id, book_id, kind, name),
  ADD CONSTRAINT journal_credit_in_book FOREIGN KEY (credit_id, book_id, kind, credit_name)
    REFERENCES billing_ledgeraccount (id, book_id, kind, name),
  ADD CONSTRAINT journal_flow_allowed FOREIGN KEY (kind, event, debit_name, credit_name)
    REFERENCES billing_flow (kind, event, debit, credit);
"""
BACK = """
ALTER TABLE billing_journal DROP CONSTRAINT journal_flow_allowed,
  DROP CONSTRAINT journal_credit_in_book, DROP CONSTRAINT journal_debit_in_book;
ALTER TABLE billing_ledgeraccount DROP CONSTRAINT ledgeraccount_in_book;
ALTER TABLE billing_op DROP CONSTRAINT op_pass_of_quote, DROP CONSTRAINT op_leg_of_quote;
"""


def fill(apps, schema_editor):
    """Write the closed flows and version 1 of the platform's schedule."""
    flow = apps.get_model("billing", "Flow")
    database = schema_editor.connection.alias
    flow.objects.using(database).bulk_create(
        flow(kind=kind, event=event, debit=debit, credit=credit)
        for kind, event, debit, credit in FLOWS
    )
    schedule = apps.get_model("billing", "Schedule")
    schedule.objects.using(database).bulk_create(
        schedule(
            tier=tier.name,
            version=1,
            platform_cents=tier.platform_cents,
            vat_bps=VAT_BPS,
            answer_within_seconds=tier.answer_within_seconds,
            effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for tier in TIERS.values()
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(KEYS, BACK),
    ]
