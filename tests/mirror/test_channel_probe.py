"""The test post to a channel's address, which shows whether it accepts notices."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_zcrm.mirror import run_due
from django_zcrm.mirror.models import Channel, Notice
from django_zcrm.mirror.notifications.probe import probe
from django_zcrm.testing import SiteEmulator


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_test_post_shows_whether_the_address_accepts_notices(
    zcrm_emulator: SiteEmulator, live_server: Any, settings: Any
) -> None:
    url = f"{live_server.url}/zcrm/notify/"
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"NOTIFY_URL": url}}
    zcrm_emulator.connect()
    run_due()
    channel = Channel.objects.get()
    assert probe(channel, url) == ""
    assert not Notice.objects.exists()
    assert "HTTP 404" in probe(channel, f"{live_server.url}/elsewhere/")
    assert "could not be reached" in probe(channel, "http://127.0.0.1:9/zcrm/notify/")
    err = io.StringIO()
    call_command("zcrm_channels", "--test", stdout=io.StringIO(), stderr=err)
    assert f"{url} accepts notices" in err.getvalue()
    channel.channel_id = "1"
    assert "HTTP 403" in probe(channel, url)
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"NOTIFY_URL": f"{live_server.url}/wrong/"}}
    with pytest.raises(CommandError, match="1 channel failed"):
        call_command("zcrm_channels", "--test", stdout=io.StringIO(), stderr=err)
    assert "HTTP 404: include django_zcrm.urls" in err.getvalue()
