"""What people hand in about files and accounts: who they are, whose parent, who is invited."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from broker.actions.inviting import INVITED
from broker.forms import DoorForm

OLDEST_YEARS = 130
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"})


class PersonForm(DoorForm):
    """Names and birth date, as on an identity card."""

    given_name = forms.CharField(label=gettext_lazy("Prénom"), max_length=90)
    family_name = forms.CharField(label=gettext_lazy("Nom"), max_length=90)
    birth_date = forms.DateField(label=gettext_lazy("Date de naissance"), widget=DAY)
    # The day by the calendar of Paris: set by the door, which reads the clock.
    today: date

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today

    def clean_birth_date(self) -> date:
        """Refuse a day to come, and one that nobody living was born on."""
        born: date = self.cleaned_data["birth_date"]
        if not self.today.year - OLDEST_YEARS < born.year or born > self.today:
            raise ValidationError(
                gettext("Cette date de naissance n’est pas possible."), code="BIRTH_DATE_UNFIT"
            )
        return born

    @property
    def name(self) -> str:
        """Both names in the order in which they are said."""
        said = self.cleaned_data
        return " ".join(f"{said['given_name']} {said['family_name']}".split())


class OwnFileForm(PersonForm):
    """One's own file."""

    language = forms.ChoiceField(
        label=gettext_lazy("Langue des pages et des courriels"), choices=settings.LANGUAGES
    )


class ChildForm(PersonForm):
    """A child's file, with the words by which its holder declares parental authority."""

    authority = forms.BooleanField()


class TakeOverForm(DoorForm):
    """The code of a file that is handed over, and the birth date that it has to hold."""

    handed = forms.CharField(label=gettext_lazy("Code de remise"), max_length=400)
    birth_date = forms.DateField(label=gettext_lazy("Votre date de naissance"), widget=DAY)


class FileForm(DoorForm):
    """One of the account's files."""

    patient = forms.UUIDField()


class VouchForm(DoorForm):
    """A physician's word on a patient's identity, or on a minor's secrecy."""

    patient = forms.UUIDField()
    says = forms.ChoiceField(choices=[(word, word) for word in ("known", "doubted", "spared")])


class ApplicantForm(DoorForm):
    """The address of a physician who wishes to apply."""

    email = forms.EmailField(
        label=gettext_lazy("Adresse de courriel professionnelle"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip


class InviteForm(DoorForm):
    """Who is invited by the operator."""

    email = forms.EmailField(label=gettext_lazy("Adresse de courriel"))
    kind = forms.ChoiceField(
        label=gettext_lazy("Compte de"),
        choices=[
            ("physician", gettext_lazy("médecin")),
            ("reviewer", gettext_lazy("contrôleur de l’Ordre")),
            ("operator", gettext_lazy("exploitant")),
        ],
    )
    council = forms.RegexField(
        r"^([0-9]{2,3}|2A|2B|national)$",
        label=gettext_lazy("Conseil, pour un contrôleur (75, 2A, national)"),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """A reviewer belongs to a council."""
        cleaned: dict[str, Any] = super().clean() or {}
        assert cleaned.get("kind", INVITED[0]) in INVITED
        if cleaned.get("kind") == "reviewer" and not cleaned.get("council"):
            self.add_error(
                "council",
                ValidationError(gettext("Un contrôleur a un conseil."), code="COUNCIL_MISSING"),
            )
        return cleaned


class BeginForm(DoorForm):
    """The first password of an invited person, twice."""

    password1 = forms.CharField(
        label=gettext_lazy("Mot de passe"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=gettext_lazy("Mot de passe, encore"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password1(self) -> str:
        """The same rules as at every other place."""
        password = str(self.cleaned_data["password1"])
        validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        """Both are the same."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "password1" in cleaned and cleaned["password1"] != cleaned.get("password2"):
            raise ValidationError(
                gettext("Les deux mots de passe diffèrent."), code="PASSWORDS_DIFFER"
            )
        return cleaned
