"""Acts that make a whole load the national register, and record whom we know it changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.actions import record, record_many
from audit.actions.body import NewEntry
from audit.facts import NATIONAL, Actor, Json
from consults.actions.steps import in_transaction
from consults.models import Attestation, Physician, Register, RegisterLoad
from consults.queries.register import ABSENT, COMPARED, last_said, register_says

# Physicians compared in one transaction: few enough for the act to stay within the record's clock.
BATCH = 500


@dataclass(frozen=True)
class Change:
    """One thing that the register says differently of a physician; None: it had said nothing."""

    physician: Physician
    field: str
    before: Json
    after: Json


@dataclass(frozen=True)
class Adopted:
    """The load that is the register now, and the one before."""

    current: RegisterLoad
    previous: RegisterLoad | None


def adopt_register(*, load_id: int, actor: Actor, now: datetime) -> Adopted:
    """Point at a whole load, which makes it the register; `compare_known` comes next."""
    in_transaction()
    load = RegisterLoad.objects.get(pk=load_id)
    pointer = Register.objects.select_for_update(of=("self",)).select_related("current").first()
    previous = pointer.current if pointer else None
    pointer = pointer or Register(current=load)
    record(
        type="register.loaded",
        subject=pointer.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={
            "load": load.id, "sha256": load.sha256, "lines": load.lines, "rows": load.rows,
            "rejected": load.rejected, "encoding": load.encoding,
        },
    )  # fmt: skip
    pointer.current = load
    pointer.save()
    return Adopted(load, previous)


def compare_known(
    *, load: RegisterLoad, after: str, actor: Actor, now: datetime
) -> tuple[list[Change], str]:
    """Record and attest what changed for the next physicians, by RPPS, beyond `after`.

    Returns the changes and where to go on from, "" at the end. What is compared is what was last
    attested, so an import that stopped half-way is caught up by the next one.
    """
    in_transaction()
    physicians = list(Physician.objects.filter(rpps__gt=after).order_by("rpps")[:BATCH])
    changes = compare(load=load, physicians=physicians, actor=actor, now=now)
    return changes, physicians[-1].rpps if len(physicians) == BATCH else ""


def compare(
    *, load: RegisterLoad, physicians: list[Physician], actor: Actor, now: datetime
) -> list[Change]:
    """Record and attest what a load says differently of these physicians."""
    in_transaction()
    says = register_says(load.id, [physician.rpps for physician in physicians])
    said = last_said(physicians)
    changes, attestations = [], []
    for physician in physicians:
        details = says.get(physician.rpps, dict(ABSENT))
        found = changes_between(physician=physician, was=said.get(physician.pk, {}), now=details)
        if not found:
            continue
        changes += found
        attestations.append(
            Attestation(
                subject=physician.subject, physician=physician, kind="directory",
                valid_from=now, valid_until=None, details=details,
                evidence_sha256=load.sha256, recorded_at=now,
            )
        )  # fmt: skip
    record_many(entries=[_entry(change, load, actor, now) for change in changes])
    Attestation.objects.bulk_create(attestations)
    return changes


def changes_between(
    *, physician: Physician, was: Mapping[str, Json], now: Mapping[str, Json]
) -> list[Change]:
    """What differs; somebody seen or missed for the first time is one change of presence."""
    if was.get("presence") != now["presence"]:
        return [Change(physician, "presence", was.get("presence"), now["presence"])]
    return [
        Change(physician, field, was.get(field), now.get(field))
        for field in COMPARED
        if was.get(field) != now.get(field)
    ]


def _entry(change: Change, load: RegisterLoad, actor: Actor, now: datetime) -> NewEntry:
    data: dict[str, Json] = {"field": change.field, "load": load.id, "evidence": load.sha256}
    if change.field != "names":
        # A name is never written into the log, which cannot forget it: the file has it.
        data |= {"before": change.before, "after": change.after}
    return NewEntry(
        type="register.changed",
        subject=change.physician.subject,
        scope=change.physician.council,
        actor=actor,
        now=now,
        data=data,
    )
