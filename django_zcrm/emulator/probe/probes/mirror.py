"""The assumptions of the mirror."""

from __future__ import annotations

from ..lab import Lab
from ..registry import probe
from .conversion import convert_lead


def _read_modified_time(lab: Lab, lead: str) -> str:
    return str(lab.ask("GET", f"Leads/{lead}").check().rows[0]["Modified_Time"])


@probe("mirror.modified-since")
def list_since_last_change(lab: Lab) -> str:
    """List the changes since the second in which a record was changed."""
    lead = lab.empty_lead
    since = {"If-Modified-Since": _read_modified_time(lab, lead)}
    params = {"ids": lead, "fields": "id"}
    answer = lab.ask("GET", "Leads", params=params, headers=since)
    return answer.by_code({"304": "excluded", "204": "excluded", "ok": "included"})


@probe("mirror.converted-leads")
def query_converted_lead(lab: Lab) -> str:
    """Look for a converted lead by COQL."""
    query = f"select id from Leads where id = {convert_lead(lab)}"  # noqa: S608 - COQL
    return "shown" if lab.query(query).check().rows else "hidden"


@probe("mirror.restored-record")
def restore_record(lab: Lab) -> str:
    """Delete a record, restore it, and compare the time of its last change."""
    lead = lab.make("Leads")
    before = _read_modified_time(lab, lead)
    lab.ask("DELETE", "Leads", params={"ids": lead, "wf_trigger": "false"}).check()
    lab.wait(2.0)
    lab.ask("POST", "settings/recycle_bin/actions/restore", {"ids": [lead]}).check()
    return "old-time" if _read_modified_time(lab, lead) == before else "new-time"
