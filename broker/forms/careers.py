"""What physicians and the operator hand in about a physician's file."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, gettext_lazy

from broker import protocol
from broker.forms import CANNOT_READ, DoorForm
from broker.forms.career_words import (
    DETAILS,
    ITEM_WORDS,
    KIND_WORDS,
    OPINION_WORDS,
    PAY_WORDS,
    SENT_FOR,
    STATUS_WORDS,
)
from consults import states
from consults.actions.evidence import EvidenceRefused, checked_type
from consults.facts import rpps_is_valid

FIRST_YEAR, LAST_YEAR = 1900, 2199
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{0,39}$"
DEPARTEMENT = r"^(0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[12346])$"


class Day(forms.DateField):
    """A day, typed in the browser's own field."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options
        )

    def validate(self, value: date | None) -> None:
        """A day that a paper may bear; "31/12/9999" has no day after it."""
        super().validate(value)
        if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValidationError(CANNOT_READ, code="FIELD_INVALID")


class Paper(forms.FileField):
    """A file of an accepted kind and size; `cleaned_data` holds its bytes."""

    def __init__(self, **options: Any) -> None:
        widget = forms.FileInput(attrs={"accept": ",".join(states.EVIDENCE_TYPES)})
        note = gettext_lazy("PDF, JPEG ou PNG, 1 Mo au plus.")
        super().__init__(widget=widget, help_text=note, allow_empty_file=True, **options)

    def clean(self, data: Any, initial: Any = None) -> bytes:
        """The bytes, or a ValidationError that carries the code."""
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return b""
        if (file.size or 0) > states.EVIDENCE_MAX_BYTES:
            raise self._wrong("EVIDENCE_TOO_LARGE")
        content: bytes = file.read()
        try:
            checked_type(content=content)
        except EvidenceRefused as refused:
            raise self._wrong(refused.code) from None
        return content

    @staticmethod
    def _wrong(code: str) -> ValidationError:
        return ValidationError(gettext(protocol.ERRORS[code]), code=code)


