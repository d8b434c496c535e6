"""`zcrm_status` reports the state of connections, without secrets, in a fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.utils import timezone

from django_zcrm.conf import get_settings
from django_zcrm.health.connection_health import condition_of
from django_zcrm.health.report import make_report
from django_zcrm.models import ApiUsage, Connection
from django_zcrm.models.usage import today
from django_zcrm.tokens import token_store
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db


def run_status(*arguments: str) -> str:
    out = StringIO()
    call_command("zcrm_status", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def add_usage(connection: Connection, days: int = 0, **columns: Any) -> None:
    ApiUsage.objects.create(connection=connection, day=today() - timedelta(days=days), **columns)


def test_status_shows_all_sections(zoho: Zoho, configure: Callable[..., None]) -> None:
    configure(SCOPES=["ZohoCRM.modules.ALL", "ZohoCRM.coql.READ"])
    connection = connect(zoho, scopes="ZohoCRM.modules.ALL,ZohoCRM.org.READ")
    Connection.objects.filter(pk=connection.pk).update(
        last_error="It was too late.", throttled_until=timezone.now() + timedelta(minutes=3)
    )
    add_usage(connection, operation="GET /slow", calls=2, total_ms=900, max_ms=800)
    add_usage(
        connection, 3, operation="GET /fast", calls=5, limited=1, errors=2, total_ms=50, max_ms=20
    )
    add_usage(connection, 5, operation="GET /rare", calls=1, errors=1)
    text = run_status()
    for words in (
        "CLIENT_ID",
        "settings.ZCRM",
        "United States",
        "sales@example.com",
        "no new tokens until",
        "; default",
        "tokens in ten minutes: 1 of 10",
        "calls today: 2",
        "Not granted: ZohoCRM.coql.READ",
        "Last error: It was too late.",
        "2 calls, 0 errors, 0 rate-limited",
        "5 calls, 2 errors, 1 rate-limited",
        "1 call, 1 error, 0 rate-limited",
        "GET /slow: 450 ms on average, 800 ms at most, 2 calls",
    ):
        assert words in text
    assert text.index("GET /slow") < text.index("GET /fast")


def test_status_as_json_has_the_figures(zoho: Zoho) -> None:
    connection = connect(zoho)
    add_usage(connection, operation="GET /x", calls=3, credits_remaining=70)
    report = json.loads(run_status("--json"))
    (figures,) = report["connections"]
    assert figures["condition"] == {"kind": "good", "words": "connected"}
    assert (figures["calls"], figures["credits_left"], figures["mints"]) == (3, 70, 1)
    assert report["days"][-1] == {
        "day": today().isoformat(),
        "calls": 3,
        "errors": 0,
        "limited": 0,
        "credits_left": 70,
    }
    sources = {setting["key"]: setting["source"] for setting in report["settings"]}
    assert sources["CLIENT_ID"] == "settings.ZCRM"
    assert sources["RETRIES"] == "default"


def test_status_without_connections_is_empty() -> None:
    text = run_status()
    assert "There are none." in text


def test_status_with_unreadable_settings_shows_the_error(
    zoho: Zoho, configure: Callable[..., None]
) -> None:
    connect(zoho)
    configure(TIMEOUT="soon", TRACK_USAGE=False)
    text = run_status()
    assert "zcrm.E005" in text
    assert "sales@example.com" in text


def test_status_contains_no_secret(zoho: Zoho, configure: Callable[..., None]) -> None:
    key = Fernet.generate_key().decode()
    secrets = {"us": "emulator-secret", "eu": "canary-secret"}
    configure(ENCRYPTION_KEYS=[key], CLIENT_SECRET=secrets)
    connection = connect(zoho)
    tokens = token_store().get_oauth_tokens(connection)
    text = run_status() + run_status("--json")
    hidden = (key, *secrets.values(), tokens.access_token.reveal(), tokens.refresh_token.reveal())
    assert not [word for word in hidden if word in text]
    assert "us: •••••• (fingerprint " in text


def test_more_connections_need_no_more_queries(
    zoho: Zoho, django_assert_num_queries: Any, admin_user: Any
) -> None:
    def make(number: int) -> None:
        add_usage(connect(zoho, f"user{number}@example.com"), operation="GET /x", calls=1)

    make(0)
    Connection.objects.update(owner=admin_user)
    with django_assert_num_queries(8):
        make_report()
    for number in range(1, 6):
        make(number)
    with django_assert_num_queries(8):
        assert len(make_report().connections) == 6


def test_condition_fits_the_state(zoho: Zoho, configure: Callable[..., None]) -> None:
    connection = connect(zoho)
    config = get_settings()
    assert condition_of(connection, config).kind == "good"
    connection.throttled_until = timezone.now() + timedelta(minutes=5)
    assert condition_of(connection, config).kind == "wait"
    configure(CLIENT_ID="1000.OTHER")
    assert condition_of(connection, get_settings()).kind == "bad"
    connection.state = Connection.State.CONSENT_WITHDRAWN
    assert condition_of(connection, None).kind == "bad"
    connection.state = Connection.State.DISCONNECTED
    assert condition_of(connection, None).kind == "off"
