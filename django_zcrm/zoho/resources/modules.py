"""Modules: metadata of the kinds of records."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.metadata import Module, ModuleStatus
from . import Resource


class Modules(Resource, scope="ZohoCRM.settings.modules", key="modules"):
    """Module metadata (Zoho's manual: Modules Metadata)."""

    @operation("GET", "/crm/{version}/settings/modules")
    def list(
        self,
        *,
        status: ModuleStatus | None = None,
        feature_name: str | None = None,
        include: str | None = None,
    ) -> Sequence[Module]:
        """Return the modules that the connected user may see.

        Args:
            status: Only modules with this status.
            feature_name: Only modules that support this feature.
            include: Additional details, separated by commas: `fields`, `layouts`, `related_lists`,
                `custom_view`, `business_card_fields`.
        """
        ...

    @operation("GET", "/crm/{version}/settings/modules/{module}")
    def get(self, module: str) -> Module:
        """Return one module. Raises Invalid if there is none.

        Args:
            module: API name or id of the module.
        """
        ...

    @operation("POST", "/crm/{version}/settings/modules", body="modules", since="v7")
    def create(self, modules: Sequence[Values]) -> BatchResult:
        """Create custom modules; return the outcome of each.

        Args:
            modules: Modules to create, each with `singular_label` and `plural_label` (at most 25
                characters each), `api_name` (at most 50) and `profiles`. Zoho documents one per
                call, which costs 500 credits.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/modules", body="modules")
    def update(self, modules: Sequence[Values]) -> BatchResult:
        """Change modules, each with its `id`; return the outcome of each.

        Args:
            modules: Modules to change, each with its `id` and the new values, such as
                `singular_label` and `plural_label` (at most 25 characters each). Zoho documents at
                most 100 per call.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/modules/{module}", body="changes", in_list=True)
    def update_one(self, module: str, changes: Values) -> Outcome:
        """Change one module.

        Args:
            module: API name or id of the module.
            changes: Values to change, such as `singular_label`, `plural_label` (at most 25
                characters each) and `profiles`.
        """
        ...
