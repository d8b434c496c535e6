"""Mass actions on many records, by ids or by a custom view, in the background.

Written by tools/write_resources.py from zoho/resources/mass_actions.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...results import BatchResult, Outcome, Record
from ...types import Filters
from ...types.jobs import MassActionStatus, TerritoryFilter
from ...types.records import Id


class MassActions:
    """Mass update, delete and change of owner (Zoho's manual: Mass Update, Mass Delete ...).

    With `ids`, at most 500, the action runs at once, with an outcome for each record. With `cvid`,
    a custom view of at most 50,000 records, it is scheduled: the only outcome's `details["job_id"]`
    is what the methods named `..._status` take. For conversions, see `leads` and `inventory`.
    """

    async def update(
        self,
        module: str,
        record: Record,
        *,
        ids: Sequence[str] | None = None,
        cvid: str | None = None,
        territory: str | TerritoryFilter | None = None,
        over_write: bool | None = None,
        criteria: Filters | None = None,
    ) -> BatchResult:
        """Write one field's value, in `record`, to many records; deals take up to three fields."""
        ...

    async def update_status(self, module: str, job_id: str) -> MassActionStatus:
        """Return how far an update has come. Raises NotFound."""
        ...

    async def delete(
        self,
        module: str,
        *,
        ids: Sequence[str] | None = None,
        cvid: str | None = None,
        territory: str | TerritoryFilter | None = None,
    ) -> BatchResult:
        """Delete many records."""
        ...

    async def delete_status(self, module: str, job_id: str) -> MassActionStatus:
        """Return how far a deletion has come. Raises NotFound."""
        ...

    async def change_owner(
        self,
        module: str,
        cvid: str,
        owner: str | Id,
        *,
        territory: str | TerritoryFilter | None = None,
        criteria: Filters | None = None,
    ) -> Outcome:
        """Change the owner of the records of a custom view. For ids, see `records.change_owner`."""
        ...

    async def change_owner_status(self, module: str, job_id: str) -> MassActionStatus:
        """Return how far a change of owner has come; kept 60 days. Raises NotFound."""
        ...
