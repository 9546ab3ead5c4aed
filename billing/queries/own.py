"""What the tier of one's own physician asks beside: that physician alone, and a real exchange."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

from audit.law.model import Fact
from billing.money.metering import lasts_longer
from billing.money.tiers import OWN
from billing.queries.quotes import acceptance_of
from consults.queries.threads import exchange_span

TREATING, PATHWAY = "is_treating_physician", "integrated_in_care_pathway"


def own_facts(question_id: UUID, act: Mapping[str, Fact]) -> dict[str, Fact]:
    """Facts of an exchange with one's own physician; nothing where another tier was agreed.

    Only the treating physician is in the pathway of this tier, whatever else links them; and the
    exchange lasts from their claim to their signature.
    """
    accepted = acceptance_of(question_id)
    if accepted is None or accepted.quote.tier != OWN:
        return {}
    said = {PATHWAY: treating_only(act)}
    span = exchange_span(question_id)
    if span is not None:
        long_enough = lasts_longer(span, settings.OWN_EXCHANGE_SECONDS)
        lasted = round((span[1] - span[0]).total_seconds() * 1_000_000)
        said["exchange_long_enough"] = Fact(long_enough, "system", f"microseconds:{lasted}")
    return said


def treating_only(act: Mapping[str, Fact]) -> Fact:
    """Whether the link is that of one's own treating physician; none where nobody confirmed it."""
    known = act.get(TREATING)
    if known is None or known.value is not True:
        return Fact(False, "system")
    return Fact(True, "system", known.evidence)
