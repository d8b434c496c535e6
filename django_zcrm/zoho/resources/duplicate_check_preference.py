"""Duplicate check: which records of other modules count as duplicates."""

from __future__ import annotations

from ..operations.operation import operation
from ..operations.results import Outcome
from ..types import Values
from ..types.metadata import DuplicateCheck
from . import Resource


class DuplicateCheckPreference(
    Resource,
    scope="ZohoCRM.settings.duplicate_check_preference",
    key="duplicate_check_preference",
    since="v7",
):
    """Duplicate check preference (Zoho's manual: Duplicate Check Preference)."""

    @operation("GET", "/crm/{version}/settings/duplicate_check_preference")
    def get(self, module: str) -> DuplicateCheck:
        """Return the preference of a module. Raises NotFound when there is none.

        Args:
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("POST", "/crm/{version}/settings/duplicate_check_preference", body="preference")
    def create(self, preference: Values, module: str) -> Outcome:
        """Set the preference of a module for the first time.

        Args:
            preference: `type`, either `converted_records` or `mapped_module_records`, and
                `type_configurations` with the field mappings.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/duplicate_check_preference", body="preference")
    def update(self, preference: Values, module: str) -> Outcome:
        """Change the preference of a module.

        Args:
            preference: `type`, either `converted_records` or `mapped_module_records`, and
                `type_configurations` with the field mappings.
            module: API name of the module, such as `Leads`.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/duplicate_check_preference")
    def delete(self, module: str) -> Outcome:
        """Remove the preference of a module.

        Args:
            module: API name of the module, such as `Leads`.
        """
        ...
