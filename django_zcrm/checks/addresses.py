"""Finds URLs of this machine, and URLs whose traffic others can read."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..zoho.http.datacenters import is_loopback


def is_open_http(url: str) -> bool:
    return urlsplit(url).scheme == "http" and not is_loopback(url)
