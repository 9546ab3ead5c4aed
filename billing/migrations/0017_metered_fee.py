"""A metered platform line: its rate and cap on the quote, presence, stops, readings."""

import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0016_days_that_ended'),
    ]

    operations = [
        migrations.CreateModel(
            name='MeterReading',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('question', models.UUIDField()),
                ('per_minute_cents', models.PositiveIntegerField()),
                ('cap_cents', models.PositiveIntegerField()),
                ('minutes', models.PositiveIntegerField()),
                ('cents', models.PositiveIntegerField()),
                ('started_at', models.DateTimeField(null=True)),
                ('read_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='MeterStop',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('question', models.UUIDField()),
                ('side', models.CharField(max_length=16)),
                ('stopped_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('question', models.UUIDField()),
                ('side', models.CharField(max_length=16)),
                ('began_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='quote',
            name='cap_minutes',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='quote',
            name='per_minute_cents',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(fields=('id', 'per_minute_cents', 'platform_cents'), name='quote_as_metered'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cap_minutes', 0), ('per_minute_cents', 0)), models.Q(('cap_minutes__lte', 30), ('per_minute_cents__gte', 50), ('platform_cents', django.db.models.expressions.CombinedExpression(models.F('per_minute_cents'), '*', models.F('cap_minutes')))), _connector='OR'), name='quote_cap_is_rate_times_minutes'),
        ),
        migrations.AddField(
            model_name='meterreading',
            name='quote',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.quote'),
        ),
        migrations.AddField(
            model_name='meterstop',
            name='quote',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.quote'),
        ),
        migrations.AddIndex(
            model_name='presence',
            index=models.Index(fields=['question', 'side', '-seen_at'], name='presence_latest'),
        ),
        migrations.AddConstraint(
            model_name='presence',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ('patient', 'physician'))), name='presence_side'),
        ),
        migrations.AddConstraint(
            model_name='presence',
            constraint=models.CheckConstraint(condition=models.Q(('seen_at__gt', models.F('began_at'))), name='presence_forward'),
        ),
        migrations.AddConstraint(
            model_name='meterreading',
            constraint=models.CheckConstraint(condition=models.Q(('cents', django.db.models.expressions.CombinedExpression(models.F('per_minute_cents'), '*', models.F('minutes')))), name='meter_rate_times'),
        ),
        migrations.AddConstraint(
            model_name='meterreading',
            constraint=models.CheckConstraint(condition=models.Q(('cents__lte', models.F('cap_cents'))), name='meter_within_cap'),
        ),
        migrations.AddConstraint(
            model_name='meterreading',
            constraint=models.CheckConstraint(condition=models.Q(('minutes', 0), ('started_at__isnull', False), _connector='OR'), name='meter_was_started'),
        ),
        migrations.AddConstraint(
            model_name='meterstop',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ('patient', 'physician'))), name='meterstop_side'),
        ),
    ]
