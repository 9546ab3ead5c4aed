"""People with roles, made through the same acts as everyone: for every test that needs some.

Each function opens its own transaction and commits. Moments default to the real clock, because
the record refuses an act whose `now` is not now.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction

from audit.actions import reviewing
from audit.facts import SYSTEM, Actor
from audit.models import Account
from consults import actions as care
from consults.calendar import paris_date
from consults.contracts import ITEMS
from consults.facts import rpps_is_valid
from consults.models import Contract, PathwayEvidence, Patient, Physician, Question
from consults.queries import profile_in_force
from consults.states import KINDS_TAKEN, TOPICS

PASSWORD = "un mot de passe assez long"
ACCEPTED = "Puis-je prendre la lévothyroxine le soir plutôt que le matin ?"
ANSWER = "Oui, le soir au coucher, trois heures après le repas. Dosez la TSH à six semaines."
REPORT = care.Report(
    text="Adaptation de l'horaire de prise, contrôle à six semaines.",
    acts="aucun",
    reason="Heure de prise",
    follow_up="Dosage de la TSH dans six semaines.",
)
EVIDENCE = "5" * 64
CLERK = Actor("operator", UUID(int=7))
CAREER = (
    ("vetted", "file-complete"), ("contract-sent", "sent-to-council"),
    ("visa", "council-favourable"), ("active", "activated"),
)  # fmt: skip
numbers = count(1)


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day in Paris, which papers and contracts bear."""
    return paris_date(now())


@dataclass(frozen=True)
class PatientPerson:
    """A patient with the account they sign in with and the actor they act as."""

    account: Account
    patient: Patient

    @property
    def id(self) -> UUID:
        """The patient's id."""
        return self.patient.id

    @property
    def actor(self) -> Actor:
        """Who the log sees."""
        return Actor("patient", self.account.subject)


@dataclass(frozen=True)
class PhysicianPerson:
    """A physician with the account they sign in with and the actor they act as."""

    account: Account
    physician: Physician

    @property
    def id(self) -> UUID:
        """The physician's id."""
        return self.physician.id

    @property
    def actor(self) -> Actor:
        """Who the log sees."""
        return Actor("physician", self.account.subject)


def synthetic_rpps() -> Iterator[str]:
    """RPPS numbers of the block that nobody has, each with its Luhn key."""
    for serial in range(1000):
        body = f"9999999{serial:03}"
        yield next(body + str(d) for d in range(10) if rpps_is_valid(body + str(d)))


def an_account(kind: str, *, email: str = "", council: str = "") -> Account:
    """An account that signs in with `PASSWORD`."""
    account = Account(
        email=email or f"{kind}{next(numbers)}@exemple.test",
        kind=kind,
        council=council,
        password=_hashed(),
    )
    with transaction.atomic():
        account.save(force_insert=True)
    return account


@lru_cache(maxsize=1)
def _hashed() -> str:
    """One slow hash for everybody: these people share a password."""
    return make_password(PASSWORD)


def an_operator() -> Actor:
    """An operator, as the log sees them."""
    return Actor("operator", an_account("operator").subject)


def a_reviewer(council: str = "75") -> Account:
    """A reviewer of one council of the Order, or of the national one, admitted to it."""
    account = an_account("reviewer", council=council)
    with transaction.atomic():
        named = reviewing.name_council(code=council, name=council, actor=SYSTEM, now=now())
        reviewing.admit_reviewer(account=account, council=named, actor=SYSTEM, now=now())
    return account


def a_patient(
    *,
    name: str = "Camille Essai",
    birth_date: date = date(1980, 5, 17),
    identified_by: str = "physician",
    email: str = "",
) -> PatientPerson:
    """A patient whom a physician has identified, unless said otherwise."""
    account = an_account("patient", email=email)
    with transaction.atomic():
        patient = care.enrol_patient(
            account_id=account.id,
            name=name,
            birth_date=birth_date,
            identified_by=identified_by,
            actor=Actor("patient", account.subject),
            now=now(),
        )
    return PatientPerson(account, patient)


