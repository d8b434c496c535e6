"""Zoho's data centres, their hosts, and the check whether a host may receive a secret.

Hosts are Zoho's documented ones (docs v8 multi-dc; Accounts multi-DC page for sa, uk, ae). A host
that no source names follows the usual pattern and has a comment.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args
from urllib.parse import urlsplit

from ..errors import ConfigurationError

DataCenterCode = Literal["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk", "ae"]
Environment = Literal["production", "sandbox", "developer"]
ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)


@dataclass(frozen=True)
class DataCenter:
    """One data centre; every attribute but `code` and `name` is a base URL without a slash."""

    code: DataCenterCode
    name: str
    accounts: str
    production: str
    sandbox: str
    developer: str
    upload: str

    def api(self, environment: Environment = "production") -> str:
        """Return the base URL of the CRM API of an environment."""
        return {
            "production": self.production,
            "sandbox": self.sandbox,
            "developer": self.developer,
        }[environment]


def _data_center(
    code: DataCenterCode, name: str, tld: str, *, accounts: str = "", upload: str = ""
) -> DataCenter:
    return DataCenter(
        code=code,
        name=name,
        accounts=f"https://{accounts or f'accounts.zoho.{tld}'}",
        production=f"https://www.zohoapis.{tld}",
        sandbox=f"https://sandbox.zohoapis.{tld}",
        developer=f"https://developer.zohoapis.{tld}",
        upload=f"https://{upload or f'content.zohoapis.{tld}'}",
    )


DATA_CENTERS: dict[str, DataCenter] = {
    dc.code: dc
    for dc in (
        _data_center("us", "United States", "com"),
        _data_center("eu", "Europe", "eu"),
        _data_center("in", "India", "in"),
        _data_center("au", "Australia", "com.au"),
        _data_center("jp", "Japan", "jp"),
        _data_center("cn", "China", "com.cn"),
        _data_center(
            "ca", "Canada", "ca", accounts="accounts.zohocloud.ca", upload="upload.zohocloud.ca"
        ),
        _data_center("sa", "Saudi Arabia", "sa", upload="files.zoho.sa"),
        # No source names the sandbox, developer and upload hosts of these two: they follow the
        # usual pattern, except that ae uploads to the files host that Zoho's WorkDrive uses there.
        _data_center("uk", "United Kingdom", "uk"),
        _data_center("ae", "United Arab Emirates", "ae", upload="files.zoho.ae"),
    )
}

# Zoho's Accounts pages spell `api_domain` as https://api.zoho.com where the CRM pages say
# https://www.zohoapis.com; the newest bulk pages move uploads to upload.zoho.{tld}, and responses
# contain full URLs of download servers (bulk write, backup and audit log pages).
_ALIASES: dict[str, tuple[str, ...]] = {
    dc.code: tuple(
        f"https://{host}.zoho.{dc.production.removeprefix('https://www.zohoapis.')}"
        for host in ("api", "upload", "upload-accl", "download", "download-accl")
    )
    for dc in DATA_CENTERS.values()
}


def data_center(code: str) -> DataCenter:
    """Return the data centre with this code; raise ConfigurationError for an unknown one."""
    try:
        return DATA_CENTERS[code]
    except KeyError:
        codes = ", ".join(DATA_CENTERS)
        raise ConfigurationError(
            f"There is no Zoho data centre {code!r}; choose one of {codes}.", "DATA_CENTER"
        ) from None


@lru_cache(maxsize=128)
def origin(url: str) -> str:
    """Return scheme and authority of a URL in lower case, without path, user or a default port.

    Raises ValueError for anything that is not an absolute http or https URL.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ValueError(f"{url!r} is not an http or https URL")
    default = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in {None, default} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_loopback(url: str) -> bool:
    """Return whether a URL refers to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def data_center_for_url(url: str) -> DataCenter | None:
    """Return the data centre that a URL's host belongs to, or None when it is not Zoho's."""
    try:
        base_url = origin(url)
    except ValueError:
        return None
    for dc in DATA_CENTERS.values():
        if base_url in {dc.accounts, dc.production, dc.sandbox, dc.developer, dc.upload} or (
            base_url in _ALIASES[dc.code]
        ):
            return dc
    return None


def is_trusted(url: str, extra: Iterable[str] = ()) -> bool:
    """Return whether a secret may be sent to this URL: a known Zoho host, or one of `extra`.

    `extra` are base URLs that the site's own settings name (ACCOUNTS_URL, API_URL, UPLOAD_URL).
    """
    if data_center_for_url(url):
        return True
    try:
        return origin(url) in {origin(address) for address in extra if address}
    except ValueError:
        return False
