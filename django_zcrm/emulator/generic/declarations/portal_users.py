"""The users of a portal: records ("personalities") that were invited as some user type."""

from __future__ import annotations

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.actions import asked_job, scheduled
from django_zcrm.emulator.generic.declarations.portals import PORTALS, USER_TYPE
from django_zcrm.emulator.generic.register import SETTINGS, routes
from django_zcrm.emulator.generic.siblings import Siblings, required_param
from django_zcrm.emulator.problems import Problem, invalid_data, success
from django_zcrm.emulator.records.access import bad_path_id, existing_record, find_module
from django_zcrm.emulator.records.bodies import known, needed, objects, top
from django_zcrm.emulator.records.rendering import display_name, in_zone
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation

_SCOPE = f"{SETTINGS}.clientportal"
_PORTALS = "/crm/{version}/settings/portals"
_USERS = f"{_PORTALS}/{{portal_name}}/user_type/{{user_type_id}}/users"
_STATUS = f"{_PORTALS}/{{portal}}/user_type/{{userType}}/users"


def _type_of(
    org: Organisation, call: Call, portal: str, user_type: str
) -> tuple[dict[str, Item], Item]:
    """Return the users of one of a portal's user types, and the type."""
    found = Siblings(org, call, PORTALS, {}).existing(portal)
    types = Siblings(org, call, USER_TYPE, {"portal": portal})
    return org.settings.items("portal_users", found["id"], user_type), types.existing(user_type)


@routes.route("GET", _USERS, scope=f"{_SCOPE}.READ", versions=(3, 8))
def portal_users(org: Organisation, call: Call, portal_name: str, user_type_id: str) -> Item | None:
    """Answer who was invited as a user type."""
    kept, _ = _type_of(org, call, portal_name, user_type_id)
    rows = [
        {
            **person,
            "created_time": in_zone(person["created_time"], call.user.time_zone),
            "personality_id": person["id"],
        }
        for person in kept.values()
    ]
    if not rows:
        return None
    return {
        "users": [{key: row[key] for key in row if key != "id"} for row in rows],
        "info": {"total_count": len(rows)},
    }


def _named_people(call: Call, kept: dict[str, Item]) -> list[str]:
    ids = required_param(call, "personality_ids").split(",")
    for one in ids:
        if one not in kept:
            raise invalid_data("the id given seems to be invalid", param_name="personality_ids")
    return ids


@routes.route("DELETE", _USERS, scope=f"{_SCOPE}.DELETE", versions=(6, 8))
def remove_portal_users(org: Organisation, call: Call, portal_name: str, user_type_id: str) -> Item:
    """Remove users from a portal."""
    kept, _ = _type_of(org, call, portal_name, user_type_id)
    results = []
    for personality_id in _named_people(call, kept):
        del kept[personality_id]
        results.append(
            success("portal user deleted successfully", {"personality_id": personality_id})
        )
    return {"users": results}


@routes.route("POST", f"{_USERS}/action/transfer", scope=f"{_SCOPE}.UPDATE", versions=(6, 8))
def transfer_portal_users(
    org: Organisation, call: Call, portal_name: str, user_type_id: str
) -> Item:
    """Move users to another user type. The path has `action`, without s (OpenAPI)."""
    kept, _ = _type_of(org, call, portal_name, user_type_id)
    target = required_param(call, "transfer_To")
    try:
        others, _ = _type_of(org, call, portal_name, target)
    except Problem:
        raise invalid_data("the id given seems to be invalid", param_name="transfer_To") from None
    results = []
    for personality_id in _named_people(call, kept):
        others[personality_id] = kept.pop(personality_id)
        results.append(
            success("portal user transferred successfully", {"personality_id": personality_id})
        )
    return {"users": results}


def _set_active(call: Call, kept: dict[str, Item], personality_id: str, value: bool) -> Item:
    person = kept.get(personality_id)
    if person is None:
        raise bad_path_id(call, 6)
    if person["active"] is value and value:
        raise Problem("ALREADY_ACTIVATED", "the portal user is active already")
    kept[personality_id] = person | {"active": value}
    done = "activated" if value else "deactivated"
    return success(f"portal user {done} successfully", {"personality_id": personality_id})


def _asked_state(call: Call) -> bool:
    required_param(call, "active")
    return call.params.flag("active")


@routes.route(
    "PUT",
    f"{_USERS}/{{user_id}}/actions/change_status",
    scope=f"{_SCOPE}.UPDATE",
    versions=(6, 8),
)
def change_status_before(
    org: Organisation, call: Call, portal_name: str, user_type_id: str, user_id: str
) -> Item:
    """Activate or deactivate a user, at the path of OpenAPI 3.0."""
    kept, _ = _type_of(org, call, portal_name, user_type_id)
    return {"change_status": [_set_active(call, kept, user_id, _asked_state(call))]}


