"""Fields that refer to several records of another module; stored as links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..state import Field, Module, Organisation
from .values import JSONPath, reference_id

#: Key of a link's own id among its values; links made elsewhere use the far record's id.
LINK = "$link"


@dataclass(frozen=True, slots=True)
class LinkChange:
    """The changes of one field's links in a body: ids to link, ids to unlink."""

    link_ids: tuple[str, ...]
    unlink_ids: tuple[str, ...]


def check(
    org: Organisation,
    module: Module,
    field: Field,
    value: Any,
    path: JSONPath,
    record_id: str | None,
) -> LinkChange:
    """Return what `value` changes. Raises Refusal if it is invalid.

    Each item is `{field: {"id"}}` for a new link, or `{"id": link, "_delete": null}`. As with
    subforms, v2 removes links not named, later versions keep them; an empty list removes all.
    """
    target = field.lookup or ""
    links = org.records.get_links(module.api_name, record_id, target) if record_id else {}
    far_by_link = {values.get(LINK, far_id): far_id for far_id, values in links.items()}
    if value is None:
        value = []
    if not isinstance(value, list):
        raise path.invalid(expected_data_type="jsonarray")
    far_ids: list[str] = []
    dropped: list[str] = []
    for index, item in enumerate(value):
        child = path.child(index)
        if not isinstance(item, dict):
            raise child.invalid(expected_data_type="jsonobject")
        if item.get("id") is not None:
            far_id = far_by_link.get(str(item["id"]))
            if far_id is None:
                raise child.child("id").unknown_id()
            (dropped if "_delete" in item else far_ids).append(far_id)
            continue
        if field.api_name not in item:
            raise child.child(field.api_name).missing()
        far_id = reference_id(item[field.api_name], child.child(field.api_name))
        if org.records.homes.get(far_id) != target:
            raise child.child(field.api_name).invalid("the id given seems to be invalid", id=far_id)
        far_ids.append(far_id)
    if not path.dialect.merges_subforms or not value:
        dropped = [far_id for far_id in links if far_id not in far_ids]
    return LinkChange(tuple(far_id for far_id in far_ids if far_id not in links), tuple(dropped))


def apply(
    org: Organisation, module: Module, field: Field, record_id: str, change: LinkChange
) -> None:
    """Link and unlink records according to a change."""
    near, target = (module.api_name, record_id), field.lookup or ""
    for far_id in change.unlink_ids:
        org.records.unlink(near, (target, far_id))
    for far_id in change.link_ids:
        org.records.link(near, (target, far_id), {LINK: org.ids.next()})


def list_linked_ids(
    org: Organisation, module: Module, field: Field, record_id: str
) -> list[tuple[str, str]]:
    """Return (link id, far record id) of the links whose far record still exists."""
    table = org.records.table(field.lookup or "")
    links = org.records.get_links(module.api_name, record_id, field.lookup or "")
    return [
        (values.get(LINK, far_id), far_id)
        for far_id, values in links.items()
        if far_id in table.rows
    ]


def get_linking_module(org: Organisation, module: Module, field: Field) -> Module:
    """Return the module behind a field. Its records are the links, and cannot be read."""
    far = org.metadata.modules[field.lookup or ""]
    return Module(
        f"{module.api_name}_X_{far.api_name}",
        f"{module.singular_label} X {far.singular_label}",
        f"{module.plural_label} X {far.plural_label}",
        "id",
        (
            Field(
                module.api_name,
                module.singular_label,
                "lookup",
                id=_sibling(field.id, 1),
                lookup=module.api_name,
            ),
            Field(
                field.api_name, field.label, "lookup", id=_sibling(field.id, 2), lookup=far.api_name
            ),
        ),
        id=_sibling(field.id, 3),
        generated_type="linking",
        show_as_tab=False,
        searchable=False,
        has_owner=False,
    )


def list_linking_modules(org: Organisation) -> list[Module]:
    """Return the modules behind all fields that refer to several records, unless imported."""
    modules = org.metadata.modules
    linking = [
        get_linking_module(org, module, field)
        for module in modules.values()
        for field in module.fields
        if field.data_type == "multiselectlookup" and field.lookup in modules
    ]
    return [module for module in linking if module.api_name not in modules]


def _sibling(field_id: str, number: int) -> str:
    """Return an id derived from a field's id; the ids of seeds end below it."""
    return str(int(field_id) + number * 50_000_000)
