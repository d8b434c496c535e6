"""A project that forgot to install the app is told so before Django misplaces its models."""

from __future__ import annotations

import subprocess
import sys

FORGOTTEN = """
from django.conf import settings
import django
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_zcrm"],
    SECRET_KEY="x",
)
django.setup()
import django_zcrm.mirror.models
"""


def test_models_of_an_app_that_is_not_installed_are_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORGOTTEN], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "need 'django_zcrm.mirror' in settings.INSTALLED_APPS" in done.stderr
