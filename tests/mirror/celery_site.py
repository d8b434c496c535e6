"""The Celery application of the site in tests/mirror/site_settings.py."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.mirror.site_settings")

from django_zcrm.mirror.celery import BEAT_SCHEDULE

app = Celery("site", include=["django_zcrm.mirror.celery"])
app.config_from_object("django.conf:settings", namespace="CELERY")
LOOK = {"schedule": 0.5, "options": {"expires": 2}}  # more often, so that tests wait less
app.conf.beat_schedule = {name: {**entry, **LOOK} for name, entry in BEAT_SCHEDULE.items()}
