"""The keys of settings.ZCRM are the same in the code, in the docs and in the example project."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from django_zcrm.conf import DEFAULT_SCOPES, KEYS, ZCRMSettings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/settings.md").read_text()
FROM_THE_ENVIRONMENT = {
    "CLIENT_ID",
    "CLIENT_SECRET",
    "REDIRECT_URI",
    "DATA_CENTER",
    "ACCOUNTS_URL",
    "API_URL",
    "UPLOAD_URL",
    "API_VERSION",
}


def test_every_key_is_an_attribute() -> None:
    assert {field.name.upper() for field in fields(ZCRMSettings)} == set(KEYS)


def test_every_key_has_one_row_in_the_docs() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(KEYS)


def test_the_docs_list_the_default_scopes() -> None:
    listed = PAGE.partition("## The default scopes")[2].partition("Request fewer scopes")[0]
    assert tuple(re.findall(r"`([\w.]+)`", listed)) == DEFAULT_SCOPES


def test_the_example_uses_known_keys_and_reads_the_promised_variables() -> None:
    example = (ROOT / "example_project/settings.py").read_text()
    used = set(re.findall(r'^    "([A-Z_]+)":', example.partition("\nZCRM")[2], re.MULTILINE))
    assert used <= set(KEYS)
    assert used >= FROM_THE_ENVIRONMENT
    for key in FROM_THE_ENVIRONMENT:
        assert f"ZCRM_{key}" in example
