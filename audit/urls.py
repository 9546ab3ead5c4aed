"""The reviewers' addresses, under `/ordre/`."""

from django.urls import path

from audit.views import files, reviewing

app_name = "audit"

urlpatterns = [
    path("", reviewing.questions, name="questions"),
    path("medecins/", files.files, name="files"),
    path("cle.vkey", reviewing.verifier_key, name="key"),
    path("verifier.py", reviewing.verifier_file, name="verifier"),
    path("<uuid:subject>/", reviewing.question, name="question"),
    path("<uuid:subject>/verifier/", reviewing.verify, name="verify"),
    path("<uuid:subject>/rejouer/", reviewing.replay, name="replay"),
    path("<uuid:subject>/preuves.json", reviewing.proofs, name="proofs"),
]
