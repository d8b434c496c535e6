"""Settings that are plain collections or single objects: declared as data, served by one engine."""

from __future__ import annotations

from django_zcrm.emulator.generic import declarations
from django_zcrm.emulator.generic.furnishing import furnish
from django_zcrm.emulator.generic.register import resources, routes

__all__ = ["declarations", "furnish", "resources", "routes"]
