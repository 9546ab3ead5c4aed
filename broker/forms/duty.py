"""What operators and physicians hand in about turns of duty, what they take, and the profile."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_lazy

from broker.forms import CANNOT_READ, DoorForm
from consults import states

LONGEST_TURN = timedelta(days=31)
MAX_ROSTER_BYTES = 200_000
MAX_ROSTER_LINES = 1000
FIRST_YEAR, LAST_YEAR = 2000, 2199
COLUMNS = ("rpps", "role", "departement", "debut", "fin", "indemnise")
ROLES = {"permanence": "on-call", "alertes": "alerts", **{one: one for one in states.DUTY_ROLES}}
YES, NO = ("oui", "yes", "1"), ("non", "no", "0", "")


class DutyForm(DoorForm):
    """A turn of duty: of the on-call roster, or of who is told of alerts."""

    physician_id = forms.UUIDField()
    role = forms.ChoiceField(choices=[(word, word) for word in states.DUTY_ROLES])
    departement = forms.RegexField(r"^(\d{2,3}|2[ABab])$", required=False)
    starts_at = forms.DateTimeField()
    ends_at = forms.DateTimeField()
    paid_by_allowance = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """A turn ends after it starts, and within a month."""
        cleaned: dict[str, Any] = super().clean() or {}
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts and ends and not starts < ends < starts + LONGEST_TURN:
            raise ValidationError(CANNOT_READ, code="TURN_INVALID")
        return cleaned


class RosterForm(DoorForm):
    """A file of turns: CSV with a heading, `;` or `,` between columns, times of Paris."""

    file = forms.FileField(max_length=200)

    def turns(self, rpps_of: Mapping[str, UUID]) -> tuple[list[dict[str, Any]], list[str]]:
        """The turns of the file, and what is wrong with it, line by line; all or nothing."""
        if self.cleaned_data["file"].size > MAX_ROSTER_BYTES:
            return [], [gettext("Le fichier dépasse 200 ko.")]
        try:
            text = self.cleaned_data["file"].read().decode("utf-8-sig")
        except UnicodeDecodeError:
            return [], [gettext("Le fichier n’est pas en UTF-8.")]
        found, wrong = [], []
        try:
            lines = list(_lines(text))
        except csv.Error:  # a column longer than any file of turns has
            return [], [gettext("Le fichier ne contient aucun tour.")]
        for number, row in lines:
            read = _turn(row, rpps_of)
            if isinstance(read, str):
                line = {"number": number, "wrong": read}
                wrong.append(gettext("Ligne %(number)s : %(wrong)s") % line)
            else:
                found.append(read)
        if not found and not wrong:
            wrong = [gettext("Le fichier ne contient aucun tour.")]
        return ([], wrong) if wrong else (found, [])


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in first else ",")
    for number, row in enumerate(reader, start=2):
        if number > MAX_ROSTER_LINES:
            return
        yield (
            number,
            {
                (name or "").strip().casefold(): (value or "").strip()
                for name, value in row.items()
                if not isinstance(value, list)
            },
        )


def _turn(row: Mapping[str, str], rpps_of: Mapping[str, UUID]) -> dict[str, Any] | str:
    """One line as the action takes it, or what is wrong with it."""
    if missing := [name for name in COLUMNS[:5] if not row.get(name) and name != "departement"]:
        return gettext("colonne vide ou absente : %s") % ", ".join(missing)
    role, starts, ends = ROLES.get(row["role"]), _moment(row["debut"]), _moment(row["fin"])
    allowance = row.get("indemnise", "").casefold()
    checks = {
        gettext("médecin inconnu ici"): row["rpps"] in rpps_of,
        gettext("rôle inconnu (permanence ou alertes)"): role is not None,
        gettext("date illisible (AAAA-MM-JJ HH:MM)"): starts is not None and ends is not None,
        gettext("indemnise attend oui ou non"): allowance in (*YES, *NO),
    }
    if wrong := next((what for what, holds in checks.items() if not holds), ""):
        return wrong
    assert starts is not None and ends is not None
    if not starts < ends < starts + LONGEST_TURN:
        return gettext("la fin précède le début, ou le tour dépasse un mois")
    return {
        "physician_id": rpps_of[row["rpps"]],
        "role": role,
        "departement": row.get("departement", "").upper(),
        "starts_at": starts,
        "ends_at": ends,
        "paid_by_allowance": allowance in YES,
    }


def _moment(said: str) -> datetime | None:
    """An instant; without a zone it is the clock of Paris, where it names one instant alone."""
    try:
        found = parse_datetime(said)
    except ValueError:
        return None
    if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    if found is None or not timezone.is_naive(found):
        return found
    here = timezone.make_aware(found)
    named = {here.replace(fold=fold).utcoffset() for fold in (0, 1)}
    return here if len(named) == 1 else None


class HandoverForm(DoorForm):
    """A turn offered to a colleague."""

    to = forms.UUIDField()


class OfferAnswerForm(DoorForm):
    """Whether a colleague's turn is taken over."""

    accepted = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


class AvailabilityForm(DoorForm):
    """What a physician takes: the switch, a pause with its end, kinds of questions, topics."""

    switch = forms.ChoiceField(choices=[(word, word) for word in ("on", "off", "pause")])
    back_at = forms.DateTimeField(required=False)
    kinds = forms.MultipleChoiceField(
        choices=[(word, word) for word in states.KINDS_TAKEN], required=False
    )
    topics = forms.MultipleChoiceField(
        choices=[(word, word) for word in states.TOPICS], required=False
    )

    def __init__(self, *said: Any, now: datetime, **options: Any) -> None:
        super().__init__(*said, **options)
        self.now = now

    def clean(self) -> dict[str, Any]:
        """A pause says when it ends; whoever takes questions says which."""
        cleaned: dict[str, Any] = super().clean() or {}
        switch, back_at = cleaned.get("switch"), cleaned.get("back_at")
        if switch == "pause" and (back_at is None or back_at <= self.now):
            said = gettext("Une pause finit à un moment à venir.")
            self.add_error("back_at", ValidationError(said, code="PAUSE_WITHOUT_END"))
        if switch == "on" and not cleaned.get("kinds"):
            said = gettext("Dites quelles questions vous prenez.")
            self.add_error("kinds", ValidationError(said, code="KINDS_MISSING"))
        return cleaned


class ProfileForm(DoorForm):
    """The acknowledged reading: the hash of what was on the page, and the tick under it."""

    sha256 = forms.RegexField(r"^[0-9a-f]{64}$")
    read = forms.BooleanField(
        error_messages={"required": gettext_lazy("Cochez pour en prendre acte.")}
    )
