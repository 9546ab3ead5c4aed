"""The addresses of the broker's pages."""

from django.urls import path

from broker.views import alerts, asking, desk, judging, operator, pathway, paying, session, threads

app_name = "broker"
QUESTION = "questions/<uuid:question_id>/"
DESK = "file/<uuid:question_id>/"
urlpatterns = [
    path("questions/", asking.questions, name="questions"),
    path("questions/nouvelle/", asking.flags, name="flags"),
    path("questions/nouvelle/ecrire/", asking.write, name="write"),
    path(QUESTION, threads.thread, name="thread"),
    path(QUESTION + "devis/", paying.quote, name="quote"),
    path(QUESTION + "devis/nouveau/", paying.quote_again, name="quote_again"),
    path(QUESTION + "paiement/", paying.payments, name="payments"),
    path(QUESTION + "paiement/<int:number>/", paying.pay, name="pay"),
    path(QUESTION + "retour/", paying.returned, name="returned"),
    path(QUESTION + "etat.json", threads.state, name="state"),
    path(QUESTION + "messages/", threads.messages, name="messages"),
    path(QUESTION + "compte-rendu/", threads.report, name="report"),
    path(QUESTION + "compte-rendu/transmettre/", threads.deliver, name="deliver"),
    path(QUESTION + "clore/", threads.close, name="close"),
    path(QUESTION + "retirer/", asking.withdraw, name="withdraw"),
    path("parcours/", pathway.links, name="links"),
    path("parcours/confirmer/", pathway.confirm, name="confirm"),
    path("file/", desk.board, name="board"),
    path("file/alertes/", alerts.alerts, name="alerts"),
    path("file/alertes/<uuid:alert_id>/", alerts.alert, name="alert"),
    path(DESK, desk.workspace, name="workspace"),
    path(DESK + "prendre/", desk.claim, name="claim"),
    path(DESK + "rendre/", desk.decline, name="decline"),
    path(DESK + "repondre/", desk.answer, name="answer"),
    path(DESK + "acquitter/", desk.acquit, name="acquit"),
    path("operateur/", operator.house, name="house"),
    path("operateur/jugements/", judging.proposals, name="proposals"),
    path("operateur/textes/", judging.text, name="judge_text"),
    path("operateur/tarifs/", judging.offer, name="judge_offer"),
    path("operateur/convocations/", judging.notice, name="judge_notice"),
    path("operateur/garde/", judging.duty, name="duty"),
    path("demo/entrer/<str:token>/", session.demo_sign_in, name="demo_sign_in"),
    path("compte/logout/", session.sign_out, name="sign_out"),
]
