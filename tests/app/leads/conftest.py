"""The example site in place of the tests' own, and its user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client

from example_project import settings as example_settings
from tests.app.leads.browser import connect_user, log_in
from tests.app.zoho import Zoho

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture(autouse=True)
def example_site(settings: Settings) -> None:
    """Apply the example site's settings, except for database and client."""
    for name in ("INSTALLED_APPS", "MIDDLEWARE", "TEMPLATES", "ROOT_URLCONF", "LOGIN_URL"):
        setattr(settings, name, getattr(example_settings, name))
    cache.clear()


@pytest.fixture
def browser(zoho: Zoho) -> Client:
    """Return the browser of a logged-in, connected user."""
    browser, user = log_in()
    connect_user(zoho, user)
    return browser
