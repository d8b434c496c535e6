"""Notes of one record."""

from __future__ import annotations

from collections.abc import Sequence

from ..operation import operation
from ..readers import batch, item, one, page
from ..results import BatchResult, Outcome, Page
from ..types import SortBy, SortOrder
from ..types.records import Note
from . import Resource
from .notes import NOTE_FIELDS


class RelatedNotes(Resource):
    """Notes of a record (Zoho's manual: Notes, of a specific record)."""

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Notes",
        key="data",
        returns=page,
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
        """List a record's notes."""
        ...

    @operation(
        "GET",
        "/crm/{version}/{module}/{record_id}/Notes/{note_id}",
        key="data",
        returns=item,
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.READ"),
    )
    def get(self, module: str, record_id: str, note_id: str) -> Note:
        """Return one of a record's notes. Raises NotFound."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/Notes",
        key="data",
        body="notes",
        batch=100,
        returns=batch,
        adapt="notes",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.CREATE"),
    )
    def create(self, module: str, record_id: str, notes: Sequence[Note]) -> BatchResult:
        """Add notes to a record, 100 per request."""
        ...

    @operation(
        "POST",
        "/crm/{version}/{module}/{record_id}/Notes",
        key="data",
        body="note",
        in_list=True,
        returns=one,
        adapt="notes",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.CREATE"),
    )
    def create_one(self, module: str, record_id: str, note: Note) -> Outcome:
        """Add one note to a record."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/Notes",
        key="data",
        body="notes",
        batch=100,
        returns=batch,
        adapt="notes",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.UPDATE"),
    )
    def update(self, module: str, record_id: str, notes: Sequence[Note]) -> BatchResult:
        """Change notes of a record, each with its `id`, 100 per request."""
        ...

    @operation(
        "PUT",
        "/crm/{version}/{module}/{record_id}/Notes/{note_id}",
        key="data",
        body="note",
        in_list=True,
        returns=one,
        adapt="notes",
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.UPDATE"),
    )
    def update_one(self, module: str, record_id: str, note_id: str, note: Note) -> Outcome:
        """Change one of a record's notes."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/Notes",
        key="data",
        each="ids",
        batch=100,
        returns=batch,
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.DELETE"),
    )
    def delete(self, module: str, record_id: str, ids: Sequence[str]) -> BatchResult:
        """Delete notes of a record, 100 per request."""
        ...

    @operation(
        "DELETE",
        "/crm/{version}/{module}/{record_id}/Notes/{note_id}",
        key="data",
        returns=one,
        scopes=("ZohoCRM.modules.{module}.READ", "ZohoCRM.modules.notes.DELETE"),
    )
    def delete_one(self, module: str, record_id: str, note_id: str) -> Outcome:
        """Delete one of a record's notes."""
        ...
