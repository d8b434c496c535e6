"""Functions: serverless functions of the organisation, exposed as REST API.

Not in Zoho's published operations; source: docs/functions/serverless-fn-oauth.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..operation import operation
from ..readers import anything
from . import Resource


class Functions(Resource):
    """Serverless functions, called with OAuth."""

    @operation(
        "GET",
        "/crm/{version}/functions/{api_name}/actions/execute",
        returns=anything,
        safe=False,  # whatever the method: the function may change things
        scopes=("ZohoCRM.functions.execute.READ",),
    )
    def execute(
        self,
        api_name: str,
        *,
        arguments: Mapping[str, Any] | None = None,
        auth_type: Literal["oauth"] = "oauth",
    ) -> Any:
        """Run a function by GET with `arguments` in the query; return its whole reply.

        Usually that is a dictionary with the text `details.output`; a function may return anything.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/functions/{api_name}/actions/execute",
        returns=anything,
        scopes=("ZohoCRM.functions.execute.CREATE",),
    )
    def execute_post(
        self,
        api_name: str,
        body: Any = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        auth_type: Literal["oauth"] = "oauth",
    ) -> Any:
        """Run a function by POST with a JSON body, `arguments` in the query, or both."""
        ...
