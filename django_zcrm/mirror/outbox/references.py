"""References to rows without an id in Zoho: in lookups of changes, and in `waits_for`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.utils import timezone

from ..locking import update_by_key
from ..models import OutboxItem
from ..options import mirrored_models, options_of
from ..statements import Parameter, Select, compiled, numbered, parameters, size_of
from ..values import columns_of
from ..wake import wake


def row_reference(module: str, key: str) -> str:
    """Return the value of `waits_for` for a row."""
    return f"{module} {key}"


def keys_by_module(references: Iterable[str]) -> dict[str, set[str]]:
    """Return the keys of rows, by module, from values of `waits_for`."""
    keys: dict[str, set[str]] = defaultdict(set)
    for row in references:
        module, _, key = row.partition(" ")
        keys[module].add(key)
    return keys


def row_of(value: Any) -> str:
    """Return the primary key in a lookup to a row without an id; empty for other values."""
    return str(value["row"]) if isinstance(value, dict) and "row" in value else ""


def lookup_id_of(value: Any) -> str:
    """Return the id of the record in a lookup; empty for other values."""
    return str(value["id"]) if isinstance(value, dict) and "id" in value else ""


def release(connection_id: int, module: str, keys: Collection[str], using: str) -> None:
    """Make changes due that waited for rows that now have their ids, or were deleted."""
    children = [
        options_of(model).module
        for model in mirrored_models().values()
        if any(
            column.to is not None and options_of(column.to).module == module
            for column in columns_of(model)
        )
    ]
    if not children or not keys:
        return
    rows = [row_reference(module, key) for key in keys]
    select = _select_waiting(using, tuple(children), size_of(rows))
    modules = dict(select.fetch(connection=connection_id, **numbered("row", rows)))
    for child in set(modules.values()):
        wake(connection_id, child)
    if modules:
        waiting = OutboxItem.objects.using(using).open().filter(waits_for__in=rows)
        update_by_key(waiting, modules.keys(), due=timezone.now(), waits_for="", error="")


@compiled
def _select_waiting(using: str, modules: Sequence[str], size: int) -> Select:
    own = {"connection": Parameter("connection"), "module__in": modules}
    items = OutboxItem.objects.using(using).open().filter(**own)
    return Select.of(
        items.filter(waits_for__in=parameters("row", size)).values_list("pk", "module")
    )
