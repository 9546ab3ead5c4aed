"""How amounts, moments and delays are written: `{% load house %}` in any template.

`{{ cents|euros }}`   2 500 -> "25,00 €" or "€25.00"
`{{ cents|opposite }}` the amount for the other column
`{% moment at %}`     a <time> element: "21 nov. 2026 à 20:41" in the reader's language
`{% deadline at %}`   a <time class="deadline"> that house.js counts down
`{{ seconds|lasting }}` 185 -> "3 min 05 s"
`{{ sha256|brief }}`  the first twelve digits of a hash
"""

from datetime import datetime

from django import template
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()
NARROW, WIDE = "\u202f", "\u00a0"
SHOWN_DIGITS = 12


@register.filter
def euros(cents: int | None) -> str:
    """An amount of cents as people write it; nothing for nothing."""
    if cents is None:
        return ""
    sign = "−" if cents < 0 else ""
    whole, rest = divmod(abs(int(cents)), 100)
    if translation.get_language() == "en":
        return f"{sign}€{whole:,}.{rest:02}"
    grouped = f"{whole:,}".replace(",", NARROW)
    return f"{sign}{grouped},{rest:02}{WIDE}€"


@register.filter
def opposite(cents: int) -> int:
    """The same amount on the other side of a book."""
    return -cents


def written(at: datetime) -> str:
    """A moment in words, in the time of Paris."""
    local = timezone.localtime(at)
    if translation.get_language() == "en":
        return date_format(local, "j M Y, H:i")
    return date_format(local, "j N Y à H:i").replace(" ", WIDE, 1)


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """A moment that machines can read as well."""
    if at is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), written(at))


@register.simple_tag
def deadline(at: datetime | None) -> SafeString | str:
    """A deadline: the moment, and for browsers with scripts the time that is left."""
    if at is None:
        return ""
    return format_html(
        '<time class="deadline" data-until="{0}" datetime="{0}" title="{1}">{2} {1}</time>',
        at.isoformat(),
        written(at),
        gettext("avant le"),
    )


@register.filter
def lasting(seconds: int | None) -> str:
    """A length of time: 45 s, 3 min 05 s, 2 h 10 min."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


@register.filter
def brief(digest: str) -> str:
    """The beginning of a hash, enough to recognise it."""
    return f"{digest[:SHOWN_DIGITS]}…" if len(digest) > SHOWN_DIGITS else digest
