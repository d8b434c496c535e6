"""The model that holds a module's records: the project's, or `MirroredRecord`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.db import models, router

from ..models import Connection
from .locking import gives_way, lock_in_order
from .models import MirroredRecord, MirrorModel
from .models.organisations import organisation_of
from .models.primary import rows_on, rows_on_primary
from .options import MirrorOptions, mirrored_models, options_of
from .statements import Parameter, Select, compiled, numbered, parameters, size_of
from .values import MirrorColumn, columns_of


@dataclass(frozen=True)
class MirrorTarget:
    """The model of a module; `MirroredRecord` if the project has none for it."""

    module: str
    model: type[Any]

    @cached_property
    def options(self) -> MirrorOptions | None:
        """The options of the project's model; None without one."""
        if self.model is MirroredRecord:
            return None
        return options_of(cast("type[MirrorModel]", self.model))

    @cached_property
    def columns(self) -> tuple[MirrorColumn, ...]:
        """The mirrored columns; empty for `MirroredRecord`, whose fields are in `data`."""
        return columns_of(self.options.model) if self.options is not None else ()

    @property
    def match_on(self) -> str:
        """The field of Zoho's that identifies duplicates; empty without one."""
        return self.options.match_on if self.options is not None else ""

    @property
    def has_match_column(self) -> bool:
        """Whether the model has a column for `match_on`."""
        return any(column.zoho_name == self.match_on for column in self.columns)

    def rows(self, connection: Connection) -> models.QuerySet[Any]:
        """Return the rows of a connection and of its organisation, as it was read."""
        rows = self.all_rows(connection.pk)
        return rows.filter(zoho_organisation=organisation_of(connection))

    def all_rows(self, connection_id: int) -> models.QuerySet[Any]:
        """Return the rows of a connection, also those of an organisation it led to before."""
        rows: models.QuerySet[Any] = rows_on_primary(self.model).filter(connection=connection_id)
        return rows if self.options is not None else rows.filter(module=self.module)

    def fetch(
        self,
        compile_select: Callable[..., Select],
        connection: Connection,
        *args: Hashable,
        **values: Any,
    ) -> list[Any]:
        """Return what a function selects that compiles a query set of `rows_of_parameters`.

        `args` are its arguments after the target, and `values` those of more parameters.
        """
        using, organisation = router.db_for_write(self.model), organisation_of(connection)
        select = compile_select(using, self, *args)
        return select.fetch(connection=connection.pk, organisation=organisation, **values)

    def lock_rows(self, connection: Connection, keys: Collection[Any]) -> list[Any]:
        """Lock the rows of `rows()` with these primary keys as `locking.lock_rows` does."""
        args = size_of(keys), gives_way()
        return self.fetch(_select_locked, connection, *args, **numbered("key", keys))

    def rows_of_parameters(self, using: str) -> models.QuerySet[Any]:
        """Return the rows of the connection and organisation that are parameters."""
        of: dict[str, Any] = {
            "connection": Parameter("connection"),
            "zoho_organisation": Parameter("organisation"),
        }
        rows = rows_on(self.model, using).filter(**of)
        return rows if self.options is not None else rows.filter(module=self.module)

    def new(self, connection: Connection, zoho_id: str) -> Any:
        """Return an unsaved row for a record."""
        own: dict[str, Any] = {} if self.options is not None else {"module": self.module}
        organisation = organisation_of(connection)
        return self.model(
            connection=connection, zoho_organisation=organisation, zoho_id=zoho_id, **own
        )


@compiled
def _select_locked(using: str, target: MirrorTarget, size: int, nowait: bool) -> Select:
    rows = target.rows_of_parameters(using).filter(pk__in=parameters("key", size))
    return Select.of(lock_in_order(rows, nowait=nowait))


def target_of(module: str) -> MirrorTarget:
    """Return the target of a module. Raises ConfigurationError for invalid options of its model."""
    return MirrorTarget(module, mirrored_models().get(module, MirroredRecord))
