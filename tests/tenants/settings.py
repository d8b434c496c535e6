"""The suite's settings, except that connections belong to tenants."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE, ZCRM

INSTALLED_APPS = [*INSTALLED_APPS, "tests.tenants"]
MIDDLEWARE = [*MIDDLEWARE, "django_zcrm.web.middleware.ZCRMMiddleware"]
ROOT_URLCONF = "tests.tenants.urls"
ZCRM = {
    **ZCRM,
    "OWNER_MODEL": "tenants.Tenant",
    "GET_OWNER": "tests.tenants.models.tenant_of",
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
    # The suite that starts this one has a test database on the same server.
    DATABASES = {"default": {**DATABASES["default"], "TEST": {"NAME": "test_zcrm_tenants"}}}
