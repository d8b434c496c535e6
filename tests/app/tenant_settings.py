"""Settings of the site that gunicorn serves for test_tenants."""

from __future__ import annotations

from tests.app.process_settings import *  # noqa: F403
from tests.app.process_settings import MIDDLEWARE

MIDDLEWARE = [*MIDDLEWARE, "django_zcrm.web.middleware.ZCRMMiddleware"]
ROOT_URLCONF = "tests.app.tenant_site"
