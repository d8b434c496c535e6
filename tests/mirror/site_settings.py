"""Settings of processes that tests start: the tests' own, with the test's database and Zoho."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403 - as Django's settings are extended

_given = json.loads(os.environ["MIRROR_SITE"])

DATABASES = {"default": _given["database"]}
ZCRM = _given["zcrm"]

CELERY_BROKER_URL = _given.get("broker", "")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_DEFAULT_QUEUE = _given.get("queue", "celery")
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

MIRROR_LEASE_SECONDS = _given.get("lease")
"""A lease shorter than a minute, so that a test need not wait for it; see `shop.apps`."""
