"""What of a payment its cardholder's bank took back for good."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0027_disputes_regained")]

    operations = [
        migrations.AddField(
            model_name="leg", name="lost_cents", field=models.PositiveIntegerField(default=0)
        ),
    ]
