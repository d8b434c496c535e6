"""Notes of all records; for those of one record, see `related_notes`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
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


class Notes(Resource, scope="ZohoCRM.modules.notes", key="data"):
    """Notes (Zoho's manual: Notes)."""

    @operation("GET", "/crm/{version}/Notes", fields=NOTE_FIELDS)
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
        """List notes of all records; for administrators only.

        Args:
            fields: API names of the fields to return. By default all that Zoho documents.
            ids: Return only the notes with these ids.
            sort_by: Field to sort by: `id` (the default), `Created_Time` or `Modified_Time`; in v2,
                any field.
            sort_order: Direction of the sort: `asc` or `desc`.
            per_page: Notes per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
            page_token: Token of the only page to return: `next_page_token` from the `info` of a
                page. Not together with `page`. From v3.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/Notes/{id}",
        fields=NOTE_FIELDS,
        headers={"if_modified_since": "If-Modified-Since"},
    )
    def get(
        self,
        id: str,
        *,
        fields: Sequence[str] | None = None,
        if_modified_since: datetime | None = None,
    ) -> Note:
        """Return one note. Raises NotFound.

        Args:
            id: Id of the note.
            fields: API names of the fields to return. By default all that Zoho documents.
            if_modified_since: Return only what was modified after this time. Needs a time zone.
        """
        ...

    @operation("POST", "/crm/{version}/Notes", body="notes", batch=100, adapt="notes")
    def create(self, notes: Sequence[Note]) -> BatchResult:
        """Create notes; return the outcome of each.

        Args:
            notes: Notes to create, each with `Note_Content` (at most 65,535 characters), optionally
                `Note_Title` (at most 120), and `"Parent_Id": {"id": ..., "module": {"api_name":
                "Leads"}}`. Any number, sent 100 per request.
        """
        ...

    @operation("POST", "/crm/{version}/Notes", body="note", in_list=True, adapt="notes")
    def create_one(self, note: Note) -> Outcome:
        """Create one note.

        Args:
            note: `Note_Title` (at most 120 characters), `Note_Content` (at most 65,535) and
                `Parent_Id` as for `create`.
        """
        ...

    @operation("PUT", "/crm/{version}/Notes", body="notes", batch=100, adapt="notes")
    def update(self, notes: Sequence[Note]) -> BatchResult:
        """Change notes; return the outcome of each.

        Args:
            notes: Notes to change, each with its `id` and the new values. Any number, sent 100 per
                request.
        """
        ...

    @operation("PUT", "/crm/{version}/Notes/{id}", body="note", in_list=True, adapt="notes")
    def update_one(self, id: str, note: Note) -> Outcome:
        """Change one note.

        Args:
            id: Id of the note.
            note: Values to change: `Note_Title` (at most 120 characters), `Note_Content` (at most
                65,535).
        """
        ...

    @operation("DELETE", "/crm/{version}/Notes", each="ids", batch=100)
    def delete(self, ids: Sequence[str]) -> BatchResult:
        """Delete notes; return the outcome of each.

        Args:
            ids: Ids of the notes; any number, sent 100 per request.
        """
        ...

    @operation("DELETE", "/crm/{version}/Notes/{id}")
    def delete_one(self, id: str) -> Outcome:
        """Delete one note.

        Args:
            id: Id of the note.
        """
        ...
