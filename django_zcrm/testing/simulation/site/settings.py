"""Settings of the simulated project."""

from __future__ import annotations

SECRET_KEY = "the simulation encrypts only made-up values"  # noqa: S105
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "django_zcrm.testing.simulation.site.urls"
ALLOWED_HOSTS = ["testserver"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django_zcrm",
    "django_zcrm.mirror",
    "django_zcrm.testing.simulation.site",
]
ZCRM = {"CLIENT_ID": "1000.EMULATORCLIENT", "CLIENT_SECRET": "emulator-secret"}
