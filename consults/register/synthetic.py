"""Synthetic files in the form of the public extraction, of any size; nobody in them is real.

Identifiers have a true Luhn key and begin in the block 9999999, where the demonstration's and the
tests' people are. The same seed and size give the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from random import Random

# The 56 names of the newer form; the older one has the first 52.
_WRITTEN = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Code civilité d'exercice|"
    "Libellé civilité d'exercice|Code civilité|Libellé civilité|Nom d'exercice|Prénom d'exercice|"
    "Code profession|Libellé profession|Code catégorie professionnelle|"
    "Libellé catégorie professionnelle|Code type savoir-faire|Libellé type savoir-faire|"
    "Code savoir-faire|Libellé savoir-faire|Code mode exercice|Libellé mode exercice|"
    "Numéro SIRET site|Numéro SIREN site|Numéro FINESS site|"
    "Numéro FINESS établissement juridique|Identifiant technique de la structure|"
    "Raison sociale site|Enseigne commerciale site|Complément destinataire (coord. structure)|"
    "Complément point géographique (coord. structure)|Numéro Voie (coord. structure)|"
    "Indice répétition voie (coord. structure)|Code type de voie (coord. structure)|"
    "Libellé type de voie (coord. structure)|Libellé Voie (coord. structure)|"
    "Mention distribution (coord. structure)|Bureau cedex (coord. structure)|"
    "Code postal (coord. structure)|Code commune (coord. structure)|"
    "Libellé commune (coord. structure)|Code pays (coord. structure)|"
    "Libellé pays (coord. structure)|Téléphone (coord. structure)|"
    "Téléphone 2 (coord. structure)|Télécopie (coord. structure)|"
    "Adresse e-mail (coord. structure)|Code Département (structure)|"
    "Libellé Département (structure)|Ancien identifiant de la structure|"
    "Autorité d'enregistrement|Code secteur d'activité|Libellé secteur d'activité|"
    "Code section tableau pharmaciens|Libellé section tableau pharmaciens|Code rôle|Libellé rôle|"
    "Code genre activité|Libellé genre activité"
)
HEADER = tuple(_WRITTEN.split("|"))
OLDER = 52
NAMES = ("ESSAI", "MODELE", "FICTIF", "EXEMPLE", "PATRON", "GABARIT", "MAQUETTE", "ÉPURE")
GIVEN = ("Dominique", "Camille", "Claude", "Maxime", "Andréa", "Noé", "Zoé", "François")
SKILLS = (
    ("SM26", "Qualifié en Médecine Générale"),
    ("SM53", "Spécialiste en Médecine Générale"),
    ("SM54", "Médecine générale"),
    ("SM04", "Cardiologie et maladies vasculaires"),
)
MODES = (("L", "Libéral"), ("S", "Salarié"), ("B", "Bénévole"))
TOWNS = (
    ("75", "Paris"),
    ("69", "Lyon"),
    ("13", "Marseille"),
    ("29", "Quimper"),
    ("67", "Obernai"),
)
STREETS = ("des Essais", "du Modèle", "de l'Épreuve", "des Gabarits", "du Prototype")


@dataclass(frozen=True)
class Form:
    """How a file is written: its columns, a trailing delimiter or none, its encoding."""

    columns: int = 56
    trailing: bool = True
    encoding: str = "utf-8"


def lines(number: int, *, seed: int = 0, form: Form | None = None) -> Iterator[bytes]:
    """The header, then that many lines."""
    form = form or Form()
    end = "|\n" if form.trailing else "\n"
    yield ("|".join(HEADER[: form.columns]) + end).encode(form.encoding)
    for fields in islice(_activities(Random(seed)), number):
        yield ("|".join(fields[: form.columns]) + end).encode(form.encoding)


def synthetic_rpps(number: int) -> str:
    """The RPPS of the numberth synthetic person, from 0."""
    stem = 9_999_999_000 + number if number < 1000 else 9_999_999_999 - number
    digits = [int(digit) for digit in str(stem)]
    doubled = [digit * 2 for digit in digits[1::2]]
    total = sum(digits[::2]) + sum(d - 9 if d > 9 else d for d in doubled)
    return f"{stem}{-total % 10}"


def _activities(chance: Random) -> Iterator[list[str]]:
    """One line an activity: one person in three has two, four in ten are physicians."""
    pick = chance.random
    for number in count():
        rpps = synthetic_rpps(number)
        person = _person(number, rpps, NAMES[int(pick() * 8)], GIVEN[int(pick() * 8)])
        for _ in range(2 if number % 3 == 0 else 1):
            skill = SKILLS[int(pick() * 4)] if number % 10 < 4 else ("", "")
            mode, town = MODES[int(pick() * 3)], TOWNS[int(pick() * 5)]
            yield person + _activity(int(pick() * 9e8), skill, mode, town)


def _person(number: int, rpps: str, family: str, given: str) -> list[str]:
    physician = number % 10 < 4
    profession = ("10", "Médecin") if physician else ("60", "Infirmier")
    title = ("DR", "Docteur") if physician else ("", "")
    return [
        "8", rpps, f"8{rpps}", *title, "M", "Monsieur", family, given, *profession, "C", "Civil"
    ]  # fmt: skip


def _activity(
    serial: int, skill: tuple[str, str], mode: tuple[str, str], town: tuple[str, str]
) -> list[str]:
    departement, name = town
    siren, finess = f"{serial:09d}", f"{departement}{serial % 10_000_000:07d}"
    kind = ("S", "Spécialité ordinale") if skill[0] else ("", "")
    return [
        *kind, *skill, *mode, f"{siren}00011", siren, finess, finess, f"C{siren}",
        f"CABINET SYNTHÉTIQUE {serial % 9973}", "", "", "", str(serial % 200 + 1), "", "R", "Rue",
        STREETS[serial % 5], "", f"{departement}000 {name.upper()}", f"{departement}000",
        f"{departement}056", name, "99000", "France", "", "", "", "", departement, name, "",
        "CNOM/CNOM/ARS" if skill[0] else "ARS/ARS/ARS", "SA07", "Cabinet individuel", "", "", "",
        "", "GENR01", "Activité standard de soin ou de pharmacien",
    ]  # fmt: skip
