"""The words of the mails about money: nothing medical, no physician by name, no specialty."""

from datetime import datetime

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext, override

from billing.money import euros
from broker.notifications import Mail, Messenger, domain, origin
from broker.queries.mails import Contract, Owed

QUESTIONS = "/questions/"


def tell_order(*, contract: Contract, by: Messenger | None = None) -> None:
    """Confirm an order on something that lasts (L.221-13): what, how much, to whom, the terms."""
    with override(contract.to.language):
        own = gettext("Honoraires du médecin nommé sur votre devis : %s") % euros(
            contract.own_cents
        )
        way = gettext("réservés par carte") if contract.by_card else gettext("à régler au cabinet")
        lines = [
            gettext("Vous avez passé une commande avec obligation de paiement."),
            _moment(gettext("Passée le"), contract.at),
            f"{own}, {way}.",
            *_fee(contract),
            gettext("Rien n’est débité avant la réponse ; elle vous est due sous %s.")
            % _span(contract.answer_within_seconds),
            _beginning() if contract.begins_at_once else "",
            gettext("Empreinte SHA-256 du devis : %s") % contract.sha256,
            *_who(),
            gettext("Les conditions acceptées, telles qu’elles étaient :")
            if contract.terms
            else "",
            contract.terms,
        ]
        subject = gettext("Votre commande")
    _tell(contract, "order", subject, lines, by)


def _beginning() -> str:
    """The request to begin at once and what it costs, as it was ticked."""
    return gettext(
        "Vous avez demandé que le service de la plateforme commence tout de suite, et"
        " reconnu que le droit de rétractation sur ses frais prend fin une fois la réponse"
        " donnée (L.221-25 et L.221-28, 1°, du code de la consommation). D’ici là, vous"
        " renoncez sans rien payer, sur la page de votre question."
    )


def _fee(contract: Contract) -> list[str]:
    """The platform's own line and the total; of minutes, the most that they can come to."""
    total = gettext("Total : %s, toutes taxes comprises. Aucun abonnement.")
    if contract.metered:
        total = gettext("Total : %s au plus, toutes taxes comprises. Aucun abonnement.")
    said = {"fee": euros(contract.fee_cents), "vat": euros(contract.vat_cents)}
    fee = gettext("Plateforme : %(fee)s, dont TVA %(vat)s, réservés par carte.") % said
    if contract.metered:
        fee = (
            gettext(
                "Plateforme : les minutes comptées, au plus %(fee)s, dont TVA %(vat)s, réservés"
                " par carte."
            )
            % said
        )
    return [
        fee if contract.fee_cents else "",
        total % euros(contract.own_cents + contract.fee_cents),
    ]


def _span(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return gettext("%d minutes") % (seconds // 60) if rest or not hours else f"{hours} h"


def tell_withdrawal(*, contract: Contract, by: Messenger | None = None) -> None:
    """Acknowledge a withdrawal on something that lasts, with its day and hour (D.221-5)."""
    with override(contract.to.language):
        lines = [
            gettext("Vous avez renoncé à votre commande ; votre déclaration est reçue."),
            _moment(gettext("Reçue le"), contract.ended_at or contract.at),
            _moment(gettext("Commande passée le"), contract.at),
            gettext("Rien n’est débité, et ce qui était réservé sur votre carte est annulé."),
            gettext("Empreinte SHA-256 du devis : %s") % contract.sha256,
            *_who(),
        ]
        subject = gettext("Votre rétractation est reçue")
    _tell(contract, "withdrawal", subject, lines, by)


def tell_due(*, owed: Owed, by: Messenger | None = None) -> None:
    """Remind somebody of an amount that is due at a practice; of whose, their own page says.

    The amount stands beside the other part and the total: it is one cost, settled in two places.
    """
    with override(owed.to.language):
        subject = gettext("Un règlement vous attend")
        body = gettext(
            "Une somme de %s reste à régler au cabinet, par virement, chèque ou espèces. Si c’est"
            " fait, ce message est sans objet : le cabinet l’indiquera. Le détail est sur votre"
            " page :"
        ) % euros(owed.own_cents)
        said = {
            "own": euros(owed.own_cents),
            "fee": euros(owed.fee_cents),
            "total": euros(owed.own_cents + owed.fee_cents),
        }
        whole = (
            gettext("Coût total : %(total)s, dont %(own)s au cabinet et %(fee)s à la plateforme.")
            % said
        )
    (by or Mail()).carry(
        to=[owed.to.email],
        subject=subject,
        body=f"{body}\n{origin()}{QUESTIONS}\n\n{whole}\n",
        message_id=f"<{owed.leg}.{owed.days}@{domain()}>",
    )


def _tell(
    contract: Contract, kind: str, subject: str, lines: list[str], by: Messenger | None
) -> None:
    (by or Mail()).carry(
        to=[contract.to.email],
        subject=subject,
        body="\n\n".join([*filter(None, lines), f"{origin()}{QUESTIONS}"]) + "\n",
        message_id=f"<{contract.quote}.{kind}@{domain()}>",
    )


def _who() -> list[str]:
    """Who sells the platform's service, and the mediator."""
    issuer = settings.ISSUER
    seller = (issuer.name, issuer.legal, issuer.street, f"{issuer.postcode} {issuer.city}")
    mediator = gettext("Médiateur de la consommation : %s") % settings.MEDIATOR
    return [", ".join(filter(None, seller)), mediator if settings.MEDIATOR else ""]


def _moment(says: str, at: datetime) -> str:
    return f"{says} {localtime(at):%d/%m/%Y, %H:%M:%S (UTC%z)}"
