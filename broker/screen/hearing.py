"""What a text claims, clause by clause: a claim that is denied where it stands is not one."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from broker.screen.claims import CLAIMS, Claim
from broker.screen.folding import readings

# A clause ends with its mark; decimals and hours keep their point and their colon.
CLAUSE = re.compile(
    r"(.+?)(\.(?=\s|$)|[;!?\n]|:(?=\s(?!\d)|$)|\s(?:mais|cependant|toutefois|but)\s|$)"
)
# A denial takes back what follows it directly, with nothing but these words in between.
LINKS = """
a acte actes acun afin an any are arret arrets au aucun aucune aux avis be been being by ce
certificat certificats cet cette charge classement code codes comparaison comparaisons compte
conseil consultation d de deliver delivers delivery delivre delivrer delivrera delivrons des
diagnostic document documents donne donner droit du ecrit en encore entitled est et etaient etait
ete etes etoile etoiles etre face fait forfait forme health here ici insurance is issue issues it
l la le les leur lieu maladie medical medicale medicament medicaux nos note notes notre objet
obtain obtenir of on online or ordonnance ordonnances ou par person pharmacie place plus possible
prend prescribe prescribes prescrire prescrit prevu pris prise promet promettre promo promotion
propose proposer publicite put quelconque question refund reimbursed remboursable rembourse
remboursee remboursees remboursement rembourses remise sale sell sells sick sont soumis
subscription suivi sur teleconsultation teleconsultations temoignage temoignages the this to
travail un une utilise vend vendre vente vos votre was were written
"""
LINKED = rf"(?:[\s\"'«»()]|\b(?:{'|'.join(LINKS.split())})\b)*"
DENIES = (
    r"(?:(?<!que )\b(?:pas|non|jamais|aucune?|ni|sans|nulle?|not|no|never|without|neither|nor"
    r"|cannot)\b|n't\b|\brien(?= a )|\brien(?: \w+){0,2} (?:n'est|n'a ete|ne sera)"
    r"|\bnothing(?: \w+){0,2} is)"
)
DENIED_BEFORE = re.compile(rf"{DENIES}{LINKED}-?$")
# "Les avis de patients ... ne sont pas affichés": what is done with the thing is denied.
DENIED_AFTER = re.compile(
    r"^[^.;:!?]{0,80}?(?<!\bce )\b(?:ne |n')(?:sont|est|seront|sera|font|fait|peuvent|peut"
    r"|s'achete(?:nt)?|se vend(?:ent)?|sert|figure(?:nt)?)(?: etre)? ?(?:pas|jamais|plus)\b"
    r"|^[^.;:!?,]{0,60}?\b(?:are|is) (?:not|never)\b|^\w* (?:is|are)n't\b"
)
NOTHING = re.compile(r"^ ?: 0(?:[.,]00)?(?! ?%|\d)")
ANSWERED_NO = re.compile(
    r"^[\s»\"]*(?:(?:non|no|aucune?|pas|jamais|never|not|rien|nothing|0(?:[.,]00)? ?€)\b|0)"
)


@lru_cache(maxsize=4096)
def _heard_in(text: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for reading in readings(text):
        clauses = [(match[1].strip(), match[2]) for match in CLAUSE.finditer(reading)]
        for fact, claims in CLAIMS.items():
            if fact not in found and (words := next(_claimed(clauses, claims), "")):
                found[fact] = words
    return tuple(found.items())


def heard_in(text: str) -> dict[str, str]:
    """Each fact that the text makes true, with the words that do, as they were read."""
    return dict(_heard_in(text))


def _claimed(clauses: Sequence[tuple[str, str]], claims: Sequence[Claim]) -> Iterator[str]:
    for number, (clause, mark) in enumerate(clauses):
        following = clauses[number + 1][0] if number + 1 < len(clauses) else ""
        answered_no = mark in ("?", ":") and ANSWERED_NO.match(following)
        for claim in claims:
            for match in claim.says.finditer(clause):
                if claim.unless is not None and claim.unless.search(clause):
                    continue
                if claim.deniable and (answered_no or _denied(clause, match, claim)):
                    continue
                yield match.group()


def _denied(clause: str, match: re.Match[str], claim: Claim) -> bool:
    if DENIED_BEFORE.search(clause[: match.start()]) or NOTHING.match(clause[match.end() :]):
        return True
    return claim.deniable_after and bool(DENIED_AFTER.match(clause[match.end() :]))
