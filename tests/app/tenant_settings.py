"""Settings of the site that gunicorn serves for test_tenants: the test's database and Zoho."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, MIDDLEWARE, ZCRM

DATABASES["default"]["NAME"] = os.environ["ZCRM_TEST_DATABASE"]
ZCRM = {**ZCRM, **dict.fromkeys(("ACCOUNTS_URL", "API_URL"), os.environ["ZCRM_TEST_URL"])}
MIDDLEWARE = [*MIDDLEWARE, "django_zcrm.middleware.ZCRMMiddleware"]
ROOT_URLCONF = "tests.app.tenant_site"
