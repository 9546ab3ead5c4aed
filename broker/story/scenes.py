"""The scenes of the demonstration page, each played over the real doors.

A scene tells its steps to `Show`; what it ends with is plain JSON that the page draws.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from broker.story import log
from broker.story.cast import Cast, Lane
from broker.story.client import DoorRefused
from broker.story.line import Line
from broker.story.play import play
from broker.story.played import Played
from broker.story.run import REVIEWER, books, taken_away

SIGNED_WITHIN_SECONDS = 60
SIGNED_EVERY_SECONDS = 0.8
DECISIVE = frozenset(
    {"gate.passed", "gate.refused", "question.refused", "text.refused", "offer.judged",
     "notice.refused"}
)  # fmt: skip
BOTH = ("medecin-traitant",)  # whose book stands beside the platform's
Publish = Callable[[Mapping[str, Any]], None]
STEPS = {
    "pathway": _("Le parcours de soins est établi"),
    "question": _("La patiente coche la liste des urgences, puis écrit"),
    "quote": _("Un devis en deux lignes, avant tout"),
    "payment": _("Une réservation sur la page de paiement, aucun débit"),
    "answer": _("Le médecin prend la question et répond"),
    "settlement": _("Le verdict, puis les prélèvements ou les libérations"),
    "withdrawn": _("Le paiement n’a pas abouti : la question est retirée"),
    "judged": _("L’exploitant propose, les règles jugent"),
    "copied": _("Une copie du journal est sortie et vérifiée"),
    "broken": _("Un octet de la copie est changé, puis vérifié de nouveau"),
}


@dataclass
class Show:
    """What the page sees of a scene while it is played."""

    publish: Publish
    pause: float = 0.6
    seen: dict[str, Any] = field(default_factory=lambda: {"steps": [], "done": False})

    def step(self, name: str, played: Played | None = None) -> None:
        """Say a step, and where each pane should look."""
        self.seen["steps"].append({"name": name, "says": STEPS[name]})
        if played and played.question:
            self.seen["patient"] = f"/questions/{played.question}/"
            # Before it is queued a question is nobody's business but the patient's.
            started = name in ("answer", "settlement")
            self.seen["physician"] = f"/file/{played.question}/" if started else "/file/"
        self.publish(self.seen)
        time.sleep(self.pause)

    def end(self, **what: Any) -> None:
        """Say how it ended."""
        self.seen.update(what, done=True)
        self.publish(self.seen)


def _question(line: Line, show: Show, cast: Cast, source: str = "") -> None:
    """One question from the patient of the left pane to the physician of the right one."""
    played, lane = Played(1, line), Lane(cast)
    play(lane, "patient", played, lambda step: show.step(step, played))
    if played.failed:
        show.end(failed=played.failed)
        return
    show.end(
        outcome=played.outcome or played.state,
        code=played.code,
        findings=played.findings,
        source=source,
        received={"physician": played.physician_cents, "platform": played.platform_cents},
        books=books(cast, BOTH),
        entry=_entry(cast, played.subject),
        patient=f"/questions/{played.question}/",
        physician=f"/file/{played.question}/" if not played.refused else "/file/",
    )


def dose(show: Show, cast: Cast) -> None:
    """The treating physician adapts a dose: paid, in two lines."""
    line = Line(
        text="Vous avez augmenté ma lévothyroxine à 75 µg la semaine dernière et je dors mal : "
        "dois-je revenir à 62,5 µg avant la prise de sang de jeudi ?",
        answer="Oui, reprenez 62,5 µg dès demain matin à jeun et gardez la prise de sang de "
        "jeudi. Écrivez-moi si les palpitations apparaissent.",
    )
    _question(line, show, cast)


def advice(show: Show, cast: Cast) -> None:
    """Simple advice: free."""
    line = Line(
        text="Peut-on boire du thé vert en prenant du fer, ou vaut-il mieux attendre un peu ?",
        answer="Attendez deux heures entre le thé et le fer : le thé en gêne l’absorption.",
        act_kind="simple_advice",
    )
    _question(line, show, cast)


def sick_leave(show: Show, cast: Cast) -> None:
    """A sick note asked in writing: refused at once."""
    said = _(
        "Tribunal judiciaire de Paris, 6 novembre 2020 : Arretmaladie.fr et Docteursecu.fr,"
        " qui vendaient des arrêts de travail à distance, ont été fermés sous 24 heures."
    )
    _question(Line(text="Bonjour, il me faudrait un arrêt de 3 jours."), show, cast, said)


def claim(show: Show, cast: Cast) -> None:
    """A public text that promises reimbursement: refused."""
    said = _("Mise en demeure de Qare par l’Ordre des médecins, octobre 2018.")
    judged = _judged(cast, "/operateur/textes/", text="Téléconseil remboursé pour tous")
    show.step("judged")
    show.end(**_with_entry(cast, judged), source=said, books=books(cast, BOTH))


PRICES = (
    ("Question écrite, réponse sous 48 h", 299, "per_act"),
    ("Question écrite, réponse en 15 minutes", 499, "per_speed_tier"),
    ("Échange écrit en direct, à la minute", 199, "per_minute"),
    ("Offre de lancement", 0, "per_act"),
)


def prices(show: Show, cast: Cast) -> None:
    """The price list of mesdocteurs.com in 2016, line by line."""
    rows = []
    for label, cents, unit in PRICES:
        judged = _judged(
            cast,
            "/operateur/tarifs/",
            label=label,
            price_cents=str(cents),
            pricing_unit=unit,
            in_pathway=True,
        )
        rows.append({"label": label, "price_cents": cents, **judged})
        show.step("judged")
    said = _("Le Quotidien du médecin, 6 février 2016 : les tarifs de mesdocteurs.com.")
    last = _with_entry(cast, rows[-1])["entry"]
    show.end(offers=rows, source=said, books=books(cast, BOTH), entry=last)


def notice(show: Show, cast: Cast) -> None:
    """A remote check called 36 hours ahead: too late."""
    planned = datetime.now(UTC) + timedelta(hours=36)
    judged = _judged(cast, "/operateur/convocations/", planned_at=planned.isoformat())
    show.step("judged")
    said = _("Télécontrôle, article de décembre 2025 : courriel au plus tard deux jours avant.")
    show.end(**_with_entry(cast, judged), source=said, books=books(cast, BOTH))


def _judged(cast: Cast, address: str, **answers: str | bool) -> dict[str, Any]:
    """What the operator's page says of a text, a price or a notice."""
    operator = cast.sign_in("operateur")
    form = operator.open("/operateur/jugements/").form(*answers, action=address)
    return dict(operator.answer(form, **answers))


