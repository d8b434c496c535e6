"""Settings of the example site, from the environment or a file `.env` next to manage.py.

With nothing set the site talks to the emulator (`manage.py zcrm_emulator`) and needs no account at
Zoho. With ZCRM_CLIENT_ID and its kin set it talks to the real Zoho. `.env.example` lists them all.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=True)
# The default is public, so it is for development only: without DEBUG, Django requires another one.
# Zoho's tokens are encrypted with a key derived from it, or with ZCRM_ENCRYPTION_KEYS.
SECRET_KEY = env("SECRET_KEY", default="django-insecure-for-development-only" if DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG

INSTALLED_APPS = [
    # First, so that its templates win over the other apps'.
    "example_project.leads",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_zcrm",
    "django_zcrm.mirror",
    "example_project.mirrored_leads",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_zcrm.web.middleware.ZCRMErrorMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "leads:leads"
LOGOUT_REDIRECT_URL = "login"

DATABASE_URL = env("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Several threads write: let them wait for each other, not fail with "database is locked".
    DATABASES["default"].setdefault("OPTIONS", {"timeout": 20, "transaction_mode": "IMMEDIATE"})

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "build" / "static"

EMULATOR_URL = "http://127.0.0.1:8900"
EMULATOR_CLIENT = "1000.EMULATORCLIENT"

# A key that is left empty counts as not set; docs/reference/settings.md describes each.
ZCRM = {
    "CLIENT_ID": env("ZCRM_CLIENT_ID", default="") or EMULATOR_CLIENT,
    "CLIENT_SECRET": env("ZCRM_CLIENT_SECRET", default=""),
    "REDIRECT_URI": env("ZCRM_REDIRECT_URI", default="")
    or "http://127.0.0.1:8000/zcrm/oauth/callback/",
    "DATA_CENTER": env("ZCRM_DATA_CENTER", default=""),
    "ENVIRONMENT": env("ZCRM_ENVIRONMENT", default=""),
    "ACCOUNTS_URL": env("ZCRM_ACCOUNTS_URL", default=""),
    "API_URL": env("ZCRM_API_URL", default=""),
    "UPLOAD_URL": env("ZCRM_UPLOAD_URL", default=""),
    "API_VERSION": env("ZCRM_API_VERSION", default=""),
    "USER_IDENTIFIER": env("ZCRM_USER_IDENTIFIER", default=""),
    "TOKEN_STORE": env("ZCRM_TOKEN_STORE", default=""),
    "SCOPES": env.list("ZCRM_SCOPES", default=[]) or None,
    "ENCRYPTION_KEYS": env.list("ZCRM_ENCRYPTION_KEYS", default=[]),
    "TIMEOUT": env.float("ZCRM_TIMEOUT", default=None),
    "RETRIES": env.int("ZCRM_RETRIES", default=None),
    "MAX_RESPONSE_BYTES": env.int("ZCRM_MAX_RESPONSE_BYTES", default=None),
    "MAX_CACHED_RECORDS": env.int("ZCRM_MAX_CACHED_RECORDS", default=None),
    "BULK_WRITE_THRESHOLD": env.int("ZCRM_BULK_WRITE_THRESHOLD", default=None),
    "LIMITS": {"STORE": env("ZCRM_LIMITS_STORE", default="")},
    "MIRROR": {
        "POLL_INTERVAL": env.int("ZCRM_MIRROR_POLL_INTERVAL", default=None) or 300,
        "NOTIFY_URL": env("ZCRM_MIRROR_NOTIFY_URL", default=""),
        "RUNNER": env("ZCRM_MIRROR_RUNNER", default=""),
    },
    "TRACK_USAGE": env.bool("ZCRM_TRACK_USAGE", default=None),
    "EMAIL_OWNERS": env.bool("ZCRM_EMAIL_OWNERS", default=None),
    "HEALTH_TOKEN": env.str("ZCRM_HEALTH_TOKEN", default=""),
}
if ZCRM["CLIENT_ID"] == EMULATOR_CLIENT:
    ZCRM["CLIENT_SECRET"] = ZCRM["CLIENT_SECRET"] or "emulator-secret"
    ZCRM["DATA_CENTER"] = ZCRM["DATA_CENTER"] or "us"
    ZCRM["ACCOUNTS_URL"] = ZCRM["ACCOUNTS_URL"] or EMULATOR_URL
    ZCRM["API_URL"] = ZCRM["API_URL"] or EMULATOR_URL
    ZCRM["UPLOAD_URL"] = ZCRM["UPLOAD_URL"] or ZCRM["API_URL"]
    # Zoho itself wants https; the emulator posts to this machine.
    mirror = ZCRM["MIRROR"]
    mirror["NOTIFY_URL"] = mirror["NOTIFY_URL"] or urljoin(ZCRM["REDIRECT_URI"], "/zcrm/notify/")
