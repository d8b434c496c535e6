"""The result of writing many rows: the outcome of each, and a retry of the failed ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConfigurationError
from ..results import BatchResult, Outcome
from .exporting import Report
from .steps import Plan, RecordSource
from .templates import alters_data
from .writer import WriteVia

Again = Callable[[Sequence[Outcome], WriteVia | None, Report | None], Plan[list[Outcome]]]


@dataclass(frozen=True, repr=False)
class WriteResult(BatchResult):
    """The outcomes of all rows, in their order.

    `int()` is how many were written, as Django counts. An outcome's `input` is the row itself.
    Codes beside Zoho's: NO_REPLY, the row may have been written or not; NOT_SENT, it was not. Once
    pickled, it is a record of what happened, and `retry_failed` is gone, which needs the client.
    """

    source: RecordSource | None = field(default=None, repr=False, compare=False)
    again: Again | None = field(default=None, repr=False, compare=False)

    @alters_data
    def retry_failed(
        self, *, via: WriteVia | None = None, progress: Report | None = None
    ) -> WriteResult:
        """Write the failed rows again; return the outcomes of all rows, with the new ones.

        Rows may be corrected in place before. What may have been written is sent again only if
        that makes no duplicate: not that of a plain create without reply, whose outcome stays. Rows
        of a bulk write that has not ended get its outcome. Raises what the first call raises.
        """
        return self._driver().run(self._retrying(via, progress), "aretry_failed()")

    @alters_data
    async def aretry_failed(
        self, *, via: WriteVia | None = None, progress: Report | None = None
    ) -> WriteResult:
        """Async version of `retry_failed`."""
        return await self._driver().arun(self._retrying(via, progress))

    def _driver(self) -> RecordSource:
        if self.source is None:
            raise ConfigurationError(
                "This result was unpickled and has no client: write the rows anew, "
                "[one.input for one in result.failed] without those of code NO_REPLY."
            )
        return self.source

    def _retrying(self, via: WriteVia | None, progress: Report | None) -> Plan[WriteResult]:
        outcomes = list(self.outcomes)
        if self.again is not None and (failed := self.failed):
            for outcome in (yield from self.again(failed, via, progress)):
                outcomes[outcome.index] = outcome
        return WriteResult(outcomes, self.extra, self.operation, self.source, self.again)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "source": None, "again": None}
