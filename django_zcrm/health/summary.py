"""The health of the site in one word, with counts, for monitors. Makes no request to Zoho."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from django.core.checks import ERROR
from django.db.models import Count

from .. import checks
from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..models import Connection
from .connection_health import rank_of_condition
from .sections import collect_sections

Status = Literal["ok", "degraded", "failed"]

_STATUS: dict[str, Status] = {"good": "ok", "off": "ok", "wait": "degraded", "bad": "failed"}
_CONDITIONS = (
    "consent_withdrawn",
    "other_client",
    "throttled",
    "failing",
    "good",
    "disconnected",
)
"""The names of the ranks of `rank_of_condition`."""

_ORDER: tuple[Status, ...] = ("ok", "degraded", "failed")


@dataclass(frozen=True)
class HealthSummary:
    """The site's health: the worst status of its parts, and each part's status and counts.

    A part is `settings`, `connections`, or a section that an app adds, such as `mirror`. Counts are
    numbers, never names, so that a monitor learns nothing about customers.
    """

    parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """`ok`, `degraded` (a part waits or partly fails) or `failed` (a person must act)."""
        return max((part["status"] for part in self.parts.values()), key=_ORDER.index)


def summarize_health() -> HealthSummary:
    """Return the site's health, with a number of queries that does not grow with the rows.

    One customer's account that has to be connected again degrades a site with others; if no
    connection works, it fails. Raises the database's errors.
    """
    errors = [
        message.id
        for message in (*checks.check_settings(), *checks.check_deployment())
        if message.level >= ERROR and not message.is_silenced()
    ]
    parts: dict[str, dict[str, Any]] = {
        "settings": {"status": "failed" if errors else "ok", "errors": errors},
        "connections": _count_connections(),
    }
    for section in collect_sections():
        figures = {name: value for name, value in section.figures.items() if value is not None}
        parts[section.key] = {"status": _STATUS[section.condition.kind], **figures}
    return HealthSummary(parts)


def _count_connections() -> dict[str, Any]:
    try:
        config = get_settings()
    except ConfigurationError:
        config = None
    rows = Connection.objects.order_by().values_list(rank_of_condition(config))
    by_rank = dict(rows.annotate(count=Count("pk")))
    counts = {name: by_rank.get(rank, 0) for rank, name in enumerate(_CONDITIONS)}
    works = counts["throttled"] + counts["failing"] + counts["good"]
    status: Status = "ok"
    if sum(counts[name] for name in _CONDITIONS[:4]):
        status = "degraded" if works else "failed"
    return {"status": status, "connected": works + counts["other_client"], **counts}
