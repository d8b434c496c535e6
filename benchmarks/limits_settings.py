"""Django settings of the processes of `benchmarks.limits`, by environment variables."""

from __future__ import annotations

import os
from typing import Any

import environ

from benchmarks.settings import DEFAULT_AUTO_FIELD, INSTALLED_APPS, SECRET_KEY, USE_TZ
from benchmarks.settings import ZCRM as OURS

__all__ = ["DEFAULT_AUTO_FIELD", "INSTALLED_APPS", "SECRET_KEY", "USE_TZ"]

env = environ.Env()
DATABASES: dict[str, Any] = {"default": env.db("DATABASE_URL")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {"timeout": 20, "init_command": "PRAGMA journal_mode = WAL"}

STORE = os.environ["ZCRM_STORE"]
IS_GOVERNED = STORE in ("memory", "database") or "://" in STORE
ZCRM: dict[str, Any] = {
    **OURS,
    "ACCOUNTS_URL": os.environ["ZCRM_ACCOUNTS_URL"],
    "API_URL": os.environ["ZCRM_API_URL"],
    "GOVERNOR": {"STORE": STORE, "WAIT": 30.0} if IS_GOVERNED else None,
}
