"""A token call ends in the time that was promised, however slowly the answer comes."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm import TimedOut, zcrm
from django_zcrm.models import Connection
from django_zcrm.tokens import lease, mint, refresh
from tests.app.zoho import Zoho, connect, expire
from tests.zoho.trickle import ENDLESS, SOON, trickling

pytestmark = pytest.mark.django_db


@pytest.mark.slow
@pytest.mark.parametrize("where", ENDLESS)
def test_slow_token_response_times_out(
    zoho: Zoho, configure: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    expire(connect(zoho))
    monkeypatch.setattr(mint, "CALL_TIMEOUT", (0.5, 0.5))
    with trickling(ENDLESS[where]) as slow:
        configure(ACCOUNTS_URL=slow)
        crm = zcrm.for_identifier("sales@example.com")
        started = time.monotonic()
        with pytest.raises(TimedOut):
            crm.org.get()
        assert time.monotonic() - started < SOON


def test_longest_wait_is_that_of_the_settings() -> None:
    assert sum(mint.CALL_TIMEOUT) == 15  # as docs/reference/settings.md promises
    assert lease.BEAT_SECONDS < lease.LEASE_SECONDS < sum(mint.CALL_TIMEOUT)


def test_call_after_failed_wait_for_token_is_not_sent(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(zoho)
    expire(connection)
    until = timezone.now() + timedelta(seconds=lease.LEASE_SECONDS)
    Connection.objects.update(lease_owner="another worker", lease_until=until)
    monkeypatch.setattr(refresh, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(lease, "WAIT_SECONDS", 0.1)
    with pytest.raises(TimedOut) as caught:
        zcrm.for_identifier("sales@example.com").records.create("Leads", [{"Last_Name": "A"}])
    assert caught.value.sent is False
    zoho.assert_not_called("*", "*/Leads")
