"""The addresses of the money's doors."""

from django.urls import path

from billing.views import (
    addressing,
    books,
    disputes,
    due,
    explaining,
    honoraires,
    onboarding,
    papers,
    returning,
    webhooks,
)

app_name = "billing"
urlpatterns = [
    path("recus/<uuid:receipt_id>/", papers.page, name="receipt"),
    path("recus/<uuid:receipt_id>/pdf/", papers.pdf, name="receipt_pdf"),
    path("recus/acces/<str:token>/", papers.sealed, name="sealed"),
    path(
        "recus/acces/<str:token>/<uuid:receipt_id>/page/", papers.sealed_page, name="sealed_page"
    ),
    path("recus/acces/<str:token>/<uuid:receipt_id>/", papers.sealed_pdf, name="sealed_pdf"),
    path("livres/", books.book, name="books"),
    path("livres/compte/", onboarding.account, name="onboarding"),
    path("livres/releve/", books.month, name="statement"),
    path("livres/contestations/", disputes.contested, name="disputes"),
    path("livres/dus/", due.due, name="due"),
    path("livres/dus/recus/", due.received, name="due_received"),
    path("livres/dus/renoncer/", due.given_up, name="due_given_up"),
    path("livres/honoraires/en-tete/", honoraires.letterhead, name="letterhead"),
    path("questions/<uuid:question_id>/facture/", addressing.customer, name="customer"),
    path("livres/honoraires/", honoraires.own, name="honoraires"),
    path("operateur/honoraires/", honoraires.report, name="outliers"),
    path("questions/<uuid:question_id>/honoraires/", explaining.explanation, name="explanation"),
    path("paiement/retour/<str:token>/", returning.returned, name="returned"),
    path("stripe/plateforme/", webhooks.platform, name="webhook_platform"),
    path("stripe/comptes/", webhooks.accounts, name="webhook_accounts"),
]
