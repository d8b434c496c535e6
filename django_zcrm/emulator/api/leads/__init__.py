"""Converting leads, one or many."""

from __future__ import annotations

from django_zcrm.emulator.api.leads import conversion, mass_conversion
from django_zcrm.emulator.core.routing import merged

routes = merged(conversion.routes, mass_conversion.routes)
