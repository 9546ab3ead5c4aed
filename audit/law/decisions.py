"""Which decision asks the rules of which scopes: the published table, checked against the code.

Each row is one kind of decision: who judges it, by which scopes, and the entries that carry it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judgment:
    """One kind of decision: what asks, by which scopes, and which entries carry the answer.

    Without entries nothing is decided: an answer is looked up, and part of what another records.
    """

    name: str
    scopes: tuple[str, ...]
    judged_by: str
    entries: tuple[str, ...]
    when_en: str
    when_fr: str


JUDGMENTS = (
    Judgment(
        "intake", ("intake",), "consults.rules.may_ask",
        ("question.opened", "question.held", "question.refused"),
        "before a question is taken in", "avant qu’une question soit reçue",
    ),
    Judgment(
        "offer", ("offer", "words"), "broker.rules.may_be_said",
        ("offer.judged", "offer.refused"),
        "for a line of a price list", "pour une ligne de tarif",
    ),
    Judgment(
        "public text", ("offer", "words"), "broker.rules.may_be_said",
        ("text.judged", "text.refused"),
        "for a text meant for the public", "pour un texte destiné au public",
    ),
    Judgment(
        "visitors", ("words",), "broker.rules.may_send_visitors", ("arrival.refused",),
        "for a site that sends people here", "pour un site qui adresse des personnes ici",
    ),
    Judgment(
        "quote", ("act",), "broker.rules.may_be_billed", ("quote.issued",),
        "a forecast with the quote: what is not known yet is hoped for",
        "une prévision avec le devis : ce qui n’est pas encore su est espéré",
    ),
    Judgment(
        "promise", ("promise",), "broker.rules.may_promise", ("promise.refused",),
        "before a quote by speed or minutes, and when it is accepted; kept when it is refused",
        "avant un devis au délai ou à la minute, et à son acceptation ; gardée si c’est non",
    ),
    Judgment(
        "cover", ("act", "offer"), "billing.rules.cover", (),
        "what is said of reimbursement; its code is among the terms of `quote.issued`",
        "ce qui est dit du remboursement ; son code est parmi les termes de `quote.issued`",
    ),
    Judgment(
        "contract", ("physician", "contract"), "consults.rules.may_activate",
        ("physician.moved", "physician.held-back"),
        "before a physician begins, or begins again",
        "avant qu’un médecin commence, ou recommence",
    ),
    Judgment(
        "claim", ("physician", "contract", "standing"), "consults.rules.may_claim",
        ("question.claimed", "claim.refused"),
        "when a physician takes a question", "quand un médecin prend une question",
    ),
    Judgment(
        "send", ("physician", "contract", "standing", "signing"), "consults.rules.may_answer",
        ("answer.given", "answer.refused"),
        "when the answer is signed", "à la signature de la réponse",
    ),
    Judgment(
        "gate", ("act", "physician", "contract", "standing", "gate"),
        "billing.actions.gate.judged",
        ("gate.passed", "gate.refused"),
        "the signed act, then the rules that read its verdict (`act_decision`)",
        "l’acte signé, puis les règles qui lisent son verdict (`act_decision`)",
    ),
    Judgment(
        "judged again", ("act", "physician", "contract", "standing", "gate"),
        "billing.actions.gate.judged",
        ("act.judged-again",),
        "the same act at its own moment, with what is known since; it replaces nothing",
        "le même acte à son propre instant, avec ce qu’on sait depuis ; rien n’est remplacé",
    ),
    Judgment(
        "platform", ("platform",), "broker.rules.may_operate",
        ("platform.judged", "platform.refused"),
        "the platform’s own settings: at the start, when they change, every day",
        "les réglages de la plateforme : au démarrage, à chaque changement, chaque jour",
    ),
    Judgment(
        "notice", ("notice",), "broker.actions.judging.judge_notice",
        ("notice.judged", "notice.refused"),
        "for a remote check called for a moment", "pour un télécontrôle prévu à un instant",
    ),
)  # fmt: skip
