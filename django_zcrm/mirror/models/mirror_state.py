"""The state of one mirror: a module of a connection."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...leases import is_free
from ...models import Connection
from ...models.primary import PrimaryQuerySet
from ...reasons import ReasonField, ReasonsField
from .organisations import organisation_now

LEASE_SECONDS = 60.0
"""How long a lease lasts unless renewed, and so how long others wait for a worker that died."""

TOO_MANY_MISSING = "too_many_missing"
"""The block that a person has to confirm: too many records are missing in Zoho."""

BEFORE_INITIAL_SYNC: dict[str, Any] = {
    "synced_until": None,
    "safe_until": None,
    "cursor_time": None,
    "cursor_id": "",
    "windows": [],
}
"""The columns of a mirror before its initial sync."""

FORMER = "former"
"""Stored as the organisation of a mirror that has not run, and whose rows are a former one's."""

FORGOTTEN = "forgotten"
"""Stored as the organisation of a mirror all of whose rows are to be removed."""


class MirrorStateQuerySet(PrimaryQuerySet["MirrorState"]):
    """Mirrors, filtered by state, and bulk operations on them."""

    def active(self) -> Self:
        """Return the mirrors that may run: not paused, and with a usable connection."""
        return self.filter(is_paused=False, connection__state=Connection.State.CONNECTED)

    def free(self) -> Self:
        """Return the mirrors that no worker has leased."""
        return self.filter(is_free(LEASE_SECONDS))

    def request_sync(self) -> int:
        """Make the mirrors due for a sync, including deletions; return their number."""
        now = timezone.now()
        return self.update(due=now, urgent_at=now, deletions_due=now)

    def request_reconcile(self, *, force: bool = False) -> int:
        """Make the mirrors due for a comparison with Zoho; return their number.

        With `force`, missing records are marked, however many they are.
        """
        if force:
            self.allow_missing()
        return self._ask(reconciled_at=None, reconciliation={"force": force})

    def request_initial_sync(self) -> int:
        """Make the mirrors due for another initial sync; return their number."""
        return self._ask(phase=MirrorState.Phase.INITIAL_SYNC, **BEFORE_INITIAL_SYNC)

    def pause(self) -> int:
        """Pause the mirrors until they are resumed; return their number."""
        return self.update(is_paused=True)

    def resume(self) -> int:
        """Resume the mirrors, and make them due at once; return their number.

        This confirms that missing records are deleted, where too many were missing.
        """
        self.allow_missing()
        now = timezone.now()
        return self.update(is_paused=False, due=now, urgent_at=now, deletions_due=now)

    def allow_missing(self) -> int:
        """Confirm that the missing records of blocked mirrors are deleted; return how many."""
        return self.filter(blocked=TOO_MANY_MISSING).update(
            manual_requests=F("manual_requests") + 1,
            blocked="",
            phase=MirrorState.Phase.LIVE,
            last_error="",
            reconciliation={"force": True},
        )

    def _ask(self, **columns: Any) -> int:
        now = timezone.now()
        return self.update(
            due=now,
            urgent_at=now,
            deletions_due=now,
            manual_requests=F("manual_requests") + 1,
            **columns,
        )

    def moved(self) -> Self:
        """Return the mirrors whose rows belong to a former organisation of their connection."""
        now = organisation_now("connection__")
        return self.exclude(organisation_id="").exclude(organisation_id=now)


