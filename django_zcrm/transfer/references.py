"""Ids in a file that the organisation does not have, found by a sample before anything is sent.

Ids of lookups, owners and records differ in each organisation, so Zoho refuses every row of a file
that was exported from another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..exceptions import ApiError
from ..zoho.client import Client
from .columns import ID, Converter, FileColumn, Item

SAMPLE = 100
"""Number of ids to check in each column: as many as one request can name."""

_USERS = frozenset({"ownerlookup", "userlookup"})


@dataclass
class SampledColumn:
    """The sampled ids of a column; `unknown` are those that the organisation does not have.

    `modules` are the modules that may contain the records; empty for a column of users.
    """

    column: FileColumn
    modules: Sequence[str]
    ids: dict[str, None] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


class ReferenceCheck:
    """Samples the ids of the items of a file, and finds those that are unknown."""

    def __init__(self, module: str, converter: Converter) -> None:
        self._columns: dict[str, SampledColumn] = {}
        for column in converter.columns:
            if column.field is None:
                continue
            if column.field is ID:
                self._columns["id"] = SampledColumn(column, (module,))
            elif column.field.data_type in _USERS or column.field.modules:
                is_user = column.field.data_type in _USERS
                modules = () if is_user else column.field.modules
                self._columns[column.field.name] = SampledColumn(column, modules)

    def add(self, item: Item) -> None:
        """Sample the ids of an item."""
        for name, sampled in self._columns.items():
            value = item.get(name)
            record_id = (
                value.get("id") if isinstance(value, dict) else value if name == "id" else None
            )
            if isinstance(record_id, str) and len(sampled.ids) < SAMPLE:
                sampled.ids[record_id] = None

    def find_unknown(self, client: Client) -> list[SampledColumn]:
        """Return the columns with ids that the organisation does not have.

        Ids of modules that the connection cannot read are not checked: Zoho may accept them.
        """
        users: set[str] | None = None
        for sampled in self._columns.values():
            if not sampled.ids:
                continue
            try:
                if sampled.modules:
                    existing_ids = _records(client, sampled.modules, sampled.ids)
                else:
                    existing_ids = users = users or _users(client)
            except ApiError:
                continue
            sampled.unknown = [
                record_id for record_id in sampled.ids if record_id not in existing_ids
            ]
        return [sampled for sampled in self._columns.values() if sampled.unknown]


def _users(client: Client) -> set[str]:
    return {str(user["id"]) for user in client.users.list(type="AllUsers")}


def _records(client: Client, modules: Iterable[str], ids: Iterable[str]) -> set[str]:
    """Return those of the ids that records of these modules have."""
    existing_ids: set[str] = set()
    for module in modules:
        unknown_ids = [record_id for record_id in ids if record_id not in existing_ids]
        if unknown_ids:
            page = client.records.list(
                module,
                fields=["id"],
                ids=unknown_ids,
                converted="both",
                approved="both",
                per_page=200,
            )
            existing_ids.update(str(record["id"]) for record in page)
    return existing_ids
