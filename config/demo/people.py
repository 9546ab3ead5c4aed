"""Who plays in the demonstration: invented people, with RPPS numbers that nobody has."""

from dataclasses import dataclass
from datetime import date

DOMAIN = "demo.localhost"
HOSTS = {
    "patient": "patient.localhost",
    "physician": "medecin.localhost",
    "reviewer": "ordre.localhost",
    "operator": "operateur.localhost",
}
# Which patients the story may use for each ground, so that no evidence is ever inherited: a
# patient of one ground never declares another.
POOL = {
    "treating": 3, "referral": 1, "prescriber": 1, "team": 1, "long-term": 1, "on-call": 1,
    "none": 2,
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One person: `role` is the local part of their address, unique here."""

    role: str
    name: str
    kind: str
    says: str = ""
    council: str = ""
    born: date = date(1984, 3, 12)

    @property
    def email(self) -> str:
        """The address that marks them as belonging to the demonstration."""
        return f"{self.role}@{DOMAIN}"


@dataclass(frozen=True)
class Practitioner(Person):
    """A physician with what is attested of them; `insured_days` below zero means lapsed."""

    kind: str = "physician"
    rpps: str = ""
    specialty: str = "Médecine générale"
    departement: str = "75"
    honoraires_cents: int = 1500
    insured_days: int = 300


PATIENT = Person("patient", "Camille Durand", "patient", "patiente suivie par la Dre Marchand")
TREATING = Practitioner(
    "medecin-traitant",
    "Dre Hélène Marchand",
    says="généraliste, médecin traitant confirmé de Camille Durand",
    council="75",
    rpps="99999990007",
)
SPECIALIST = Practitioner(
    "specialiste",
    "Dr Karim Benali",
    says="endocrinologue, hors du parcours de Camille Durand",
    council="69",
    rpps="99999990015",
    specialty="Endocrinologie",
    departement="69",
    honoraires_cents=2300,
)
LAPSED = Practitioner(
    "assurance-echue",
    "Dr Paul Vasseur",
    says="généraliste dont l’assurance est échue : il ne peut rien prendre",
    council="69",
    rpps="99999990023",
    departement="69",
    insured_days=-1,
)
DUTY = Practitioner(
    "garde",
    "Dre Inès Caradec",
    says="de garde : reçoit les alertes",
    council="75",
    rpps="99999990031",
    honoraires_cents=1800,
)
PHYSICIANS = (TREATING, SPECIALIST, LAPSED, DUTY)
REVIEWERS = (
    Person("ordre-75", "Conseil de Paris", "reviewer", "conseil départemental 75", "75"),
    Person("ordre-69", "Conseil du Rhône", "reviewer", "conseil départemental 69", "69"),
    Person("ordre-national", "Conseil national", "reviewer", "conseil national", "national"),
)
OPERATOR = Person("operateur", "Exploitation", "operator", "ne lit aucun message")
# Whoever approves a public text is not who wrote it.
APPROVER = Person("relecture", "Relecture", "operator", "approuve les textes publics")
EXTRAS = tuple(
    Person(f"figurant-{ground}-{number}", f"Figurant {ground} {number}", "patient")
    for ground, many in POOL.items()
    for number in range(1, many + 1)
)
SHOWN = (PATIENT, *PHYSICIANS, *REVIEWERS, OPERATOR, APPROVER)
