"""Sends a test notification to NOTIFY_URL, as Zoho would."""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext as _

from ...exceptions import ZCRMError
from ...tokens.columns import read_secret
from ...transport import transport
from ...zoho.http.datacenters import origin
from ...zoho.http.encoding import dumps
from ...zoho.http.messages import ZohoRequest
from ...zoho.secret import JSONSecret
from ..models import Channel
from .channels import TOKEN

TIMEOUT = (5.0, 5.0)
"""Seconds to connect, and to wait for the response."""

MODULE = "zcrm_channels_test"
"""A module that no channel watches: the site accepts the notice, and does not store it."""


def probe(channel: Channel, url: str) -> str:
    """Post a notice to an address; return the problem, or an empty text.

    Zoho has no call that sends a test notice, so the post comes from this machine. Therefore an
    address that only this machine can reach passes the test.
    """
    try:
        response = transport().send(origin(url), _notice(channel, url), TIMEOUT)
    except ZCRMError as error:
        return str(error)
    if response.status == 200:
        return ""
    if response.status == 403:
        return _(
            "HTTP 403: the address does not know this channel or its token. Another site "
            "responds, or a proxy in front of the site refuses the request."
        )
    if response.status == 404:
        return _("HTTP 404: include django_zcrm.urls there, and compare the path.")
    return _("HTTP %(status)d instead of 200: see the log of that server.") % {
        "status": response.status
    }


def _notice(channel: Channel, url: str) -> ZohoRequest:
    parts = urlsplit(url)
    return ZohoRequest(
        method="POST",
        path=parts.path or "/",
        params=parse_qsl(parts.query),
        headers={"Content-Type": "application/json"},
        body=dumps(
            {
                "channel_id": channel.channel_id,
                "token": JSONSecret(read_secret(channel, TOKEN)),
                "module": MODULE,
                "operation": "test",
                "ids": [],
                "server_time": int(time.time() * 1000),
            }
        ),
        operation="notification test",
    )
