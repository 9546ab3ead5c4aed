"""The map of every address of the site."""

urlpatterns: list[object] = []
