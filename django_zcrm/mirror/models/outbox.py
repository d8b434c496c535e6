"""The outbox: local changes to be sent to Zoho."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...models import Connection
from .primary import PrimaryQuerySet


class OutboxQuerySet(PrimaryQuerySet["OutboxItem"]):
    """Outbox items, filtered by state, and bulk operations on them."""

    def open(self) -> Self:
        """Return those that are still to be sent."""
        return self.filter(state__in=OutboxItem.OPEN)

    def due(self) -> Self:
        """Return those that are due now."""
        return self.open().filter(due__lte=timezone.now())

    def creations(self) -> Self:
        """Return creations that are, or can again be, waiting to be sent."""
        states = (*OutboxItem.OPEN, OutboxItem.State.DEAD)
        return self.filter(operation=OutboxItem.Operation.CREATE, state__in=states)

    def retry(self) -> int:
        """Retry items that were given up, dropped or in conflict; return how many.

        See `push.operations.retry`.
        """
        from ..push.operations import retry  # it goes by models

        return retry(self)

    def give_up(self) -> int:
        """Drop items that wait, are in conflict or were given up; return how many.

        See `push.operations.give_up`.
        """
        from ..push.operations import give_up  # it goes by models

        return give_up(self)


class OutboxItem(models.Model):
    """A change of one row: the changed columns only, by Zoho's names, as JSON.

    `base` holds the values that those fields had before; that of a create, lookups that are sent
    after it. `match_value` is what a create is matched on in Zoho. The items of one row are sent in
    the order of their keys: who changes a row has it locked until the commit. `conflict` keeps both
    sides of what was decided against one of them.
    """

    class Operation(models.TextChoices):
        """The kind of change."""

        CREATE = "create", _("create")
        UPDATE = "update", _("update")
        DELETE = "delete", _("delete")

    class State(models.TextChoices):
        """The state of an item."""

        NEW = "new", _("new")
        SENDING = "sending", _("being sent")
        UNSURE = "unsure", _("sent, without an answer")
        DONE = "done", _("done")
        CONFLICT = "conflict", _("conflict")
        DEAD = "dead", _("given up")
        DROPPED = "dropped", _("dropped")

    OPEN = (State.NEW, State.SENDING, State.UNSURE)
    OVER = (State.DONE, State.DROPPED)

    connection = models.ForeignKey(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="outbox"
    )
    module = models.CharField(_("module"), max_length=100)
    object_id = models.CharField(_("row"), max_length=64)
    zoho_id = models.CharField(_("id in Zoho"), max_length=32, blank=True, default="")
    operation = models.CharField(_("operation"), max_length=8, choices=Operation.choices)
    changed: models.JSONField[Any, Any] = models.JSONField(_("changed fields"), default=dict)
    base: models.JSONField[Any, Any] = models.JSONField(_("values before"), default=dict)
    match_value = models.CharField(_("matched on"), max_length=255, blank=True, default="")
    waits_for = models.CharField(
        _("waits for"),
        max_length=170,
        blank=True,
        default="",
        help_text=_("Module and key of a row that has to be in Zoho first."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.NEW)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due = models.DateTimeField(_("due"), default=timezone.now)
    error = models.TextField(_("error"), blank=True, default="")
    conflict: models.JSONField[Any, Any] = models.JSONField(_("conflict"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbox item")
        verbose_name_plural = _("outbox")
        permissions = (("retry_outboxitem", "Can send an outbox item again or give it up"),)
        indexes = (
            models.Index(fields=["connection", "module", "state", "due"], name="zcrm_outbox_due"),
            models.Index(fields=["module", "object_id"], name="zcrm_outbox_object"),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.module} {self.zoho_id or self.object_id}"
