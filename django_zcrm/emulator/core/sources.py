"""Keeps pages of other sites away from the control API and the emulator's own pages.

Any site can have its visitor's browser send requests to this machine. Sent across origins, they
carry the site's ``Origin``. Sent to a host name of the site that suddenly resolves to 127.0.0.1
(DNS rebinding), they count as same-origin, and the site could read the answers; ``Host`` then has
that name. Programs send no ``Origin``, and the host that they were told to call.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from django_zcrm.emulator.core.datacenters import HOST_AND_PORT
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Request


def check_source(request: Request, allowed_hosts: Collection[str]) -> None:
    """Let a request to the emulator's own paths through. Raises Problem FORBIDDEN otherwise.

    Its Host is a name that no site on the internet can have, or one of ``allowed_hosts``, which are
    in lower case; its Origin, if it has one, is the same host and port, or one of them.
    """
    headers = request.headers
    host = headers.get("Host", "").lower()
    if host and not (_is_safe(_name(host)) or _name(host) in allowed_hosts):
        raise Problem(
            "FORBIDDEN",
            f"the emulator's own paths do not answer at the host {host!r}; if it is yours, start "
            "the emulator with --allowed-host",
            403,
        )
    if "Origin" not in headers:
        return
    origin = headers["Origin"].lower().partition("://")[2]
    if origin != (host or None) and _name(origin) not in allowed_hosts:
        raise Problem(
            "FORBIDDEN",
            f"pages of {headers['Origin']!r} may not use the emulator's own paths",
            403,
        )


def _name(authority: str) -> str:
    """The host of ``host:port``, without the brackets of IPv6; empty for what is no host."""
    match = HOST_AND_PORT.fullmatch(authority)
    return match[1].strip("[]") if match else ""


def _is_safe(name: str) -> bool:
    """Whether a host is one that no site on the internet can have for its own.

    An IP address, ``*.localhost`` (RFC 6761), or a name without a dot, as containers have in their
    network (top-level domains have no addresses, SAC 053).
    """
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and ("." not in name or name.endswith(".localhost"))
    return True
