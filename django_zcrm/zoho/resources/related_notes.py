"""Notes of one record."""

from __future__ import annotations

from collections.abc import Sequence

from ..operations.operation import operation
from ..operations.results import BatchResult, Outcome, Page
from ..types import SortBy, SortOrder
from ..types.records import Note
from . import Resource
from .notes import NOTE_FIELDS


class RelatedNotes(Resource, key="data"):
    """Notes of a record (Zoho's manual: Notes, of a specific record)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Notes",
        fields=NOTE_FIELDS,
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.READ"),
    )
    def list(
        self,
        module: str,
        record_id: str,
        *,
        fields: Sequence[str] | None = None,
        sort_by: SortBy | str | None = None,
        sort_order: SortOrder | None = None,
        per_page: int | None = None,
        page: int | None = None,
    ) -> Page[Note]:
        """List a record's notes.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            fields: API names of the fields to return. By default all that Zoho documents.
            sort_by: Field to sort by: `id` (the default), `Created_Time` or `Modified_Time`; in v2,
                any field.
            sort_order: Direction of the sort: `asc` or `desc`.
            per_page: Notes per page, 1 to 200; 200 by default.
            page: Number of the only page to return; the first is 1. By default, iteration fetches
                all pages.
        """
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Notes/{note_id}",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.READ"),
    )
    def get(self, module: str, record_id: str, note_id: str) -> Note:
        """Return one of a record's notes. Raises NotFound.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            note_id: Id of the note.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/Notes",
        body="notes",
        batch=100,
        adapt="notes",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.CREATE"),
    )
    def create(self, module: str, record_id: str, notes: Sequence[Note]) -> BatchResult:
        """Add notes to a record; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            notes: Notes to create: `Note_Title` (at most 120 characters), `Note_Content` (at most
                65,535). Any number, sent 100 per request.
        """
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/Notes",
        body="note",
        in_list=True,
        adapt="notes",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.CREATE"),
    )
    def create_one(self, module: str, record_id: str, note: Note) -> Outcome:
        """Add one note to a record.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            note: `Note_Title` (at most 120 characters) and `Note_Content` (at most 65,535).
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/Notes",
        body="notes",
        batch=100,
        adapt="notes",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.UPDATE"),
    )
    def update(self, module: str, record_id: str, notes: Sequence[Note]) -> BatchResult:
        """Change notes of a record; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            notes: Notes to change, each with its `id` and the new values. Any number, sent 100 per
                request.
        """
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/Notes/{note_id}",
        body="note",
        in_list=True,
        adapt="notes",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.UPDATE"),
    )
    def update_one(self, module: str, record_id: str, note_id: str, note: Note) -> Outcome:
        """Change one of a record's notes.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            note_id: Id of the note.
            note: Values to change: `Note_Title` (at most 120 characters), `Note_Content` (at most
                65,535).
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/Notes",
        each="ids",
        batch=100,
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.DELETE"),
    )
    def delete(self, module: str, record_id: str, ids: Sequence[str]) -> BatchResult:
        """Delete notes of a record; return the outcome of each.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            ids: Ids of the notes; any number, sent 100 per request.
        """
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/Notes/{note_id}",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.DELETE"),
    )
    def delete_one(self, module: str, record_id: str, note_id: str) -> Outcome:
        """Delete one of a record's notes.

        Args:
            module: API name of the module, such as `Leads`.
            record_id: Id of the record.
            note_id: Id of the note.
        """
        ...
