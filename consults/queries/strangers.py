"""What is known of a request to a physician who is not the patient's own, before it is opened."""

from datetime import datetime
from uuid import UUID

from audit.law.model import Fact
from consults.models import Patient
from consults.queries.act import constants
from consults.queries.files import identified_at


def stranger_facts(patient_id: UUID, at: datetime) -> dict[str, Fact]:
    """No treating relation, and what else a forecast asks of the person: all else is hoped for."""
    identified = identified_at(Patient.objects.get(pk=patient_id), at)
    said: dict[str, bool] = {
        "is_treating_physician": False,
        "integrated_in_care_pathway": False,
        "patient_identified": identified,
        "trace_identity_present": identified,
    }
    asked = ("patient_consent_recorded", "patient_could_choose_or_refuse_physician")
    return {
        **constants(),
        **{name: Fact(value, "system") for name, value in said.items()},
        **{name: Fact(True, "patient") for name in asked},
    }
