"""Refunds: what of a leg was given back, credit notes, and the flows that a refund posts."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from billing.migrations._flows import lacking
from billing.money import REFUND_FLOWS


class Migration(migrations.Migration):

    dependencies = [
        ("billing", "0003_pass_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('stripe_refund', models.CharField(max_length=120, unique=True)),
                ('amount_cents', models.PositiveIntegerField()),
                ('vat_cents', models.PositiveIntegerField()),
                ('failed', models.BooleanField(default=False)),
                ('seen_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='leg',
            name='leg_state',
        ),
        migrations.RemoveConstraint(
            model_name='op',
            name='op_kind',
        ),
        migrations.AddField(
            model_name='leg',
            name='refund_ordered_cents',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='leg',
            name='refunded_cents',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='receipt',
            name='kind',
            field=models.CharField(default='receipt', max_length=16),
        ),
        migrations.AddField(
            model_name='receipt',
            name='refund',
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name='receipt',
            name='leg',
            field=models.UUIDField(),
        ),
        migrations.AddConstraint(
            model_name='leg',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'authorising', 'action_required', 'declined', 'authorised', 'capturing', 'captured', 'part_refunded', 'refunded', 'voided', 'expired', 'capture_lost', 'due', 'acquitted'])), name='leg_state'),
        ),
        migrations.AddConstraint(
            model_name='leg',
            constraint=models.CheckConstraint(condition=models.Q(('refund_ordered_cents__lte', models.F('captured_cents'))), name='leg_refunds_within_capture'),
        ),
        migrations.AddConstraint(
            model_name='leg',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_cents__lte', models.F('refund_ordered_cents'))), name='leg_refunded_was_ordered'),
        ),
        migrations.AddConstraint(
            model_name='op',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['open', 'capture', 'cancel', 'refund'])), name='op_kind'),
        ),
        migrations.AddConstraint(
            model_name='op',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'refund'), ('state', 'live')), fields=('leg',), name='op_one_live_refund'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'receipt')), fields=('leg',), name='receipt_one_a_leg'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('refund', 'kind'), name='receipt_one_a_refund'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'receipt'), ('refund__isnull', True)), models.Q(('kind__in', ['credit', 'credit_undone']), ('refund__isnull', False)), _connector='OR'), name='receipt_credit_has_refund'),
        ),
        migrations.AddField(
            model_name='refund',
            name='leg',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.leg'),
        ),
        migrations.AddField(
            model_name='refund',
            name='op',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.op'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount_cents__gt', 0)), name='refund_positive'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('vat_cents__lte', models.F('amount_cents'))), name='refund_vat_inside'),
        ),
        migrations.RunPython(lacking(REFUND_FLOWS), migrations.RunPython.noop),
    ]
