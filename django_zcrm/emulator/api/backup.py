"""Backups of everything (docs v8 backup)."""

from __future__ import annotations

from datetime import timedelta

from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.access import bad_path_id
from django_zcrm.emulator.engine.rendering import in_zone
from django_zcrm.emulator.engine.settings import writing
from django_zcrm.emulator.engine.settings.rendering import page_of
from django_zcrm.emulator.engine.settings.resource import ONLY
from django_zcrm.emulator.engine.settings.value_types import JSONObject, Moment, Text
from django_zcrm.emulator.engine.values import JSONPath, is_id, stored_moment
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)

#: For how many days a file can be downloaded.
_DAYS_KEPT = 7

_BACKUP = "/crm/bulk/{version}/backup"
_READ, _CREATE, _UPDATE = (f"ZohoCRM.bulk.backup.{name}" for name in ("READ", "CREATE", "UPDATE"))
_VERSIONS = (3, 8)
_ASKED = JSONObject({"rrule": Text(500), "start_date": Moment()})


def _requester(org: Organisation, user_id: str) -> Item:
    person = org.users[user_id]
    return {**person.reference, "zuid": person.zuid}


@routes.route("GET", _BACKUP, scope=_READ, versions=_VERSIONS)
def get_backup(org: Organisation, request: Request) -> Item | None:
    """Answer the scheduled backup; None without one."""
    backup = org.settings.items("backup").get(ONLY)
    if backup is None:
        return None
    zone = request.user.time_zone
    return {
        "backup": {
            "id": backup["id"],
            "rrule": backup["rrule"],
            "start_date": in_zone(backup["start_date"], zone),
            "scheduled_date": in_zone(backup["start_date"], zone),
            "status": "scheduled",
            "requester": _requester(org, backup["created_by"]),
        }
    }


@routes.route("POST", _BACKUP, scope=_CREATE, versions=_VERSIONS)
def schedule_backup(org: Organisation, request: Request) -> Response:
    """Schedule a backup: at once, or by `rrule` from `start_date` on."""
    items = org.settings.items("backup")
    path = JSONPath(dialect(request.version), "backup", "$.backup")
    body = request.json_object().get("backup")
    if body is None:
        raise path.missing()
    try:
        asked = _ASKED.read(org, body, path)
        if ONLY in items:
            raise Problem("BACKUP_ALREADY_SCHEDULED", "backup is scheduled already")
    except Problem as problem:
        return JsonResponse({"backup": problem.body}, problem.status)
    item: Item = {
        "id": org.ids.next(),
        "rrule": asked.get("rrule"),
        "start_date": asked.get("start_date") or stored_moment(org.clock.now()),
    }
    items[ONLY] = writing.stamped(org, request, item, None)
    _log(org, request, item, "Backup scheduled")
    return JsonResponse({"backup": success("backup scheduled successfully", {"id": item["id"]})})


def _log(org: Organisation, request: Request, backup: Item, action: str) -> None:
    history = org.settings.items("backup_history")
    entry: Item = {
        "id": org.ids.next(),
        "log_time": stored_moment(org.clock.now()),
        "action": action,
        "repeat_type": "repeat" if backup["rrule"] else "once",
        "count": 1,
        "file_name": None,
        "state": "success",
        "done_by": request.user.id,
    }
    history[entry["id"]] = entry


@routes.route("GET", f"{_BACKUP}/history", scope=_READ, versions=_VERSIONS)
def backup_history(org: Organisation, request: Request) -> Item | None:
    """Answer the history of backups, newest first."""
    rows = [
        entry
        | {
            "log_time": in_zone(entry["log_time"], request.user.time_zone),
            "done_by": _requester(org, entry["done_by"]),
        }
        for entry in reversed(org.settings.items("backup_history").values())
    ]
    return page_of(request, "history", rows)


@routes.route("GET", f"{_BACKUP}/urls", scope=_READ, versions=_VERSIONS)
def backup_urls(org: Organisation, request: Request) -> Item | None:
    """Answer where a backup can be downloaded; None without one."""
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
            "expiry_date": in_zone(stored_moment(expiry), request.user.time_zone),
        }
    }


@routes.route("PUT", f"{_BACKUP}/{{id}}/actions/cancel", scope=_UPDATE, versions=_VERSIONS)
def cancel_backup(org: Organisation, request: Request, id: str) -> Response:
    """Cancel a scheduled backup."""
    items = org.settings.items("backup")
    backup = items.get(ONLY)
    if not is_id(id):
        raise bad_path_id(request, 1)
    if backup is None or backup["id"] != id:
        known = bool(org.settings.items("backup_history"))
        code = "ALREADY_CANCELLED" if known else "RESOURCE_NOT_FOUND"
        problem = Problem(code, "there is no such backup to cancel", details={"id": id})
        return JsonResponse({"backup": problem.body}, 400)
    del items[ONLY]
    _log(org, request, backup, "Backup cancelled")
    return JsonResponse({"backup": success("backup cancelled successfully", {"id": id})})
