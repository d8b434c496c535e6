"""The outbox in the admin: changes to be sent to Zoho, failed ones, and conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...admin.columns import badge, labelled_display, moment
from ..models import MirrorModel, OutboxItem
from ..options import mirrored_models
from ..outbox.references import row_of
from ..planning.conflicts import HELD
from ..values import columns_of
from .pages import ReadOnlyAdmin, RowAction, excerpt

State = OutboxItem.State

RETRIED = (State.FAILED, State.DISCARDED, State.CONFLICT, State.IN_DOUBT, State.NEW)
DISCARDED = (State.NEW, State.IN_DOUBT, State.CONFLICT, State.FAILED)

KINDS = {
    State.NEW: "wait",
    State.SENDING: "wait",
    State.IN_DOUBT: "wait",
    State.DONE: "good",
    State.CONFLICT: "bad",
    State.FAILED: "bad",
    State.DISCARDED: "wait",
}
MAX_SHOWN, MAX_LISTED = 200, 40
"""Characters of a value, on the page of an item and in the list."""


@admin.register(OutboxItem)
class OutboxItemAdmin(ReadOnlyAdmin):
    """Local changes, newest first."""

    list_display = ("about", "row", "how", "fields_changed", "tried", "created")
    list_filter = ("state", "operation", "module", "created_at")
    list_select_related = ("connection",)
    search_fields = ("object_id", "zoho_id", "match_value", "error", "module")
    ordering = ("-pk",)
    linked_lookups = ("connection",)
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
                "discard",
                gettext_lazy("Discard"),
                "zcrm_mirror.retry_outboxitem",
                lambda rows: rows.discard(),  # type: ignore[attr-defined]
                lambda item: item.state in DISCARDED,
                is_dangerous=True,
            ),
        )
    }

    @admin.display(description=gettext_lazy("change"), ordering="module")
    def about(self, item: OutboxItem) -> SafeString:
        """The operation, and the row that was changed."""
        return format_html(
            '{} {} {}<span class="zcrm-more">{}</span>',
            item.get_operation_display(),
            item.module,
            item.zoho_id,
            item.connection,
        )

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def how(self, item: OutboxItem) -> SafeString:
        """The item's state, and Zoho's error."""
        words = badge(KINDS[State(item.state)], item.get_state_display())
        return format_html("{}{}", words, excerpt(item.error))

    @admin.display(description=gettext_lazy("fields"))
    def fields_changed(self, item: OutboxItem) -> SafeString:
        """The names of the changed fields; of those in conflict, the values of both sides."""
        conflicts = _conflicts_of(item)
        names = ", ".join(name for name in item.changed if name not in conflicts)
        both = (
            (
                _("%(field)s: “%(local)s” here, “%(zoho)s” in Zoho")
                % {
                    "field": name,
                    "local": _format_value(sides, "local", MAX_LISTED),
                    "zoho": _format_value(sides, "zoho", MAX_LISTED),
                },
            )
            for name, sides in conflicts.items()
        )
        return format_html(
            "{}{}", names, format_html_join("", '<span class="zcrm-both">{}</span>', both)
        )

    @labelled_display(description=gettext_lazy("attempts"), ordering="attempts")
    def tried(self, item: OutboxItem) -> int:
        """The number of attempts to send the change."""
        return item.attempts

    @labelled_display(description=gettext_lazy("created"), ordering="created_at")
    def created(self, item: OutboxItem) -> SafeString | str:
        """The time of the change."""
        return moment(item.created_at, "")

    @labelled_display(description=gettext_lazy("row"))
    def row(self, item: OutboxItem) -> SafeString | str:
        """The changed row, with a link to its page if the project's admin has one."""
        return self._link(mirrored_models().get(item.module), item.object_id)

    def _link(self, model: type[MirrorModel] | None, key: str) -> SafeString | str:
        if model is None or not self.admin_site.is_registered(model):
            return f"#{key}"
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        url = reverse(name, args=[key], current_app=self.admin_site.name)
        words = f"{capfirst(str(model._meta.verbose_name))} #{key}"
        return format_html('<a href="{}">{}</a>', url, words)

    @admin.display(description=gettext_lazy("changes"))
    def both_sides(self, item: OutboxItem) -> SafeString | str:
        """By field: the former value, the local one, and Zoho's if both sides changed it."""
        conflicts = _conflicts_of(item)
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
                {name: _zoho_value(both) for name, both in conflicts.items()},
                {
                    name: _SIDES.get(str(both.get("kept")), _("another value"))
                    for name, both in conflicts.items()
                },
            ]
        labelled = list(zip(heads[1:], columns, strict=True))
        rows = format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            (
                (
                    name,
                    format_html_join(
                        "",
                        '<td data-label="{}">{}</td>',
                        ((head, self._value(item, side, name)) for head, side in labelled),
                    ),
                )
                for name in names
            ),
        )
        return format_html(
            '<div class="zcrm-scroll"><table class="zcrm-sides zcrm-cards">'
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
            format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
            rows,
        )

    def _value(self, item: OutboxItem, side: Mapping[str, Any], name: str) -> SafeString | str:
        """Return a value as text, or a link if it is a lookup to a row that is not in Zoho yet."""
        key = row_of(side.get(name))
        if not key:
            return _format_value(side, name)
        model = mirrored_models().get(item.module)
        columns = () if model is None else columns_of(model)
        to = next((column.to for column in columns if column.zoho_name == name), None)
        return self._link(to, key)


_SIDES = {"local": gettext_lazy("this side"), "zoho": "Zoho", HELD: gettext_lazy("not decided")}
"""What was kept of a conflict."""


def _conflicts_of(item: OutboxItem) -> dict[str, dict[str, Any]]:
    """Return both sides of the fields in conflict, by field."""
    return {name: both for name, both in item.conflict.items() if isinstance(both, dict)}


def _zoho_value(both: Mapping[str, Any]) -> Any:
    """Return Zoho's value of a conflict, before those that lost to earlier attempts."""
    if "earlier" not in both:
        return both.get("zoho")
    values = (both["zoho"], *reversed(both["earlier"]))
    return " ← ".join(_format_value({"": value}, "", MAX_LISTED) for value in values)


def _format_value(side: Mapping[str, Any], name: str, most: int = MAX_SHOWN) -> str:
    if name not in side:
        return "-"
    value = side[name]
    text = _("empty") if value is None or value == "" else str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
