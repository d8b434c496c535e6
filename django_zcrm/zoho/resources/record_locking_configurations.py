"""Record locking: conditions that lock the records of a module."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import RecordLockingConfiguration
from . import Resource


class RecordLockingConfigurations(
    Resource,
    scope="ZohoCRM.settings.record_locking_configurations",
    key="record_locking_configurations",
    since="v7",
):
    """Record locking (Zoho's manual: Record Locking Configurations)."""

    @operation("GET", "/crm/{version}/settings/record_locking_configurations")
    def list(
        self, module: str, *, feature_type: str | None = None
    ) -> Sequence[RecordLockingConfiguration]:
        """Return the configurations of a module.

        Args:
            module: API name of the module, such as `Leads`.
            feature_type: Only configurations of this feature, such as `record_locking`.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/record_locking_configurations/{record_locking_config_id}",
        since="v2",
    )
    def get(self, record_locking_config_id: str, module: str) -> RecordLockingConfiguration:
        """Return one configuration of a module. Raises NotFound.

        Args:
            record_locking_config_id: Id of the configuration.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "POST", "/crm/{version}/settings/record_locking_configurations", body="configurations"
    )
    def create(self, configurations: Sequence[Values], module: str) -> BatchResult:
        """Create configurations; return the outcome of each.

        Args:
            configurations: Configurations to create, each with `lock_type` (automatic, manual or
                both) and optionally `locking_rules` (at most 5), `restricted_actions` (10) and
                `excluded_fields` (15). Zoho documents one per call.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "PUT", "/crm/{version}/settings/record_locking_configurations", body="configurations"
    )
    def update(self, configurations: Sequence[Values], module: str) -> BatchResult:
        """Change configurations, each with its `id`; return the outcome of each.

        Args:
            configurations: Configurations to change, each with its `id` and the new values as for
                `create`. Zoho documents one per call.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/record_locking_configurations/{record_locking_config_id}",
        body="configuration",
        in_list=True,
    )
    def update_one(
        self, record_locking_config_id: str, configuration: Values, module: str
    ) -> Outcome:
        """Change one configuration.

        Args:
            record_locking_config_id: Id of the configuration.
            configuration: Values to change, as for `create`.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "DELETE", "/crm/{version}/settings/record_locking_configurations", each="ids", since="v2"
    )
    def delete(self, ids: Sequence[str], module: str) -> BatchResult:
        """Delete configurations; return the outcome of each.

        Args:
            ids: Ids of the configurations.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation(
        "DELETE", "/crm/{version}/settings/record_locking_configurations/{record_locking_config_id}"
    )
    def delete_one(self, record_locking_config_id: str, module: str) -> Outcome:
        """Delete one configuration.

        Args:
            record_locking_config_id: Id of the configuration.
            module: API name of the module, such as `Leads`.
        """
        ...
