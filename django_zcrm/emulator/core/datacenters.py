"""Zoho's data centres, and the lookup of a request's data centre.

By the host called (`accounts.zoho.eu`), by the port, or by the first part of the path
(`/eu/oauth/v2/token`).  Hosts: docs v8 multi-dc.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Hosts:
    """The hosts of one data centre; `apis` by environment."""

    accounts: str
    apis: Mapping[str, str]
    uploads: tuple[str, ...]
    #: Where people use the CRM; only API v2 is served there.
    crm: str

    @property
    def all(self) -> tuple[str, ...]:
        return (self.accounts, *self.apis.values(), *self.uploads, self.crm)


def _hosts(tld: str, accounts: str = "", upload: str = "") -> Hosts:
    apis = {"production": "www", "sandbox": "sandbox", "developer": "developer"}
    return Hosts(
        accounts or f"accounts.zoho.{tld}",
        {name: f"{prefix}.zohoapis.{tld}" for name, prefix in apis.items()},
        (upload or f"content.zohoapis.{tld}", f"upload.zoho.{tld}"),
        f"crm.zoho.{tld}" if not accounts else accounts.replace("accounts", "crm", 1),
    )


DATA_CENTERS: Mapping[str, Hosts] = {
    "us": _hosts("com"),
    "eu": _hosts("eu"),
    "in": _hosts("in"),
    "au": _hosts("com.au"),
    "jp": _hosts("jp"),
    "cn": _hosts("com.cn"),
    "ca": _hosts("ca", "accounts.zohocloud.ca", "upload.zohocloud.ca"),
    "sa": _hosts("sa", upload="files.zoho.sa"),
    "uk": _hosts("uk"),
    "ae": _hosts("ae", upload="files.zoho.ae"),
}
_DATA_CENTER_BY_HOST = {host: code for code, hosts in DATA_CENTERS.items() for host in hosts.all}
_ENVIRONMENT_BY_HOST = {
    host: name for hosts in DATA_CENTERS.values() for name, host in hosts.apis.items()
}


@dataclass(frozen=True)
class RequestAddress:
    """The address that a request was sent to.

    `data_center` is the code of the data centre at this address. `environment` is that of the host,
    if the host has one. `base_url` is the address without a path. `base_urls` are the addresses of
    the other data centres, unless requests go to Zoho's own host names (`is_zoho_host`).
    """

    data_center: str
    base_url: str
    environment: str | None = None
    base_urls: Mapping[str, str] = field(default_factory=dict)
    is_zoho_host: bool = False

    @property
    def serves_only_v2(self) -> bool:
        """Whether this host serves the API up to v2 only (docs v2.1 change log)."""
        if not self.is_zoho_host:
            return False
        hosts = DATA_CENTERS[self.data_center]
        return self.base_url.removeprefix("https://") in (hosts.accounts, hosts.crm)

    def accounts_url(self, data_center: str) -> str:
        """Return the URL at which this client reaches a data centre's accounts server."""
        if self.is_zoho_host:
            return f"https://{DATA_CENTERS[data_center].accounts}"
        return self.base_urls.get(data_center, self.base_url)

    def api_url(self, data_center: str, environment: str) -> str:
        """Return the URL at which this client reaches a data centre's API."""
        if self.is_zoho_host:
            return f"https://{DATA_CENTERS[data_center].apis[environment]}"
        return self.base_urls.get(data_center, self.base_url)


_HOST_AND_PORT = re.compile(r"([\w.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII)


def host_of(authority: str) -> str:
    """The host of ``host:port`` in lower case, without the brackets of IPv6; empty if invalid."""
    match = _HOST_AND_PORT.fullmatch(authority)
    try:
        urlsplit(f"//{authority}")
    except ValueError:  # brackets without an IPv6 address
        return ""
    return match[1].strip("[]") if match else ""


class Addresses:
    """The addresses of one emulator's data centres; the first one is the default."""

    def __init__(self, codes: Sequence[str], base_url: str | None) -> None:
        self.codes = tuple(codes)
        self._base_url = base_url
        self._ports: dict[int, str] = {}

    def listen(self, port: int, code: str) -> None:
        """Assign a port to a data centre."""
        self._ports[port] = code

    def forget(self, port: int) -> None:
        """Release a port."""
        self._ports.pop(port, None)

    def resolve(self, environ: Mapping[str, Any]) -> tuple[RequestAddress, str]:
        """Return the address of a request, and the part of its path that names a data centre."""
        host = str(environ.get("HTTP_HOST") or "").lower()
        if not host_of(host):
            host = ""
        name, _, _ = host.partition(":")
        code = _DATA_CENTER_BY_HOST.get(name)
        if code in self.codes:
            environment = _ENVIRONMENT_BY_HOST.get(name)
            return RequestAddress(code, f"https://{name}", environment, is_zoho_host=True), ""
        root = self._base_url or f"{environ['wsgi.url_scheme']}://{host or _server(environ)}"
        if len(self.codes) == 1:
            return RequestAddress(self.codes[0], root), ""
        base_urls = self._urls_below(root)
        first_part = environ["PATH_INFO"].split("/", 2)[1:2]
        if first_part and first_part[0] in self.codes:
            code = first_part[0]
            return RequestAddress(code, base_urls[code], base_urls=base_urls), f"/{code}"
        code = self._ports.get(int(environ.get("SERVER_PORT") or 0), self.codes[0])
        return RequestAddress(code, base_urls[code], base_urls=base_urls), ""

    def _urls_below(self, root: str) -> dict[str, str]:
        """Return each data centre's address: its own port, or a path below the shared address."""
        ports = {code: port for port, code in self._ports.items()}
        scheme, _, authority = root.partition("://")
        hostname = authority.rpartition(":")[0] if _has_port(authority) else authority
        home = self.codes[0]
        urls = {
            code: f"{scheme}://{hostname}:{ports[code]}" if code in ports else f"{root}/{code}"
            for code in self.codes
        }
        if home not in ports:
            urls[home] = root
        return urls


def _server(environ: Mapping[str, Any]) -> str:
    return f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"


def _has_port(authority: str) -> bool:
    return authority.rpartition(":")[2].isdigit()
