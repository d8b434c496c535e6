"""Mirrors in the admin: the progress of each, what is wrong, and actions to put it right."""

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

from ...admin.columns import badge, moment
from ..condition import condition_of, duration
from ..models import MirrorState, OutboxItem
from ..models.state import TOO_MANY_MISSING
from ..status import progress_of, statuses
from .pages import ReadOnlyAdmin, RowAction, excerpt

MAX_PROBLEMS = 20
"""Number of records that could not be stored which the page of a mirror lists."""

PAUSED = gettext_lazy("What is paused has to be resumed first.")


def _is_paused(state: MirrorState) -> bool:
    return state.is_paused


def _allow_missing(rows: Any) -> int:
    count: int = rows.allow_missing()
    rows.ask_sync()
    return count


def _is_not_paused(state: MirrorState) -> bool:
    return not state.is_paused


@admin.register(MirrorState)
class MirrorStateAdmin(ReadOnlyAdmin):
    """Which modules are mirrored, for which connections, and their state."""

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
                    "horizon",
                    "differs",
                    "not_stored",
                )
            },
        ),
        (gettext_lazy("Work"), {"fields": ("due", "ran", "failures", "created_at")}),
    )
    operations = {  # noqa: RUF012
        operation.name: operation
        for operation in (
            RowAction(
                "sync",
                gettext_lazy("Sync now"),
                "zcrm_mirror.sync_mirrorstate",
                lambda rows: rows.ask_sync(),  # type: ignore[attr-defined]
                _is_not_paused,
                why_not=PAUSED,
            ),
            RowAction(
                "reconcile",
                gettext_lazy("Compare with Zoho"),
                "zcrm_mirror.reconcile_mirrorstate",
                lambda rows: rows.ask_reconcile(),  # type: ignore[attr-defined]
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
                "backfill",
                gettext_lazy("Read all records anew"),
                "zcrm_mirror.sync_mirrorstate",
                lambda rows: rows.ask_backfill(),  # type: ignore[attr-defined]
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
        )
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[MirrorState]:
        """Return the rows, annotated with the numbers of their outbox items."""
        items = OutboxItem.objects.filter(
            connection=OuterRef("connection"), module=OuterRef("module")
        ).order_by()

        def count(rows: QuerySet[OutboxItem]) -> Coalesce:
            counted = rows.values("module").annotate(count=Count("pk")).values("count")
            return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))

        rows: QuerySet[MirrorState] = super().get_queryset(request)
        return rows.annotate(
            open_items=count(items.open()),
            dead_items=count(items.filter(state=OutboxItem.State.DEAD)),
            conflict_items=count(items.filter(state=OutboxItem.State.CONFLICT)),
        )

    @admin.display(description=gettext_lazy("mirror"), ordering="module")
    def name(self, state: MirrorState) -> SafeString:
        """The module and the connection."""
        return format_html('{}<span class="zcrm-more">{}</span>', state.module, state.connection)

    @admin.display(description=gettext_lazy("state"), ordering="phase")
    def condition(self, state: MirrorState) -> SafeString:
        """The state in words, and the last error."""
        return format_html("{}{}", badge(*condition_of(state)), excerpt(state.last_error))

    @admin.display(description=gettext_lazy("lag"), ordering="synced_until")
    def how_far(self, state: MirrorState) -> SafeString | str:
        """How far it is behind Zoho; during the first reading, its progress."""
        if state.lag is not None:
            return duration(state.lag)
        progress = progress_of(state)
        if progress is None:
            return _("not read yet")
        return format_html(
            '<progress max="100" value="{0}">{0} %</progress><span class="zcrm-more">{1}</span>',
            round(100 * progress),
            _("%(percent)d %% of the first reading") % {"percent": round(100 * progress)},
        )

    @admin.display(description=gettext_lazy("drift"), ordering="drift")
    def differs(self, state: MirrorState) -> SafeString | str:
        """How many rows differed when all ids were last compared, and when that was."""
        if state.reconciliation:
            return _("being compared")
        if state.drift is None:
            return _("not compared yet")
        return format_html(
            '{}<span class="zcrm-more">{}</span>', state.drift, moment(state.reconciled_at, "")
        )

    @admin.display(description=gettext_lazy("outbox"))
    def waiting(self, state: Any) -> SafeString:
        """How many changes wait to be sent, and how many are in conflict or given up."""
        url = reverse("admin:zcrm_mirror_outboxitem_changelist", current_app=self.admin_site.name)
        below = [
            ngettext("%(count)d conflict", "%(count)d conflicts", state.conflict_items)
            % {"count": state.conflict_items}
            if state.conflict_items
            else "",
            _("%(count)d given up") % {"count": state.dead_items} if state.dead_items else "",
        ]
        return format_html(
            '<a href="{}?connection={}&amp;module={}">{}</a><span class="zcrm-more">{}</span>',
            url,
            state.connection_id,
            state.module,
            state.open_items,
            " · ".join(filter(None, below)),
        )

    @admin.display(description=gettext_lazy("last run"), ordering="last_run_at")
    def ran(self, state: MirrorState) -> SafeString | str:
        """When a worker last ran for it."""
        return moment(state.last_run_at, _("never"))

    @admin.display(description=gettext_lazy("rows"))
    def rows(self, state: MirrorState) -> str:
        """How many rows there are, by the state of their records."""
        counts = statuses([state], with_rows=True)[0].rows or {}
        return " · ".join(f"{count} {name}" for name, count in counts.items())

    @admin.display(description=gettext_lazy("could not be stored"))
    def not_stored(self, state: MirrorState) -> SafeString | str:
        """The records that do not fit their columns, and why."""
        problems = list(state.problems.values())
        if not problems:
            return _("none")
        shown = format_html_join("", "<li>{}</li>", ((words,) for words in problems[:MAX_PROBLEMS]))
        more = len(problems) - MAX_PROBLEMS
        rest = _("… and %(count)d more") % {"count": more} if more > 0 else ""
        return format_html('<ul class="zcrm-changes">{}</ul>{}', shown, rest)
