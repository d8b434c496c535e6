"""The state of one mirror: a module of a connection."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...leases import is_free
from ...models import Connection, ConnectionHistory
from .primary import PrimaryQuerySet

TOO_MANY_MISSING = "too_many_missing"
"""The block that only a person lifts: too many records are not to be seen any more."""

UNREAD: dict[str, Any] = {
    "synced_until": None,
    "horizon": None,
    "cursor_time": None,
    "cursor_id": "",
    "windows": [],
}
"""The columns of a mirror whose first reading is to begin."""

UNKNOWN = "unknown:"
"""Stands for the organisation of a grant whose scopes do not reveal it, with the grant's entry in
the history: any other grant may be another's."""

GRANTED = (
    ConnectionHistory.Change.CONNECTED,
    ConnectionHistory.Change.RECONNECTED,
    ConnectionHistory.Change.REPLACED,
)


class MirrorStateQuerySet(PrimaryQuerySet["MirrorState"]):
    """Mirrors, filtered by state, and bulk operations on them."""

    def active(self) -> Self:
        """Return those that may run: not paused, and with a usable connection."""
        return self.filter(is_paused=False, connection__state=Connection.State.CONNECTED)

    def free(self) -> Self:
        """Return those that no worker has leased."""
        return self.filter(is_free())

    def ask_sync(self) -> int:
        """Make them due for a sync at the next poll; return how many."""
        return self.update(due=timezone.now())

    def ask_reconcile(self, *, force: bool = False) -> int:
        """Make them due for a comparison with Zoho at the next poll; return how many.

        With `force`, what is missing there is marked, however much it is.
        """
        if force:
            self.allow_missing()
        under_way = {"force": True} if force else {}
        return self._ask(reconciled_at=None, reconciliation=under_way)

    def ask_backfill(self) -> int:
        """Make them due for reading all records again at the next poll; return how many."""
        return self._ask(phase=MirrorState.Phase.BACKFILL, **UNREAD)

    def pause(self) -> int:
        """Pause them until they are resumed; return how many."""
        return self.update(is_paused=True)

    def resume(self) -> int:
        """Resume them, and make them due at once; return how many.

        Where too many records were missing in Zoho, this says that they are.
        """
        self.allow_missing()
        return self.update(is_paused=False, due=timezone.now())

    def allow_missing(self) -> int:
        """Confirm that the records are gone at whose absence mirrors stopped; return how many."""
        return self.filter(blocked=TOO_MANY_MISSING).update(
            asked=F("asked") + 1,
            blocked="",
            phase=MirrorState.Phase.LIVE,
            last_error="",
            reconciliation={"force": True},
        )

    def _ask(self, **columns: Any) -> int:
        return self.update(due=timezone.now(), asked=F("asked") + 1, **columns)

    def moved(self) -> Self:
        """Return those whose connection leads to another organisation than their rows are of."""
        grants = ConnectionHistory.objects.filter(
            connection=OuterRef("connection"), change__in=GRANTED
        ).order_by("-pk")
        last = Coalesce(Subquery(grants.values("pk")[:1]), Value(0))
        unknown = Concat(Value(UNKNOWN), Cast(last, models.CharField(max_length=20)))
        now = Case(
            When(connection__organisation_id="", then=unknown),
            default=F("connection__organisation_id"),
        )
        return self.exclude(organisation_id="").exclude(organisation_id=now)


