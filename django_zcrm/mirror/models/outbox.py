"""The outbox: local changes to be sent to Zoho."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Any, Self

from django.db import models, router
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...conf import get_settings
from ...models import Connection
from ...models.primary import PrimaryQuerySet
from ...moments import MAX_TOLERANCE, Moment, condition_reached
from ...reasons import ReasonField
from ..statements import Parameter, Select
from .hooks import get_hooks
from .organisations import MAX_LENGTH, organisation_of

MAX_WAIT = 3600.0
"""The longest time, in seconds, until an item is tried again."""


def settle_wait() -> timedelta:
    """Return how long after a request Zoho may not show its record yet: SETTLE_TIME, bounded."""
    return timedelta(seconds=min(get_settings().mirror.settle_time, MAX_WAIT))


def is_dated_ahead() -> Q:
    """Return the `Q` for items that were created or sent by a clock that was ahead.

    Their other times are wrong as well.
    """
    ahead = Moment(MAX_TOLERANCE)
    return Q(created_at__gt=ahead) | Q(sent_at__gt=ahead)


class OutboxQuerySet(PrimaryQuerySet["OutboxItem"]):
    """Outbox items, filtered by state, and bulk operations on them."""

    def of(self, connection: Connection, module: str) -> Self:
        """Return the items of a module and of the organisation of a connection instance."""
        organisation = organisation_of(connection)
        return self.filter(connection=connection, organisation_id=organisation, module=module)

    def of_parameters(self) -> Self:
        """Return the items that `fetch_changes` selects."""
        return self.filter(
            connection=Parameter("connection"),
            organisation_id=Parameter("organisation"),
            module=Parameter("module"),
        )

    def same_row(self, item: OutboxItem) -> Self:
        """Return the items of the row of an item."""
        return self.filter(
            connection=item.connection_id,
            organisation_id=item.organisation_id,
            module=item.module,
            object_id=item.object_id,
        )

    def open(self) -> Self:
        """Return the items that are still to be sent."""
        return self.filter(state__in=OutboxItem.OPEN)

    def waiting(self) -> Self:
        """Return the items that could not be sent yet; `error` has the reason."""
        return self.open().exclude(error="")

    def due(self) -> Self:
        """Return the items that are due now."""
        return self.open().filter(condition_reached("due", MAX_WAIT) | is_dated_ahead())

    def creations(self) -> Self:
        """Return the creations that are to be sent, or failed and can be retried."""
        states = (*OutboxItem.OPEN, OutboxItem.State.FAILED)
        return self.filter(operation=OutboxItem.Operation.CREATE, state__in=states)

    def retry(self) -> int:
        """Retry items that failed, were discarded or are in conflict; return how many.

        See `outbox.operations.retry`.
        """
        return get_hooks().retry(self)

    def discard(self) -> int:
        """Discard items that wait, failed or are in conflict; return how many.

        See `outbox.operations.discard`.
        """
        return get_hooks().discard(self)


class OutboxItem(models.Model):
    """A change of one row: the changed columns only, by Zoho's names, as JSON.

    It belongs to the organisation of its row, and is sent to no other.
    `attempts` counts those that succeeded, or failed for a reason of the item's own: not those that
    a limit, an outage or a setting kept from Zoho. `base` holds the values that those fields had
    before; that of a create, lookups that are sent after it. `match_value` is what a create is
    matched on in Zoho. The items of one row are sent in the order of their keys: who changes a row
    has it locked until the commit. `conflict` keeps both sides of what was decided against one of
    them.
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
        IN_DOUBT = "in_doubt", _("in doubt")
        DONE = "done", _("done")
        CONFLICT = "conflict", _("conflict")
        FAILED = "failed", _("failed")
        DISCARDED = "discarded", _("discarded")

    OPEN = (State.NEW, State.SENDING, State.IN_DOUBT)
    OVER = (State.DONE, State.DISCARDED)

    connection = models.ForeignKey(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="outbox"
    )
    organisation_id = models.CharField(
        _("organisation id"), max_length=MAX_LENGTH, default="", editable=False
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
    error = ReasonField(_("error"), blank=True, default="")
    conflict: models.JSONField[Any, Any] = models.JSONField(_("conflict"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbox item")
        verbose_name_plural = _("outbox")
        permissions = (("retry_outboxitem", "Can send an outbox item again or discard it"),)
        indexes = (
            models.Index(fields=["connection", "module", "state", "due"], name="zcrm_outbox_due"),
            models.Index(fields=["module", "object_id"], name="zcrm_outbox_object"),
            models.Index(fields=["state", "done_at"], name="zcrm_outbox_done"),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.module} {self.zoho_id or self.object_id}"

    @property
    def is_merged(self) -> bool:
        """Whether it is done without a request of its own, as a later change has its values."""
        return self.state == self.State.DONE and self.sent_at is None


def fetch_changes(
    compiled: Callable[..., Select],
    connection: Connection,
    module: str,
    *args: Hashable,
    **values: Any,
) -> list[Any]:
    """Return what a compiled query set of `OutboxItem.objects.of_parameters()` selects.

    `args` are the arguments of the function that compiles, and `values` those of more parameters.
    """
    return compiled(router.db_for_write(OutboxItem), *args).fetch(
        connection=connection.pk,
        organisation=organisation_of(connection),
        module=module,
        **values,
    )