@routes.route(
    "POST",
    f"{_STATUS}/{{recordId}}/actions/change_status",
    scope=f"{_SCOPE}.UPDATE",
    versions=(8, 8),
)
def change_status(org: Organisation, call: Call, portal: str, userType: str, recordId: str) -> Item:
    """Activate or deactivate a user, at the path of OpenAPI 3.1."""
    kept, _ = _type_of(org, call, portal, userType)
    return {"change_status": [_set_active(call, kept, recordId, _asked_state(call))]}


@routes.route("POST", f"{_STATUS}/actions/change_status", scope=f"{_SCOPE}.UPDATE", versions=(8, 8))
def change_many(org: Organisation, call: Call, portal: str, userType: str) -> Answer:
    """Activate or deactivate many users, as a job."""
    kept, _ = _type_of(org, call, portal, userType)
    asked = call.items("change_status", limit=1)[0]
    place = top(call).child("change_status").child(0)
    for one, spot in objects(asked, "users", place):
        person_id = known(one, spot, kept, "personality_id")
        kept[person_id] = kept[person_id] | {"active": bool(one.get("active"))}
    job_id = org.settings.start(org.ids.next(), "change_status")
    return scheduled("change_status", "change status scheduled successfully", job_id)


_INVITE = "/crm/{version}/{module}/actions/portal_invite"


def _type_named(org: Organisation, type_id: str) -> tuple[str, Item] | None:
    """Return a user type by its id, with its portal's id."""
    for portal in org.settings.items("portals").values():
        found = org.settings.items("user_type", portal["id"]).get(type_id)
        if found is not None:
            return portal["id"], found
    return None


def _invite(org: Organisation, call: Call, module: str, record_id: str, type_id: str) -> None:
    """Invite a record. Raises Problem when it cannot be invited."""
    record = org.records.table(module).get(record_id)
    if record is None:
        raise invalid_data("the id given seems to be invalid", id=record_id)
    found = _type_named(org, type_id)
    if found is None:
        raise invalid_data("the id given seems to be invalid", api_name="user_type_id")
    portal_id, user_type = found
    if user_type["personality_module"] != org.metadata.modules[module].id or not record.get(
        "Email"
    ):
        raise Problem("CANNOT_PROCESS", "the record cannot be invited", details={"id": record_id})
    org.settings.items("portal_users", portal_id, type_id)[record_id] = {
        "id": record_id,
        "name": display_name(org, record),
        "email": record["Email"],
        "module": module,
        "active": True,
        "confirm": False,
        "status_reason__s": None,
        "Source__s": "api",
        "created_time": record["Created_Time"],
    }


@routes.route("POST", _INVITE, scope=f"{_SCOPE}.CREATE", versions=(3, 8))
def invite_many(org: Organisation, call: Call, module: str) -> Answer:
    """Invite records into a portal, as a job."""
    find_module(org, call, module)
    asked = call.items("portal_invite", limit=1)[0]
    results = []
    for row, spot in objects(asked, "data", top(call).child("portal_invite").child(0)):
        for name in ("id", "user_type_id", "type"):
            needed(row, name, spot)
        try:
            _invite(org, call, module, str(row["id"]), str(row["user_type_id"]))
            results.append(success("portal invitation sent", {"id": row["id"]}))
        except Problem as problem:
            results.append(problem.body)
    job_id = org.settings.start(org.ids.next(), "portal_invite", data=results)
    return scheduled("portal_invite", "portal invite scheduled successfully", job_id)


@routes.route("GET", _INVITE, scope=f"{_SCOPE}.READ", versions=(6, 8))
def invite_status(org: Organisation, call: Call, module: str) -> Item:
    """Answer the progress of an invitation job."""
    find_module(org, call, module)
    job = asked_job(org, call, "portal_invite")
    over = job.look()
    return {
        "portal_invite": [
            {
                "job_id": job.id,
                "status": "completed" if over else "in_progress",
                "data": job.result["data"] if over else [],
            }
        ]
    }


@routes.route(
    "POST",
    "/crm/{version}/{module}/{record}/actions/portal_invite",
    scope=f"{_SCOPE}.CREATE",
    versions=(3, 8),
)
def invite_one(org: Organisation, call: Call, module: str, record: str) -> Item:
    """Invite one record into a portal."""
    found = existing_record(org, call, find_module(org, call, module), record)
    type_id = required_param(call, "user_type_id")
    if required_param(call, "type") not in ("invite", "reinvite"):
        raise invalid_data(param_name="type", supported_values=["invite", "reinvite"])
    _invite(org, call, module, found["id"], type_id)
    return {"portal_invite": [success("portal invitation sent", {"record_id": found["id"]})]}
