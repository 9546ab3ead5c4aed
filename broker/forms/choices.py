"""What a patient hands in about their choices: who treats them, what they agree to, leaving."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from broker.forms import CANNOT_READ, DoorForm, PlainTextField
from consults import states


class SearchForm(DoorForm):
    """A physician looked for by name or number; posted, so that no name is in an address."""

    asked = PlainTextField(longest=120)


class TreatingForm(DoorForm):
    """What a patient says of their treating physician when it is nobody who answers here."""

    choice = forms.ChoiceField(
        choices=[(one, one) for one in states.TREATING_CHOICES if one != "here"]
    )
    rpps = forms.RegexField(r"^[0-9]{11}$", required=False)

    def clean(self) -> dict[str, Any]:
        """A physician elsewhere has a number of the register."""
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("choice") == "elsewhere") != bool(cleaned.get("rpps")):
            raise ValidationError(CANNOT_READ, code="FIELD_INVALID")
        return cleaned


class LinkForm(DoorForm):
    """A link of care that somebody ends."""

    evidence = forms.UUIDField()


class AgreementForm(DoorForm):
    """An agreement given or taken back."""

    kind = forms.ChoiceField(choices=[(one, one) for one in states.CONSENTS])
    given = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


class LeaveForm(DoorForm):
    """How a patient leaves; nothing is ticked beforehand, and it is said twice."""

    how = forms.ChoiceField(choices=[("close", "close"), ("erase", "erase")])
    sure = forms.BooleanField()


class WithdrawForm(DoorForm):
    """Why a patient takes a question back."""

    reason = forms.ChoiceField(
        choices=[(word, word) for word in states.WITHDRAWN_BECAUSE], required=False
    )
