"""Customising modules: layouts, dependent picklists, global picklists, pipelines."""

from __future__ import annotations

from django_zcrm.emulator.customization import (
    dependencies,
    global_picklists,
    layouts,
    pipelines,
    tags,
)
from django_zcrm.emulator.customization.routing import routes

__all__ = ["dependencies", "global_picklists", "layouts", "pipelines", "routes", "tags"]
