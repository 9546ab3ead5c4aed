"""When each account was last asked what it may do: it is asked again once a day."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("billing", "0025_ends_to_look_at")]

    operations = [
        migrations.AddField(
            model_name="connectedaccount",
            name="looked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="connectedaccount",
            index=models.Index(fields=["looked_at"], name="connectedaccount_looked"),
        ),
    ]
