"""Builds a module from its layout, plus what the layout does not show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django_zcrm.emulator.metadata.field_types import system_fields
from django_zcrm.emulator.state.field import Field
from django_zcrm.emulator.state.module import CustomView, Module, RelatedList, Section

NOTES = RelatedList("Notes", "Notes", "Notes", field="Parent_Id")
ATTACHMENTS = RelatedList("Attachments", "Attachments", "Attachments", field="Parent_Id")


def module(
    api_name: str,
    singular: str,
    display_field: str,
    sections: Mapping[str, Iterable[Field]],
    *,
    hidden: Iterable[Field] = (),
    columns: tuple[str, ...] = (),
    related: Iterable[RelatedList] = (),
    views: Iterable[CustomView] = (),
    owner_label: str | None = None,
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
    kept = system_fields(owner_label or f"{singular} Owner")
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
        (*kept[:1], *fields, *hidden, *kept[1:]),
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
    display_field: str = "id",
    **options: Any,
) -> Module:
    """Make the module behind a subform: rows that are found through their parent."""
    return Module(
        api_name,
        singular,
        api_name.replace("_", " "),
        display_field,
        (*fields, *system_fields(None)),
        generated_type="subform",
        parent_module=parent,
        show_as_tab=False,
        has_owner=False,
        searchable=False,
        **options,
    )
