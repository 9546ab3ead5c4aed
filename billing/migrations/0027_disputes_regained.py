"""The flows of a dispute that was lost and is not lost after all."""

from django.db import migrations

from billing.money import MOVED_FLOWS


def fill(apps, schema_editor):
    """Add what the closed list lacks; a new database has it already."""
    flow = apps.get_model("billing", "Flow")
    flow.objects.using(schema_editor.connection.alias).bulk_create(
        (
            flow(kind=kind, event=event, debit=debit, credit=credit)
            for kind, event, debit, credit in MOVED_FLOWS
        ),
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0026_accounts_looked_at"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
