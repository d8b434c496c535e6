"""Stores the records of an organisation: by id, by indexed value, deleted ones separately.

A record is a plain dict of API names in Zoho's newest spelling that is never changed in place:
an update replaces it with a new dict, so that a reference to it stays valid. Datetimes are
stored in UTC (`2025-03-01T09:00:00+00:00`), which makes them sort as text; lookups are stored as
the bare id, subforms as the list of row ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from .ordering import Ordering

StoredRecord = dict[str, Any]
SortKey = Callable[[StoredRecord], Any]
Position = tuple[Any, ...]
"""A place in the order by a field: the value and the id, or a part of that."""


@dataclass
class Deleted:
    """A record that was deleted; `record` is None once it is deleted permanently."""

    id: str
    module: str
    display_name: str | None
    deleted_by: str
    created_by: str | None
    deleted_time: str
    record: StoredRecord | None
    #: The objects deleted with the record: subform rows, notes, attachments, as (module, record).
    companions: list[tuple[str, StoredRecord]] = field(default_factory=list)


def index_key(value: Any) -> Any:
    """Return the form of a value in an index: text case-folded."""
    return value.casefold() if isinstance(value, str) else value


@dataclass
class Table:
    """The records of one module, in the order of their ids."""

    rows: dict[str, StoredRecord] = field(default_factory=dict)
    deleted: dict[str, Deleted] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    _indexes: dict[str, dict[Any, dict[str, None]]] = field(default_factory=dict)
    _ids: Ordering | None = None
    _orders: dict[str, tuple[SortKey, Ordering]] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Table:
        """Return a table that can change independently; the records are shared."""
        return Table(dict(self.rows), dict(self.deleted), dict(self.counters))

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, record_id: str) -> StoredRecord | None:
        """Return a record, or None."""
        return self.rows.get(record_id)

    def put(self, record: StoredRecord) -> None:
        """Store a new record or a new state of one."""
        record_id = record["id"]
        old = self.rows.get(record_id)
        self.rows[record_id] = record
        self._reindex(record_id, old, record)

    def remove(self, record_id: str) -> StoredRecord | None:
        """Take a record out and return it."""
        record = self.rows.pop(record_id, None)
        if record is not None:
            self._reindex(record_id, record, None)
        return record

    def _reindex(self, record_id: str, old: StoredRecord | None, new: StoredRecord | None) -> None:
        """Update the indexes after one change."""
        self._texts.pop(record_id, None)
        for name, index in self._indexes.items():
            before, after = (index_key(state.get(name)) if state else None for state in (old, new))
            if before != after:
                if before is not None:
                    index[before].pop(record_id, None)
                if after is not None:
                    index.setdefault(after, {})[record_id] = None
        for key, order in self._orders.values():
            before, after = (key(state) if state else None for state in (old, new))
            if before != after:
                if before is not None:
                    order.remove((before, record_id))
                if after is not None:
                    order.add((after, record_id))
        if self._ids is not None:
            if old is None:
                self._ids.add(record_id)
            elif new is None:
                self._ids.remove(record_id)

    def restore(self, *records: StoredRecord) -> None:
        """Put records back at their places in the order of ids; slow for large tables."""
        for record in records:
            self.put(record)
        self.rows = {record_id: self.rows[record_id] for record_id in sorted(self.rows)}

    def find(self, name: str, value: Any) -> list[StoredRecord]:
        """Return the records whose `name` equals `value`, ignoring case, oldest first."""
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = {}
            for record in self.rows.values():
                key = index_key(record.get(name))
                if key is not None:
                    index.setdefault(key, {})[record["id"]] = None
        return [self.rows[record_id] for record_id in index.get(index_key(value), ())]

    def newest_first(self) -> Iterator[StoredRecord]:
        """Iterate by descending id, Zoho's default order."""
        return iter(reversed(self.rows.values()))

    def with_ids(
        self, first: str | None = None, last: str | None = None, *, descending: bool = False
    ) -> Iterator[StoredRecord]:
        """Iterate over the records with ids from `first` to `last`, by id."""
        if self._ids is None:
            self._ids = Ordering(self.rows)
        ids = self._ids.iterate(first, last, descending=descending)
        return map(self.rows.__getitem__, ids)

    def text(self, record: StoredRecord, names: Iterable[str]) -> str:
        """Return the text of several fields in one, cached until the record changes."""
        joined = self._texts.get(record["id"])
        if joined is None:
            joined = "\n".join(value for name in names if (value := record.get(name))).casefold()
            self._texts[record["id"]] = joined
        return joined

    def order_by(
        self,
        name: str,
        key: SortKey,
        *,
        descending: bool = False,
        low: Position | None = None,
        high: Position | None = None,
    ) -> Iterator[StoredRecord]:
        """Iterate by a field; `key` returns a comparable value, None comes last either way.

        Records with equal values are in the order of their ids. `low` and `high` are positions in
        that order, which limit the records.
        """
        order = self._order(name, key)
        rows = self.rows
        places = order.iterate(low, high, descending=descending)
        records = (rows[record_id] for _, record_id in places)
        if low is not None or high is not None or len(order) == len(rows):
            return records
        empty = reversed(rows.values()) if descending else rows.values()
        return chain(records, (record for record in empty if key(record) is None))

    def count_ordered(
        self, name: str, key: SortKey, low: Position | None, high: Position | None
    ) -> int:
        """Return the number of records with a value from `low` to `high`."""
        return self._order(name, key).count(low, high)

    def _order(self, name: str, key: SortKey) -> Ordering:
        order = self._orders.get(name)
        if order is None:
            places = (
                (value, record["id"])
                for record in self.rows.values()
                if (value := key(record)) is not None
            )
            order = self._orders[name] = key, Ordering(places)
        return order[1]

    def next_number(self, name: str, start: int) -> int:
        """Increment an autonumber and return it."""
        number = self.counters.get(name, start - 1) + 1
        self.counters[name] = number
        return number


