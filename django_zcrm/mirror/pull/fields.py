"""Finds out which fields of a module are read, and by which calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...exceptions import NotFound
from ...zoho.query.compile.query import CHILD_TYPES, UNLISTED_TYPES
from ..declared_fields import known_fields, organisation_fields
from ..leased_mirror import LeasedMirror
from ..stored import id_of

TIME = "Modified_Time"
CREATED = "Created_Time"


@dataclass(frozen=True, slots=True)
class PulledFields:
    """Zoho's names of the fields to read.

    COQL returns the `listed` fields, and bulk read the `exported` ones. Only a request for a single
    record returns the `single` ones: subforms, and lookups to several records.
    """

    listed: tuple[str, ...]
    exported: tuple[str, ...]
    single: tuple[str, ...]
    has_time: bool
    is_created: bool

    @property
    def left_by_export(self) -> tuple[str, ...]:
        """The fields that bulk reads do not return."""
        exported = set(self.exported)
        return tuple(name for name in (*self.listed, *self.single) if name not in exported)


def fields_of(mirror: LeasedMirror) -> PulledFields:
    """Return the fields to read; for a module without a model, all that a list returns.

    Raises UnknownField.
    """
    names, zoho_fields = organisation_fields(mirror).all_names, known_fields(mirror)
    kinds = {name: zoho_fields[name].data_type for name in names}
    if mirror.target.options is None:
        names = tuple(name for name in names if kinds[name] not in UNLISTED_TYPES)
    has_time = TIME in zoho_fields
    own = (TIME,) if has_time else ()
    return PulledFields(
        listed=tuple(dict.fromkeys((*own, *(n for n in names if kinds[n] not in CHILD_TYPES)))),
        exported=tuple(
            dict.fromkeys((*own, *(n for n in names if kinds[n] not in UNLISTED_TYPES)))
        ),
        single=tuple(name for name in names if kinds[name] in CHILD_TYPES),
        has_time=has_time,
        is_created=CREATED in zoho_fields,
    )


def complete_records(
    mirror: LeasedMirror, rows: Sequence[dict[str, Any]], names: Sequence[str]
) -> None:
    """Add the fields that only requests for single records return, with one request per row.

    A record that is gone keeps the values that were read, but not their time: it may be restored or
    shown again with the same time, and is then read again.
    """
    for row in rows if names else ():
        if not (zoho_id := id_of(row)):
            continue
        try:
            record: Mapping[str, Any] = mirror.crm.records.get(mirror.state.module, zoho_id)
        except NotFound:
            row.pop(TIME, None)
            continue
        row.update((name, record.get(name)) for name in names)
