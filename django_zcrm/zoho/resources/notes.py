"""Notes of all records; for those of one record, see `related_notes`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page
from ..types import SortBy, SortOrder
from ..types.records import Note
from . import Resource

NOTE_FIELDS = (
    "id",
    "Note_Title",
    "Note_Content",
    "Parent_Id",
    "Owner",
    "Created_By",
    "Created_Time",
    "Modified_By",
    "Modified_Time",
)


class Notes(Resource):
    """Notes (Zoho's manual: Notes)."""

    @operation(
        "GET",
        "/crm/{version}/Notes",
        key="data",
        returns=page,
        fields=NOTE_FIELDS,
        scopes=("ZohoCRM.modules.notes.READ",),
    )
    def list(
        self,
        *,
        fields: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        sort_by: SortBy | str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
        page_token: str | None = None,
    ) -> Page[Note]:
        """List notes of all records; for administrators only."""
        ...

    @operation(
        "GET",
        "/crm/{version}/Notes/{id}",
        key="data",
        returns=item,
        fields=NOTE_FIELDS,
        headers={"if_modified_since": "If-Modified-Since"},
        scopes=("ZohoCRM.modules.notes.READ",),
    )
    def get(
        self,
        id: str,
        *,
        fields: Sequence[str] | None = None,
        if_modified_since: datetime | None = None,
    ) -> Note:
        """Return one note. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/Notes",
        key="data",
        body="notes",
        batch=100,
        returns=batch,
        adapt="notes",
        scopes=("ZohoCRM.modules.notes.CREATE",),
    )
    def create(self, notes: Sequence[Note]) -> BatchResult:
        """Create notes, 100 per request.

        Each has `Note_Content` and the record that it belongs to,
        `"Parent_Id": {"id": ..., "module": {"api_name": "Leads"}}`.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/Notes",
        key="data",
        body="note",
        in_list=True,
        returns=one,
        adapt="notes",
        scopes=("ZohoCRM.modules.notes.CREATE",),
    )
    def create_one(self, note: Note) -> Outcome:
        """Create one note."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Notes",
        key="data",
        body="notes",
        batch=100,
        returns=batch,
        adapt="notes",
        scopes=("ZohoCRM.modules.notes.UPDATE",),
    )
    def update(self, notes: Sequence[Note]) -> BatchResult:
        """Change notes, each with its `id`, 100 per request."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/Notes/{id}",
        key="data",
        body="note",
        in_list=True,
        returns=one,
        adapt="notes",
        scopes=("ZohoCRM.modules.notes.UPDATE",),
    )
    def update_one(self, id: str, note: Note) -> Outcome:
        """Change one note."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Notes",
        key="data",
        each="ids",
        batch=100,
        returns=batch,
        scopes=("ZohoCRM.modules.notes.DELETE",),
    )
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete notes, 100 per request."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/Notes/{id}",
        key="data",
        returns=one,
        scopes=("ZohoCRM.modules.notes.DELETE",),
    )
    def delete_one(self, id: str) -> Outcome:
        """Delete one note."""
        ...
