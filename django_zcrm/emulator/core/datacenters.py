"""Zoho's data centres, and how to tell which of them a call is for.

By the host called (`accounts.zoho.eu`), by the port, or by the first part of the path
(`/eu/oauth/v2/token`).  Hosts: docs v8 multi-dc.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Hosts:
    """The hosts of one data centre; `apis` by environment."""

    accounts: str
    apis: Mapping[str, str]
    uploads: tuple[str, ...]
    #: Where people use the CRM; of the API only the first version answers there.
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
_OWNERS = {host: code for code, hosts in DATA_CENTERS.items() for host in hosts.all}
_ENVIRONMENTS = {host: name for hosts in DATA_CENTERS.values() for name, host in hosts.apis.items()}


@dataclass(frozen=True)
class Arrival:
    """Where a call arrived: at which data centre, and for which environment if the host says so.

    `base_url` is the address it was sent to; `bases` has those of the other data centres, unless
    calls go to Zoho's own host names.
    """

    data_center: str
    base_url: str
    environment: str | None = None
    bases: Mapping[str, str] = field(default_factory=dict)
    by_host: bool = False

    @property
    def is_no_api(self) -> bool:
        """Whether the host called answers the API up to v2 only (docs v2.1 change log)."""
        hosts = DATA_CENTERS[self.data_center] if self.by_host else None
        return hosts is not None and self.base_url.removeprefix("https://") in (
            hosts.accounts,
            hosts.crm,
        )

    def accounts(self, code: str) -> str:
        """Return the address of a data centre's accounts server, as this caller reaches it."""
        if self.by_host:
            return f"https://{DATA_CENTERS[code].accounts}"
        return self.bases.get(code, self.base_url)

    def api(self, code: str, environment: str) -> str:
        """Return the address of a data centre's API, as this caller reaches it."""
        if self.by_host:
            return f"https://{DATA_CENTERS[code].apis[environment]}"
        return self.bases.get(code, self.base_url)


_HOST = re.compile(r"([\w.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII)


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

    def arrival(self, environ: Mapping[str, Any], path: str) -> tuple[Arrival, str]:
        """Return where a request arrived, and its path without the data centre's part."""
        host = str(environ.get("HTTP_HOST") or "").lower()
        if not _HOST.fullmatch(host):
            host = ""
        name, _, _ = host.partition(":")
        if _OWNERS.get(name) in self.codes:
            arrival = Arrival(
                _OWNERS[name], f"https://{name}", _ENVIRONMENTS.get(name), by_host=True
            )
            return arrival, path
        root = self._base_url or f"{environ['wsgi.url_scheme']}://{host or _server(environ)}"
        if len(self.codes) == 1:
            return Arrival(self.codes[0], root), path
        bases = self._bases(root)
        _, first, *rest = path.split("/", 2)
        if first in self.codes:
            return Arrival(first, bases[first], bases=bases), "/" + "/".join(rest)
        code = self._ports.get(int(environ.get("SERVER_PORT") or 0), self.codes[0])
        return Arrival(code, bases[code], bases=bases), path

    def _bases(self, root: str) -> dict[str, str]:
        """Return each data centre's address: its own port, or a path below the shared address."""
        ports = {code: port for port, code in self._ports.items()}
        scheme, _, authority = root.partition("://")
        hostname = authority.rpartition(":")[0] if _has_port(authority) else authority
        home = self.codes[0]
        bases = {
            code: f"{scheme}://{hostname}:{ports[code]}" if code in ports else f"{root}/{code}"
            for code in self.codes
        }
        if home not in ports:
            bases[home] = root
        return bases


def _server(environ: Mapping[str, Any]) -> str:
    return f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"


def _has_port(authority: str) -> bool:
    return authority.rpartition(":")[2].isdigit()
