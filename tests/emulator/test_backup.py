"""Backups are scheduled and cancelled."""

from __future__ import annotations

from typing import Any

from .api import Api


def test_backup_is_scheduled_and_cancelled(v8: Api) -> None:
    def ask(method: str, path: str = "", body: Any = None) -> Any:
        return v8.caller.request(method, f"/crm/bulk/v8/backup{path}", json=body)

    v8.caller.connect("ZohoCRM.bulk.ALL")
    for path in ("", "/history", "/urls"):
        assert ask("GET", path).status_code == 204
    done = ask("POST", body={"backup": {"rrule": "RRULE:FREQ=WEEKLY"}}).json["backup"]
    backup = done["details"]["id"]
    assert ask("POST", body={"backup": {}}).json["backup"]["code"] == "BACKUP_ALREADY_SCHEDULED"
    assert ask("GET").json["backup"]["rrule"] == "RRULE:FREQ=WEEKLY"
    assert ask("GET", "/urls").json["urls"]["data_links"]
    assert ask("PUT", f"/{backup}/actions/cancel").status_code == 200
    assert ask("PUT", f"/{backup}/actions/cancel").json["backup"]["code"] == "ALREADY_CANCELLED"
    actions = [entry["action"] for entry in ask("GET", "/history").json["history"]]
    assert actions == ["Backup cancelled", "Backup scheduled"]
