"""Variables: values that scripts and templates of the organisation share."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome
from ..types import Values
from ..types.organisation import Variable
from . import Resource


class Variables(Resource, scope="ZohoCRM.settings.variables", key="variables"):
    """Variables (Zoho's manual: Variables)."""

    @operation("GET", "/crm/{version}/settings/variables")
    def list(self, *, group: str | None = None) -> Sequence[Variable]:
        """Return the variables, of one group or of all.

        Args:
            group: Id or API name of a variable group; only its variables.
        """
        ...

    @operation("GET", "/crm/{version}/settings/variables/{id}")
    def get(self, id: str, *, group: str | None = None, group_rid: str | None = None) -> Variable:
        """Return one variable. Raises NotFound.

        Args:
            id: Id or API name of the variable.
            group: Id or API name of the variable group; required if `id` is an API name.
            group_rid: Resource id of the variable group.
        """
        ...

    @operation("POST", "/crm/{version}/settings/variables", body="variables")
    def create(self, variables: Sequence[Values]) -> BatchResult:
        """Create variables; return the outcome of each.

        Args:
            variables: Variables to create, each with `name` (at most 50 characters), `api_name` (at
                most 100), `type`, `variable_group` and `value`.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/variables", body="variables")
    def update(self, variables: Sequence[Values]) -> BatchResult:
        """Change variables, each with its `id`; return the outcome of each.

        Args:
            variables: Variables to change, each with its `id` and the new values.
        """
        ...

    @operation("PUT", "/crm/{version}/settings/variables/{id}", body="variable", in_list=True)
    def update_one(self, id: str, variable: Values, *, group: str | None = None) -> Outcome:
        """Change one variable.

        Args:
            id: Id or API name of the variable.
            variable: Values to change, such as `value`.
            group: Id or API name of the variable group; required if `id` is an API name.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/variables", each="ids")
    def delete(self, ids: Sequence[str], *, rids: Sequence[str] | None = None) -> BatchResult:
        """Delete variables; return the outcome of each.

        Args:
            ids: Ids of the variables.
            rids: Resource ids of the variables.
        """
        ...

    @operation("DELETE", "/crm/{version}/settings/variables/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one variable.

        Args:
            id: Id of the variable.
        """
        ...
