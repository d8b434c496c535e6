"""Lookups between mirrored models, in whichever order their records arrive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..models import Connection
from .models import PendingRelation
from .options import mirrored_models, options_of
from .targets import Target
from .values import Column


class Links:
    """The rows that a batch's lookups lead to, and the lookups whose record is not here yet."""

    def __init__(
        self, keys: Mapping[tuple[str, str], Any], wanted: Mapping[tuple[str, str], str]
    ) -> None:
        self._keys = keys
        self.wanted = wanted
        """Of each record and column, the id that its lookup has; empty without one."""

    def key_of(self, column: Column, zoho_id: str | None) -> Any:
        """Return the primary key of the row for a record; None without one."""
        return None if zoho_id is None else self._keys.get((column.attribute, zoho_id))


def resolved(target: Target, connection: Connection, records: Sequence[Mapping[str, Any]]) -> Links:
    """Find the rows that the lookups of records lead to."""
    keys: dict[tuple[str, str], Any] = {}
    wanted: dict[tuple[str, str], str] = {}
    for column in target.columns:
        if column.to is None:
            continue
        ids: set[str] = set()
        for record in records:
            zoho_id = column.read(record.get(column.zoho_name))
            if column.zoho_name in record:
                wanted[str(record["id"]), column.attribute] = zoho_id or ""
            if zoho_id:
                ids.add(zoho_id)
        rows = column.to._base_manager.filter(connection=connection, zoho_id__in=ids)
        for found, key in rows.values_list("zoho_id", "pk"):
            keys[column.attribute, str(found)] = key
    return Links(keys, wanted)


def remember(target: Target, connection: Connection, links: Links, rows: Iterable[Any]) -> None:
    """Note the lookups of rows that lead to records which are not here yet, and no others."""
    if not links.wanted:
        return
    label = target.model._meta.label
    to = {column.attribute: column.to for column in target.columns if column.to is not None}
    rows = list(rows)
    noted = PendingRelation.objects.filter(model=label, object_id__in=[str(row.pk) for row in rows])
    if rows:
        noted.delete()
    pending = [
        PendingRelation(
            connection=connection,
            model=label,
            object_id=str(row.pk),
            column=attribute,
            module=options_of(model).module,
            zoho_id=zoho_id,
        )
        for row in rows
        for attribute, model in to.items()
        if (zoho_id := links.wanted.get((row.zoho_id, attribute)))
        and getattr(row, attribute) is None
    ]
    PendingRelation.objects.bulk_create(pending)


def link_arrived(target: Target, connection: Connection, rows: Sequence[Any]) -> None:
    """Set the lookups that were waiting for rows which have just been made."""
    keys = {row.zoho_id: row.pk for row in rows}
    waiting = PendingRelation.objects.filter(
        connection=connection, module=target.module, zoho_id__in=list(keys)
    )
    found: dict[tuple[str, str, str], list[PendingRelation]] = defaultdict(list)
    for one in waiting:
        found[one.model, one.column, one.zoho_id].append(one)
    models = {model._meta.label: model for model in mirrored_models().values()}
    for (label, column, zoho_id), several in found.items():
        if label in models:
            children = models[label]._base_manager.filter(
                pk__in=[one.object_id for one in several], **{f"{column}__isnull": True}
            )
            children.update(**{column: keys[zoho_id]})
    if found:
        waiting.filter(pk__in=[one.pk for several in found.values() for one in several]).delete()
