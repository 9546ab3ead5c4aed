"""The reimbursement statement of a quote, a paper or a thread, in the reader's words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext

from audit.law import packs
from audit.law.words import finding_text
from billing.rules import cover


@dataclass(frozen=True, slots=True)
class Statement:
    """Not a promise and not a slogan: what the rules of that day say of this exchange."""

    code: str
    label: str
    reason: str
    article: str
    rule: str
    at: datetime


def statement(at: datetime, language: str = "") -> Statement:
    """The statement for a written exchange at that moment; every exchange here is written."""
    said = cover(channel="written", at=at, pack=packs.load())
    label = gettext("Non remboursé par l’Assurance maladie")
    if not said.rule:
        reason = gettext("À cette date, aucun texte n’ouvre de droit pour un échange écrit.")
        return Statement(said.code, label, reason, "", "", at)
    words = finding_text(said.rule, language or get_language() or "fr")
    return Statement(said.code, label, words.reason, words.article, said.rule, at)
