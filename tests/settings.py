"""Django settings of the test suite; nothing here is read outside it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import environ

env = environ.Env()

SECRET_KEY = "the test suite signs and encrypts only made-up values"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
ROOT_URLCONF = "tests.urls"
USE_TZ = True
STATIC_URL = "static/"
LOGIN_URL = "admin:login"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "debug_toolbar",
    "django_zcrm",
    "django_zcrm.mirror",
    "tests.mirror.shop",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
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

# Django 6.1 warns of the setting that it has by default; older releases do not know this one.
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}

# DATABASE_URL chooses another server, e.g. mysql://root@127.0.0.1:3306/zcrm.
DATABASES = {"default": env.db("DATABASE_URL", default="sqlite:///db.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file for each run, since threads and other processes cannot share an in-memory database.
    DATABASES["default"]["TEST"] = {
        "NAME": str(Path(tempfile.gettempdir()) / f"django-zcrm-tests-{os.getpid()}.sqlite3")
    }
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # A write-ahead log; without it a transaction that only reads would block all writers.
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF",
    }

# Some models of the tests have no unique field, and one test gives the toolbar its middleware.
SILENCED_SYSTEM_CHECKS = ["zcrm_mirror.W001", "debug_toolbar.W001"]

# Fast; no test depends on it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The emulator's client. Nothing listens at these hosts unless a test points them at a live one.
ZCRM: dict[str, Any] = {
    "CLIENT_ID": "1000.EMULATORCLIENT",
    "CLIENT_SECRET": "emulator-secret",
    "REDIRECT_URI": "http://localhost:8000/zcrm/oauth/callback/",
    "DATA_CENTER": "us",
    "ACCOUNTS_URL": "http://127.0.0.1:8900",
    "API_URL": "http://127.0.0.1:8900",
    "UPLOAD_URL": "http://127.0.0.1:8900",
}
