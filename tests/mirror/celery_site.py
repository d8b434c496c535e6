"""The Celery application of the site in tests/mirror/site_settings.py."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.mirror.site_settings")

app = Celery("site", include=["django_zcrm.mirror.celery"])
app.config_from_object("django.conf:settings", namespace="CELERY")
