"""Variables: values that scripts and templates of the organisation share."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, items, one
from ..results import BatchResult, Outcome
from ..types import Values
from ..types.organisation import Variable
from . import Resource


class Variables(Resource):
    """Variables (Zoho's manual: Variables)."""

    @operation(
        "GET",
        "/crm/{version}/settings/variables",
        key="variables",
        returns=items,
        scopes=("ZohoCRM.settings.variables.READ",),
    )
    def list(self, *, group: str | None = None) -> Sequence[Variable]:
        """Return the variables, of one group or of all."""
        ...

    @operation(
        "GET",
        "/crm/{version}/settings/variables/{id}",
        key="variables",
        returns=item,
        scopes=("ZohoCRM.settings.variables.READ",),
    )
    def get(self, id: str, *, group: str | None = None, group_rid: str | None = None) -> Variable:
        """Return one variable by id, or by API name and `group`. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/settings/variables",
        key="variables",
        body="variables",
        returns=batch,
        scopes=("ZohoCRM.settings.variables.CREATE",),
    )
    def create(self, variables: Sequence[Values]) -> BatchResult:
        """Create variables; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/variables",
        key="variables",
        body="variables",
        returns=batch,
        scopes=("ZohoCRM.settings.variables.UPDATE",),
    )
    def update(self, variables: Sequence[Values]) -> BatchResult:
        """Change variables, each with its `id`; return the outcome of each."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/settings/variables/{id}",
        key="variables",
        body="variable",
        in_list=True,
        returns=one,
        scopes=("ZohoCRM.settings.variables.UPDATE",),
    )
    def update_one(self, id: str, variable: Values, *, group: str | None = None) -> Outcome:
        """Change one variable, by id, or by API name and `group`."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/variables",
        key="variables",
        each="ids",
        returns=batch,
        scopes=("ZohoCRM.settings.variables.DELETE",),
    )
    def delete(self, ids: Sequence[str], *, rids: Sequence[str] | None = None) -> BatchResult:
        """Delete variables; return the outcome of each."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/settings/variables/{id}",
        key="variables",
        returns=one,
        scopes=("ZohoCRM.settings.variables.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one variable."""
        ...
