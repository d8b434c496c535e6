"""Collected only under the settings of this folder; uses the emulator of the app's tests."""

from __future__ import annotations

import os

import pytest
from django.test import Client

from tests.app.conftest import configure, zoho
from tests.app.zoho import Zoho

__all__ = ["configure", "zoho"]

if os.environ.get("DJANGO_SETTINGS_MODULE") != "tests.mirrored_leads.settings":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def site(zoho: Zoho) -> Client:
    """Return the browser of a logged-in user whose leads are mirrored."""
    from django_zcrm.mirror import run_due
    from tests.app.leads.browser import connect_user, log_in

    browser, user = log_in()
    connect_user(zoho, user)
    while run_due():
        pass
    return browser