def a_physician(
    *,
    rpps: str = "",
    name: str = "Dr Dominique Modèle",
    specialty: str = "Médecine générale",
    departement: str = "75",
    council: str = "75",
    without: tuple[str, ...] = (),
    email: str = "",
    status: str = "private",
) -> PhysicianPerson:
    """An active physician. `without` names attestations that ran out just after they began.

    Without the visa the council has not answered yet, and the physician never began. `without`
    may also name "profile", the acknowledged reading of the law, and "choice", what they take.
    """
    person = an_applicant(
        rpps=rpps, name=name, specialty=specialty, departement=departement, council=council,
        email=email, status=status,
    )  # fmt: skip
    began = now() - timedelta(milliseconds=20)
    # One instant for all where something ran out since; else each act has its own, however slow.
    at = began if {*without} & {*attestations("")} else None
    with transaction.atomic():
        for kind, details in attestations(person.physician.rpps).items():
            lapses = began + timedelta(milliseconds=1) if kind in without else None
            attest(person, kind, valid_until=lapses, at=at, **details)
        a_contract(person, answered="visa" not in without, at=at)
        for to, reason in CAREER if "visa" not in without else CAREER[:2]:
            moved = care.move_physician(
                physician_id=person.id, to=to, reason=reason, actor=CLERK, now=at or now()
            )
            assert moved.state == to, moved.codes
        if "profile" not in without:
            acknowledge(person)
        if "choice" not in without:
            choose(person)
    person.physician.refresh_from_db()
    return person


def an_applicant(
    *,
    rpps: str = "",
    name: str = "Dr Dominique Modèle",
    specialty: str = "Médecine générale",
    departement: str = "75",
    council: str = "75",
    email: str = "",
    status: str = "private",
) -> PhysicianPerson:
    """A physician who applied, and of whom nothing is attested yet."""
    account = an_account("physician", email=email)
    taken = set(Physician.objects.values_list("rpps", flat=True))
    rpps = rpps or next(one for one in synthetic_rpps() if one not in taken)
    with transaction.atomic():
        physician = care.enrol_physician(
            account_id=account.id,
            rpps=rpps,
            name=name,
            specialty=specialty,
            departement=departement,
            council=council,
            status=status,
            actor=Actor("physician", account.subject),
            now=now(),
        )
    return PhysicianPerson(account, physician)


def acknowledge(person: PhysicianPerson) -> None:
    """The physician reads how the law is read here, with their second factor."""
    with transaction.atomic():
        care.acknowledge_profile(
            physician_id=person.id,
            sha256=profile_in_force().sha256,
            strong_at=now(),
            actor=person.actor,
            now=now(),
        )


def choose(
    person: PhysicianPerson,
    *,
    taking: bool = True,
    back_at: datetime | None = None,
    kinds: Sequence[str] = KINDS_TAKEN,
    topics: Sequence[str] = tuple(TOPICS),
) -> None:
    """The physician says what they take; everything, unless said otherwise."""
    with transaction.atomic():
        care.choose_availability(
            physician_id=person.id,
            taking=taking,
            back_at=back_at,
            kinds=kinds,
            topics=topics,
            actor=person.actor,
            now=now(),
        )


def attestations(rpps: str) -> dict[str, dict[str, bool | int | str]]:
    """What is certified of a physician who may work here."""
    return {
        "registration": {"status": "registered"},
        "directory": {"rpps": rpps, "profession_code": "10"},
        "insurance": {"covers_teleadvice": True},
        "training": {"dpc_up_to_date": True},
        "onboarding": {"completed": True},
    }


def a_contract(
    person: PhysicianPerson,
    *,
    pay: str = "paid-by-patient",
    signed_on: date | None = None,
    effective_on: date | None = None,
    ends_on: date | None = None,
    sent_on: date | None = None,
    items: tuple[str, ...] = ITEMS,
    answered: bool = True,
    declared: bool = True,
    at: datetime | None = None,
) -> Contract:
    """A contract signed two months ago, sent, seen by the council and in effect, as said."""
    at = at or now()
    day = paris_date(at)
    signed_on = signed_on or day - timedelta(days=60 if answered else 20)
    effective_on = effective_on or day - timedelta(days=20 if answered else 0)
    terms = care.Terms(
        "teleconseil", pay, signed_on, effective_on, ends_on,
        EVIDENCE,
    )  # fmt: skip
    said: dict[str, Any] = {"evidence_sha256": EVIDENCE, "actor": CLERK, "now": at}
    with transaction.atomic():
        contract = care.record_contract(physician_id=person.id, terms=terms, actor=CLERK, now=at)
        care.prove_items(
            contract_id=contract.id, items=dict.fromkeys(items, EVIDENCE), actor=CLERK, now=at
        )
        sent_on = sent_on or (day - timedelta(days=50 if answered else 5))
        care.send_contract(contract_id=contract.id, on=sent_on, **said)
        if answered:
            care.note_answer(
                contract_id=contract.id, opinion="favourable", reference="CDOM75-2026-014",
                on=max(sent_on, day - timedelta(days=30)), **said,
            )  # fmt: skip
        if declared:
            care.declare_no_counter_letter(
                contract_id=contract.id, statement_sha256=EVIDENCE, actor=person.actor, now=at
            )
    return contract


