"""Trouble on a real socket: dead tokens, throttles, faults, dropped connections."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from django_zcrm.testing import ZCRMEmulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import (
    ConsentWithdrawn,
    Limited,
    ServerFault,
    TimedOut,
    Unauthenticated,
    Unreachable,
)


@pytest.fixture
def fault(zoho: ZCRMEmulator) -> Callable[..., None]:
    def set_fault(**options: Any) -> None:
        zoho.fail_next(**options)
        zoho.forget_requests()

    return set_fault


def test_a_token_that_ran_out_is_renewed_once(crm: Client, zoho: ZCRMEmulator) -> None:
    zoho.expire_access_tokens()
    zoho.forget_requests()
    made = crm.records.create("Leads", [{"Last_Name": "A", "Company": "B"}])
    assert made.raise_for_failures().ids
    zoho.assert_called("*", "/crm/*", times=2)
    zoho.assert_called("POST", "/oauth/v2/token", times=1)


def test_an_upload_survives_a_token_that_ran_out(crm: Client, zoho: ZCRMEmulator) -> None:
    lead = crm.records.create_one("Leads", {"Last_Name": "A", "Company": "B"}).id
    zoho.expire_access_tokens()
    made = crm.attachments.upload("Leads", lead, ("a.bin", io.BytesIO(b"x" * 200_000)))
    assert crm.attachments.download("Leads", lead, made.id).read() == b"x" * 200_000


@pytest.mark.parametrize("code", ["INVALID_TOKEN", "AUTHENTICATION_FAILURE", "INVALID_OAUTHTOKEN"])
def test_permanently_refused_token_ends_without_loop(
    crm: Client, zoho: ZCRMEmulator, fault: Callable[..., None], code: str
) -> None:
    fault(code=code, path="/crm/*", times=None)
    with pytest.raises(Unauthenticated, match=code):
        crm.users.list()
    zoho.assert_called("*", "/crm/*", times=2)
    zoho.assert_called("POST", "/oauth/v2/token", times=1)


def test_withdrawn_consent_raises(crm: Client, zoho: ZCRMEmulator) -> None:
    zoho.revoke()
    with pytest.raises(ConsentWithdrawn):
        crm.users.list()


@pytest.mark.parametrize("status", [200, 400])
def test_throttled_refresh_raises(
    crm: Client, zoho: ZCRMEmulator, fault: Callable[..., None], status: int
) -> None:
    zoho.expire_access_tokens()
    fault(operation="oauth.token", throttle=status)
    with pytest.raises(Limited) as caught:
        crm.users.list()
    assert caught.value.retry_after == 600
    assert crm.users.list().rows


@pytest.mark.parametrize(
    "options",
    [{"code": "TOO_MANY_REQUESTS"}, {"code": "INTERNAL_ERROR"}, {"html": 502}, {"drop": "before"}],
)
def test_a_read_is_tried_again(
    crm: Client, zoho: ZCRMEmulator, fault: Callable[..., None], options: dict[str, Any]
) -> None:
    fault(**options, path="*/users", times=2)
    assert crm.users.list().rows
    assert len(zoho.retry_delays) == 2


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"code": "TOO_MANY_REQUESTS"}, Limited),
        ({"code": "INTERNAL_ERROR"}, ServerFault),
        ({"html": 502}, ServerFault),
        ({"drop": "before"}, Unreachable),
        ({"drop": "after"}, Unreachable),
    ],
)
def test_change_is_not_tried_again(
    crm: Client,
    zoho: ZCRMEmulator,
    fault: Callable[..., None],
    options: dict[str, Any],
    kind: type[Exception],
) -> None:
    fault(**options, operation="records.create")
    with pytest.raises(kind):
        crm.records.create("Leads", [{"Last_Name": "Once", "Company": "B"}])
    assert not zoho.retry_delays
    zoho.assert_called("*", "*/Leads", times=1)


def test_bad_item_of_three_fails_alone(crm: Client, fault: Callable[..., None]) -> None:
    fault(operation="records.create", bad_item=1, code="INVALID_DATA")
    records = [{"Last_Name": f"L {n}", "Company": "B"} for n in range(3)]
    result = crm.records.create("Leads", records)
    assert [outcome.ok for outcome in result] == [True, False, True]
    assert result.failed[0].input == records[1]
    for outcome in result.accepted:
        assert crm.records.get("Leads", outcome.id)["Last_Name"] == outcome.input["Last_Name"]


@pytest.mark.slow
def test_a_slow_answer_is_timed_out(
    client: Callable[..., Client], fault: Callable[..., None]
) -> None:
    crm = client("v8", timeout=(1.0, 0.1), retries=0)
    fault(path="*/users", delay_ms=500)
    with pytest.raises(TimedOut):
        crm.users.list()


def test_calls_share_connections(crm: Client, zoho: ZCRMEmulator) -> None:
    transport: Any = crm.session.transport
    if zoho.adapter:
        pytest.skip("in-process calls have no connections to share")
    pool = (
        transport.session(zoho.url).get_adapter(zoho.url).poolmanager.connection_from_url(zoho.url)
    )
    crm.users.list()
    before = pool.num_connections
    for _ in range(20):
        crm.users.list()
        crm.records.create("Leads", [{"Last_Name": "A", "Company": "B"}])
    assert pool.num_connections == before
