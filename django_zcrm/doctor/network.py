"""Checks the hosts: name resolution, TLS and clock difference. Sends no secret."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..exceptions import TransportError, ZohoError
from ..models import Connection
from ..transport import transport
from ..zoho.http.datacenters import is_loopback
from ..zoho.http.messages import ZohoRequest
from ..zoho.http.response_sizes import MAX_ACCOUNTS_BYTES
from ..zoho.http.transports.outgoing import tls_context
from .findings import Finding, fault, ok, skipped, warning

TIMEOUT = 5.0
SKEW_WARNED, SKEW_TOO_LARGE = 30.0, 300.0
"""Seconds. A token is renewed a minute before it ends, by this machine's clock."""
CERTIFICATE_DAYS = 7


def hosts(connection: Connection) -> Iterator[Finding]:
    """Check each host that the connection's calls go to. Raises ConfigurationError."""
    for url in dict.fromkeys(connection.hosts()):
        yield from _host(url)


def clock(connection: Connection) -> Finding:
    """Compare this machine's clock with the accounts server's. Raises ConfigurationError."""
    step = _("Clock")
    request = ZohoRequest(
        method="GET",
        path="/oauth/serverinfo",
        host="accounts",
        max_bytes=MAX_ACCOUNTS_BYTES,
        operation="clock",
    )
    try:
        response = transport().send(connection.hosts().accounts, request, (TIMEOUT, TIMEOUT))
    except TransportError as error:
        return fault(
            step,
            _("The accounts server does not respond: %(error)s.") % {"error": error.message},
            _reach(connection.hosts().accounts),
        )
    except ZohoError:
        return skipped(step, _("The accounts server did not report the time."))
    try:
        theirs = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return skipped(step, _("The accounts server did not report the time."))
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    skew = (datetime.now(UTC) - theirs).total_seconds()
    seconds = round(skew)
    words = ngettext(
        "This machine's clock differs from Zoho's by %(seconds)d second.",
        "This machine's clock differs from Zoho's by %(seconds)d seconds.",
        abs(seconds),
    ) % {"seconds": seconds}
    advice = _("Let the machine get its time from the network (NTP).")
    if abs(skew) >= SKEW_TOO_LARGE:
        return fault(step, words, advice)
    return warning(step, words, advice) if abs(skew) >= SKEW_WARNED else ok(step, words)


def _host(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme in getproxies() and not proxy_bypass(f"{host}:{port}"):
        yield skipped(host, _("Calls go through a proxy, which looks this host up by itself."))
        return
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        yield fault(
            host,
            _("No address is known for this name (DNS)."),
            _("Check the settings for a typo, and this machine's name server."),
        )
        return
    yield ok(host, _("Its address is %(address)s.") % {"address": addresses[0][4][0]})
    yield _port(host, port, is_encrypted=parts.scheme == "https")


def _port(host: str, port: int, *, is_encrypted: bool) -> Finding:
    step = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), TIMEOUT) as connected:
            if not is_encrypted:
                return ok(step, _("It can be reached, by plain http."))
            with tls_context().wrap_socket(connected, server_hostname=host) as encrypted:
                return _certificate(step, encrypted)
    except ssl.SSLCertVerificationError as error:
        return fault(
            step,
            _("Its TLS certificate is not accepted: %(reason)s.")
            % {"reason": error.verify_message},
            _(
                "Check this machine's clock and CA certificates; where a proxy inspects TLS, "
                "name its CA in REQUESTS_CA_BUNDLE."
            ),
        )
    except ssl.SSLError:
        return fault(
            step,
            _("No TLS connection can be made."),
            _("Check whether there is a proxy or firewall between this machine and Zoho."),
        )
    except OSError:
        return fault(step, _("No server responds there."), _reach(f"//{host}"))


def _reach(url: str) -> str:
    """Return the advice about an address that does not respond."""
    if is_loopback(url):
        return _("Start the emulator with: manage.py zcrm_emulator")
    return _("Check whether a firewall or proxy lets this machine out to this address.")


def _certificate(step: str, encrypted: ssl.SSLSocket) -> Finding:
    ends = (encrypted.getpeercert() or {}).get("notAfter")
    seconds_left = (
        ssl.cert_time_to_seconds(ends) - datetime.now(UTC).timestamp()
        if isinstance(ends, str)
        else 0
    )
    days = int(seconds_left // 86400)
    words = ngettext(
        "TLS works (%(version)s); the certificate lasts %(days)d day.",
        "TLS works (%(version)s); the certificate lasts %(days)d days.",
        abs(days),
    ) % {"version": encrypted.version(), "days": days}
    if days < CERTIFICATE_DAYS:
        return warning(step, words, _("The operator of that host has to renew it."))
    return ok(step, words)
