"""Which fields of a module are read, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...exceptions import ConfigurationError, NotFound
from ...zoho.query.query import CHILD_TYPES, UNLISTED_TYPES
from ..work import Work

TIME = "Modified_Time"
CREATED = "Created_Time"


class UnknownField(ConfigurationError):
    """A model names a field that the module does not have."""


@dataclass(frozen=True, slots=True)
class PulledFields:
    """Zoho's names of the fields to read.

    `listed` are those that COQL gives, `exported` those that bulk read gives, `single` those that
    only the reading of one record gives: subforms, and lookups of several records.
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


def fields_of(work: Work) -> PulledFields:
    """Return the fields to read; for a module without a model all that a list returns.

    Raises UnknownField.
    """
    known = work.crm.session.module_fields(work.state.module)
    options = work.target.options
    if options is None:
        names = tuple(
            field.api_name
            for field in known
            if field.api_name != "id" and field.data_type not in UNLISTED_TYPES
        )
    else:
        names = options.zoho_fields
        if missing := [name for name in names if name not in known]:
            option = "fields" if missing[0] in options.fields.values() else "match_on"
            raise UnknownField(
                f"{options.module} has no field {missing[0]} in Zoho, or not any more: take it out "
                f"of {options.model.__name__}.Zoho.{option}, or make it there."
            )
    kinds = {name: known[name].data_type for name in names}
    has_time = TIME in known
    own = (TIME,) if has_time else ()
    return PulledFields(
        listed=tuple(dict.fromkeys((*own, *(n for n in names if kinds[n] not in CHILD_TYPES)))),
        exported=tuple(
            dict.fromkeys((*own, *(n for n in names if kinds[n] not in UNLISTED_TYPES)))
        ),
        single=tuple(name for name in names if kinds[name] in CHILD_TYPES),
        has_time=has_time,
        is_created=CREATED in known,
    )


def completed(work: Work, rows: Sequence[dict[str, Any]], names: Sequence[str]) -> None:
    """Add to rows the fields that only requests for single records return: one request per row.

    A record that is gone meanwhile keeps what was read.
    """
    for row in rows if names else ():
        try:
            record: Mapping[str, Any] = work.crm.records.get(work.state.module, str(row["id"]))
        except NotFound:
            continue
        row.update((name, record.get(name)) for name in names)
