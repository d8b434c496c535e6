"""Which URLs lead to this machine, and which can be read on the way."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_open_http(url: str) -> bool:
    return urlsplit(url).scheme == "http" and not is_loopback(url)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
