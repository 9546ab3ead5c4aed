"""The addresses of the demonstration."""

from django.urls import path

from config.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.page, name="page"),
    path("personnes.json", views.people, name="people"),
    path("scenes/<uuid:run>.json", views.progress, name="progress"),
    path("scenes/<slug:scene>/", views.play, name="play"),
]
