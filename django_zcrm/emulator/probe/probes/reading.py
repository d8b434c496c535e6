"""Reading records and metadata."""

from __future__ import annotations

from ..answers import Unexpected
from ..lab import Lab
from ..registry import probe


@probe("records.unknown-id")
def read_unknown(lab: Lab) -> str:
    """Fetch a record by an id that no record has."""
    answer = lab.ask("GET", f"Leads/{lab.unknown_id}")
    return answer.by_code({"204": "no-content", "INVALID_DATA": "refused"})


@probe("records.page-zero")
def list_page_zero(lab: Lab) -> str:
    """List the page 0 in v2."""
    answer = lab.ask("GET", "Leads", version="v2", params={"page": 0, "per_page": 1})
    return answer.either("first-page", "refused")


@probe("records.deep-pages")
def list_page_eleven(lab: Lab) -> str:
    """List the records after the first 2,000 in v2."""
    answer = lab.ask("GET", "Leads", version="v2", params={"page": 11, "per_page": 200})
    return answer.either("taken", "refused")


@probe("records.v2-page-token")
def list_by_token(lab: Lab) -> str:
    """Send a page token that does not exist to v2."""
    params = {"page_token": "zcrmprobe", "per_page": 1}
    return lab.ask("GET", "Leads", version="v2", params=params).either("ignored", "refused")


@probe("records.note-parent")
def read_note_in_v2_1(lab: Lab) -> str:
    """Read the parent of a note in v2.1."""
    note = lab.notes[0]
    row = lab.ask("GET", f"Notes/{note}", version="v2.1").check().rows[0]
    parent = row.get("Parent_Id")
    has_module = isinstance(parent, dict) and "module" in parent
    return "objects-from-v2.1" if has_module else "text-to-v2.1"


@probe("records.related-order")
def list_notes(lab: Lab) -> str:
    """List the notes of a lead."""
    first, second = lab.notes
    path = f"Leads/{lab.tagged_lead}/Notes"
    rows = lab.ask("GET", path, params={"fields": "Note_Title"}).check().rows
    ids = [str(row["id"]) for row in rows]
    if first not in ids or second not in ids:
        raise Unexpected("not all notes are listed")
    return "oldest" if ids.index(first) < ids.index(second) else "newest"


@probe("records.v2-settings-keys")
def list_fields_in_v2(lab: Lab) -> str:
    """Look for a key of v3 in the fields of v2."""
    fields = lab.ask("GET", "settings/fields", version="v2", params={"module": "Leads"}).check()
    return "new" if any("operation_type" in field for field in fields.rows) else "old"


@probe("records.module-list")
def list_modules(lab: Lab) -> str:
    """Look for the modules of Zia's insights."""
    modules = lab.ask("GET", "settings/modules").check().rows
    names = [str(module.get("api_name")) for module in modules]
    has_insights = any(name.endswith("_Insights__s") for name in names)
    return "with-insights" if has_insights else "without-insights"


@probe("records.lower-case")
def read_in_lower_case(lab: Lab) -> str:
    """Name a module in lower case in v2."""
    answer = lab.ask("GET", f"leads/{lab.lead}", version="v2")
    return answer.by_code({"ok": "taken", "INVALID_MODULE": "refused"})
