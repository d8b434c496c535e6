"""The example site's settings: what they read from the environment."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import environ
import pytest

from django_zcrm import conf

ROOT = Path(__file__).resolve().parents[2]


def read_settings(**env: str) -> dict[str, Any]:
    """Return the settings under an environment, without a file `.env` that may be there."""
    with mock.patch.dict(os.environ, env, clear=True), mock.patch.object(environ.Env, "read_env"):
        settings: dict[str, Any] = runpy.run_path(str(ROOT / "example_project" / "settings.py"))
    return settings


def zcrm_settings(**env: str) -> dict[str, Any]:
    """Return settings.ZCRM under an environment."""
    config: dict[str, Any] = read_settings(**env)["ZCRM"]
    return config


def test_empty_environment_selects_the_emulator() -> None:
    config = zcrm_settings()

    assert config["CLIENT_ID"] == "1000.EMULATORCLIENT"
    assert config["CLIENT_SECRET"] == "emulator-secret"
    assert {config[key] for key in ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL")} == {
        "http://127.0.0.1:8900"
    }
    assert config["MIRROR"]["NOTIFY_URL"] == "http://127.0.0.1:8000/zcrm/notify/"


def test_environment_with_a_client_selects_zoho() -> None:
    config = zcrm_settings(ZCRM_CLIENT_ID="1000.OWN", ZCRM_CLIENT_SECRET="s")

    assert (config["CLIENT_ID"], config["CLIENT_SECRET"]) == ("1000.OWN", "s")
    assert {config[key] for key in ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL", "DATA_CENTER")} == {""}
    assert config["MIRROR"]["NOTIFY_URL"] == ""


def test_the_environment_is_read() -> None:
    variables = {
        "CLIENT_ID": "1000.OWN",
        "CLIENT_SECRET": "s",
        "REDIRECT_URI": "http://localhost:9/zcrm/oauth/callback/",
        "DATA_CENTER": "eu",
        "ENVIRONMENT": "sandbox",
        "ACCOUNTS_URL": "http://127.0.0.1:1",
        "API_URL": "http://127.0.0.1:2",
        "UPLOAD_URL": "http://127.0.0.1:3",
        "API_VERSION": "v2",
        "USER_IDENTIFIER": "sales@example.com",
        "TOKEN_STORE": "shop.tokens.Store",
    }

    config = zcrm_settings(
        **{f"ZCRM_{key}": value for key, value in variables.items()},
        ZCRM_SCOPES="a,b",
        ZCRM_ENCRYPTION_KEYS="k1,k2",
        ZCRM_TIMEOUT="2.5",
        ZCRM_RETRIES="0",
        ZCRM_MAX_RESPONSE_BYTES="1000000",
        ZCRM_MAX_CACHED_RECORDS="500",
        ZCRM_BULK_WRITE_THRESHOLD="5000",
        ZCRM_LIMITS_STORE="database",
        ZCRM_MIRROR_POLL_INTERVAL="60",
        ZCRM_MIRROR_NOTIFY_URL="https://example.com/zcrm/notify/",
        ZCRM_MIRROR_RUNNER="celery",
        ZCRM_TRACK_USAGE="off",
        ZCRM_EMAIL_OWNERS="off",
        ZCRM_HEALTH_TOKEN="a-token-for-monitors",
    )

    assert config == variables | {
        "SCOPES": ["a", "b"],
        "ENCRYPTION_KEYS": ["k1", "k2"],
        "TIMEOUT": 2.5,
        "RETRIES": 0,
        "MAX_RESPONSE_BYTES": 1_000_000,
        "MAX_CACHED_RECORDS": 500,
        "BULK_WRITE_THRESHOLD": 5000,
        "LIMITS": {"STORE": "database"},
        "MIRROR": {
            "POLL_INTERVAL": 60,
            "NOTIFY_URL": "https://example.com/zcrm/notify/",
            "RUNNER": "celery",
        },
        "TRACK_USAGE": False,
        "EMAIL_OWNERS": False,
        "HEALTH_TOKEN": "a-token-for-monitors",
    }


def test_every_key_is_there_and_named_in_the_example_of_an_env_file() -> None:
    example = (ROOT / ".env.example").read_text()

    # The owners of connections are set in a project's code and in its first migration.
    keys = set(conf.KEYS) - {"OWNER_MODEL", "GET_OWNER"}
    assert set(zcrm_settings()) == keys
    assert [key for key in keys if not re.search(rf"#ZCRM_{key}(_[A-Z_]+)?=", example)] == []


def test_variables_that_are_left_empty_count_as_not_set() -> None:
    names = re.findall(r"^#(ZCRM_\w+)=", (ROOT / ".env.example").read_text(), re.M)
    assert zcrm_settings(DATABASE_URL="", **dict.fromkeys(names, "")) == zcrm_settings()


def test_public_secret_key_is_for_development_only() -> None:
    assert read_settings()["SECRET_KEY"].startswith("django-insecure-")
    assert read_settings(DEBUG="off")["SECRET_KEY"] == ""  # which Django refuses
    assert read_settings(DEBUG="off", SECRET_KEY="own")["SECRET_KEY"] == "own"


@pytest.mark.slow
def test_an_empty_database_file_is_migrated_and_the_checks_are_quiet(tmp_path: Path) -> None:
    def manage(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={
                "PYTHONWARNINGS": "error",
                "DATABASE_URL": f"sqlite:///{tmp_path / 'new.sqlite3'}",
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        assert done.stderr == ""
        return done.stdout

    manage("migrate", "--verbosity=0")
    manage("makemigrations", "--check", "--dry-run")
    assert "no issues" in manage("check", "--database=default")
