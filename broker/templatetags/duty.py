"""Words of duty: roles, ends of turns, kinds of questions, topics, lengths of time."""

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from consults.states import TOPICS

register = template.Library()

WORDS: dict[str, Any] = {
    "alerts": _("Alertes"),
    "on-call": _("Permanence des soins"),
    "ended": _("Terminé avant l’heure"),
    "cancelled": _("Annulé"),
    "refused": _("Refusé par le médecin"),
    "handed-over": _("Repris par un confrère"),
}
KINDS: dict[str, tuple[Any, Any]] = {
    "own": (
        _("Mes patients"),
        _("Ceux qui déclarent un lien de soins avec moi, sur tout sujet."),
    ),
    "on-call": (
        _("Ma permanence"),
        _("Pendant mes tours de permanence des soins, sur tout sujet."),
    ),
    "any": (
        _("Tout patient"),
        _("Hors du parcours de soins, réponse gratuite ; sur les sujets choisis ci-dessous."),
    ),
}


@register.filter
def duty_word(value: str) -> object:
    """A closed word of duty in the reader's language."""
    return WORDS.get(value, value)


@register.filter
def kind_title(value: str) -> object:
    """A kind of questions in a few words."""
    return KINDS[value][0]


@register.filter
def kind_note(value: str) -> object:
    """What a kind of questions holds."""
    return KINDS[value][1]


@register.filter
def topic_word(value: str) -> str:
    """A topic in the reader's language; nothing for none."""
    said = TOPICS.get(value)
    return said["en" if (get_language() or "fr").startswith("en") else "fr"] if said else ""


@register.filter
def clock(moment: datetime) -> str:
    """The clock of Paris at a moment."""
    return date_format(timezone.localtime(moment), "H:i")


@register.filter
def day_clock(moment: datetime) -> str:
    """The day and the clock of Paris at a moment, short."""
    return date_format(timezone.localtime(moment), "D j N, H:i")


@register.filter
def whole_day(day: date) -> str:
    """A day in full, as one says it: 1er juillet 2024."""
    said = date_format(day, "j F Y")
    french = not (get_language() or "fr").startswith("en")
    return said.replace("1 ", "1er ", 1) if french and day.day == 1 else said


@register.filter
def hours(number: int) -> str:
    """A number of whole hours, in words."""
    return ngettext("%(n)s heure", "%(n)s heures", number) % {"n": number}
