"""The API usage of a connection: one row per day and operation.

The counting is done in `django_zcrm.monitoring.usage`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Max, Min, Sum
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .connection import Connection

KEEP_DAYS = 90
"""How many days of usage are kept."""


def today() -> date:
    """Return today's date in UTC, by which every process counts calls."""
    return datetime.now(UTC).date()


class ApiUsageQuerySet(models.QuerySet["ApiUsage"]):
    """Usage, summed up."""

    def since(self, days: int) -> ApiUsageQuerySet:
        """Usage of so many days, including today."""
        return self.filter(day__gt=today() - timedelta(days=days))

    def sum_by(self, *names: str) -> Any:
        """Return a queryset of dicts with sums, one for each combination of the named columns."""
        return self.values(*names).annotate(
            all_calls=Sum("calls"),
            all_errors=Sum("errors"),
            all_limited=Sum("limited"),
            lowest_credits=Min("credits_remaining"),
            all_ms=Sum("total_ms"),
            slowest_ms=Max("max_ms"),
        )


class ApiUsage(models.Model):
    """A connection's calls of one operation on one day, in UTC. Every attempt counts.

    `errors` are responses with status 400 or more and attempts without a response; `limited` are
    those with 429.
    """

    connection: models.ForeignKey[Connection, Connection] = models.ForeignKey(
        "zcrm.Connection",
        verbose_name=_("connection"),
        on_delete=models.CASCADE,
        related_name="usage",
    )
    day = models.DateField(_("day"))
    operation = models.CharField(_("operation"), max_length=191)
    calls = models.PositiveBigIntegerField(_("calls"), default=0)
    errors = models.PositiveBigIntegerField(_("errors"), default=0)
    limited = models.PositiveBigIntegerField(_("rate-limited"), default=0)
    credits_remaining = models.PositiveBigIntegerField(
        _("credits left"),
        null=True,
        blank=True,
        help_text=_(
            "The lowest number that Zoho reported. Zoho reports it only after half of "
            "the credits are used."
        ),
    )
    total_ms = models.PositiveBigIntegerField(_("milliseconds"), default=0)
    max_ms = models.PositiveBigIntegerField(_("slowest, in milliseconds"), default=0)

    objects = ApiUsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("API usage")
        verbose_name_plural = _("API usage")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=["connection", "day", "operation"], name="zcrm_usage_unique"
            ),
        )
        indexes = (models.Index(fields=["day"], name="zcrm_usage_day"),)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.operation}: {self.calls}"
