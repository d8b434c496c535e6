"""Django settings of the processes of `load_runs`, by environment variables."""

from __future__ import annotations

import os
from typing import Any

import environ

SECRET_KEY = "made up, for load only"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_zcrm"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

env = environ.Env()
DATABASES: dict[str, Any] = {"default": env.db("DATABASE_URL")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {"timeout": 20, "init_command": "PRAGMA journal_mode = WAL"}

STORE = os.environ["ZCRM_STORE"]
IS_LIMITED = STORE in ("memory", "database") or "://" in STORE
ZCRM: dict[str, Any] = {
    "CLIENT_ID": "1000.EMULATORCLIENT",
    "CLIENT_SECRET": "emulator-secret",
    "REDIRECT_URI": "http://localhost:8000/zcrm/oauth/callback/",
    "DATA_CENTER": "us",
    "USER_IDENTIFIER": "benchmark@example.com",
    "ACCOUNTS_URL": os.environ["ZCRM_ACCOUNTS_URL"],
    "API_URL": os.environ["ZCRM_API_URL"],
    "LIMITS": {"STORE": STORE, "MAX_WAIT": 30.0} if IS_LIMITED else None,
}
