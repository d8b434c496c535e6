"""Builds a module from its layout and the fields that the layout does not show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..state import CustomView, Field, Module, RelatedList, Section
from .field_types import system_fields

NOTES = RelatedList("Notes", "Notes", "Notes", field="Parent_Id")
ATTACHMENTS = RelatedList("Attachments", "Attachments", "Attachments", field="Parent_Id")


def define_module(
    api_name: str,
    singular: str,
    display_field: str,
    sections: Mapping[str, Iterable[Field]],
    *,
    hidden: Iterable[Field] = (),
    columns: tuple[str, ...] = (),
    related: Iterable[RelatedList] = (),
    views: Iterable[CustomView] = (),
    plural: str | None = None,
    documents: bool = True,
    **options: Any,
) -> Module:
    """Make a module.

    `sections` is the layout, `hidden` are fields outside it, `columns` those of the standard
    views. `documents` adds notes and attachments to the related lists.
    """
    plural = plural or api_name.replace("_", " ")
    blocks = {name: tuple(fields) for name, fields in sections.items()}
    fields = [item for block in blocks.values() for item in block]
    # Recorded in v2: meetings, calls, notes and attachments lack it.
    locked_since = 6.0 if api_name in ("Events", "Calls", "Notes", "Attachments") else 2.0
    system = system_fields(f"{singular} Owner", locked_since)
    columns = columns or tuple(item.api_name for item in fields[:5])
    standard = (
        CustomView(f"All {plural}", columns, "ALLVIEWS", default=True),
        CustomView(f"My {plural}", columns, "MYVIEWS", only_mine=True),
    )
    return Module(
        api_name,
        singular,
        plural,
        display_field,
        (*system[:1], *fields, *hidden, *system[1:]),
        sections=tuple(
            Section(
                name,
                tuple(item.api_name for item in block),
                is_subform=any(item.data_type == "subform" for item in block),
            )
            for name, block in blocks.items()
        ),
        views=(*standard, *views),
        related_lists=(*related, *((NOTES, ATTACHMENTS) if documents else ())),
        **options,
    )


def child_module(
    api_name: str,
    singular: str,
    parent: str,
    fields: Iterable[Field],
    **options: Any,
) -> Module:
    """Make the module behind a subform: rows that are found through their parent."""
    return Module(
        api_name,
        singular,
        api_name.replace("_", " "),
        "id",
        (*fields, *system_fields(None, locked_since=6.0)),
        generated_type="subform",
        parent_module=parent,
        show_as_tab=False,
        has_owner=False,
        searchable=False,
        **options,
    )
