"""What people hand in about money, checked before any act sees it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from billing.facts import Business, siren_holds, vat_number_of
from billing.money import FORFAIT_MAX_DAYS, HONORAIRES_CAP_CENTS
from billing.states import SECTORS, Mode

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


MODES = [
    ("", gettext_lazy("Choisir")),
    (str(Mode.TRANSFER), gettext_lazy("Virement")),
    (str(Mode.CHEQUE), gettext_lazy("Chèque")),
    (str(Mode.CASH), gettext_lazy("Espèces")),
]
SECTOR_WORDS = [
    ("", gettext_lazy("Ne pas l’indiquer")),
    (SECTORS[0], gettext_lazy("Conventionné, secteur 1")),
    (SECTORS[1], gettext_lazy("Conventionné, secteur 2")),
    (SECTORS[2], gettext_lazy("Conventionné, secteur 2, OPTAM")),
    (SECTORS[3], gettext_lazy("Non conventionné")),
]


class Line(forms.CharField):
    """One line of printable words, its spaces made single: it goes into papers as it is."""

    def to_python(self, value: Any) -> str:
        """The words on one line; refused when a sign of control or of direction is among them."""
        line = " ".join((super().to_python(value) or "").split())
        if not line.isprintable():
            raise ValidationError(gettext("Un caractère ne s’imprime pas : retirez-le."))
        return line


class CustomerForm(forms.Form):
    """The business that the platform's fee is invoiced to."""

    name = Line(label=gettext_lazy("Raison sociale"), max_length=200)
    siren = forms.CharField(
        label=gettext_lazy("SIREN ou SIRET"),
        max_length=24,
        help_text=gettext_lazy("9 ou 14 chiffres."),
    )
    vat_number = forms.CharField(
        label=gettext_lazy("Numéro de TVA intracommunautaire, s’il existe"),
        max_length=24,
        required=False,
    )
    street = Line(label=gettext_lazy("Numéro et rue"), max_length=200)
    postcode = forms.RegexField(
        label=gettext_lazy("Code postal"),
        regex=r"^[0-9]{5}$",
        max_length=5,
        error_messages={"invalid": gettext_lazy("Cinq chiffres.")},
    )
    city = Line(label=gettext_lazy("Commune"), max_length=100)

    def clean_siren(self) -> str:
        """The digits, when their key is right."""
        digits = "".join(self.cleaned_data["siren"].split())
        if not siren_holds(digits):
            raise ValidationError(gettext("Ce numéro n’existe pas : vérifiez ses chiffres."))
        return digits

    def clean_vat_number(self) -> str:
        """The French number that goes with the SIREN, or none."""
        number = "".join(self.cleaned_data["vat_number"].split()).upper()
        siren = self.cleaned_data.get("siren", "")[:9]
        if number and siren and number != vat_number_of(siren):
            raise ValidationError(gettext("Ce numéro ne va pas avec ce SIREN."))
        return number

    def business(self) -> Business:
        """What was stated."""
        return Business(**self.cleaned_data)


class SettledForm(forms.Form):
    """How and when honoraires reached the practice."""

    leg = forms.UUIDField(widget=forms.HiddenInput)
    mode = forms.ChoiceField(label=gettext_lazy("Par"), choices=MODES)
    received_on = forms.DateField(
        label=gettext_lazy("Reçu le"), widget=forms.DateInput(attrs={"type": "date"})
    )


class WaivedForm(forms.Form):
    """Honoraires that the physician gives up, said twice."""

    leg = forms.UUIDField(widget=forms.HiddenInput)
    sure = forms.BooleanField(label=gettext_lazy("Je renonce à ces honoraires"))


class LetterheadForm(forms.Form):
    """What a physician's receipts carry beside the name."""

    address = forms.CharField(
        label=gettext_lazy("Adresse du cabinet"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    sector = forms.ChoiceField(
        label=gettext_lazy("Convention"), choices=SECTOR_WORDS, required=False
    )
