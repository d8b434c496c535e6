from __future__ import annotations

from typing import get_args
from urllib.parse import urlsplit

import pytest

from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.http.datacenters import (
    DATA_CENTERS,
    ENVIRONMENTS,
    DataCenterCode,
    data_center,
    data_center_for_url,
    is_trusted,
    origin,
)
from tests.cases import check_each


def test_the_ten_data_centers() -> None:
    assert set(DATA_CENTERS) == set(get_args(DataCenterCode))
    assert len(DATA_CENTERS) == 10
    assert data_center("cn").accounts == "https://accounts.zoho.com.cn"
    assert data_center("cn").api() == "https://www.zohoapis.com.cn"
    assert data_center("ca").accounts == "https://accounts.zohocloud.ca"
    assert data_center("eu").api("sandbox") == "https://sandbox.zohoapis.eu"
    assert data_center("in").api("developer") == "https://developer.zohoapis.in"
    assert data_center("us").upload == "https://content.zohoapis.com"


def test_every_host_is_https_and_belongs_to_one() -> None:
    seen: dict[str, str] = {}
    for dc in DATA_CENTERS.values():
        hosts = {dc.accounts, dc.upload, *(dc.api(environment) for environment in ENVIRONMENTS)}
        for url in hosts:
            assert urlsplit(url).scheme == "https"
            assert url == origin(url)
            assert data_center_for_url(url) is dc
            assert seen.setdefault(url, dc.code) == dc.code


@pytest.mark.parametrize("code", ["", "US", "us ", "com", "xx"])
def test_data_center_with_unknown_code_raises(code: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        data_center(code)
    assert caught.value.setting == "DATA_CENTER"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://www.zohoapis.com", "us"),
        ("https://www.zohoapis.com/", "us"),
        ("https://WWW.ZOHOAPIS.EU:443/crm/v8", "eu"),
        ("https://api.zoho.com", "us"),
        ("https://api.zoho.com.au", "au"),
        ("https://accounts.zoho.com.cn", "cn"),
        (" https://accounts.zoho.in ", "in"),
    ],
)
def test_data_center_for_url_finds_the_owner(url: str, code: str) -> None:
    dc = data_center_for_url(url)
    assert dc is not None
    assert dc.code == code
    assert is_trusted(url)


@check_each(
    "url",
    [
        "",
        "www.zohoapis.com",
        "http://www.zohoapis.com",
        "https://www.zohoapis.com.evil.test",
        "https://evil.test/www.zohoapis.com",
        "https://www.zohoapis.com@evil.test",
        "https://user:pw@www.zohoapis.com",
        "https://www.zohoapis.com:8443",
        "https://www.zohoapis.com:99999",
        "https://www.zohoapis.com:x",
        "https://evil.test#https://www.zohoapis.com",
        "https://evil.test\\@www.zohoapis.com",
        "https://www.zohoapis.com\\.evil.test",
        "https://www.zohoapis.com.",
        "https://zohoapis.com",
        "https://evilzohoapis.com",
        "https://[::1",
        "//www.zohoapis.com",
        "ftp://www.zohoapis.com",
        "javascript:alert(1)",
        "https://www.zohoаpis.com",  # noqa: RUF001 - a Cyrillic letter
    ],
)
def test_is_trusted_with_foreign_host_is_false(url: str) -> None:
    assert data_center_for_url(url) is None
    assert not is_trusted(url)
    assert not is_trusted(url, ["https://other.test", "", "nonsense"])


def test_a_sites_own_hosts_are_trusted() -> None:
    own = ["http://127.0.0.1:8900", ""]
    assert is_trusted("http://127.0.0.1:8900/", own)
    assert is_trusted("HTTP://127.0.0.1:8900", own)
    assert not is_trusted("http://127.0.0.1:8901", own)
    assert not is_trusted("https://127.0.0.1:8900", own)
    assert is_trusted("http://[::1]:80", ["http://[::1]"])


def test_is_trusted_with_broken_settings_trusts_no_new_host() -> None:
    assert not is_trusted("http://127.0.0.1", ["nonsense"])
