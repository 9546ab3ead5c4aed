"""What papers are made of: who issues them, what their lines say, numbers of businesses. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# What a line of the platform's invoice is for; a paper says it in these words for ever.
FLAT, METERED, GIVEN_BACK = "platform-flat", "platform-minutes", "platform-given-back"
LINE_WORDS: Mapping[str, str] = {
    FLAT: "Frais de mise en relation",
    METERED: "Échange en direct, par minute entière",
    GIVEN_BACK: "Frais de mise en relation, somme rendue",
}


@dataclass(frozen=True)
class FeeLine:
    """One line of the platform's invoice: so many units at a price that includes VAT.

    `what` is a key of `LINE_WORDS`; `unit` is a code of UN/ECE Recommendation 20: C62 for one,
    MIN for a minute.
    """

    what: str
    quantity: int
    unit: str
    unit_cents: int
    vat_bps: int

    @property
    def cents(self) -> int:
        """What the line comes to, VAT included."""
        return self.quantity * self.unit_cents


@dataclass(frozen=True)
class Issuer:
    """Who issues the platform's invoices, as they must name it (242 nonies A, annexe II CGI)."""

    name: str
    legal: str  # form, capital and register
    siren: str
    vat_number: str
    street: str
    postcode: str
    city: str


@dataclass(frozen=True)
class Business:
    """To whom the platform's fee is invoiced, as a French business is named."""

    name: str
    siren: str  # a SIREN, or a SIRET that begins with it
    vat_number: str
    street: str
    postcode: str
    city: str


# Days after the answer at which a patient is reminded of honoraires due at the practice.
REMINDED_AFTER_DAYS = (7, 21, 45)


def siren_holds(number: str) -> bool:
    """Whether a SIREN (9 digits) or a SIRET (14, its first nine a SIREN) has its right key.

    The key is Luhn's. The post office's establishments, under 356000000, only add their digits up
    to a multiple of five, but for its head office.
    """
    if not re.fullmatch(r"[0-9]{9}([0-9]{5})?", number) or not _luhn(number[:9]):
        return False
    if number.startswith("356000000") and len(number) == 14 and not _luhn(number):
        return sum(int(digit) for digit in number) % 5 == 0
    return _luhn(number)


def _luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def vat_number_of(siren: str) -> str:
    """The French VAT number that goes with a SIREN: its two digits are a key over it."""
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
