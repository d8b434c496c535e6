"""The suite's settings, except that the site is the example: its leads take the place of the tests'
own, since a module has one model."""

from __future__ import annotations

from example_project import settings as example
from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

INSTALLED_APPS = example.INSTALLED_APPS
MIDDLEWARE = example.MIDDLEWARE
TEMPLATES = example.TEMPLATES
ROOT_URLCONF = example.ROOT_URLCONF
LOGIN_URL = example.LOGIN_URL
LANGUAGE_CODE = example.LANGUAGE_CODE
if DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
    # The suite that starts this one has a test database on the same server.
    DATABASES = {"default": {**DATABASES["default"], "TEST": {"NAME": "test_zcrm_mirrored_leads"}}}
