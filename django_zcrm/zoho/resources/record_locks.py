"""Locks of records: who locked a record, and why."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import item, one, page
from ..results import Outcome, Page
from ..types.records import RecordLock
from . import Resource

_FIELDS = ("id", "Locked_By__s", "Locked_For__s", "Locked_Reason__s", "Locked_Time__s")


class RecordLocks(Resource):
    """Locks of a record (Zoho's manual: Record Locking Information)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Locking_Information__s",
        key="data",
        returns=page,
        fields=_FIELDS,
        since="v3",
        scopes=("ZohoCRM.settings.modules.READ",),
    )
    def list(
        self,
        module: str,
        record_id: str,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
    ) -> Page[RecordLock]:
        """List a record's locks."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Locking_Information__s/{lock_id}",
        key="data",
        returns=item,
        since="v3",
        scopes=("ZohoCRM.settings.modules.READ",),
    )
    def get(
        self,
        module: str,
        record_id: str,
        lock_id: str,
        *,
        fields: Sequence[str] | None = None,
    ) -> RecordLock:
        """Return one lock. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/Locking_Information__s",
        key="data",
        within=("locked_reason",),
        rename={"locked_reason": "Locked_Reason__s"},
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.modules.CREATE",),
    )
    def create_one(self, module: str, record_id: str, locked_reason: str) -> Outcome:
        """Lock a record."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/Locking_Information__s/{lock_id}",
        key="data",
        within=("locked_reason",),
        rename={"locked_reason": "Locked_Reason__s"},
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.modules.UPDATE",),
    )
    def update_one(self, module: str, record_id: str, lock_id: str, locked_reason: str) -> Outcome:
        """Change the reason for a lock."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/Locking_Information__s/{lock_id}",
        key="data",
        returns=one,
        since="v3",
        scopes=("ZohoCRM.settings.modules.DELETE",),
    )
    def delete_one(self, module: str, record_id: str, lock_id: str) -> Outcome:
        """Unlock a record."""
        ...
