"""The models of notification channels and notices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...models import Connection
from ...models.primary import PrimaryQuerySet
from ...reasons import ReasonField, ReasonsField
from .organisations import MAX_LENGTH, organisation_now


def modules_of(events: Iterable[str]) -> set[str]:
    """Return the modules of events such as `Leads.all`."""
    return {event.rpartition(".")[0] for event in events}


class ChannelQuerySet(PrimaryQuerySet["Channel"]):
    """Channels, filtered by organisation."""

    def current(self) -> Self:
        """Return the channels of the current organisation of their connection."""
        return self.filter(organisation_id=organisation_now("connection__"))

    def moved(self) -> Self:
        """Return the channels of a former organisation of their connection."""
        return self.exclude(organisation_id=organisation_now("connection__"))


class Channel(models.Model):
    """A notification channel of a connection. The token that Zoho sends back is encrypted.

    `events` are those that it watches; `subscribed` what the project wants besides its mirrored
    modules; `refused` the events that Zoho does not take, with the reason. It is not open yet
    without `expires_at`.
    """

    connection = models.OneToOneField(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="channel"
    )
    organisation_id = models.CharField(
        _("organisation id"), max_length=MAX_LENGTH, default="", editable=False
    )
    channel_id = models.CharField(_("channel id"), max_length=20, unique=True)
    events: models.JSONField[Any, Any] = models.JSONField(_("events"), default=list)
    subscribed: models.JSONField[Any, Any] = models.JSONField(
        _("subscribed by the project"), default=list, blank=True
    )
    refused: models.JSONField[Any, Any] = ReasonsField(
        _("refused by Zoho"), default=dict, blank=True
    )
    notify_url = models.CharField(_("notify URL"), max_length=500, blank=True, default="")
    encrypted_token = models.TextField(editable=False, blank=True, default="")
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    renew_at = models.DateTimeField(_("to be renewed"), default=timezone.now, db_index=True)
    last_notice_at = models.DateTimeField(_("last notice"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    last_error = ReasonField(_("last error"), blank=True, default="")
    lease_owner = models.CharField(max_length=64, blank=True, default="", editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification channel")
        verbose_name_plural = _("notification channels")

    def __str__(self) -> str:
        names = {"channel": self.channel_id, "connection": self.connection}
        return gettext("%(channel)s of %(connection)s") % names

    def __repr__(self) -> str:
        return f"<Channel {self.channel_id}>"

    @property
    def polled_only(self) -> list[str]:
        """The connection's mirrored modules without events in this channel."""
        mirrored = {state.module for state in self.connection.mirrors.all()}
        return sorted(mirrored - modules_of(self.events))


class Notice(models.Model):
    """A notification that records changed. It is only a hint: the records are read again."""

    # Each index costs every notice that is stored: that of `Meta` serves the channel as well, and
    # `unique` would add a second one to the digest on PostgreSQL.
    channel = models.ForeignKey(
        Channel,
        verbose_name=_("channel"),
        on_delete=models.CASCADE,
        related_name="notices",
        db_index=False,
    )
    module = models.CharField(_("module"), max_length=100)
    operation = models.CharField(_("operation"), max_length=20)
    ids: models.JSONField[Any, Any] = models.JSONField(_("ids"), default=list)
    server_time = models.DateTimeField(_("Zoho's time"), null=True, blank=True)
    digest = models.CharField(max_length=64, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = PrimaryQuerySet["Notice"].as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = (
            models.Index(fields=["channel", "module", "done_at"], name="zcrm_notice_undone"),
        )
        constraints = (models.UniqueConstraint(fields=["digest"], name="zcrm_notice_unique"),)

    def __str__(self) -> str:
        return f"{self.module}.{self.operation}, {len(self.ids)}"
