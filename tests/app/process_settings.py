"""Settings of another process of a test's site: the same database, and the same emulator."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, ZCRM

DATABASES["default"]["NAME"] = os.environ["ZCRM_TEST_DATABASE"]
ZCRM = {
    **ZCRM,
    **dict.fromkeys(("ACCOUNTS_URL", "API_URL", "UPLOAD_URL"), os.environ["ZCRM_TEST_URL"]),
}
if keys := os.environ.get("ZCRM_TEST_KEYS"):
    ZCRM["ENCRYPTION_KEYS"] = keys.split()
