"""The flows of a dispute that was lost and is not lost after all."""

from django.db import migrations

from billing.migrations._flows import lacking
from billing.money import MOVED_FLOWS


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0026_accounts_looked_at"),
    ]

    operations = [
        migrations.RunPython(lacking(MOVED_FLOWS), migrations.RunPython.noop),
    ]