class MirrorState(models.Model):
    """The mirror of one module, for one connection; a worker with its lease continues from here.

    `cursor_time` and `cursor_id` are the last record in the order of (Modified_Time, id) up to
    which all changes are here, and `synced_until` the moment, by Zoho's clock, that this covers.
    `manual_requests` counts the requests of people that make a worker start again. Until
    `queued_until` a message for the mirror is in the queue of the runner. At `changed_at` a poll
    found the last change.
    """

    class Phase(models.TextChoices):
        """The phase of a mirror."""

        INITIAL_SYNC = "initial", _("initial sync")
        LIVE = "live", _("in sync")
        BLOCKED = "blocked", _("blocked")
        UNAVAILABLE = "unavailable", _("unavailable")

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
        help_text=_("The organisation whose records the rows are; empty before any was read."),
    )
    phase = models.CharField(
        _("phase"), max_length=12, choices=Phase.choices, default=Phase.INITIAL_SYNC
    )
    is_paused = models.BooleanField(_("paused"), default=False)
    blocked = models.CharField(
        _("blocked by"),
        max_length=40,
        blank=True,
        default="",
        help_text=_("Zoho's code, or a code of django-zcrm in small letters."),
    )
    last_error = ReasonField(_("last error"), blank=True, default="")
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)

    cursor_time = models.DateTimeField(_("cursor: time"), null=True, blank=True)
    cursor_id = models.CharField(_("cursor: id"), max_length=32, blank=True, default="")
    synced_until = models.DateTimeField(_("in sync until"), null=True, blank=True)
    deleted_until = models.DateTimeField(_("deletions read until"), null=True, blank=True)
    deletions_due = models.DateTimeField(_("deletions due"), default=timezone.now)
    windows: models.JSONField[Any, Any] = models.JSONField(
        _("windows of the initial sync"), default=list, blank=True
    )
    safe_until = models.DateTimeField(
        _("initial sync: begun"),
        null=True,
        blank=True,
        help_text=_("By Zoho's clock; later changes are read from here on."),
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
        help_text=_(
            "Zoho's fields by those of the model, as all rows were read; empty without a model."
        ),
    )
    refreshed: models.JSONField[Any, Any] = models.JSONField(
        _("fields refreshed"), default=dict, blank=True
    )

    problems: models.JSONField[Any, Any] = ReasonsField(
        _("records that could not be stored"),
        default=dict,
        blank=True,
        help_text=_("Reasons by id; these records are tried again when all ids are compared."),
    )
    unstored = models.PositiveIntegerField(
        _("number of records that could not be stored"), default=0, editable=False
    )

    due = models.DateTimeField(_("due"), default=timezone.now)
    urgent_at = models.DateTimeField(
        _("urgent"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When changes, notices or a person's request are due, before other polls."),
    )
    held_until = models.DateTimeField(
        _("held until"),
        null=True,
        blank=True,
        editable=False,
        help_text=_(
            "Because calls failed, no worker calls Zoho for this connection before this time."
        ),
    )
    holds = models.PositiveIntegerField(default=0, editable=False)
    queued_until = models.DateTimeField(null=True, blank=True, editable=False)
    poll_interval = models.PositiveIntegerField(
        _("poll interval"),
        default=0,
        editable=False,
        help_text=_("In seconds; longer while nothing changes, or to save credits."),
    )
    stretched_by = models.CharField(max_length=8, blank=True, default="", editable=False)
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    poll_credits = models.PositiveIntegerField(default=0, editable=False)
    poll_credits_day = models.DateField(null=True, blank=True, editable=False)
    is_enabled = models.BooleanField(_("enabled"), default=True, editable=False)
    manual_requests = models.PositiveIntegerField(default=0, editable=False)
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
            ("forget_mirrorstate", "Can remove a mirror, and its rows here"),
        )
        constraints = (
            models.UniqueConstraint(fields=["connection", "module"], name="zcrm_mirror_unique"),
        )
        indexes = (
            models.Index(fields=["is_paused", "due"], name="zcrm_mirror_due"),
            models.Index(fields=["is_paused", "urgent_at"], name="zcrm_mirror_urgent"),
        )

    def __str__(self) -> str:
        names = {"module": self.module, "connection": self.connection}
        return gettext("%(module)s of %(connection)s") % names

    def columns_to_unblock(self) -> dict[str, Any]:
        """Return the columns to set after a poll without an error, which ends a block."""
        if not self.blocked or self.blocked == TOO_MANY_MISSING:
            return {}
        phase = self.Phase.INITIAL_SYNC if self.synced_until is None else self.Phase.LIVE
        return {"phase": phase, "blocked": ""}

    @property
    def lag(self) -> timedelta | None:
        """The time by which the mirror is behind Zoho; None until the initial sync has ended."""
        if self.synced_until is None or self.phase == self.Phase.INITIAL_SYNC:
            return None
        return max(timezone.now() - self.synced_until, timedelta())

    @property
    def is_requested(self) -> bool:
        """Whether a person requested the next poll, which includes deletions, or a comparison."""
        # A comparison may take several polls, of which each sets another `due`.
        return self.due == self.deletions_due or "force" in self.reconciliation

    @property
    def is_in_initial_sync(self) -> bool:
        """Whether the initial sync has not ended, blocked or not."""
        return self.synced_until is None
