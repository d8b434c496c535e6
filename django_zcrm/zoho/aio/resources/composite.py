"""Composite requests: several requests in one, at once or one after the other.

Written by tools/write_resources.py from zoho/resources/composite.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult
from ...types.jobs import SubRequest


class Composite:
    """Composite requests (Zoho's manual: Composite API)."""

    async def execute(
        self,
        requests: Sequence[SubRequest],
        *,
        rollback_on_fail: bool | None = None,
        parallel_execution: bool | None = None,
    ) -> BatchResult:
        """Send at most 5 requests in one; return the outcome of each in order.

        The reply to a sub-request is at `details["response"]`: `status_code`, `headers`, `body`.
        With `parallel_execution=False`, a sub-request may use the reply to an earlier one,
        `"@{1:$.data[0].details.id}"`. With `rollback_on_fail=True`, one failure undoes all. The
        scopes of the sub-requests are needed too.
        """
        ...
