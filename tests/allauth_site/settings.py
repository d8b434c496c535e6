"""The suite's settings plus what django-allauth's quickstart adds."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "allauth", "allauth.account"]
MIDDLEWARE = [
    *MIDDLEWARE,
    "allauth.account.middleware.AccountMiddleware",
    "django_zcrm.web.middleware.ZCRMMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ROOT_URLCONF = "tests.allauth_site.urls"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/company/"
ACCOUNT_EMAIL_VERIFICATION = "none"
if DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
    # The suite that starts this one has a test database on the same server.
    DATABASES = {"default": {**DATABASES["default"], "TEST": {"NAME": "test_zcrm_allauth"}}}
