"""Locks of records, with user, time and reason."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import Outcome, Page
from ..types.records import RecordLock
from . import Resource

_FIELDS = ("id", "Locked_By__s", "Locked_For__s", "Locked_Reason__s", "Locked_Time__s")


class RecordLocks(Resource, scope="ZohoCRM.settings.modules", key="data", since="v3"):
    """Locks of a record (Zoho's manual: Record Locking Information)."""

    @operation("GET", "/crm/{version}/{module}/{record_id}/Locking_Information__s", fields=_FIELDS)
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
        """List a record's locks.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            fields: API names of the fields to return. By default all that Zoho documents.
            ids: Return only the locks with these ids.
            per_page: Locks per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            page_token: Token of the only page to return: `next_page_token` from the `info` of a
                page. Not together with `page`.
        """
        ...

    @operation("GET", "/crm/{version}/{module}/{record_id}/Locking_Information__s/{lock_id}")
    def get(
        self,
        module: str,
        record_id: str,
        lock_id: str,
        *,
        fields: Sequence[str] | None = None,
    ) -> RecordLock:
        """Return one lock. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            lock_id: Id of the lock.
            fields: API names of the fields to return, at most 50.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/Locking_Information__s",
        within=("locked_reason",),
        rename={"locked_reason": "Locked_Reason__s"},
    )
    def create_one(self, module: str, record_id: str, locked_reason: str) -> Outcome:
        """Lock a record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            locked_reason: Reason that users see, at most 3,000 characters.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/Locking_Information__s/{lock_id}",
        within=("locked_reason",),
        rename={"locked_reason": "Locked_Reason__s"},
    )
    def update_one(self, module: str, record_id: str, lock_id: str, locked_reason: str) -> Outcome:
        """Change the reason for a lock.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            lock_id: Id of the lock.
            locked_reason: Reason that users see, at most 3,000 characters.
        """
        ...

    @operation("DELETE", "/crm/{version}/{module}/{record_id}/Locking_Information__s/{lock_id}")
    def delete_one(self, module: str, record_id: str, lock_id: str) -> Outcome:
        """Unlock a record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            lock_id: Id of the lock.
        """
        ...
