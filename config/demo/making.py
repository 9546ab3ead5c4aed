"""Make the demonstration's people through the same acts as everyone; what exists is left alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.request import urlopen

from django.conf import settings
from django.db import transaction

from audit.access import reach_of
from audit.actions import reviewing
from audit.facts import SYSTEM, Actor
from audit.models import Account
from billing import gateway
from billing.actions import desk, onboarding
from billing.models import ConnectedAccount, Honoraires
from broker.access import appoint_approver, may_approve_texts
from config.demo import people
from config.demo.people import Person, Practitioner
from consults import actions as care
from consults import states
from consults.contracts import ITEMS
from consults.models import PathwayEvidence, Patient, Physician
from consults.queries import profile_in_force

EVIDENCE = "de" * 32
CAREER = (
    ("vetted", "file-complete"), ("contract-sent", "sent-to-council"),
    ("visa", "council-favourable"), ("active", "activated"),
)  # fmt: skip
Clock = Callable[[], datetime]


def make(clock: Clock) -> None:
    """Everybody, with what is attested of them, their accounts and the one confirmed link."""
    account_of(people.OPERATOR, clock())
    approver_of(people.APPROVER, clock())
    for reviewer in people.REVIEWERS:
        reviewer_of(reviewer, clock())
    for practitioner in people.PHYSICIANS:
        physician_of(practitioner, clock)
    for person in (people.PATIENT, *people.EXTRAS):
        patient_of(person, clock())
    _link(people.PATIENT, people.TREATING, clock)


def account_of(person: Person, now: datetime) -> Account:
    """The account of one person, opened if need be; without a password nobody can guess one."""
    if found := Account.objects.filter(email=person.email).first():
        return found
    council = person.council if person.kind == "reviewer" else ""
    with transaction.atomic(durable=True):
        return Account.objects.create_user(person.email, kind=person.kind, council=council)


def approver_of(person: Person, now: datetime) -> Account:
    """The account of an operator who may approve public texts."""
    account = account_of(person, now)
    if not may_approve_texts(account):
        with transaction.atomic(durable=True):
            appoint_approver(account)
    return account


def reviewer_of(person: Person, now: datetime) -> Account:
    """The account of a reviewer, admitted to their council."""
    account = account_of(person, now)
    if not reach_of(account).codes:
        with transaction.atomic(durable=True):
            council = reviewing.name_council(
                code=person.council, name=person.name, actor=SYSTEM, now=now
            )
            reviewing.admit_reviewer(account=account, council=council, actor=SYSTEM, now=now)
    return account


def patient_of(person: Person, now: datetime) -> Patient:
    """The patient's file, their identity verified by a physician."""
    account = account_of(person, now)
    if found := Patient.objects.filter(account=account).first():
        return found
    with transaction.atomic(durable=True):
        return care.enrol_patient(
            account_id=account.pk,
            name=person.name,
            birth_date=person.born,
            identified_by="physician",
            actor=SYSTEM,
            now=now,
        )


def physician_of(person: Practitioner, clock: Clock) -> Physician:
    """The physician's file with every attestation, their honoraires and their own account."""
    account = account_of(person, clock())
    actor = Actor("physician", account.subject)
    found = Physician.objects.filter(account=account).first()
    if found is None:
        found = _enrolled(person, account, actor, clock())
    if found.state == states.APPLIED:
        _begin(person, found, actor, clock())
    if not Honoraires.objects.filter(physician=found.pk).exists():
        with transaction.atomic(durable=True):
            cents = person.honoraires_cents
            desk.set_honoraires(physician_id=found.pk, cents=cents, actor=actor, now=clock())
    if not ConnectedAccount.objects.filter(physician=found.pk, charges_enabled=True).exists():
        _onboard(found, actor, clock)
    return found


def _onboard(physician: Physician, actor: Actor, clock: Clock) -> None:
    """The physician opens their own payment account and goes through its hosted page."""
    own = onboarding.open_account(physician_id=physician.pk, actor=actor, now=clock())
    page = gateway.onboarding_url(
        account=own.stripe_account, return_url=f"{settings.STRIPE_API_BASE}/_sandbox/health"
    )
    with urlopen(page, data=b"yes=1", timeout=60):
        onboarding.refresh_account(stripe_account=own.stripe_account, now=clock())


