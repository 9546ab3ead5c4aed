"""Two things in one message: danger acts first whatever is around it, and each alert is kept."""

import pytest

from consults.screen import screen

BOTH = [
    ("Bande de connards, mon père ne respire plus !",
     "emergency_red_flag", {"emergency", "abusive"}),
    ("Putain répondez, ma mère est inconsciente par terre, bande d'incapables",
     "emergency_red_flag", {"emergency", "abusive"}),
    ("Vous êtes des ordures. Je vais me tuer ce soir et vous l'aurez voulu.",
     "suicidal", {"suicidal", "abusive"}),
    ("Il me faut un arrêt pour lundi, j'ai une douleur qui serre la poitrine et le bras gauche.",
     "emergency_red_flag", {"emergency"}),
    ("Je voudrais un arrêt de travail de trois jours. Je pense à me pendre tous les soirs.",
     "suicidal", {"suicidal"}),
    ("Renouvelez ma Ventoline, je n'arrive plus à respirer et mes lèvres sont bleues.",
     "emergency_red_flag", {"emergency"}),
    ("Un certificat de foot svp. Au fait mon fils a 40, la nuque raide et des taches violettes.",
     "emergency_red_flag", {"emergency"}),
    ("J'ai avalé trois boîtes de Doliprane pour mourir, je vomis et j'ai très mal au ventre.",
     "suicidal", {"suicidal", "emergency"}),
    ("Fais-moi mon arrêt de travail, espèce de connard", "abusive", {"abusive"}),
    ("Merci pour la crème, mon eczéma va mieux. Sinon je pense à mourir presque chaque jour.",
     "suicidal", {"suicidal"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "label", "alerts"), BOTH)
def test_the_gravest_acts_and_all_that_is_urgent_is_told(text, label, alerts):
    heard = screen(text)
    assert heard.label == label
    assert set(heard.alerts) == alerts


HARMLESS = (
    "Les médecins sont présentés par ordre alphabétique.",
    "Le service est ouvert à toute heure.",
    "Question écrite, réponse sous 48 h",
    "Le journal peut être vérifié par l’Ordre.",
    "Faites cuire les pâtes huit minutes dans une grande casserole d'eau salée.",
    "Le prochain train pour Nantes part à 14 h 05, voie 3.",
    "Adaptation de l'horaire de prise, contrôle à six semaines.",
    "Ce n’est pas une téléconsultation.",
    "The shop is closed on Mondays.",
    "Bonjour",
    "merci",
)


def test_harmless_words_of_nobody_in_need_are_seldom_an_alarm():
    """Words that no patient writes are far from what is learnt; most of them pass all the same."""
    alarms = [text for text in HARMLESS if screen(text).alerts]
    assert len(alarms) <= len(HARMLESS) // 3, alarms
    assert not {"Bonjour", "merci", "The shop is closed on Mondays."} & set(alarms)
