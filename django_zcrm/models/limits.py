"""The state of Zoho's limits that processes share: used credits, and slots for calls.

Organisations are identified by keys of the limiter, as several connections may share one.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CreditUse(models.Model):
    """The credits that all calls of an organisation used in an hour.

    `remaining` is the last number of credits that Zoho reported then. Rows are kept for two days.
    """

    organisation = models.CharField(_("organisation"), max_length=80)
    starts_at = models.DateTimeField(_("from"))
    credits = models.PositiveBigIntegerField(_("credits"), default=0)
    calls = models.PositiveBigIntegerField(_("calls"), default=0)
    refused = models.PositiveBigIntegerField(_("rate-limited"), default=0)
    waits = models.PositiveBigIntegerField(_("calls that waited"), default=0)
    waited_ms = models.PositiveBigIntegerField(_("milliseconds waited"), default=0)
    remaining = models.PositiveBigIntegerField(_("credits left"), null=True, blank=True)

    class Meta:
        verbose_name = _("use of credits")
        verbose_name_plural = _("use of credits")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "starts_at"], name="zcrm_credit_use_unique"
            ),
        )
        indexes = (models.Index(fields=["starts_at"], name="zcrm_credit_use_starts_at"),)

    def __str__(self) -> str:
        return f"{self.organisation} {self.starts_at:%Y-%m-%d %H:%M}: {self.credits}"


class SharedLimit(models.Model):
    """The slots of an organisation by process, as JSON.

    A row changes only by comparing its version, see `limiter.stores.database`.
    """

    key = models.CharField(_("key"), max_length=191, unique=True)
    version = models.PositiveBigIntegerField(_("version"), default=0)
    state = models.TextField(_("state"), default="{}")

    class Meta:
        verbose_name = _("shared limit")
        verbose_name_plural = _("shared limits")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
