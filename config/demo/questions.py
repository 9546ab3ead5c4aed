"""Twelve questions of every outcome, so that no page of the demonstration is empty."""

from broker.story.line import Line

# Who asks on each ground: Camille Durand wherever her own evidence decides nothing else.
ASKED_BY = {"treating": "patient", "none": "patient"}

FIRST = (
    Line(
        text="Je prends 20 mg de citalopram depuis un mois et je dors moins bien : puis-je le "
        "prendre le matin au lieu du soir ?",
        answer="Oui, passez-le au matin dès demain. Le sommeil devrait revenir en une semaine ; "
        "écrivez-moi sinon.",
    ),
    Line(
        text="Mon taux de TSH est revenu à 5,2. Faut-il changer la dose de lévothyroxine ?",
        answer="Gardez 75 µg et refaites le dosage dans six semaines, au même laboratoire.",
        card="3ds",
    ),
    Line(
        text="Combien de temps après l’arrêt des antibiotiques puis-je reprendre le sport ?",
        answer="Reprenez doucement dès que vous vous sentez bien, en buvant davantage.",
        act_kind="simple_advice",
    ),
    Line(
        text="La cicatrice de mon grain de beauté gratte un peu, est-ce attendu après dix jours ?",
        answer="Oui, c’est attendu. Une crème hydratante suffit ; montrez-la-moi si elle rougit.",
        settlement="off_platform",
    ),
    Line(
        text="Faut-il prendre la vitamine D pendant ou en dehors du repas ?",
        answer="Pendant le repas, elle est mieux absorbée.",
        report=False,
    ),
    Line(text="Bonjour, pouvez-vous me faire un arrêt de travail pour demain ?"),
    Line(text="J’ai une question sur mon traitement.", flags=("chest-pain",)),
    Line(text="Il me faut un certificat médical pour m’inscrire à la course de dimanche."),
    Line(
        text="Mon pansement tient mal sous la douche, puis-je le changer moi-même ?",
        card="declined",
    ),
    Line(
        text="Quel délai entre deux prises de sang pour surveiller la thyroïde ?",
        pathway="none",
        answer="Six à huit semaines, le temps que l’équilibre se fasse.",
    ),
    Line(
        text="Mon médecin m’adresse à vous pour ma thyroïde : faut-il une échographie ?",
        pathway="referral",
        answer="Oui, une échographie simple, sans urgence ; voyons-nous ensuite.",
    ),
    Line(
        text="Il est tard et ma fille de huit ans a mal à une oreille sans fièvre, que faire ?",
        pathway="on-call",
        answer="Donnez du paracétamol selon son poids et faites-la examiner demain matin.",
    ),
)