@dataclass
class Tag:
    """A tag of a module."""

    id: str
    name: str
    module: str
    color_code: str | None
    created_by: str
    created_time: str
    modified_by: str
    modified_time: str


@dataclass
class Blob:
    """Bytes of an attachment, a photo or a file field."""

    id: str
    name: str
    content: bytes
    content_type: str
    created_by: str
    created_time: str


@dataclass
class RecordStore:
    """All records of an organisation, with tags, files and links."""

    tables: dict[str, Table] = field(default_factory=dict)
    #: The module of every existing record, by id.
    homes: dict[str, str] = field(default_factory=dict)
    #: Links that are not stored in a field: {"Leads/Products": {lead id: {product id: values}}}.
    links: dict[str, dict[str, dict[str, dict[str, Any]]]] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    blobs: dict[str, Blob] = field(default_factory=dict)
    photos: dict[str, Blob] = field(default_factory=dict)
    timeline: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    page_tokens: dict[str, Any] = field(default_factory=dict)
    contact_roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: The shares of records: {record id: {user id: how}}.
    shares: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def copy(self) -> RecordStore:
        """Return a store that can change independently; records and bytes are shared."""
        return RecordStore(
            {name: table.copy() for name, table in self.tables.items()},
            dict(self.homes),
            {
                name: {item: dict(others) for item, others in pairs.items()}
                for name, pairs in self.links.items()
            },
            dict(self.tags),
            dict(self.blobs),
            dict(self.photos),
            {record_id: list(entries) for record_id, entries in self.timeline.items()},
            dict(self.jobs),
            dict(self.page_tokens),
            dict(self.contact_roles),
            {record_id: dict(shares) for record_id, shares in self.shares.items()},
        )

    def counts(self) -> dict[str, int]:
        """Return the number of records of each module."""
        return {name: len(table) for name, table in self.tables.items()}

    def table(self, module: str) -> Table:
        """Return the table of a module, created on first use."""
        table = self.tables.get(module)
        if table is None:
            table = self.tables[module] = Table()
        return table

    def put(self, module: str, record: StoredRecord) -> None:
        """Store a record or a new state of one."""
        self.table(module).put(record)
        self.homes[record["id"]] = module

    def get(self, record_id: str) -> StoredRecord | None:
        """Return a record of any module, or None."""
        home = self.homes.get(record_id)
        return None if home is None else self.tables[home].rows.get(record_id)

    def remove(self, module: str, record_id: str) -> StoredRecord | None:
        """Take a record out and return it."""
        self.homes.pop(record_id, None)
        return self.table(module).remove(record_id)

    def link(
        self, record: tuple[str, str], other: tuple[str, str], values: dict[str, Any] | None = None
    ) -> None:
        """Link two records, each given as (module, id), in both directions."""
        for (module, record_id), (far_module, far_id) in ((record, other), (other, record)):
            pairs = self.links.setdefault(f"{module}/{far_module}", {})
            pairs.setdefault(record_id, {})[far_id] = dict(values or {})

    def unlink(self, record: tuple[str, str], other: tuple[str, str]) -> bool:
        """Unlink two records; return whether they were linked."""
        was_linked = False
        for (module, record_id), (far_module, far_id) in ((record, other), (other, record)):
            pairs = self.links.get(f"{module}/{far_module}", {})
            was_linked = pairs.get(record_id, {}).pop(far_id, None) is not None or was_linked
        return was_linked

    def get_links(self, module: str, record_id: str, far_module: str) -> dict[str, dict[str, Any]]:
        """Return the ids linked to a record with the links' values, in the order of linking."""
        return self.links.get(f"{module}/{far_module}", {}).get(record_id, {})

    def children(self, module: str, name: str, parent_id: str) -> Iterable[StoredRecord]:
        """Return the records of a module whose lookup `name` is `parent_id`."""
        return self.table(module).find(name, parent_id)