class ApplyForm(DoorForm):
    """A physician applies."""

    title = forms.ChoiceField(label=gettext_lazy("Titre"), choices=[("Dr", "Dr"), ("Dre", "Dre")])
    given_name = forms.CharField(label=gettext_lazy("Prénom d’exercice"), max_length=80)
    family_name = forms.CharField(label=gettext_lazy("Nom d’exercice"), max_length=80)
    rpps = forms.CharField(
        label=gettext_lazy("Numéro RPPS"),
        max_length=11,
        help_text=gettext_lazy("Onze chiffres. Il est comparé au répertoire national."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    departement = forms.RegexField(
        DEPARTEMENT,
        label=gettext_lazy("Département d’inscription"),
        max_length=3,
        help_text=gettext_lazy("Par exemple 75, 2A ou 974."),
    )
    specialty = forms.CharField(label=gettext_lazy("Spécialité"), max_length=80)
    status = forms.ChoiceField(
        label=gettext_lazy("Mode d’exercice"), choices=list(STATUS_WORDS.items())
    )

    def clean_rpps(self) -> str:
        """Refuse a number whose key is wrong before anything is looked up."""
        rpps: str = self.cleaned_data["rpps"].replace(" ", "")
        if not rpps_is_valid(rpps):
            raise ValidationError(gettext(protocol.ERRORS["RPPS_INVALID"]), code="RPPS_INVALID")
        return rpps


class EvidenceForm(DoorForm):
    """A file, what it proves and on which days."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Cette pièce prouve"),
        choices=[(kind, KIND_WORDS[kind]) for kind in SENT_FOR],
    )
    valid_from = Day(label=gettext_lazy("Valable à partir du"))
    valid_until = Day(
        label=gettext_lazy("Dernier jour de validité"),
        required=False,
        help_text=gettext_lazy("Laissez vide si la pièce n’en porte pas."),
    )
    file = Paper(label=gettext_lazy("Fichier"))

    def clean(self) -> dict[str, Any]:
        """The last day does not come before the first."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and last and last < first:
            said = gettext(protocol.ERRORS["DATES_OUT_OF_ORDER"])
            raise ValidationError(said, code="DATES_OUT_OF_ORDER")
        return cleaned


class AttestForm(DoorForm):
    """What the operator reads in a received file."""

    said = forms.CharField(max_length=20)
    replaces = forms.CharField(max_length=11, required=False)

    def __init__(self, *args: Any, kind: str, locum: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kind, self.locum = kind, locum

    def clean_said(self) -> str:
        """One of the readings that this kind of file has."""
        if self.cleaned_data["said"] not in DETAILS[self.kind]:
            raise ValidationError(CANNOT_READ, code="FIELD_INVALID")
        return str(self.cleaned_data["said"])

    def clean_replaces(self) -> str:
        """Who is replaced, by their RPPS, for a locum's contract and for nothing else."""
        rpps = str(self.cleaned_data["replaces"])
        if self.locum and not rpps_is_valid(rpps):
            raise ValidationError(gettext(protocol.ERRORS["RPPS_INVALID"]), code="RPPS_INVALID")
        return rpps if self.locum else ""

    def details(self, status: str) -> dict[str, Any]:
        """What the attestation says, by the names that the facts read."""
        said = self.cleaned_data["said"]
        read: dict[str, dict[str, Any]] = {
            "registration": {"status": said},
            "insurance": {"covers_teleadvice": said == "covered"},
            "sector": {"sector": said, "conventionne": said != "none"},
            "training": {"dpc_up_to_date": said == "up-to-date"},
            "status": {"status": status, "replaces": self.cleaned_data["replaces"]},
        }
        return {name: value for name, value in read[self.kind].items() if value != ""}


class ContractForm(DoorForm):
    """A signed contract."""

    party = forms.CharField(
        label=gettext_lazy("Autre partie au contrat"), max_length=200, initial="teleconseil"
    )
    pay = forms.ChoiceField(
        label=gettext_lazy("Rémunération du médecin"), choices=list(PAY_WORDS.items())
    )
    signed_on = Day(label=gettext_lazy("Signé le"))
    effective_on = Day(
        label=gettext_lazy("Prend effet le"),
        help_text=gettext_lazy("Pas avant l’avis de l’Ordre."),
    )
    ends_on = Day(label=gettext_lazy("Premier jour où il ne lie plus"), required=False)
    file = Paper(label=gettext_lazy("Le contrat"))


class ItemsForm(DoorForm):
    """A paper of the contract, and which of the seven items it proves."""

    items = forms.MultipleChoiceField(
        label=gettext_lazy("Cette pièce prouve"),
        choices=list(ITEM_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    file = Paper(label=gettext_lazy("La pièce"))


class SentForm(DoorForm):
    """The day of sending to the council, and its proof."""

    on = Day(label=gettext_lazy("Transmis le"))
    reference = forms.RegexField(
        REFERENCE, label=gettext_lazy("Numéro du recommandé ou du dépôt"), required=False
    )
    file = Paper(label=gettext_lazy("La preuve d’envoi"))


class AnswerOfCouncilForm(DoorForm):
    """The council's opinion, its reference and its letter."""

    opinion = forms.ChoiceField(label=gettext_lazy("Avis"), choices=list(OPINION_WORDS.items()))
    on = Day(label=gettext_lazy("Daté du"))
    reference = forms.RegexField(
        REFERENCE,
        label=gettext_lazy("Référence du visa"),
        help_text=gettext_lazy("Lettres, chiffres, espaces, points, tirets et barres."),
    )
    file = Paper(label=gettext_lazy("La lettre du conseil"))


class MoveForm(DoorForm):
    """Where a career goes, and why."""

    to = forms.ChoiceField(choices=[(state, state) for state in states.CAREER])
    reason = forms.ChoiceField(choices=[(reason, reason) for reason in states.MOVE_REASONS])

    def clean(self) -> dict[str, Any]:
        """The reason is one of those that this move has."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason") not in states.REASONS_OF.get(cleaned.get("to", ""), ()):
            raise ValidationError(CANNOT_READ, code="FIELD_INVALID")
        return cleaned


class DeclareNoLetterForm(DoorForm):
    """The physician's declaration on honour."""

    declared = forms.BooleanField()