def _with_entry(cast: Cast, judged: dict[str, Any]) -> dict[str, Any]:
    return {**judged, "entry": _entry(cast, judged["entry"])}


def _entry(cast: Cast, subject: str) -> dict[str, Any]:
    """The entry that says how it ended, as the national council reads it once it is signed."""
    reviewer = cast.sign_in(REVIEWER)
    late = time.monotonic() + SIGNED_WITHIN_SECONDS
    while time.monotonic() < late:
        time.sleep(SIGNED_EVERY_SECONDS)
        with contextlib.suppress(DoorRefused):
            read = taken_away(reviewer, subject)
            told = [entry for entry in read if entry["type"] in DECISIVE]
            if told:
                body = {name: value for name, value in told[-1].items() if name != "index"}
                return {"subject": subject, "index": told[-1]["index"], "body": body}
    return {"subject": subject, "index": None, "body": None}


def falsify(show: Show, cast: Cast) -> None:
    """A copy of the log, one byte changed in the middle, and the verifier on both."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "journal"
        log.take_out(copy, os.environ)
        whole = log.verify(copy)
        show.step("copied")
        index = log.flip(copy)
        broken = log.verify(copy)
        show.step("broken")
    show.end(
        flipped=index,
        before={"status": whole.status, "said": whole.said},
        after={"status": broken.status, "said": broken.said},
        outcome="falsified",
        code="",
        findings=[],
        books=books(cast, BOTH),
    )


@dataclass(frozen=True)
class Scene:
    """A button of the page."""

    title: str
    says: str
    plays: Callable[[Show, Cast], None]


SCENES: Mapping[str, Scene] = {
    "dose": Scene(
        _("Mon médecin adapte une dose"), _("Payé, en deux lignes, à deux bénéficiaires."), dose
    ),
    "advice": Scene(_("Un conseil simple"), _("Gratuit : rien n’est prélevé."), advice),
    "sick-leave": Scene(
        _("« Un arrêt de 3 jours »"), _("Refusé avant d’être écrit à quiconque."), sick_leave
    ),
    "claim": Scene(
        _("Publier « remboursé pour tous »"), _("Refusé : rien ici n’est remboursé."), claim
    ),
    "prices": Scene(
        _("La grille de mesdocteurs.com"), _("Ce qui passe, ce qui est signalé, et pourquoi."),
        prices,
    ),
    "notice": Scene(
        _("Convoquer à un télécontrôle dans 36 heures"), _("Trop tard : il faut deux jours."),
        notice,
    ),
    "falsify": Scene(
        _("Falsifier le journal"), _("Un octet changé dans une copie : le vérificateur le nomme."),
        falsify,
    ),
}  # fmt: skip
