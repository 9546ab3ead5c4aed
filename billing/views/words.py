"""French names of accounts and ledger events, as readers of a book know them."""

from django.utils.translation import gettext_lazy

ACCOUNTS = {
    "memo_held": gettext_lazy("Réservations en cours"),
    "memo_contra": gettext_lazy("Contrepartie des réservations"),
    "receivable": gettext_lazy("À recevoir du patient"),
    "honoraires": gettext_lazy("Honoraires"),
    "platform_fee": gettext_lazy("Frais de plateforme, hors taxes"),
    "vat_due": gettext_lazy("TVA à reverser"),
    "stripe": gettext_lazy("Solde chez Stripe"),
    "stripe_fees": gettext_lazy("Commissions de Stripe"),
    "practice": gettext_lazy("Encaissé au cabinet"),
    "bank": gettext_lazy("Banque"),
    "dispute_hold": gettext_lazy("Litiges en cours"),
    "external": gettext_lazy("Mouvements inexpliqués"),
    "chargebacks": gettext_lazy("Litiges perdus"),
}
EVENTS = {
    "authorised": gettext_lazy("Somme réservée"),
    "released": gettext_lazy("Réservation rendue"),
    "gate": gettext_lazy("Avis facturable"),
    "captured": gettext_lazy("Encaissement"),
    "lost": gettext_lazy("Encaissement perdu"),
    "acquitted": gettext_lazy("Réglé au cabinet"),
    "waived": gettext_lazy("Le médecin y renonce"),
    "disputed": gettext_lazy("Paiement contesté"),
    "dispute_won": gettext_lazy("Contestation gagnée"),
    "dispute_lost": gettext_lazy("Contestation perdue"),
    "dispute_regained": gettext_lazy("Perte d’une contestation annulée"),
    "dispute_fee": gettext_lazy("Frais de contestation"),
    "payout": gettext_lazy("Virement à la banque"),
    "payout_failed": gettext_lazy("Virement revenu"),
    "external": gettext_lazy("Mouvement inexpliqué"),
    "refund": gettext_lazy("Somme rendue"),
    "refund_failed": gettext_lazy("Somme revenue"),
}
