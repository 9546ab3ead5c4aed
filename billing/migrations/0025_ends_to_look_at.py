"""What ended unseen has a moment of its own at which it is looked at, again and again."""

from django.db import migrations, models

KNOWN = """
UPDATE billing_leg SET look_after_at = ended_at
WHERE looked_at IS NULL AND ended_at IS NOT NULL AND checkout_session IS NOT NULL
  AND state IN ('voided', 'expired', 'capture_lost')
"""


class Migration(migrations.Migration):

    dependencies = [("billing", "0024_unseen_ends")]

    operations = [
        migrations.RemoveIndex(model_name="leg", name="leg_unseen_end"),
        migrations.AddField(
            model_name="leg", name="look_after_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddIndex(
            model_name="leg",
            index=models.Index(
                condition=models.Q(("look_after_at__isnull", False)),
                fields=["look_after_at"],
                name="leg_unseen_end",
            ),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
