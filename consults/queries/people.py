"""Who is who: people by their account, their declared links, the roster, who may be asked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from audit.law import packs
from consults import states
from consults.models import PathwayEvidence, Physician, ReportDelivery, ReportReading
from consults.queries.choices import NOTHING, Taking, acknowledged_by, takings
from consults.queries.duty import on_call
from consults.queries.eligibility import physician_facts
from consults.queries.links import in_force
from consults.rules import may_claim


@dataclass(frozen=True)
class Offered:
    """A physician as offered to one patient; `confirmed` is None while a link is only declared."""

    physician_id: UUID
    name: str
    specialty: str
    departement: str
    grounds: dict[str, bool | None]
    on_call: bool
    eligible: bool
    acknowledged: bool
    taking: Taking

    def kind(self, ground: str) -> str:
        """What a question on this ground would be to them: one of the kinds they may take."""
        if ground == "on-call":
            return ground
        return "own" if any(said is not False for said in self.grounds.values()) else "any"

    def answers(self, ground: str, topic: str = "") -> bool:
        """Whether they may be asked on this ground: fit for it, told of it, open to it."""
        open_to = self.taking.takes(self.kind(ground), topic)
        return self.eligible and self.acknowledged and open_to


def physician_of(account_id: UUID) -> Physician | None:
    """The physician who signs in with this account."""
    return Physician.objects.filter(account_id=account_id).first()


def links_of(patient_id: UUID) -> list[PathwayEvidence]:
    """The links of care a patient declared, the latest first."""
    return list(
        PathwayEvidence.objects.filter(patient_id=patient_id)
        .select_related("physician", "attestor")
        .order_by("-declared_at")
    )


def links_to_attest(physician_id: UUID) -> list[PathwayEvidence]:
    """The declared links that wait for this physician's word, the oldest first."""
    return list(
        PathwayEvidence.objects.filter(
            attestor_id=physician_id, confirmed__isnull=True, ended_at__isnull=True
        )
        .select_related("patient", "physician")
        .order_by("declared_at")
    )


@dataclass(frozen=True)
class Received:
    """A report that was delivered here to a treating physician."""

    question_id: UUID
    patient_name: str
    physician_name: str
    at: datetime
    opened_at: datetime | None


def reports_received(physician_id: UUID) -> list[Received]:
    """The reports that this treating physician reads here, the latest first."""
    opened = ReportReading.objects.filter(
        question=OuterRef("question"), account=OuterRef("reader__account"), what="opened"
    )
    rows = ReportDelivery.objects.filter(reader_id=physician_id).order_by("-at")
    names = rows.annotate(opened_at=Subquery(opened.values("at"))).values_list(
        "question_id", "question__patient__name", "question__physician__name", "at", "opened_at"
    )
    return [Received(*row) for row in names]


def is_eligible(physician_id: UUID, at: datetime) -> bool:
    """Whether this physician could claim a question at that instant."""
    return may_claim(
        facts=physician_facts(physician_id, at),
        at=at,
        profile=settings.PROFILE,
        pack=packs.load(),
    ).allowed


def physicians_offered(patient_id: UUID, at: datetime, only: UUID | None = None) -> list[Offered]:
    """Who this patient may ask, in the order of the alphabet: never by price or payment."""
    links: dict[UUID, dict[str, bool | None]] = {}
    declared = PathwayEvidence.objects.filter(in_force(at), patient_id=patient_id)
    for link in declared.order_by("declared_at"):
        links.setdefault(link.physician_id, {})[link.ground] = link.confirmed
    everyone = list(physicians() if only is None else physicians().filter(pk=only))
    ids = [one.id for one in everyone]
    duty = {turn.physician_id for turn in on_call(at)}
    read, taken = acknowledged_by(ids, at), takings(ids, at)
    return [
        Offered(
            physician_id=one.id,
            name=one.name,
            specialty=one.specialty,
            departement=one.departement,
            grounds=links.get(one.id, {}),
            on_call=one.id in duty,
            eligible=is_eligible(one.id, at),
            acknowledged=one.id in read,
            taking=taken.get(one.id, NOTHING),
        )
        for one in everyone
    ]


def physicians() -> QuerySet[Physician]:
    """Every physician whose file was vetted, in the order of the alphabet."""
    known = Physician.objects.filter(state__in=states.KNOWN_PHYSICIANS)
    return known.order_by("name", "rpps")
