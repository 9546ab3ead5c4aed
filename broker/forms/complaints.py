"""What people hand in about a complaint."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from broker.forms import DoorForm, PlainTextField

ABOUT = {
    "advice": gettext_lazy("l’avis du médecin : il vous répond"),
    "service": gettext_lazy("le service : l’exploitant vous répond"),
    "payment": gettext_lazy("les frais de la plateforme : l’exploitant vous répond"),
}
# The same, as whoever answers reads it.
TO_ANSWER = {
    "advice": gettext_lazy("Votre avis"),
    "service": gettext_lazy("Le service"),
    "payment": gettext_lazy("Les frais de la plateforme"),
}
OUTCOMES = {
    "upheld": gettext_lazy("La réclamation est fondée"),
    "refunded": gettext_lazy("Elle est fondée, et la somme est rendue"),
    "rejected": gettext_lazy("Elle n’est pas fondée"),
}


class ComplaintForm(DoorForm):
    """A complaint: what it is about, and its words."""

    about = forms.ChoiceField(
        label=gettext_lazy("Sur quoi porte-t-elle ?"), choices=list(ABOUT.items()),
        widget=forms.RadioSelect,
    )  # fmt: skip
    text = PlainTextField(label=gettext_lazy("Ce que vous reprochez"), longest=2000)

    def __init__(self, *said: Any, has_physician: bool, **options: Any) -> None:
        super().__init__(*said, **options)
        if not has_physician:  # nobody could answer for an advice that nobody gave
            about = cast(forms.ChoiceField, self.fields["about"])
            about.choices = [one for one in ABOUT.items() if one[0] != "advice"]


class ComplaintAnswerForm(DoorForm):
    """Its answer, and what follows."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Suite donnée"), choices=list(OUTCOMES.items()),
        widget=forms.RadioSelect,
    )  # fmt: skip
    text = PlainTextField(label=gettext_lazy("Votre réponse"), longest=2000)
