"""Tact and measure (R.4127-53 CSP): who asks far more than others of the same specialty."""

from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from billing.models import Honoraires
from billing.money import FEE_REVIEW_THRESHOLD_CENTS, OUTLIER_TIMES_MEDIAN
from consults.queries import physicians


@dataclass(frozen=True)
class Asked:
    """What a physician asks beside the median of their specialty; to look at, no blame."""

    physician_id: UUID
    name: str
    specialty: str
    cents: int
    median_cents: int

    @property
    def outlier(self) -> bool:
        """Above the threshold for review, or far above what others of the specialty ask."""
        far = self.cents > OUTLIER_TIMES_MEDIAN * self.median_cents
        return self.cents > FEE_REVIEW_THRESHOLD_CENTS or far


def honoraires_asked(at: datetime) -> list[Asked]:
    """Every physician who asks a fee at that instant, the highest first."""
    latest = (
        Honoraires.objects.filter(set_at__lte=at).order_by("physician", "-set_at")
        .distinct("physician")
    )  # fmt: skip
    asked = {row.physician: row.cents for row in latest if row.cents}
    known = [one for one in physicians() if one.pk in asked]
    by_specialty: dict[str, list[int]] = {}
    for one in known:
        by_specialty.setdefault(one.specialty, []).append(asked[one.pk])
    rows = [
        Asked(
            one.pk, one.name, one.specialty, asked[one.pk],
            int(median(by_specialty[one.specialty])),
        )
        for one in known
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row.cents, row.name))
