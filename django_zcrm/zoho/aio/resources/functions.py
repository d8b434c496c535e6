"""Functions: serverless functions of the organisation, exposed as REST API.

Not in Zoho's published operations; source: docs/functions/serverless-fn-oauth.html.

Written by tools/write_resources.py from zoho/resources/functions.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal


class Functions:
    """Serverless functions, called with OAuth."""

    async def execute(
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

    async def execute_post(
        self,
        api_name: str,
        body: Any = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        auth_type: Literal["oauth"] = "oauth",
    ) -> Any:
        """Run a function by POST with a JSON body, `arguments` in the query, or both."""
        ...
