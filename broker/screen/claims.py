"""The claims that are listened for, as expressions over folded text (no accents, lower case).

Each names the fact that it makes true. `unless` says where the same words mean something else;
a claim that is not `deniable` is one whatever stands around it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Claim:
    """One expression, where it does not count, and whether a denial takes it back."""

    says: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    deniable: bool = True
    deniable_after: bool = False


def _claims(
    *expressions: str, unless: str = "", deniable: bool = True, after: bool = False
) -> tuple[Claim, ...]:
    context = re.compile(unless) if unless else None
    return tuple(Claim(re.compile(one), context, deniable, after) for one in expressions)


PAYER = r"(?:securite sociale|secu|assurance maladie|mutuelle|complementaire|cpam|ameli|health)"
WORK = r"(?:arrets?(?: de travail| maladie)?|jours? d'arret|sick[- ]?(?:notes?|leave))"
PAPER = (
    rf"(?:{WORK}|ordonnances?|certificats?(?! (?:ssl|electron|numer))"
    rf"|attestations? medicales?|prescriptions?|diagnostics?"
    r"|dispenses?(?: de sport)?|certificates?)"
)
TO_GET = (
    r"(?:obten(?:ez|ir)|achet(?:ez|er)|command(?:ez|er)|recev(?:ez|oir)|telecharg(?:ez|er)"
    r"|decroch(?:ez|er)|procurez-vous|gagnez|demandez(?! a (?:un|votre) medecin)|renouvelez"
    r"|il vous faut|besoin d'|get|buy|order|obtain|request)"
)
AT_ONCE = (
    r"(?:garantie?s?|(?:en|sous|in) (?:moins de |quelques |less than )?(?:\d+|deux|trois|cinq|dix"
    r"|un) ?(?:min\w*|h\b|heures?|hours?|clics?|jours?)|en (?:quelques )?(?:clics?|minutes)"
    r"|en ligne|online|a distance|par (?:tchat|chat|messages?|messagerie|mail|e-mail|ecrit)"
    r"|immediate?s?|instantanee?s?|express|livree?s?|pas cher|sans (?:rendez-vous|consultation"
    r"|examen|attend\w*|justificatif|deplacement|bouger|voir)|within minutes|guaranteed"
    r"|(?:a|des|pour|:) ?\d+(?:[.,]\d+)? ?(?:€|euros?))"
)
SEE_SOMEONE = (
    r"(?<!sans )(?:prenez rendez-vous|prendre rendez-vous|consultez (?:votre|un) medecin"
    r"|voyez (?:votre|un) medecin|en personne|au cabinet|un examen|demandent un|see your doctor)"
)
NAMED = (
    r"\b(?:dre?|docteure?|pr|professeure?)\.? (?!(?:en|de|du|qui|vous|a|est|ou|et|ne|par|pour|doit"
    r"|peut|repond|signe) )[a-z][a-z'-]+"
)
READERS = r"(?:patient|client|utilisateur|internaute|abonne|membre|user|customer)(?:e?s)?"

COVER = (
    *_claims(
        r"\bre?i?m?bours\w+",
        r"\breimburs\w+|\brembour[cz]\w+",
        rf"\b{PAYER}\b[^,]{{0,30}}\bprend(?:ra)? en charge\b",
        rf"\brecuper\w+[^,]{{0,40}}\b{PAYER}\b|\b(?:zero|0) (?:euros?|€) a votre charge",
        # What is given back to a card is no cover by an insurer.
        unless=(
            rf"^(?!.*(?:{PAYER}|\d ?%)).*(?:sur (?:la|votre) carte|par le prestataire"
            r"|si (?:le |aucun )?medecin ne|en cas d'(?:annulation|erreur)|\bavoir\b"
            r"|en cas de (?:retractation|litige|retard)|ce qui (?:a ete|est) debite|\bencaisse"
            r"|\b(?:ne sont pas reunies|are not met)"
            r"|^remboursements? (?:demande|fait|revenu"
            r"|partiel|refuse|en cours|au patient)|^le remboursement est revenu|trop-percu)"
        ),
    ),
    *_claims(
        r"\bpris(?:e|es)? en charge\b",
        unless=(
            r"en charge (?:refusee?|rendue|par (?:le|la|un|une|votre|son|ce|ces|l'|des|les)"
            r" ?(?:medecins?|docteur|praticien|confrere|specialiste|equipe|urgences|samu|secours"
            r"|autre)|en cours$|qui n'existe)|^(?:non )?prise en charge(?: de la question)?$"
            r"|^question prise en charge"
        ),
    ),
    *_claims(
        r"\b(?:reste|zero) a charge\b", r"\btiers[- ]payant\b", r"\bcarte vitale\b",
        r"\bfeuilles? de soins\b", r"\bteleconsultations? (?:par|sur|en) (?:ecrit|messag|t?chat)",
        rf"\bcouverte?s? (?:par|a \d)|\b{PAYER}\b[^,]{{0,20}}\b(?:paie|couvre|pays|covers)",
        r"\bcovered by\b|\bout[- ]of[- ]pocket\b|\bcovered by (?:your|the) insurance",
        rf"\bgratuit\w* (?:grace a|avec) (?:votre |la )?(?:carte vitale|{PAYER})",
        unless=r"couverte?s? par (?:le|l'|un|une|son) ?(?:secret|assurance (?!maladie)|contrat)",
    ),
    *_claims(r"\bsans (?:aucune )?avancer?(?: de| les| vos| aucun)? frais", deniable=False),
)  # fmt: skip

PRAISE = (
    *_claims(
        rf"\bavis (?:des? |d')?(?:nos )?(?:anciens )?{READERS}|\bavis (?:verifies|google)",
        r"\btemoign(?:age|ent|ez)\w*",
        r"\bnotes? (?:moyennes?|google|globale)\b", r"\btestimonials?\b",
        rf"\b(?:patient|customer|verified) reviews?\b|\breviews? (?:by|from"
        rf"|of) (?:our )?{READERS}",
        r"\btrustpilot\b", r"\bwhat our patients say\b", r"\b\d ?(?:etoiles|stars)\b",
        after=True,
    ),
    *_claims(
        r"[★⭐☆🌟]", r"\b[0-5](?:[.,]\d)? ?/ ?5\b", r"\bnotee?s? (?:\d|excellent)|\brated \d",
        rf"\b\d[\d .]* ?%[^.]{{0,25}}(?:{READERS}|satisf\w+|recommand\w+|conquis|recommend)",
        r"\bils nous font confiance\b|\bnous font (?:deja )?confiance\b|\btrusted by\b",
        r"\brecommandee?s? par (?:\d|des milliers|nos|les)\b|\bplebiscite\w*",
        rf"\b\d[\d .]{{2,}} (?:{READERS}|personnes|familles) (?:satisf|conquis|nous|aide|soulage)",
        r"(?:[»\"] ?[-,(]* ?|[,-] |^)[a-z]+(?: [a-z]\.)?, \(?\d{2} ans\b$"
        r"|[»\"] ?[-,(]* ?[a-z]+,? \d{2} ans",
        rf"\bnos {READERS} (?:nous |en )?(?:adorent|aiment|parlent|disent|racontent|approuvent)",
        r"\b(?:clients?|patients?) (?:satisfait|conquis|ravi|heureu)\w*",
    ),
)  # fmt: skip

RANK = _claims(
    r"\bmeilleure?s?\b(?! (?:delais?|moment|sante|connaissance|comprehension))",
    r"(?:\bn ?(?:°|º|o\b|um?)\.? ?1\b|\bno\.? ?1\b|\bnumero (?:1|un)\b|#1\b|\bnumber one\b)",
    r"\bleaders?\b|\bleading (?:plat|serv|site)|\btop \d+\b|\btop (?:doctor|medecin)s?\b",
    r"\bpremiere? (?:plateforme|site|reseau|service)(?: \w+)? (?:de|en|du|francais)",
    r"\btries sur le volet\b|\b(?:haut de gamme|premium|vip)\b",
    r"\b(?:le|la|les|des|une?|bien|beaucoup) plus (?:rapides?|competent\w*"
    r"|efficaces?|qualifie\w*|fiables?|sure?s?|serieu\w+|complet\w*|reput\w*|expert\w*"
    r"|experiment\w*|humaine?s?)\b",
    r"\bplus (?:rapide|competent|efficace|qualifie|fiable|sur|serieu"
    r"|experimente)\w* (?:que|qu'|de f"
    r"|du m)",
    r"\bplus vite (?:que|qu')|\bmieux (?:que|qu'|note)|\bmoins che\w+ (?:que|qu'|d)",
    r"\b(?:imbattable|incomparable|inegale|exceptionnel|revolutionnaire|ultra-?competent)\w*",
    r"\bsans (?:egal|equivalent|concurrence|rival)\w*|\bhors pair\b|\bd'(?:elite|exception)\b",
    r"\bunique en (?:france|europe)\b|\bla reference (?:du|de|des|en|francaise)\b",
    r"\bcontrairement aux? autres?\b|\bnos concurrents\b|\bailleurs, vous\b",
    r"\bbest (?:doctors?|physicians?|service|platform|care)\b|\b(?:better|faster|cheaper) than\b",
    r"\b(?:fastest|cheapest|unrivalled|unmatched)\b",
    after=True,
)

LURE = (
    *_claims(
        r"\b(?:100 ?%|entierement|totalement|completement|toujours|absolument) gratuit\w*",
        r"\bgratuit(?:e|es|s)? (?:pour tou\w+|sans condition|a vie|et illimite|a vie)\b",
        r"\b(?:teleconseil|avis medica\w+|avis|consultations?|medecins?|questions?|reponses?"
        r"|conseils?(?: medica\w+)?|inscription|essai|service) gratuit(?:e|es|s)?\b",
        r"\bgratuit(?:e|es|s)? ?!|\b(?:essayez|testez|consultez) gratuitement\b",
        r"\b(?:100 ?%|totally|completely|always) free\b",
        r"\bfree (?:for all|trial|forever)\b",
        r"\bfree (?:medical )?(?:advice|question|consultation)s?\b",
        unless=r"\b(?:15|112|114|3114|116 ?117)\b|\bsi\b|\bquand\b|\blorsqu|\bhors\b|\bif\b"
        r"|\bwhen\b",
    ),
    *_claims(
        r"\ba volonte\b|\billimitee?s?\b|\bsans limites?\b|\bunlimited\b",
        r"\bautant de (?:questions|fois) que\b|\bsans moderation\b|\bas many questions\b",
        r"\b(?:profitez|parrain\w*|cadeaux?|bons? d'achat|tirage au sort"
        r"|points? (?:de )?fidelite)\b",
        r"\b(?:cartes?|programmes?|club) (?:de )?(?:fidelite|privilege)\b|\bgagnez (?:un"
        r"|une|des)\b",
        r"\boffres? (?:limitee|speciale|decouverte|exclusive|exceptionnelle)s?\b",
        r"\bderniere?s? (?:chances?|places?)\b|\bderniers jours (?:pour|de l'offre)"
        r"|^derniers jours\b|\bdepechez|\bne (?:ratez"
        r"|manquez) pas\b",
        r"\bmeme (?:pour (?:un )?rien|sans symptomes?|sans raison|si tout va bien"
        r"|en bonne sante)\b",
        r"\bpour un oui (?:ou pour|et pour) un non\b|\bpar simple curiosite\b"
        r"|\bcomme un reflexe\b",
        r"\bfaites-vous plaisir\b|\b(?:une|des) questions? (?:par|chaque|tous les) jours?\b",
        r"\bau moindre bobo\b|\bchaque (?:jour|semaine), (?:posez|consultez)|\bplus souvent\b",
        r"\b(?:hurry|don't miss|limited offer|refer a friend|gift cards?|as often as)\b",
        r"\beven (?:if nothing is wrong|without symptoms)\b|\bn'attendez plus d'etre malade\b",
    ),
)

BARGAIN = (
    *_claims(
        r"\bpromo(?:s|tions?|tionnel\w*)?\b|\b(?:en|nos|les|des|d'hiver|d'ete) soldes\b"
        r"|\bsoldes (?:d'|!)|\bristournes?\b|\bblack friday\b",
        r"\bremises? (?:de \d|exceptionnelle|immediate|sur (?:le|les|vos|votre|nos)|fidelite)"
        r"|\bune remise\b(?! en (?:main|cause|question))|\b(?:rabais|coupons?|discounts?"
        r"|vouchers?)\b",
        r"\breductions? (?:de \d|sur (?:le|les|vos|votre)|immediate)|\btarif (?:reduit"
        r"|promo\w*|choc)",
        r"\bprix (?:barre|casse|mini|reduit|de lancement|d'appel|choc|d'ami)s?\b|\bbons? plans?\b",
        r"\boffres? de (?:lancement|bienvenue|rentree|noel|printemps)\b|\bmoitie prix\b",
        r"\bcodes? (?:promo|reduction|avantage|parrainage)\b|\bhalf price\b|\bspecial offer\b",
        r"\b(?:premiere?|1er|1re|1ere|deuxieme|seconde?|2e) \w+ (?:est )?(?:offerte?"
        r"|gratuite?)s?\b",
        r"(?:\bc'est|\best|\bsont|=|\d) offerte?s?\b",
        r"\b(?:questions?|avis|consultations?|reponses?|mois|minutes"
        r"|honoraires) offert(?:e|es|s)?\b",
        r"\bfirst (?:question|month|answer|consultation) (?:is )?free\b|\bprix (?:le"
        r"|les) plus bas",
        r"\bsatisfaite?s? ou rembourse\w*|\beconomisez\b|\bdeux (?:\w+ )?pour le prix d'un",
        after=True,
    ),
    *_claims(
        r"(?<!\w)-\s?\d+ ?%|\b\d+ ?% (?:de (?:remise|reduction|rabais)|offerts?|off\b)",
        r"\bau lieu de \d", deniable=False,
    ),
)  # fmt: skip

SALE = (
    *_claims(
        rf"\b{TO_GET} ?(?:\w+(?:'\w+)? ){{0,3}}?(?:d'|l'|une? |vos |votre |your )?{PAPER}\b",
        rf"\b{PAPER}(?: \w+){{0,3}} {AT_ONCE}",
        rf"\b{PAPER} ?: ?{AT_ONCE}|\bvend\w*(?: \w+){{0,3}} {PAPER}|\bvotre {WORK} (?:sans"
        rf"|en|des)",
        r"\b(?:guerison|resultat|diagnostic|cure|result)s? (?:garantie?s?|assuree?s?"
        r"|guaranteed)\b",
        unless=SEE_SOMEONE,
        after=True,
    ),
)
LEAVE = _claims(
    rf"\b{TO_GET} ?(?:\w+(?:'\w+)? ){{0,3}}?(?:d'|l'|une? |vos |votre |your )?{WORK}\b",
    rf"\b{WORK}(?: \w+){{0,3}} {AT_ONCE}",
    rf"\b{WORK} ?: ?{AT_ONCE}|\bvend\w*(?: \w+){{0,3}} {WORK}|\bvotre {WORK} (?:sans|en|des)",
    unless=SEE_SOMEONE,
    after=True,
)

NAME = _claims(
    rf"{NAMED}[^.]{{0,60}}\b(?:recommand\w+|nous|notre|a choisi|approuve|soutient|parrain\w+"
    r"|ambassad\w+|plebiscit\w+|utilise|chooses?|recommends?|trusts?|star|celebre|vue? a la)",
    rf"\b(?:posez|questions? a|consultez|choisissez|decouvrez|retrouvez|comme le|avec le|grace a"
    rf"|ask|meet|parlez|echangez)\b[^.]{{0,30}}?{NAMED}",
    r"\bmedecins? (?:stars?|celebres?|vus a la tele)\b",
)
ADVERTISING = _claims(
    rf"\b(?:consultez|choisissez|decouvrez|retrouvez|rencontrez"
    rf"|rendez-vous avec)\b[^.]{{0,20}}?{NAMED}",
    rf"{NAMED}[^.]{{0,80}}\b(?:reconnue?|renomme\w*|repute\w*|experte?|vous (?:accueille|recoit"
    r"|presente|repond)|presente (?:ses|son)|publie|partage|expose)\b",
    r"\bnos (?:medecins|specialistes|praticiens) (?:experts?|renommes|reputes|reconnus|stars)\b",
)

DISCLAIM = (
    *_claims(
        r"\b(?:n'est|ne sont|n'etant|sans etre) (?:pas |en rien |en aucun cas |nullement )?"
        r"(?:une? |des |du )?(?:\w+ )?(?:avis|conseils?|actes?|opinion) medica\w+",
        r"\bne (?:constitue\w*|represente\w*|vaut|saurai\w+ (?:constituer|valoir)|remplace\w*)"
        r"(?: (?:pas|nullement|ni|en aucun cas|en rien|jamais|un|une|l'|aucun|le|d')){1,4} ?"
        r"(?:avis|conseils?|acte|opinion|diagnostic)s? (?:medica\w+|d'un medecin"
        r"|de votre medecin)",
        r"\bni (?:une? )?(?:avis|conseil|acte) medica\w+",
        r"\ba titre (?:purement |strictement |uniquement |simplement )?(?:informati\w+|indicatif)",
        r"\b(?:valeur|caractere|simple|but) (?:purement )?(?:information|informati\w+|indicati\w+)"
        r"(?! de)",
        r"\bn'engag\w+ (?:pas|en rien|aucunement|nullement|en aucun cas|ni)\b[^.]{0,40}responsab"
        r"|\bn'engag\w+ (?:pas|en rien|aucunement|ni) (?:le |la |l'|notre "
        r"|les )?(?:medecin|plateforme"
        r"|auteur|service)",
        r"\b(?:ne sommes|n'est|ne sont|ne sera) (?:pas|en rien|aucunement) responsables?\b",
        r"\b(?:ne|ni)\b[^.]{0,50}\btenue?s? (?:pour )?responsables?"
        r"|\bsans (?:aucune )?responsabilite"
        r"|\bsous votre (?:seule|propre|entiere) responsabilite\b(?! et en toute)",
        r"\b(?:not|isn't|never)\b[^.]{0,20}\bmedical (?:advice|opinion)|\bno liability\b",
        r"\b(?:informational|information) (?:purposes )?only\b|\bat your own risk\b",
        deniable=False,
    ),
    *_claims(r"\bdeclin\w+ (?:toute|notre|sa) responsabilite|\bdisclaims? (?:all|any) liabil"),
)

CLAIMS: Mapping[str, tuple[Claim, ...]] = MappingProxyType(
    {
        "copy_claims_reimbursed": COVER,
        "uses_testimonials_or_ratings": PRAISE,
        "compares_physicians": RANK,
        "incites_unneeded_use": LURE,
        "promotional_price": BARGAIN,
        "offer_sells_document_or_result": SALE,
        "offer_mentions_obtaining_sick_leave": LEAVE,
        "physician_name_in_commercial_copy": NAME,
        "is_advertising_for_physician": ADVERTISING,
        "denies_liability": DISCLAIM,
    }
)
