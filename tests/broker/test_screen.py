"""Public words: what an offer may not say, and the plain sentences that it may."""

from datetime import UTC, datetime, timedelta

import pytest

from broker.screen import HEARD, Offer, heard_in, notice_facts, offer_facts, text_facts

BAD = {
    "Téléconseil remboursé pour tous": "copy_claims_reimbursed",
    "Votre avis écrit pris en charge par l’Assurance maladie": "copy_claims_reimbursed",
    "Zéro reste à charge sur chaque question": "copy_claims_reimbursed",
    "REMBOURSEMENT immédiat de votre question": "copy_claims_reimbursed",
    "Tiers payant sur tous nos avis": "copy_claims_reimbursed",
    "Lisez les avis de nos patients": "uses_testimonials_or_ratings",
    "Noté 4,8/5 par 12 000 personnes": "uses_testimonials_or_ratings",
    "★★★★★ « Réponse en dix minutes ! » Marie": "uses_testimonials_or_ratings",
    "98 % des patients nous recommandent": "uses_testimonials_or_ratings",
    "Témoignages clients": "uses_testimonials_or_ratings",
    "Les meilleurs médecins de France": "compares_physicians",
    "La plateforme n°1 du conseil médical": "compares_physicians",
    "Leader de l’avis écrit": "compares_physicians",
    "Des médecins plus compétents que votre généraliste": "compares_physicians",
    "100 % gratuit": "incites_unneeded_use",
    "Questions à volonté, jour et nuit": "incites_unneeded_use",
    "Profitez-en avant dimanche": "incites_unneeded_use",
    "Écrivez même sans symptôme": "incites_unneeded_use",
    "Gratuit pour tous, tout de suite": "incites_unneeded_use",
    "-20 % sur les honoraires cette semaine": "promotional_price",
    "Première question offerte": "promotional_price",
    "Code promo HIVER": "promotional_price",
    "Obtenez votre arrêt en trois minutes": "offer_sells_document_or_result",
    "Ordonnance en ligne sans attendre": "offer_sells_document_or_result",
    "Recevez un certificat médical": "offer_sells_document_or_result",
    "Posez vos questions au Dr Lemoine": "physician_name_in_commercial_copy",
}
GOOD = (
    "Posez une question écrite à votre médecin.",
    "Un médecin inscrit à l’Ordre vous répond sous 48 heures.",
    "Cet avis n’est pas remboursé par l’Assurance maladie.",
    "Avis écrit, non remboursé.",
    "Aucun remboursement n’est possible pour un avis écrit.",
    "Le devis montre les honoraires du médecin et les frais de la plateforme.",
    "Vous ne payez que si l’avis entre dans votre parcours de soins.",
    "Un conseil simple est gratuit.",
    "Nous ne délivrons pas d’ordonnance en ligne.",
    "Aucun arrêt de travail garanti : consultez votre médecin.",
    "En cas d’urgence, appelez le 15 ou le 112.",
    "Vos messages sont chiffrés et lus par votre médecin seul.",
    "Le prix est affiché avant que vous acceptiez.",
    "Réponse sous 48 heures, jours fériés compris.",
    "Le compte rendu est envoyé à votre médecin traitant.",
    "Vous choisissez le médecin qui vous répond.",
    "Vous pouvez régler par carte, ou au cabinet.",
    "Les honoraires vont directement au médecin.",
    "Les frais de la plateforme sont fixes : 1,80 €.",
    "Chaque décision cite son article.",
    "Le journal peut être vérifié par l’Ordre.",
    "Les médecins sont présentés par ordre alphabétique.",
    "Votre dossier est conservé vingt ans.",
    "Le service est ouvert à toute heure.",
    "Le médecin indique si une consultation est nécessaire.",
)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(("text", "fact"), BAD.items())
def test_a_forbidden_claim_is_heard(text: str, fact: str) -> None:
    assert fact in heard_in(text)
    assert text_facts(text)[fact].value is True


@pytest.mark.parametrize("text", GOOD)
def test_a_plain_sentence_is_left_alone(text: str) -> None:
    assert heard_in(text) == {}
    assert not any(text_facts(text)[name].value for name in HEARD)


def test_a_price_list_says_what_it_it_is() -> None:
    facts = offer_facts(Offer("Tchat", 199, "per_minute", in_pathway=False))
    assert (facts["pricing_unit"].value, facts["offer_type"].value) == (
        "per_minute",
        "private_provider",
    )
    assert offer_facts(Offer("Avis", 0, "per_act", in_pathway=True))["promotional_price"].value


@pytest.mark.parametrize(("hours", "days"), [(36, 1), (47.99, 1), (48, 2), (72, 3), (-1, -1)])
def test_a_notice_counts_whole_days(hours: float, days: int) -> None:
    facts = notice_facts(sent_at=NOW, planned_at=NOW + timedelta(hours=hours))
    assert facts["email_days_before"].value == days