def _enrolled(person: Practitioner, account: Account, actor: Actor, now: datetime) -> Physician:
    with transaction.atomic(durable=True):
        return care.enrol_physician(
            account_id=account.pk,
            rpps=person.rpps,
            name=person.name,
            specialty=person.specialty,
            departement=person.departement,
            council=person.council,
            actor=actor,
            now=now,
        )


def _begin(person: Practitioner, physician: Physician, actor: Actor, now: datetime) -> None:
    """Everything attested, the contract seen by the council, and the career up to its start.

    An insurance that ran out did so just after: the demonstration shows what follows.
    """
    with transaction.atomic(durable=True):
        for kind, details in _attested(person).items():
            lapsed = kind == "insurance" and person.insured_days < 0
            days = person.insured_days if kind == "insurance" else 365
            care.attest(
                physician_id=physician.pk,
                kind=kind,
                valid_from=now - timedelta(days=365),
                valid_until=now + (timedelta(milliseconds=1) if lapsed else timedelta(days=days)),
                details=details,
                evidence_sha256=EVIDENCE,
                actor=SYSTEM,
                now=now,
            )
        _contract(physician, actor, now)
        for to, reason in CAREER:
            moved = care.move_physician(
                physician_id=physician.pk, to=to, reason=reason, actor=SYSTEM, now=now
            )
            assert moved.state == to, moved.codes
        _opted_in(physician, actor, now)


def _opted_in(physician: Physician, actor: Actor, now: datetime) -> None:
    """The physician read how the law is read here, and takes questions of every kind."""
    care.acknowledge_profile(
        physician_id=physician.pk,
        sha256=profile_in_force().sha256,
        strong_at=now,
        actor=actor,
        now=now,
    )
    care.choose_availability(
        physician_id=physician.pk,
        taking=True,
        back_at=None,
        kinds=states.KINDS_TAKEN,
        topics=tuple(states.TOPICS),
        actor=actor,
        now=now,
    )


def _contract(physician: Physician, actor: Actor, now: datetime) -> None:
    """A contract signed two months ago, sent to the council, which answered within the month."""
    today = now.date()
    proof: dict[str, Any] = {"evidence_sha256": EVIDENCE, "actor": SYSTEM, "now": now}
    terms = care.Terms(
        party="teleconseil", pay="paid-by-patient", signed_on=today - timedelta(days=60),
        effective_on=today - timedelta(days=20), ends_on=None, evidence_sha256=EVIDENCE,
    )  # fmt: skip
    contract = care.record_contract(
        physician_id=physician.pk, terms=terms, actor=SYSTEM, now=now
    ).id
    care.prove_items(
        contract_id=contract, items=dict.fromkeys(ITEMS, EVIDENCE), actor=SYSTEM, now=now
    )
    care.send_contract(contract_id=contract, on=today - timedelta(days=55), **proof)
    care.note_answer(
        contract_id=contract, opinion="favourable", on=today - timedelta(days=30),
        reference=f"CDOM{physician.council}-2026-014", **proof,
    )  # fmt: skip
    care.declare_no_counter_letter(
        contract_id=contract, statement_sha256=EVIDENCE, actor=actor, now=now
    )


def _attested(person: Practitioner) -> dict[str, dict[str, Any]]:
    return {
        "registration": {"status": "registered"},
        "directory": {"rpps": person.rpps, "profession_code": "10"},
        "insurance": {"covers_teleadvice": True},
        "training": {"dpc_up_to_date": True},
        "sector": {"conventionne": True, "sector": "1"},
        "onboarding": {"completed": True},
    }


def _link(person: Person, practitioner: Practitioner, clock: Clock) -> None:
    """The patient declares their treating physician, who confirms."""
    patient, physician = patient_of(person, clock()), physician_of(practitioner, clock)
    held = PathwayEvidence.objects.filter(patient=patient, physician=physician)
    if held.filter(ground="treating").exists():
        return
    with transaction.atomic(durable=True):
        declared = care.declare_pathway(
            patient_id=patient.pk,
            ground="treating",
            physician_id=physician.pk,
            attestor_id=physician.pk,
            actor=Actor("patient", patient.account.subject),
            now=clock(),
        )
        care.confirm_pathway(
            evidence_id=declared.pk,
            confirmed=True,
            actor=Actor("physician", physician.account.subject),
            now=clock(),
        )
