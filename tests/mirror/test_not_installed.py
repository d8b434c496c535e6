"""A project that forgot to install the app gets an error before Django misplaces its models."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


def fail(code: str) -> str:
    """Run code in another process, which fails, and return its output."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def test_import_without_installed_app_names_the_app() -> None:
    without = FORGOTTEN.replace(', "django_zcrm"]', "]").replace("mirror.models", "models")
    assert "Add 'django_zcrm' to settings.INSTALLED_APPS" in fail(without)
    assert "need 'django_zcrm.mirror' in settings.INSTALLED_APPS" in fail(FORGOTTEN)


MISSING = """
import sys
sys.modules[{package!r}] = None
from django.conf import settings
import django
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_zcrm",
                    "django_zcrm.mirror"], SECRET_KEY="x",
)
django.setup()
import runpy
runpy.run_module({module!r}, run_name="__main__")
"""


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [
        ("django_zcrm.emulator", "werkzeug", "emulator"),
        ("django_zcrm.contrib.rest_framework", "rest_framework", "drf"),
        ("django_zcrm.mirror.rest_framework", "rest_framework", "drf"),
    ],
)
def test_import_without_extra_names_the_extra(module: str, package: str, extra: str) -> None:
    code = MISSING.format(module=module, package=package)
    assert f"pip install 'django-zcrm[{extra}]'" in fail(code)
