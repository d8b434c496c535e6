"""Collected only under the settings of this folder; uses the emulator of the app's tests."""

from __future__ import annotations

import os

from tests.app.conftest import configure, zoho

__all__ = ["configure", "zoho"]

if os.environ.get("DJANGO_SETTINGS_MODULE") != "tests.tenants.settings":
    collect_ignore_glob = ["test_*.py"]
