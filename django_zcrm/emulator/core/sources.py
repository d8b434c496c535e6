"""Refuses requests of other sites' pages to the control API and the emulator's own pages.

Any site can make a visitor's browser send requests to this machine. Cross-origin requests carry the
site's ``Origin``. Requests to a host name of the site that now resolves to 127.0.0.1 (DNS
rebinding) are same-origin, so the site could read the responses; their ``Host`` is that name.
Programs send no ``Origin``, and the host of the address that they call.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from .datacenters import host_of
from .errors import Refusal
from .request import Request


def check_source(request: Request, allowed_hosts: Collection[str]) -> None:
    """Raise Refusal FORBIDDEN unless a request may use the emulator's own paths.

    Its Host must be a name that no site on the internet can have, or one of ``allowed_hosts``,
    which are in lower case. An Origin must be the same host and port, or one of ``allowed_hosts``.
    """
    headers = request.headers
    host = headers.get("Host", "").lower()
    if host and not (_is_safe(host_of(host)) or host_of(host) in allowed_hosts):
        raise Refusal(
            "FORBIDDEN",
            f"the emulator's own paths are not served at the host {host!r}; if it is yours, start "
            "the emulator with --allowed-host",
            403,
        )
    if "Origin" not in headers:
        return
    origin = headers["Origin"].lower().partition("://")[2]
    if origin != (host or None) and host_of(origin) not in allowed_hosts:
        raise Refusal(
            "FORBIDDEN",
            f"pages of {headers['Origin']!r} may not use the emulator's own paths",
            403,
        )


def _is_safe(name: str) -> bool:
    """Return whether no site on the internet can own this host.

    An IP address, ``*.localhost`` (RFC 6761), or a name without a dot, as containers have in their
    network (top-level domains have no addresses, SAC 053).
    """
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and ("." not in name or name.endswith(".localhost"))
    return True
