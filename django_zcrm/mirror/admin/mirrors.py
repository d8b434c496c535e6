"""Mirrors in the admin: their progress, their problems, and actions to fix them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ...admin.columns import badge, labelled_display, moment
from ..health_state import (
    duration,
    health_of,
    missing_in_words,
    problems_in_words,
    unstored_in_words,
)
from ..models import MirrorState, OutboxItem, RecordState
from ..models.mirror_state import TOO_MANY_MISSING
from ..status import get_statuses, progress_of
from ..tenants import forget_mirror
from .pages import ReadOnlyAdmin, RowAction, excerpt

MAX_PROBLEMS = 20
"""Number of reasons for records that could not be stored which the page of a mirror lists."""

PAUSED = gettext_lazy("Resume paused mirrors first.")


def _is_paused(state: MirrorState) -> bool:
    return state.is_paused


def _allow_missing(rows: Any) -> int:
    count: int = rows.allow_missing()
    rows.request_sync()
    return count


def _forget(rows: QuerySet[MirrorState], *, with_rows: bool = False) -> int:
    """Forget mirrors; return how many: those that a worker has now stay."""
    states = rows.select_related("connection__owner")
    return sum(forget_mirror(state, with_rows=with_rows) for state in states)


def _is_not_paused(state: MirrorState) -> bool:
    return not state.is_paused


_COUNTS = {
    RecordState.LIVE.value: gettext_lazy("%(count)d live"),
    RecordState.DELETED.value: gettext_lazy("%(count)d deleted"),
    RecordState.UNREACHABLE.value: gettext_lazy("%(count)d unreachable"),
}


@admin.register(MirrorState)
class MirrorStateAdmin(ReadOnlyAdmin):
    """The mirrored modules by connection, and their state."""

    list_display = ("name", "condition", "how_far", "differs", "waiting", "ran")
    list_filter = ("phase", "is_paused", "module")
    list_select_related = ("connection", "connection__owner")
    search_fields = (
        "module",
        "connection__user_identifier",
        "connection__organisation_name",
        "last_error",
    )
    ordering = ("module", "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "module",
                    "connection",
                    "condition",
                    "last_error",
                    "how_far",
                    "rows",
                    "waiting",
                )
            },
        ),
        (
            gettext_lazy("Reading"),
            {
                "fields": (
                    "synced_until",
                    "deleted_until",
                    "safe_until",
                    "differs",
                    "not_stored",
                    "missing",
                )
            },
        ),
        (
            gettext_lazy("Work"),
            {"fields": ("due", "urgent_at", "held_until", "ran", "failures", "created_at")},
        ),
    )
    operations = {  # noqa: RUF012
        operation.name: operation
        for operation in (
            RowAction(
                "sync",
                gettext_lazy("Sync now"),
                "zcrm_mirror.sync_mirrorstate",
                lambda rows: rows.request_sync(),  # type: ignore[attr-defined]
                _is_not_paused,
                why_not=PAUSED,
            ),
            RowAction(
                "reconcile",
                gettext_lazy("Compare with Zoho"),
                "zcrm_mirror.reconcile_mirrorstate",
                lambda rows: rows.request_reconcile(),  # type: ignore[attr-defined]
                _is_not_paused,
                why_not=PAUSED,
            ),
            RowAction(
                "allow-missing",
                gettext_lazy("Mark the missing rows"),
                "zcrm_mirror.reconcile_mirrorstate",
                _allow_missing,
                lambda state: state.blocked == TOO_MANY_MISSING,
                is_dangerous=True,
            ),
            RowAction(
                "initial-sync",
                gettext_lazy("Repeat the initial sync"),
                "zcrm_mirror.sync_mirrorstate",
                lambda rows: rows.request_initial_sync(),  # type: ignore[attr-defined]
                _is_not_paused,
                why_not=PAUSED,
            ),
            RowAction(
                "pause",
                gettext_lazy("Pause"),
                "zcrm_mirror.pause_mirrorstate",
                lambda rows: rows.pause(),  # type: ignore[attr-defined]
                _is_not_paused,
            ),
            RowAction(
                "resume",
                gettext_lazy("Resume"),
                "zcrm_mirror.pause_mirrorstate",
                lambda rows: rows.resume(),  # type: ignore[attr-defined]
                _is_paused,
            ),
            RowAction(
                "forget",
                gettext_lazy("Forget, and keep the rows"),
                "zcrm_mirror.forget_mirrorstate",
                lambda rows: _forget(rows),
                is_dangerous=True,
            ),
            RowAction(
                "forget-rows",
                gettext_lazy("Forget, and remove the rows here"),
                "zcrm_mirror.forget_mirrorstate",
                lambda rows: _forget(rows, with_rows=True),
                is_dangerous=True,
            ),
        )
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[MirrorState]:
        """Return the rows, annotated with the numbers of their outbox items."""
        items = OutboxItem.objects.filter(
            connection=OuterRef("connection"), module=OuterRef("module")
        ).order_by()

        def count(rows: QuerySet[OutboxItem]) -> Coalesce:
            counts = rows.values("module").annotate(count=Count("pk")).values("count")
            return Coalesce(Subquery(counts, output_field=IntegerField()), Value(0))

        rows: QuerySet[MirrorState] = super().get_queryset(request)
        return rows.annotate(
            open_items=count(items.open()),
            failed_items=count(items.filter(state=OutboxItem.State.FAILED)),
            conflict_items=count(items.filter(state=OutboxItem.State.CONFLICT)),
        )

    @admin.display(description=gettext_lazy("mirror"), ordering="module")
    def name(self, state: MirrorState) -> SafeString:
        """The module and the connection."""
        return format_html('{}<span class="zcrm-more">{}</span>', state.module, state.connection)

    @admin.display(description=gettext_lazy("state"), ordering="phase")
    def condition(self, state: MirrorState) -> SafeString:
        """The state in words, and the last error."""
        return format_html("{}{}", badge(*health_of(state)), excerpt(state.last_error))

    @labelled_display(description=gettext_lazy("lag"), ordering="synced_until")
    def how_far(self, state: MirrorState) -> SafeString | str:
        """How far it is behind Zoho; during the initial sync, its progress."""
        if state.lag is not None:
            return duration(state.lag)
        progress = progress_of(state)
        if progress is None:
            return _("not read yet")
        return format_html(
            '<progress max="100" value="{0}">{0} %</progress><span class="zcrm-more">{1}</span>',
            round(100 * progress),
            _("%(percent)d %% of the initial sync") % {"percent": round(100 * progress)},
        )

    @labelled_display(description=gettext_lazy("drift"), ordering="drift")
    def differs(self, state: MirrorState) -> SafeString | str:
        """The number of rows that differed at the last comparison of all ids, and its time."""
        if state.reconciliation:
            return _("being compared")
        if state.drift is None:
            return _("not compared yet")
        return format_html(
            '{}<span class="zcrm-more">{}</span>', state.drift, moment(state.reconciled_at, "")
        )

    @labelled_display(description=gettext_lazy("outbox"))
    def waiting(self, state: Any) -> SafeString:
        """Return how many changes wait, are in conflict or failed."""
        url = reverse("admin:zcrm_mirror_outboxitem_changelist", current_app=self.admin_site.name)
        below = [
            ngettext("%(count)d conflict", "%(count)d conflicts", state.conflict_items)
            % {"count": state.conflict_items}
            if state.conflict_items
            else "",
            _("%(count)d failed") % {"count": state.failed_items} if state.failed_items else "",
        ]
        return format_html(
            '<a href="{}?connection={}&amp;module={}">{}</a><span class="zcrm-more">{}</span>',
            url,
            state.connection_id,
            state.module,
            state.open_items,
            " · ".join(filter(None, below)),
        )

    @labelled_display(description=gettext_lazy("last run"), ordering="last_run_at")
    def ran(self, state: MirrorState) -> SafeString | str:
        """The time of the last poll."""
        return moment(state.last_run_at, _("never"))

    @admin.display(description=gettext_lazy("rows"))
    def rows(self, state: MirrorState) -> str:
        """The numbers of rows, by the state of their records."""
        counts = get_statuses([state], with_rows=True)[0].rows or {}
        return " · ".join(str(_COUNTS[name] % {"count": count}) for name, count in counts.items())

    @admin.display(description=gettext_lazy("could not be stored"))
    def not_stored(self, state: MirrorState) -> SafeString | str:
        """The records that do not fit their columns, and why."""
        if not state.unstored:
            return _("none")
        problems = problems_in_words(state.problems)
        items = format_html_join("", "<li>{}</li>", ((words,) for words in problems[:MAX_PROBLEMS]))
        more = len(problems) - MAX_PROBLEMS
        rest = _("… and %(count)d more") % {"count": more} if more > 0 else ""
        return format_html(
            '{}<ul class="zcrm-changes">{}</ul>{}', unstored_in_words(state.unstored), items, rest
        )

    @admin.display(description=gettext_lazy("missing fields"))
    def missing(self, state: MirrorState) -> str:
        """The fields that the organisation lacks."""
        return missing_in_words(state) or _("none")
