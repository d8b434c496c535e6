"""Backups of everything (docs v8 backup)."""

from __future__ import annotations

from datetime import timedelta

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, success
from ..engine.access import bad_path_id
from ..engine.rendering import localize
from ..engine.settings import keys, page_of, writing
from ..engine.settings.resource import ONLY
from ..engine.values import JSONPath, format_moment, is_id
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.bulk.backup", versions=(3, 8), generic=True)

#: For how many days a file can be downloaded.
_DAYS_KEPT = 7

_BACKUP = "/crm/bulk/{version}/backup"
_ASKED = keys.JSONObject({"rrule": keys.Text(500), "start_date": keys.Moment()})


def _requester(org: Organisation, user_id: str) -> Item:
    person = org.users[user_id]
    return {**person.reference, "zuid": person.zuid}


@routes.route("GET", _BACKUP)
def get_backup(org: Organisation, request: Request) -> Item | None:
    """Return the scheduled backup; None without one."""
    backup = org.settings.items("backup").get(ONLY)
    if backup is None:
        return None
    zone = request.user.time_zone
    return {
        "backup": {
            "id": backup["id"],
            "rrule": backup["rrule"],
            "start_date": localize(backup["start_date"], zone),
            "scheduled_date": localize(backup["start_date"], zone),
            "status": "scheduled",
            "requester": _requester(org, backup["created_by"]),
        }
    }


@routes.route("POST", _BACKUP)
def schedule_backup(org: Organisation, request: Request) -> Response:
    """Schedule a backup: at once, or by `rrule` from `start_date` on."""
    items = org.settings.items("backup")
    path = JSONPath(dialect(request.version), "backup", "$.backup")
    body = request.json_object().get("backup")
    if body is None:
        raise path.missing()
    try:
        schedule = _ASKED.read(org, body, path)
        if ONLY in items:
            raise Refusal("BACKUP_ALREADY_SCHEDULED", "backup is scheduled already")
    except Refusal as refusal:
        return JsonResponse({"backup": refusal.body}, refusal.status)
    item: Item = {
        "id": org.ids.next(),
        "rrule": schedule.get("rrule"),
        "start_date": schedule.get("start_date") or format_moment(org.clock.now()),
    }
    items[ONLY] = writing.add_stamp(org, request, item, None)
    _log(org, request, item, "Backup scheduled")
    return JsonResponse({"backup": success("backup scheduled successfully", {"id": item["id"]})})


def _log(org: Organisation, request: Request, backup: Item, action: str) -> None:
    history = org.settings.items("backup_history")
    entry: Item = {
        "id": org.ids.next(),
        "log_time": format_moment(org.clock.now()),
        "action": action,
        "repeat_type": "repeat" if backup["rrule"] else "once",
        "count": 1,
        "file_name": None,
        "state": "success",
        "done_by": request.user.id,
    }
    history[entry["id"]] = entry


@routes.route("GET", f"{_BACKUP}/history")
def list_backup_history(org: Organisation, request: Request) -> Item | None:
    """Return the history of backups, newest first."""
    rows = [
        entry
        | {
            "log_time": localize(entry["log_time"], request.user.time_zone),
            "done_by": _requester(org, entry["done_by"]),
        }
        for entry in reversed(org.settings.items("backup_history").values())
    ]
    return page_of(request, "history", rows)


@routes.route("GET", f"{_BACKUP}/urls")
def get_backup_urls(org: Organisation, request: Request) -> Item | None:
    """Return the download URLs of a backup; None without a backup."""
    backup = org.settings.items("backup").get(ONLY)
    if backup is None:
        return None
    expiry = org.clock.now() + timedelta(days=_DAYS_KEPT)
    return {
        "urls": {
            "data_links": [
                f"{request.address.base_url}/emulator/backups/{backup['id']}/Data_001.zip"
            ],
            "attachment_links": [],
            "expiry_date": localize(format_moment(expiry), request.user.time_zone),
        }
    }


@routes.route("PUT", f"{_BACKUP}/{{id}}/actions/cancel")
def cancel_backup(org: Organisation, request: Request, id: str) -> Response:
    """Cancel a scheduled backup."""
    items = org.settings.items("backup")
    backup = items.get(ONLY)
    if not is_id(id):
        raise bad_path_id(request, 1)
    if backup is None or backup["id"] != id:
        has_history = bool(org.settings.items("backup_history"))
        code = "ALREADY_CANCELLED" if has_history else "RESOURCE_NOT_FOUND"
        refusal = Refusal(code, "there is no such backup to cancel", details={"id": id})
        return JsonResponse({"backup": refusal.body}, 400)
    del items[ONLY]
    _log(org, request, backup, "Backup cancelled")
    return JsonResponse({"backup": success("backup cancelled successfully", {"id": id})})
