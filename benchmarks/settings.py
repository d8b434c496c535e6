"""Django settings of the measurements of the app: a database in memory, and no hosts yet."""

from __future__ import annotations

SECRET_KEY = "made up, for measurements only"  # noqa: S105 - it guards nothing
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_zcrm"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ZCRM = {
    "CLIENT_ID": "1000.EMULATORCLIENT",
    "CLIENT_SECRET": "emulator-secret",
    "REDIRECT_URI": "http://localhost:8000/zcrm/oauth/callback/",
    "DATA_CENTER": "us",
    "USER_IDENTIFIER": "benchmark@example.com",
}
