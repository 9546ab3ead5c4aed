"""The flows of money that Stripe draws from the bank when a balance is below zero."""

from django.db import migrations

from billing.migrations._flows import lacking
from billing.money import MOVED_FLOWS


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0011_account_requirements"),
    ]

    operations = [
        migrations.RunPython(lacking(MOVED_FLOWS), migrations.RunPython.noop),
    ]
