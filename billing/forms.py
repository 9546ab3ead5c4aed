"""What people hand in about money, checked before any act sees it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.money import FORFAIT_MAX_DAYS, HONORAIRES_CAP_CENTS

CAP = Decimal(HONORAIRES_CAP_CENTS) / 100
EUROS: dict[str, Any] = {
    "max_digits": 7,
    "decimal_places": 2,
    "min_value": 0,
    "max_value": CAP,
    "localize": True,
}


class HonorairesForm(forms.Form):
    """What a physician asks: for one act, and for a period if they offer a forfait."""

    act = forms.DecimalField(label=gettext_lazy("Pour un avis, en euros"), **EUROS)
    forfait = forms.DecimalField(
        label=gettext_lazy("Forfait de suivi, en euros"), required=False, **EUROS
    )
    forfait_days = forms.IntegerField(
        label=gettext_lazy("Durée du forfait, en jours"),
        required=False,
        min_value=0,
        max_value=FORFAIT_MAX_DAYS,
    )

    def cents(self) -> dict[str, int]:
        """The amounts in cents, as `set_honoraires` takes them."""
        said: dict[str, Any] = self.cleaned_data
        return {
            "cents": int(said["act"] * 100),
            "forfait_cents": int((said["forfait"] or 0) * 100),
            "forfait_days": said["forfait_days"] or 0,
        }


class ExplainForm(forms.Form):
    """A question about a fee, or its explanation."""

    text = forms.CharField(
        label=gettext_lazy("Votre message"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
