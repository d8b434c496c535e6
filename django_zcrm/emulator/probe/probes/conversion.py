"""Converting leads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..answers import Answer, Unexpected
from ..lab import Lab
from ..registry import probe

_QUIETLY: dict[str, Any] = {"notify_lead_owner": False, "notify_new_entity_owner": False}


def _convert(lab: Lab, version: str) -> tuple[str, str, Answer]:
    """Convert a lead that has a note; return lead, note and the answer."""
    lead = lab.make("Leads")
    note = lab.make_note(lead)
    path = f"Leads/{lead}/actions/convert"
    answer = lab.ask("POST", path, {"data": [_QUIETLY]}, version=version).check()
    for module in ("Contacts", "Accounts"):
        if (record_id := _find_created(answer, module)) is not None:
            lab.journal.note_created(module, record_id)
    return lead, note, answer


def _convert_once(lab: Lab) -> tuple[str, str, Answer]:
    return lab.once("conversion", partial(_convert, lab, "v8"))


def convert_lead(lab: Lab) -> str:
    """Return the id of a converted lead."""
    return _convert_once(lab)[0]


def _find_created(answer: Answer, module: str) -> str | None:
    """Return the id of the record that the conversion created in a module."""
    value = _value(answer, module)
    record_id = value.get("id") if isinstance(value, Mapping) else value
    return None if record_id is None else str(record_id)


def _value(answer: Answer, module: str) -> Any:
    rows = answer.rows or [{}]
    return answer.details.get(module) or rows[0].get(module)


@probe("records.conversion-result")
def convert_in_v2_1(lab: Lab) -> str:
    """Convert a lead in v2.1."""
    contact = _value(_convert(lab, "v2.1")[2], "Contacts")
    if contact is None:
        raise Unexpected("no contact in the answer")
    return "text-to-v2.1" if isinstance(contact, str) else "objects-from-v2.1"


@probe("records.conversion-account")
def convert_without_account(lab: Lab) -> str:
    """Convert a lead of a company without naming an account."""
    return "made" if _find_created(_convert_once(lab)[2], "Accounts") else "left-out"


@probe("records.conversion-moves")
def look_for_note(lab: Lab) -> str:
    """Look for the note of a converted lead."""
    lead, note, answer = _convert_once(lab)
    row = lab.ask("GET", f"Notes/{note}", params={"fields": "Parent_Id"}).check().rows[0]
    parent = row.get("Parent_Id")
    home = str(parent.get("id") if isinstance(parent, Mapping) else parent)
    if home == lead:
        return "lead"
    if home == _find_created(answer, "Contacts"):
        return "contact"
    raise Unexpected("the note is elsewhere")


@probe("records.converted-lead")
def read_converted(lab: Lab) -> str:
    """Fetch a converted lead by its id."""
    answer = lab.ask("GET", f"Leads/{convert_lead(lab)}")
    return answer.by_code({"204": "hidden", "ok": "shown"})


@probe("records.converted-update")
def change_converted(lab: Lab) -> str:
    """Change a converted lead."""
    body = {"data": [{"id": convert_lead(lab), "City": "Probe"}], "trigger": []}
    return lab.ask("PUT", "Leads", body).either("taken", "refused")
