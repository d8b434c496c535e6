"""Locking records; a lock prevents changes."""

from __future__ import annotations

from collections.abc import Iterable

from ..core import Refusal, Request, Response, Routes, success
from ..engine import automation
from ..engine.access import bad_path_id, find_module, require_record
from ..engine.batch import batch
from ..engine.rendering import display_name, localize
from ..engine.settings import keys, page_of
from ..engine.values import JSONPath
from ..state import Item, Module, Organisation, StoredRecord
from . import record_locking_configurations
from .record_locking_configurations import configuration

routes = Routes(scope="ZohoCRM.settings.modules", versions=(3, 8))

_LOCKS = "/crm/{version}/{module}/{record}/Locking_Information__s"
_ONE = f"{_LOCKS}/{{lock}}"
_REASON = keys.Text(3000)


def _record(
    org: Organisation, request: Request, module: str, record: str
) -> tuple[Module, StoredRecord]:
    crm_module = find_module(org, request, module)
    return crm_module, require_record(org, request, crm_module, record)


def _get_locks(org: Organisation, record: StoredRecord) -> dict[str, Item]:
    return org.settings.items("locks", record["id"])


def _require_lock(request: Request, items: dict[str, Item], lock: str) -> Item:
    if lock not in items:
        raise bad_path_id(request, 3)
    return items[lock]


def _render_lock(
    org: Organisation, request: Request, module: Module, record: StoredRecord, lock: Item
) -> Item:
    return {
        "id": lock["id"],
        "Locked_By__s": org.users[lock["user"]].reference,
        "Locked_For__s": {
            "module": {"api_name": module.api_name, "id": module.id},
            "name": display_name(org, record),
            "id": record["id"],
        },
        "Locked_Reason__s": lock["reason"],
        "Locked_Time__s": localize(lock["time"], request.user.time_zone),
        "Lock_Source__s": "Automatic" if lock.get("rule") else "Manual",
        "Record_Locking_Configuration_Id__s": lock["configuration"],
        "Record_Locking_Rule_Id__s": lock.get("rule"),
        "Feature_Type__s": "record_locking",
        "$field_states": None,
        "$editable": True,
        "$sharing_permission": "full_access",
        "$zia_visions": None,
    }


@routes.route("POST", _LOCKS)
def lock_record(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Lock a record. Raises Refusal where records cannot be locked manually."""
    crm_module, row = _record(org, request, module, record)
    configuration = record_locking_configurations.configuration(org, crm_module)
    if configuration is None or configuration["lock_type"] == "automatic":
        raise Refusal("NOT_ALLOWED", "records of the module cannot be locked manually")
    items = _get_locks(org, row)

    def lock(body: Item, path: JSONPath) -> Item:
        if body.get("Locked_Reason__s") is None:
            raise path.child("Locked_Reason__s").missing()
        reason = _REASON.read(org, body["Locked_Reason__s"], path.child("Locked_Reason__s"))
        if items:
            raise Refusal("NOT_ALLOWED", "the record is locked already", details={"id": row["id"]})
        automation.lock(org, request, crm_module, row, configuration, reason=reason)
        return success("record locked successfully", {"id": next(iter(items))})

    return batch(request, lock, status=201, limit=1)


@routes.route("GET", _LOCKS)
def list_locks(org: Organisation, request: Request, module: str, record: str) -> Item | None:
    """Return the locks of a record."""
    crm_module, row = _record(org, request, module, record)
    rows = [
        _render_lock(org, request, crm_module, row, lock) for lock in _get_locks(org, row).values()
    ]
    return page_of(request, "data", rows)


@routes.route("GET", _ONE)
def get_lock(
    org: Organisation, request: Request, module: str, record: str, lock: str
) -> Item | None:
    """Return one lock."""
    crm_module, row = _record(org, request, module, record)
    item = _get_locks(org, row).get(lock)
    return {"data": [_render_lock(org, request, crm_module, row, item)]} if item else None


@routes.route("PUT", _ONE)
def change_lock(
    org: Organisation, request: Request, module: str, record: str, lock: str
) -> Response:
    """Change the reason of a lock."""
    _, row = _record(org, request, module, record)
    items = _get_locks(org, row)
    item = _require_lock(request, items, lock)

    def change(body: Item, path: JSONPath) -> Item:
        child = path.child("Locked_Reason__s")
        if body.get("Locked_Reason__s") is None:
            raise child.missing()
        items[lock] = item | {"reason": _REASON.read(org, body["Locked_Reason__s"], child)}
        return success("record updated", {"id": lock})

    return batch(request, change, limit=1)


@routes.route("DELETE", _ONE)
def unlock_record(org: Organisation, request: Request, module: str, record: str, lock: str) -> Item:
    """Unlock a record."""
    _, row = _record(org, request, module, record)
    items = _get_locks(org, row)
    _require_lock(request, items, lock)
    del items[lock]
    org.records.put(module, {**row, "Locked__s": False})
    return {"data": [success("record unlocked successfully", {"id": lock})]}


def guard(
    org: Organisation,
    request: Request,
    module: Module,
    record: StoredRecord,
    action: str,
    names: Iterable[str] = (),
) -> None:
    """Raise Refusal RECORD_LOCKED when a lock forbids an action, such as `update` or `send_mail`.

    `names` are the fields that would change; a configuration may exempt some of them, and users
    with some profiles.
    """
    if not record.get("Locked__s"):
        return
    lock_configuration = configuration(org, module)
    if lock_configuration is None:
        return
    restricted = ("restricted_actions", "restricted_communications")
    if not any(action in (lock_configuration[name] or ()) for name in restricted):
        return
    leaves_out_profiles = (
        lock_configuration["locked_for"] == "all_profiles_except_excluded_profiles"
    )
    if leaves_out_profiles and request.user.profile_id in (
        lock_configuration["lock_excluded_profiles"] or ()
    ):
        return
    free = {field["api_name"] for field in lock_configuration["excluded_fields"] or ()}
    changed = {name for name in names if not name.startswith("$") and name != "id"}
    if changed and changed <= free:
        return
    raise Refusal(
        "RECORD_LOCKED", "the record is locked", details={"id": record["id"], "action": action}
    )
