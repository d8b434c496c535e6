"""Converting leads, one or many."""

from __future__ import annotations

from ...core import merge_routes
from . import conversion, mass_conversion

routes = merge_routes(conversion.routes, mass_conversion.routes)
