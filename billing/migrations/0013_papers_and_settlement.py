import uuid
from django.db import migrations, models

from billing.migrations._flows import lacking
from billing.money import FLOWS


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0012_draws_from_the_bank'),
    ]

    operations = [
        migrations.RunPython(lacking(flow for flow in FLOWS if flow[1] == "waived"), migrations.RunPython.noop),
        migrations.CreateModel(
            name='Acquittal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('leg', models.UUIDField(unique=True)),
                ('mode', models.CharField(max_length=16)),
                ('received_on', models.DateField()),
                ('noted_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('quote', models.UUIDField()),
                ('kind', models.CharField(max_length=16)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('question', models.UUIDField(db_index=True)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('siren', models.CharField(blank=True, max_length=14)),
                ('vat_number', models.CharField(blank=True, max_length=20)),
                ('street', models.CharField(blank=True, max_length=200)),
                ('postcode', models.CharField(blank=True, max_length=20)),
                ('city', models.CharField(blank=True, max_length=100)),
                ('stated_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Letterhead',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('physician', models.UUIDField(db_index=True)),
                ('address', models.CharField(max_length=300)),
                ('sector', models.CharField(blank=True, max_length=20)),
                ('set_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('leg', models.UUIDField()),
                ('days', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='leg',
            name='leg_due_off_platform',
        ),
        migrations.RemoveConstraint(
            model_name='leg',
            name='leg_state',
        ),
        migrations.AddField(
            model_name='acceptance',
            name='begins_at_once',
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name='leg',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'authorising', 'action_required', 'declined', 'authorised', 'capturing', 'captured', 'part_refunded', 'refunded', 'disputed', 'charged_back', 'voided', 'expired', 'capture_lost', 'due', 'acquitted', 'waived'])), name='leg_state'),
        ),
        migrations.AddConstraint(
            model_name='leg',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['due', 'acquitted', 'waived']), _negated=True), ('settlement', 'off_platform'), _connector='OR'), name='leg_due_off_platform'),
        ),
        migrations.AddConstraint(
            model_name='acquittal',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['transfer', 'cheque', 'cash'])), name='acquittal_mode'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.UniqueConstraint(fields=('quote', 'kind'), name='confirmation_once'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['order', 'withdrawal'])), name='confirmation_kind'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('city', ''), ('name', ''), ('postcode', ''), ('siren', ''), ('street', ''), ('vat_number', '')), models.Q(models.Q(('name', ''), _negated=True), ('siren__regex', '^[0-9]{9}([0-9]{5})?$'), models.Q(('city', ''), _negated=True)), _connector='OR'), name='customer_whole_or_none'),
        ),
        migrations.AddConstraint(
            model_name='letterhead',
            constraint=models.CheckConstraint(condition=models.Q(('sector__in', ['', 'sector-1', 'sector-2', 'sector-2-optam', 'outside'])), name='letterhead_sector_is_known'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(fields=('leg', 'days'), name='reminder_once_a_bound'),
        ),
    ]
