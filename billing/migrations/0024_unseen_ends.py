"""Few of them: payments that ended without being looked at."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0023_legs_as_quoted'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='leg',
            index=models.Index(condition=models.Q(('ended_at__isnull', False), ('looked_at', None)), fields=['state'], name='leg_unseen_end'),
        ),
    ]
