"""What a physician hands in with an answer, and what is said of its report."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from broker import protocol
from broker.forms import DoorForm, PlainTextField
from broker.screen import heard_in
from consults import states

MAX_REPORT_CHARS = 8000


class AnswerForm(DoorForm):
    """The physician's answer with its report and the classification that they sign."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    lease = forms.UUIDField(widget=forms.HiddenInput)
    against_seq = forms.IntegerField(min_value=0, max_value=2**53, widget=forms.HiddenInput)
    text = PlainTextField()
    report = PlainTextField(longest=MAX_REPORT_CHARS, required=False)
    reason = PlainTextField(longest=1000, required=False)
    advice = PlainTextField(longest=4000, required=False)
    acts = PlainTextField(longest=1000, required=False)
    follow_up = PlainTextField(longest=2000, required=False)
    drug = PlainTextField(longest=200, required=False)
    old_dose = PlainTextField(longest=200, required=False)
    new_dose = PlainTextField(longest=200, required=False)
    act_kind = forms.ChoiceField(choices=[(kind, kind) for kind in states.ACT_KINDS])
    remote_relevant = forms.BooleanField(required=False)
    personalised = forms.BooleanField(required=False)
    outcome = forms.ChoiceField(choices=[(word, word) for word in states.OUTCOMES])
    incidents = forms.ChoiceField(
        choices=[(word, word) for word in states.INCIDENTS], required=False
    )
    signed = forms.BooleanField()

    def clean(self) -> dict[str, Any]:
        """An adapted treatment is named with both doses; an act does not deny that it is one."""
        cleaned: dict[str, Any] = super().clean() or {}
        told = all(cleaned.get(name) for name in ("drug", "old_dose", "new_dose"))
        if cleaned.get("outcome") == "adapted-treatment" and not told:
            code = "TREATMENT_UNTOLD"
            raise ValidationError(gettext(protocol.ERRORS[code]), code=code)
        written = (cleaned.get(name) or "" for name in ("text", "report", "reason", "advice"))
        denied = any("denies_liability" in heard_in(text) for text in written)
        if denied and cleaned.get("act_kind") == "telemedicine_act":
            code = "LIABILITY_DENIED"
            raise ValidationError(gettext(protocol.ERRORS[code]), code=code)
        return cleaned


class DeliverForm(DoorForm):
    """How the report reaches the treating physician, or that the patient objects."""

    way = forms.ChoiceField(choices=[(way, way) for way in states.WAYS])
    address = forms.CharField(max_length=254, required=False)


class ReportsForm(DoorForm):
    """Whether a physician takes reports in the product."""

    accepts = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
