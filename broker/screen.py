"""Public words and prices, read for the facts that the rules on offers ask about. Pure.

A list of expressions hears what it lists and no more: it may refuse a text, never approve one.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from audit.law.model import Fact

PRICING_UNITS = ("per_act", "per_speed_tier", "per_minute", "subscription")

# Each fact with the expressions that make it true, over the folded text (no accents, lower case).
HEARD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "copy_claims_reimbursed": (
            r"\brembours(?:e|ee|es|ees|ement|ements|able|ables|ons|ez)\b",
            r"\bpris(?:e|es)? en charge\b",
            r"\breste a charge\b",
            r"\btiers payant\b",
            r"\bcovered by (?:your|the) insurance\b|\breimbursed\b",
        ),
        "uses_testimonials_or_ratings": (
            r"\b(?:avis|temoignages?) (?:de |des |d')?(?:nos )?(?:patients?|clients?|verifies)\b",
            r"[★⭐]",
            r"\b[0-5][.,]\d ?/ ?5\b|\b\d ?etoiles?\b",
            r"\bnotee?s? \d",
            r"\bils nous font confiance\b|\brecommand(?:e|ent) par \d",
            r"\b\d+ ?% (?:de |des )?(?:nos )?(?:patients|clients|utilisateurs)\b",
        ),
        "compares_physicians": (
            r"\bmeilleure?s? (?:medecins?|docteurs?|specialistes?|equipe|service|plateforme"
            r"|tele\w+)\b",
            r"\bn(?:°|o|umero) ?1\b|\bleader\b",
            r"\bplus (?:rapides?|competents?|efficaces?|qualifies?|fiables?) "
            r"(?:que|de france|du marche)\b",
            r"\bmieux (?:que|qu')\b",
            r"\btop \d+\b",
        ),
        "incites_unneeded_use": (
            r"\b(?:100 ?%|entierement|totalement|toujours) gratuit",
            r"\bgratuit(?:e|es|s)? (?:pour tous|pour toutes|sans condition|a vie)\b",
            r"\b(?:a volonte|illimitee?s?)\b",
            r"\b(?:profitez|parrainez|offre limitee|derniers jours|ne ratez pas|cadeau)\b",
            r"\bmeme (?:pour (?:un )?rien|sans symptome)\b",
        ),
        "promotional_price": (
            r"\b(?:promo|promotion|soldes?|ristourne|remise|reduction|black friday)\b",
            r"- ?\d+ ?%|\b\d+ ?% de (?:remise|reduction)\b",
            r"\b(?:premier|premiere|1er|1re) \w+ (?:offerte?|gratuite?)\b",
            r"\bprix de lancement\b|\bau lieu de \d",
        ),
        "offer_sells_document_or_result": (
            r"\b(?:obtenez|achetez|commandez|recevez|telechargez) (?:votre |une? |vos )?"
            r"(?:arret|ordonnance|certificat|diagnostic)",
            r"\b(?:arret|ordonnance|certificat)s?(?: de travail| maladie| medical)? "
            r"(?:garantie?s?|en \d+ ?min|en ligne|immediate?s?)",
            r"\b(?:guerison|resultat)s? garantie?s?\b",
        ),
        "physician_name_in_commercial_copy": (r"\b(?:dr|docteur|pr|professeur)\.? [a-z]{2,}\b",),
        "is_advertising_for_physician": (r"\b(?:consultez|choisissez|decouvrez) (?:le )?dr\b",),
    }
)
# What is said to deny, around an expression, takes it back.
DENIED = re.compile(
    r"\b(?:pas|non|jamais|aucun|aucune|ni|sans|not|never|n'est|ne sont)\b[^.;!?]{0,40}$"
)
DENIABLE = ("copy_claims_reimbursed", "offer_sells_document_or_result")


@dataclass(frozen=True)
class Offer:
    """One line of a price list as it is shown to the public."""

    label: str
    price_cents: int
    pricing_unit: str
    in_pathway: bool


def folded(text: str) -> str:
    """The text without accents or case, its apostrophes and spaces made plain."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("\u00a0", " "))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(kept.casefold().split())


def heard_in(text: str) -> dict[str, str]:
    """Each fact that the text makes true, with the words that do."""
    plain = folded(text)
    found: dict[str, str] = {}
    for fact, expressions in HEARD.items():
        for expression in expressions:
            match = re.search(expression, plain)
            if match is None or (fact in DENIABLE and DENIED.search(plain[: match.start()])):
                continue
            found[fact] = match.group()
            break
    return found


def text_facts(text: str) -> dict[str, Fact]:
    """What a public text claims; what is not heard is false, by a list that may miss things."""
    heard = heard_in(text)
    said = {name: Fact(name in heard, "system") for name in HEARD}
    return said | {
        "channel": Fact("written", "operator"),
        "pricing_unit": Fact("per_act", "operator"),
        "offer_type": Fact("in_pathway", "operator"),
    }


def offer_facts(offer: Offer) -> dict[str, Fact]:
    """What one line of a price list claims, for the rules on offers."""
    return text_facts(offer.label) | {
        "pricing_unit": Fact(offer.pricing_unit, "operator"),
        "offer_type": Fact("in_pathway" if offer.in_pathway else "private_provider", "operator"),
        "ars_contract_with_ordinal_visa": Fact(False, "operator"),
        # The Order's word on promotions is about physicians; a free launch is one.
        "promotional_price": Fact(
            offer.price_cents == 0 or "promotional_price" in heard_in(offer.label), "operator"
        ),
    }


def notice_facts(*, sent_at: datetime, planned_at: datetime) -> dict[str, Fact]:
    """How many whole days a remote check is announced ahead."""
    days = int((planned_at - sent_at).total_seconds() // 86_400)
    return {"email_days_before": Fact(days, "operator")}