class MirrorState(models.Model):
    """The mirror of one module, for one connection; a worker with its lease continues from here.

    `cursor_time` and `cursor_id` are the last record in the order of (Modified_Time, id) up to
    which all changes are here, and `synced_until` the moment, by Zoho's clock, that this covers.
    `asked` counts what people asked for that a worker has to begin anew for.
    """

    class Phase(models.TextChoices):
        """The phase of a mirror."""

        BACKFILL = "backfill", _("first reading")
        LIVE = "live", _("in step")
        BLOCKED = "blocked", _("blocked")

    connection = models.ForeignKey(
        Connection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="mirrors"
    )
    module = models.CharField(_("module"), max_length=100)
    organisation_id = models.CharField(
        _("organisation id"),
        max_length=40,
        blank=True,
        default="",
        editable=False,
        help_text=_("Whose records the rows are; empty before any was read."),
    )
    phase = models.CharField(
        _("phase"), max_length=12, choices=Phase.choices, default=Phase.BACKFILL
    )
    is_paused = models.BooleanField(_("paused"), default=False)
    blocked = models.CharField(
        _("blocked by"),
        max_length=40,
        blank=True,
        default="",
        help_text=_("Zoho's code, or ours in small letters."),
    )
    last_error = models.TextField(_("last error"), blank=True, default="")
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)

    cursor_time = models.DateTimeField(_("cursor: time"), null=True, blank=True)
    cursor_id = models.CharField(_("cursor: id"), max_length=32, blank=True, default="")
    synced_until = models.DateTimeField(_("in step until"), null=True, blank=True)
    deleted_until = models.DateTimeField(_("deletions read until"), null=True, blank=True)
    windows: models.JSONField[Any, Any] = models.JSONField(
        _("windows of the first reading"), default=list, blank=True
    )
    horizon = models.DateTimeField(
        _("first reading: begun"),
        null=True,
        blank=True,
        help_text=_("By Zoho's clock; changes are read from here on afterwards."),
    )
    reconciliation: models.JSONField[Any, Any] = models.JSONField(
        _("reconciliation under way"), default=dict, blank=True
    )
    reconciled_at = models.DateTimeField(_("reconciled"), null=True, blank=True)
    drift = models.PositiveIntegerField(
        _("drift"),
        null=True,
        blank=True,
        help_text=_("Rows that differed when all ids were compared last."),
    )
    fields: models.JSONField[Any, Any] = models.JSONField(
        _("fields read"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Zoho's by the model's, that all rows were read with; empty without a model."),
    )
    refreshed: models.JSONField[Any, Any] = models.JSONField(
        _("fields refreshed"), default=dict, blank=True
    )

    problems: models.JSONField[Any, Any] = models.JSONField(
        _("records that could not be stored"),
        default=dict,
        blank=True,
        help_text=_("By id, in words; they are tried again when all ids are compared."),
    )

    due = models.DateTimeField(_("due"), default=timezone.now, db_index=True)
    asked = models.PositiveIntegerField(default=0, editable=False)
    lease_owner = models.CharField(max_length=64, blank=True, default="", editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_run_at = models.DateTimeField(_("last run"), null=True, blank=True)

    objects = MirrorStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("mirror")
        verbose_name_plural = _("mirrors")
        permissions = (
            ("pause_mirrorstate", "Can pause and resume a mirror"),
            ("sync_mirrorstate", "Can have a mirror read from Zoho now"),
            ("reconcile_mirrorstate", "Can have a mirror compared with Zoho"),
        )
        constraints = (
            models.UniqueConstraint(fields=["connection", "module"], name="zcrm_mirror_unique"),
        )

    def __str__(self) -> str:
        return f"{self.module} of {self.connection}"

    def unblocked(self) -> dict[str, Any]:
        """Return the columns to set after a run without an error: they end a block."""
        if not self.blocked or self.blocked == TOO_MANY_MISSING:
            return {}
        phase = self.Phase.BACKFILL if self.synced_until is None else self.Phase.LIVE
        return {"phase": phase, "blocked": ""}

    @property
    def lag(self) -> timedelta | None:
        """How far it is behind Zoho; None until the first reading has ended."""
        if self.synced_until is None or self.phase == self.Phase.BACKFILL:
            return None
        return max(timezone.now() - self.synced_until, timedelta())

    @property
    def is_backfilling(self) -> bool:
        """Whether the first reading has not ended, blocked or not."""
        return self.synced_until is None
