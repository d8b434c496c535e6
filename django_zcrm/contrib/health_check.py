"""A check for django-health-check: add it to the `checks` of its view.

`HealthCheckView.as_view(checks=["django_zcrm.contrib.health_check.ZCRM"])`
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections
from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable

from ..health.summary import summarize_health


@dataclass
class ZCRM(HealthCheck):  # type: ignore[misc]
    """Fails when a person has to act on the site's connections, settings or mirrors."""

    def run(self) -> None:
        """Raise ServiceUnavailable, with the failed parts, if a part failed."""
        try:
            parts = summarize_health().parts
        finally:
            connections.close_all()  # the package runs each check in a separate thread
        if failed := [name for name, part in parts.items() if part["status"] == "failed"]:
            raise ServiceUnavailable(f"failed: {', '.join(failed)}")
