"""The result of writing many rows: the outcome of each, and a retry of the failed ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import ConfigurationError
from ...operations.results import BatchResult, Outcome
from ..read.exporting import Report
from ..steps import QueryPlan, RecordSource
from ..templates import alters_data
from .operation import WriteVia

Again = Callable[[Sequence[Outcome], WriteVia | None, Report | None], QueryPlan[list[Outcome]]]


@dataclass(frozen=True, repr=False)
class WriteResult(BatchResult):
    """The outcomes of all rows, in their order.

    An outcome's `input` is the row itself. Two codes are not Zoho's. NO_RESPONSE: the row may have
    been written or not. NOT_SENT: it was not written. An unpickled result has no client, so its
    `retry_failed` raises ConfigurationError.
    """

    source: RecordSource | None = field(default=None, repr=False, compare=False)
    again: Again | None = field(default=None, repr=False, compare=False)

    @alters_data
    def retry_failed(
        self, *, via: WriteVia | None = None, progress: Report | None = None
    ) -> WriteResult:
        """Write the failed rows again; return the outcomes of all rows, with the new ones.

        You may correct rows in place before. A row that may have been written is sent again only if
        that cannot make a duplicate; for a plain create without response, the outcome stays. Rows
        of a bulk write that had not ended get the outcome of its job. Raises the errors of the
        first call.
        """
        return self._driver().run(self._plan_retry(via, progress), "aretry_failed()")

    @alters_data
    async def aretry_failed(
        self, *, via: WriteVia | None = None, progress: Report | None = None
    ) -> WriteResult:
        """Async version of `retry_failed`."""
        return await self._driver().arun(self._plan_retry(via, progress))

    def _driver(self) -> RecordSource:
        if self.source is None:
            raise ConfigurationError(
                "This result was unpickled and has no client: write the rows again, "
                "[one.input for one in result.failed] without those of code NO_RESPONSE."
            )
        return self.source

    def _plan_retry(self, via: WriteVia | None, progress: Report | None) -> QueryPlan[WriteResult]:
        outcomes = list(self.outcomes)
        if self.again is not None and (failed := self.failed):
            for outcome in (yield from self.again(failed, via, progress)):
                outcomes[outcome.index] = outcome
        return WriteResult(outcomes, self.extra, self.operation, self.source, self.again)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "source": None, "again": None}
