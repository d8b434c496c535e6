"""Sets lookups between mirrored models, whose records may arrive in any order."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import router

from ..models import Connection
from . import saving
from .locking import delete_by_key, lock_rows
from .models import PendingRelation
from .models.organisations import organisation_of
from .models.primary import rows_on_primary
from .options import lookups_to, mirrored_models, options_of
from .outbox.incoming import find_local_changes
from .statements import Parameter, Select, compiled, numbered, parameters, size_of
from .stored import Unstorable
from .targets import MirrorTarget, target_of
from .values import MirrorColumn

logger = logging.getLogger("django_zcrm.mirror")

ROWS = 300
"""Rows whose lookup is set at once."""


class Links:
    """The rows to which a batch's lookups refer, and lookups to records without a row."""

    def __init__(
        self, keys: Mapping[tuple[str, str], Any], lookup_ids: Mapping[tuple[str, str], str]
    ) -> None:
        self._keys = keys
        self.lookup_ids = lookup_ids
        """The id that a lookup has, by record and column; empty without one."""

    def key_of(self, column: MirrorColumn, zoho_id: str | None) -> Any:
        """Return the primary key of the row for a record; None without one."""
        return None if zoho_id is None else self._keys.get((column.attribute, zoho_id))


def find_related_rows(
    target: MirrorTarget, connection: Connection, records: Sequence[Mapping[str, Any]]
) -> Links:
    """Find the rows to which the lookups of records refer."""
    keys: dict[tuple[str, str], Any] = {}
    lookup_ids: dict[tuple[str, str], str] = {}
    for column in target.columns:
        if column.to is None:
            continue
        ids: set[str] = set()
        for record in records:
            if column.zoho_name not in record:
                continue
            try:
                zoho_id = column.read(record[column.zoho_name])
            except Unstorable:
                continue  # reported when the row is written
            lookup_ids[str(record["id"]), column.attribute] = zoho_id or ""
            if zoho_id:
                ids.add(zoho_id)
        rows = target_of(options_of(column.to).module).rows(connection).filter(zoho_id__in=ids)
        for row_id, key in rows.values_list("zoho_id", "pk") if ids else ():
            keys[column.attribute, str(row_id)] = key
    return Links(keys, lookup_ids)


def store_pending(
    target: MirrorTarget,
    connection: Connection,
    links: Links,
    new: Sequence[Any],
    changed: Sequence[Any],
    others: Sequence[Any],
) -> None:
    """Store the lookups of rows to records that have no row yet.

    A lookup that is empty although the record's row exists was cleared here, and will be sent. An
    empty lookup of the `others`, whose columns did not change, may refer to another record now.
    """
    if not links.lookup_ids:
        return
    label = target.model._meta.label
    to = {column: column.to for column in target.columns if column.to is not None}
    empty = [row for row in others if any(getattr(row, column.attribute) is None for column in to)]
    changed = [*changed, *empty]
    if changed:
        keys = [str(row.pk) for row in changed]
        select = _select_pending(router.db_for_write(PendingRelation), label, size_of(keys))
        delete_by_key(PendingRelation.objects.all(), select.fetch(**numbered("key", keys)))
    pending = [
        PendingRelation(
            connection=connection,
            organisation_id=organisation_of(connection),
            model=label,
            object_id=str(row.pk),
            column=column.attribute,
            module=options_of(model).module,
            zoho_id=zoho_id,
        )
        for row in (*new, *changed)
        for column, model in to.items()
        if (zoho_id := links.lookup_ids.get((row.zoho_id, column.attribute)))
        and getattr(row, column.attribute) is None
        and links.key_of(column, zoho_id) is None
    ]
    if pending:
        PendingRelation.objects.bulk_create(pending)


@compiled
def _select_pending(using: str, label: str, size: int) -> Select:
    relations = PendingRelation.objects.using(using).filter(model=label)
    own = relations.filter(object_id__in=parameters("key", size))
    return Select.of(own.values_list("pk", flat=True))


def link_new_rows(target: MirrorTarget, connection: Connection, ids: Sequence[str]) -> None:
    """Set the lookups that were waiting for rows which have just got their ids in Zoho."""
    if not ids or not any(lookups_to(target.model)):
        return
    waiting = PendingRelation.objects.filter(
        connection=connection,
        organisation_id=organisation_of(connection),
        module=target.module,
        zoho_id__in=ids,
    )
    if relations := list(waiting):
        zoho_ids = {relation.zoho_id for relation in relations}
        rows = target.rows(connection).filter(zoho_id__in=zoho_ids).values_list("zoho_id", "pk")
        _link(connection, relations, {(target.module, str(row[0])): row[1] for row in rows})


def link_late(target: MirrorTarget, connection: Connection, batch: int = 1_000) -> int:
    """Set lookups from and to a module whose record is here already; return how many.

    This happens if two workers wrote parent and child at the same time.
    """
    linked = 0
    for module in mirrored_models():
        label = target.model._meta.label if module != target.module else ""
        to, last = target_of(module), 0
        while late := to.fetch(_select_late, connection, label, batch, last=last):
            rows = to.rows(connection).filter(zoho_id__in={relation.zoho_id for relation in late})
            keys = {(module, str(row[0])): row[1] for row in rows.values_list("zoho_id", "pk")}
            _link(connection, late, keys)
            linked, last = linked + len(late), late[-1].pk
    return linked


@compiled
def _select_late(using: str, to: MirrorTarget, label: str, batch: int) -> Select:
    own: dict[str, Any] = {"model": label} if label else {}
    waiting = PendingRelation.objects.using(using).filter(
        connection=Parameter("connection"),
        organisation_id=Parameter("organisation"),
        module=to.module,
        zoho_id__in=to.rows_of_parameters(using).exclude(zoho_id=None).values("zoho_id"),
        pk__gt=Parameter("last"),
        **own,
    )
    return Select.of(waiting.order_by("pk")[:batch])


def _link(
    connection: Connection,
    waiting: Iterable[PendingRelation],
    keys: Mapping[tuple[str, str], Any],
) -> None:
    models = {model._meta.label: model for model in mirrored_models().values()}
    linked: list[int] = []
    by_column: dict[tuple[str, str], list[PendingRelation]] = defaultdict(list)
    for relation in waiting:
        if (relation.module, relation.zoho_id) in keys:
            by_column[relation.model, relation.column].append(relation)
    for (label, column), several in by_column.items():
        if label not in models:
            linked += [relation.pk for relation in several]
            continue
        for start in range(0, len(several), ROWS):
            part = several[start : start + ROWS]
            children = rows_on_primary(models[label]).filter(
                connection=connection,
                pk__in=[relation.object_id for relation in part],
                **{f"{column}__isnull": True},
            )
            led_to = {row.object_id: keys[row.module, row.zoho_id] for row in part}
            rows = lock_rows(children)
            to = target_of(options_of(models[label]).module)
            local = find_local_changes(to, connection, rows, ())  # such as an emptied lookup
            rows = [row for row in rows if column not in local.get(row.zoho_id, ())]
            for row in rows:
                setattr(row, column, led_to[str(row.pk)])
            failed = saving.update(rows, [models[label]._meta.get_field(column).name])
            refused = {str(row.pk): failed[row.zoho_id] for row in rows if row.zoho_id in failed}
            for key, why in refused.items():
                logger.warning("%s %s.%s: %s", label, key, column, why)
            linked += [relation.pk for relation in part if relation.object_id not in refused]
    for start in range(0, len(linked), ROWS):
        PendingRelation.objects.filter(pk__in=linked[start : start + ROWS]).delete()
