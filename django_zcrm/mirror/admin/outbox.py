"""The outbox in the admin: changes to be sent to Zoho, refused ones, and conflicts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...admin.columns import badge, moment
from ..models import OutboxItem
from ..options import mirrored_models
from .pages import ReadOnlyAdmin, RowAction, excerpt

State = OutboxItem.State

RETRIED = (State.DEAD, State.DROPPED, State.CONFLICT, State.UNSURE, State.NEW)
DROPPED = (State.NEW, State.UNSURE, State.CONFLICT, State.DEAD)

KINDS = {
    State.NEW: "wait",
    State.SENDING: "wait",
    State.UNSURE: "wait",
    State.DONE: "good",
    State.CONFLICT: "bad",
    State.DEAD: "bad",
    State.DROPPED: "wait",
}
MAX_SHOWN = 200
"""Characters of a value."""


@admin.register(OutboxItem)
class OutboxItemAdmin(ReadOnlyAdmin):
    """Changes that were made here, newest first."""

    list_display = ("about", "how", "fields_changed", "attempts", "created")
    list_filter = ("state", "operation", "module", "created_at")
    list_select_related = ("connection",)
    search_fields = ("object_id", "zoho_id", "match_value", "error", "module")
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("operation", "module", "row", "zoho_id", "connection", "how")}),
        (gettext_lazy("Values"), {"fields": ("both_sides", "match_value")}),
        (
            gettext_lazy("Work"),
            {"fields": ("attempts", "due", "created_at", "sent_at", "done_at", "error")},
        ),
    )
    operations = {  # noqa: RUF012
        operation.name: operation
        for operation in (
            RowAction(
                "retry",
                gettext_lazy("Send again"),
                "zcrm_mirror.retry_outboxitem",
                lambda rows: rows.retry(),  # type: ignore[attr-defined]
                lambda item: item.state in RETRIED,
            ),
            RowAction(
                "give-up",
                gettext_lazy("Drop"),
                "zcrm_mirror.retry_outboxitem",
                lambda rows: rows.give_up(),  # type: ignore[attr-defined]
                lambda item: item.state in DROPPED,
                is_dangerous=True,
            ),
        )
    }

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Also allow the filter by connection and module, to which the page of a mirror links."""
        return lookup in {"connection", "module"} or super().lookup_allowed(
            lookup,
            value,
            request,  # type: ignore[arg-type]
        )

    @admin.display(description=gettext_lazy("change"), ordering="module")
    def about(self, item: OutboxItem) -> SafeString:
        """The operation, and the row that was changed."""
        return format_html(
            '{} {} {}<span class="zcrm-more">{}</span>',
            item.get_operation_display(),
            item.module,
            item.zoho_id or f"#{item.object_id}",
            item.connection,
        )

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def how(self, item: OutboxItem) -> SafeString:
        """The item's state, and Zoho's error."""
        words = badge(KINDS[State(item.state)], item.get_state_display())
        return format_html("{}{}", words, excerpt(item.error))

    @admin.display(description=gettext_lazy("fields"))
    def fields_changed(self, item: OutboxItem) -> str:
        """The names of the changed fields."""
        return ", ".join(item.changed)

    @admin.display(description=gettext_lazy("created"), ordering="created_at")
    def created(self, item: OutboxItem) -> SafeString | str:
        """When it was made."""
        return moment(item.created_at, "")

    @admin.display(description=gettext_lazy("row"))
    def row(self, item: OutboxItem) -> SafeString | str:
        """The changed row, with a link to its page if the project's admin has one."""
        model = mirrored_models().get(item.module)
        if model is None or not self.admin_site.is_registered(model):
            return item.object_id
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        url = reverse(name, args=[item.object_id], current_app=self.admin_site.name)
        return format_html('<a href="{}">{}</a>', url, item.object_id)

    @admin.display(description=gettext_lazy("changes"))
    def both_sides(self, item: OutboxItem) -> SafeString | str:
        """By field: the former value, the local one, and Zoho's if both sides changed it."""
        conflicts = {name: both for name, both in item.conflict.items() if isinstance(both, dict)}
        names = list(dict.fromkeys([*item.changed, *conflicts]))
        if not names:
            return _("none")
        heads = [_("field"), _("before"), _("changed here")]
        before, here = {**item.base}, {**item.changed}
        columns: list[dict[str, Any]] = [before, here]
        if conflicts:
            heads += [_("in Zoho"), _("kept")]
            before |= {name: both.get("base") for name, both in conflicts.items()}
            here |= {name: both.get("local") for name, both in conflicts.items()}
            columns += [
                {name: both.get("zoho") for name, both in conflicts.items()},
                {
                    name: _SIDES.get(str(both.get("kept")), _("another value"))
                    for name, both in conflicts.items()
                },
            ]
        rows = format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            (
                (
                    name,
                    format_html_join(
                        "", "<td>{}</td>", ((_shown(side, name),) for side in columns)
                    ),
                )
                for name in names
            ),
        )
        return format_html(
            '<div class="zcrm-scroll"><table class="zcrm-sides"><thead><tr>{}</tr></thead>'
            "<tbody>{}</tbody></table></div>",
            format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
            rows,
        )


_SIDES = {"local": gettext_lazy("this side"), "zoho": "Zoho"}
"""What was kept of a conflict."""


def _shown(side: Any, name: str) -> str:
    if not isinstance(side, dict) or name not in side:
        return "-"
    value = side[name]
    text = _("empty") if value is None or value == "" else str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
