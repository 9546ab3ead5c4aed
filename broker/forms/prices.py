"""What the operator hands in about the platform's own prices."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from billing.money import MINIMUM_CARD_CENTS
from billing.money.tiers import PLATFORM_CAP_CENTS
from broker.forms import DoorForm


class LineForm(DoorForm):
    """The price of one tier, VAT included: 0, or from fifty cents to the cap."""

    amount = forms.DecimalField(
        label=gettext_lazy("Prix en euros, TVA comprise"),
        max_digits=7,
        decimal_places=2,
        min_value=0,
        max_value=Decimal(PLATFORM_CAP_CENTS) / 100,
        localize=True,
    )

    def clean_amount(self) -> Decimal:
        """No card is charged less than fifty cents."""
        amount: Decimal = self.cleaned_data["amount"]
        if 0 < amount * 100 < MINIMUM_CARD_CENTS:
            raise ValidationError(
                gettext("Un montant est de 0 € ou d’au moins 0,50 €."), code="NOT_CHARGEABLE"
            )
        return amount

    def cents(self) -> int:
        """The price in cents."""
        return int(self.cleaned_data["amount"] * 100)
