"""Record locking: when records of a module are locked."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import RecordLockingConfiguration
from . import Resource


class RecordLockingConfigurations(Resource):
    """Record locking (Zoho's manual: Record Locking Configurations)."""

    @operation(
        "GET",
        "/crm/{version}/settings/record_locking_configurations",
        key="record_locking_configurations",
        returns=items,
        since="v7",
        scopes=("ZohoCRM.settings.record_locking_configurations.READ",),
    )
    def list(
        self, module: str, *, feature_type: str | None = None
    ) -> Sequence[RecordLockingConfiguration]:
        """Return the configurations of a module."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/record_locking_configurations/{record_locking_config_id}",
        key="record_locking_configurations",
        returns=item,
        scopes=("ZohoCRM.settings.record_locking_configurations.READ",),
    )
    def get(self, record_locking_config_id: str, module: str) -> RecordLockingConfiguration:
        """Return one configuration of a module. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/record_locking_configurations",
        key="record_locking_configurations",
        body="configurations",
        returns=batch,
        since="v7",
        scopes=("ZohoCRM.settings.record_locking_configurations.CREATE",),
    )
    def create(self, configurations: Sequence[Values], module: str) -> BatchResult:
        """Create configurations; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/record_locking_configurations",
        key="record_locking_configurations",
        body="configurations",
        returns=batch,
        since="v7",
        scopes=("ZohoCRM.settings.record_locking_configurations.UPDATE",),
    )
    def update(self, configurations: Sequence[Values], module: str) -> BatchResult:
        """Change configurations, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/record_locking_configurations/{record_locking_config_id}",
        key="record_locking_configurations",
        body="configuration",
        in_list=True,
        returns=one,
        since="v7",
        scopes=("ZohoCRM.settings.record_locking_configurations.UPDATE",),
    )
    def update_one(
        self, record_locking_config_id: str, configuration: Values, module: str
    ) -> Outcome:
        """Change one configuration."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/record_locking_configurations",
        key="record_locking_configurations",
        each="ids",
        returns=batch,
        scopes=("ZohoCRM.settings.record_locking_configurations.DELETE",),
    )
    def delete(self, ids: Sequence[str], module: str) -> BatchResult:
        """Delete configurations; return the outcome of each."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/record_locking_configurations/{record_locking_config_id}",
        key="record_locking_configurations",
        returns=one,
        since="v7",
        scopes=("ZohoCRM.settings.record_locking_configurations.DELETE",),
    )
    def delete_one(self, record_locking_config_id: str, module: str) -> Outcome:
        """Delete one configuration."""
        ...
