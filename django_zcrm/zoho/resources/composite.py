"""Composite requests: several requests in one, in parallel or in sequence."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.composite import outcomes
from ..operations.operation import operation
from ..operations.results import BatchResult
from ..types.jobs import SubRequest
from . import Resource


class Composite(Resource, key="__composite_requests", since="v3"):
    """Composite requests (Zoho's manual: Composite API)."""

    @operation(
        "POST",
        "/crm/{version}/__composite_requests",
        body="requests",
        top_level=("rollback_on_fail", "parallel_execution"),
        returns=outcomes,
        scopes=("ZohoCRM.composite_requests.CUSTOM",),
    )
    def execute(
        self,
        requests: Sequence[SubRequest],
        *,
        rollback_on_fail: bool | None = None,
        parallel_execution: bool | None = None,
    ) -> BatchResult:
        """Send several requests in one; return the outcome of each, in the same order.

        The response to a sub-request is at `details["response"]`: `status_code`, `headers`, `body`.
        The connection also needs the scopes of the sub-requests.

        Args:
            requests: Sub-requests, at most 5, each with `method` and `uri`, such as
                `/crm/v8/Leads`. The optional `sub_request_id` identifies a sub-request in
                references.
            rollback_on_fail: Whether Zoho undoes all sub-requests if one fails.
            parallel_execution: Whether Zoho may run sub-requests at the same time. With False, a
                sub-request may refer to the response to an earlier one:
                `"@{1:$.data[0].details.id}"`.
        """
        ...