def attest(
    person: PhysicianPerson,
    kind: str,
    *,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    at: datetime | None = None,
    **details: bool | int | str,
) -> None:
    """An attestation, in force for a year on each side unless said otherwise."""
    with transaction.atomic():
        care.attest(
            physician_id=person.id,
            kind=kind,
            valid_from=valid_from or now() - timedelta(days=365),
            valid_until=valid_until or now() + timedelta(days=365),
            details=details,
            evidence_sha256=EVIDENCE,
            actor=CLERK,
            now=at or now(),
        )


def on_duty(person: PhysicianPerson, *, hours: int = 12, role: str = "alerts") -> None:
    """A turn of duty that begins now; by default of who is told of emergencies."""
    with transaction.atomic():
        care.roster(
            physician_id=person.id,
            role=role,
            starts_at=now(),
            ends_at=now() + timedelta(hours=hours),
            departement=person.physician.departement,
            actor=Actor("operator", UUID(int=7)),
            now=now(),
        )


def linked(
    patient: PatientPerson,
    physician: PhysicianPerson,
    *,
    ground: str = "treating",
    attestor: PhysicianPerson | None = None,
    confirmed: bool | None = True,
) -> PathwayEvidence:
    """A declared link of care with the attestor's word; `confirmed=None` leaves it declared."""
    attestor = attestor or physician
    with transaction.atomic():
        evidence = care.declare_pathway(
            patient_id=patient.id,
            ground=ground,
            physician_id=physician.id,
            attestor_id=attestor.id,
            actor=patient.actor,
            now=now(),
        )
    if confirmed is None:
        return evidence
    with transaction.atomic():
        return care.confirm_pathway(
            evidence_id=evidence.id, confirmed=confirmed, actor=attestor.actor, now=now()
        )


def asked(
    patient: PatientPerson,
    physician: PhysicianPerson | None,
    *,
    text: str = ACCEPTED,
    ground: str = "treating",
    flags: tuple[str, ...] = (),
    tier: str = "async-48h",
    question_id: UUID | None = None,
) -> care.Opened:
    """A question as the patient writes it."""
    with transaction.atomic():
        return care.open_question(
            question_id=question_id or uuid4(),
            patient_id=patient.id,
            text=text,
            client_id=uuid4(),
            flags=flags,
            ground=ground,
            physician_id=physician.id if physician else None,
            tier=tier,
            actor=patient.actor,
            now=now(),
        )


def queued(patient: PatientPerson, physician: PhysicianPerson, **said: str) -> UUID:
    """A question that waits for this physician."""
    question_id = asked(patient, physician, **said).question_id
    with transaction.atomic():
        care.enqueue(
            question_id=question_id,
            physician_id=physician.id,
            deadline_at=now() + timedelta(hours=48),
            actor=patient.actor,
            now=now(),
        )
    return question_id


def claimed(patient: PatientPerson, physician: PhysicianPerson, **said: str) -> UUID:
    """A question in this physician's hands."""
    question_id = queued(patient, physician, **said)
    with transaction.atomic():
        decision = care.claim(
            question_id=question_id, physician_id=physician.id, actor=physician.actor, now=now()
        )
    assert decision.allowed, decision.refusing
    return question_id


def answered(
    question_id: UUID,
    physician: PhysicianPerson,
    *,
    text: str = ANSWER,
    report: care.Report | None = REPORT,
    act_kind: str = "telemedicine_act",
    personalised: bool = True,
    remote_relevant: bool = True,
    outcome: str = "advised",
    incidents: str = "none",
    against_seq: int | None = None,
    client_id: UUID | None = None,
) -> care.Answered:
    """A signed answer; by default one that the law lets be charged."""
    head = Question.objects.values_list("head_seq", flat=True).get(pk=question_id)
    with transaction.atomic():
        return care.give_answer(
            question_id=question_id,
            physician_id=physician.id,
            client_id=client_id or uuid4(),
            against_seq=head if against_seq is None else against_seq,
            text=text,
            report=report,
            classification=care.Classification(act_kind, remote_relevant, personalised),
            outcome=outcome,
            incidents=incidents,
            strong_at=now(),
            actor=physician.actor,
            now=now(),
        )
