"""The example site's settings: what they read from the environment, in a separate process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from django_zcrm import conf

ROOT = Path(__file__).resolve().parents[2]
SHOW = "import json; from example_project import settings; print(json.dumps(settings.ZCRM))"


def run(*command: str, **env: str) -> str:
    """Run Python with only the given environment; return what it printed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={"PYTHONWARNINGS": "error", **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stderr == ""
    return done.stdout


def zcrm_settings(**env: str) -> dict[str, Any]:
    """Return settings.ZCRM under an environment."""
    printed: dict[str, Any] = json.loads(run("-c", SHOW, **env))
    return printed


no_env_file = pytest.mark.skipif(
    (ROOT / ".env").exists(), reason="a file .env stands in for the environment here"
)


@pytest.mark.sampled
@no_env_file
def test_with_nothing_set_it_points_at_the_emulator() -> None:
    config = zcrm_settings()

    assert config["CLIENT_ID"] == "1000.EMULATORCLIENT"
    assert config["CLIENT_SECRET"] == "emulator-secret"
    assert {config[key] for key in ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL")} == {
        "http://127.0.0.1:8900"
    }
    assert config["MIRROR"]["NOTIFY_URL"] == "http://127.0.0.1:8000/zcrm/notify/"


@pytest.mark.sampled
@no_env_file
def test_a_client_of_zohos_own_points_at_zoho() -> None:
    config = zcrm_settings(ZCRM_CLIENT_ID="1000.OWN", ZCRM_CLIENT_SECRET="s")

    assert (config["CLIENT_ID"], config["CLIENT_SECRET"]) == ("1000.OWN", "s")
    assert {config[key] for key in ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL", "DATA_CENTER")} == {""}
    assert config["MIRROR"]["NOTIFY_URL"] == ""


@pytest.mark.sampled
def test_the_environment_is_read() -> None:
    given = {
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
        **{f"ZCRM_{key}": value for key, value in given.items()},
        ZCRM_SCOPES="a,b",
        ZCRM_ENCRYPTION_KEYS="k1,k2",
        ZCRM_TIMEOUT="2.5",
        ZCRM_RETRIES="0",
        ZCRM_MAX_RESPONSE_BYTES="1000000",
        ZCRM_QUERY_ROWS="500",
        ZCRM_BULK_WRITE_FROM="5000",
        ZCRM_GOVERNOR="database",
        ZCRM_MIRROR_EVERY="60",
        ZCRM_MIRROR_NOTIFY_URL="https://example.com/zcrm/notify/",
        ZCRM_MIRROR_RUNNER="celery",
        ZCRM_USAGE="off",
        ZCRM_MAIL_OWNERS="off",
    )

    assert config == given | {
        "SCOPES": ["a", "b"],
        "ENCRYPTION_KEYS": ["k1", "k2"],
        "TIMEOUT": 2.5,
        "RETRIES": 0,
        "MAX_RESPONSE_BYTES": 1_000_000,
        "QUERY_ROWS": 500,
        "BULK_WRITE_FROM": 5000,
        "GOVERNOR": {"STORE": "database"},
        "MIRROR": {
            "EVERY": 60,
            "NOTIFY_URL": "https://example.com/zcrm/notify/",
            "RUNNER": "celery",
        },
        "USAGE": False,
        "MAIL_OWNERS": False,
    }


def test_every_key_is_there_and_named_in_the_example_of_an_env_file() -> None:
    example = (ROOT / ".env.example").read_text()

    # The owners of connections are set in a project's code and in its first migration.
    keys = set(conf.KEYS) - {"OWNER_MODEL", "OWNER_OF_USER"}
    assert set(zcrm_settings()) == keys
    assert [key for key in keys if not re.search(rf"#ZCRM_{key}(_[A-Z_]+)?=", example)] == []


@pytest.mark.sampled
@pytest.mark.slow
@no_env_file
def test_variables_that_are_left_empty_count_as_not_set() -> None:
    keys = [f"ZCRM_{key}" for key in zcrm_settings()]
    assert zcrm_settings(DATABASE_URL="", **dict.fromkeys(keys, "")) == zcrm_settings()


@pytest.mark.sampled
@pytest.mark.slow
def test_an_empty_database_file_is_migrated_and_the_checks_are_quiet(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"

    run("manage.py", "migrate", "--verbosity=0", DATABASE_URL=url)

    assert "no issues" in run("manage.py", "check", "--database=default", DATABASE_URL=url)
