"""Django's settings, assembled from the environment."""

SECRET_KEY = "not-set-yet"  # replaced by the environment reader
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "guardian"]
DATABASES: dict[str, dict[str, str]] = {}
ROOT_URLCONF = "config.urls"
USE_TZ = True
