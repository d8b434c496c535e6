"""Functions: serverless functions of the organisation, exposed as REST API.

Not in Zoho's published operations; source: docs/functions/serverless-fn-oauth.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..operations.operation import operation
from ..operations.readers import anything
from . import Resource


class Functions(Resource, scope="ZohoCRM.functions.execute"):
    """Serverless functions, called with OAuth."""

    @operation(
        "GET", "/crm/{version}/functions/{api_name}/actions/execute", returns=anything, safe=False
    )
    def execute(
        self,
        api_name: str,
        *,
        arguments: Mapping[str, Any] | None = None,
        auth_type: Literal["oauth"] = "oauth",
    ) -> Any:
        """Run a function by GET; return its whole response.

        The response is usually a dictionary with the text `details.output`, but a function may
        return anything.

        Args:
            api_name: API name of the function.
            arguments: Arguments for the function, sent in the query as JSON.
            auth_type: Constant that Zoho requires.
        """
        ...

    @operation("POST", "/crm/{version}/functions/{api_name}/actions/execute", returns=anything)
    def execute_post(
        self,
        api_name: str,
        body: Any = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        auth_type: Literal["oauth"] = "oauth",
    ) -> Any:
        """Run a function by POST; return its whole response.

        Args:
            api_name: API name of the function.
            body: Value to send as the JSON body.
            arguments: Arguments for the function, sent in the query as JSON.
            auth_type: Constant that Zoho requires.
        """
        ...
