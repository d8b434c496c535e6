"""Changing the owner of records, and sharing them with others.

Knows who may own a record, not how records are stored.
"""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.metadata.module import Module
from django_zcrm.emulator.problems import Problem, invalid_data, over_limit, success
from django_zcrm.emulator.records.access import existing_record, find_module
from django_zcrm.emulator.records.history import note_change
from django_zcrm.emulator.records.listing import rows_of_view
from django_zcrm.emulator.records.mass import job_status, start_job
from django_zcrm.emulator.records.rendering import in_zone
from django_zcrm.emulator.records.routing import MODULE, RECORD, routes
from django_zcrm.emulator.records.store import Record
from django_zcrm.emulator.records.values import Place, reference_id, stored_moment
from django_zcrm.emulator.records.writing import Item, batch, writable_module
from django_zcrm.emulator.state import Organisation, User
from django_zcrm.emulator.versions import dialect

MOST_IDS = 500
MOST_SHARES = 10
SHARE = RECORD + "/actions/share"
_PERMISSIONS = ("full_access", "read_only", "read_write")


@routes.route("POST", MODULE + "/actions/change_owner", scope="ZohoCRM.change_owner.CREATE")
def change_owners(org: Organisation, call: Call, module: str) -> Answer:
    """Change the owner of the records that `ids` names."""
    found = writable_module(org, call, module)
    ids = call.json_object().get("ids")
    if not isinstance(ids, list) or not ids:
        raise Problem(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            details={"api_name": "ids", "json_path": "$.ids"},
        )
    if len(ids) > MOST_IDS:
        raise over_limit("ids", MOST_IDS, api_name="ids", json_path="$.ids")
    owner = _new_owner(org, call)
    table = org.records.table(module)
    results = []
    for index, record_id in enumerate(ids):
        record = table.get(str(record_id))
        if record is None:
            results.append(
                invalid_data(
                    "the id given seems to be invalid",
                    api_name="ids",
                    json_path=f"$.ids[{index}]",
                ).body
            )
        else:
            results.append(_hand_over(org, call, found, record, owner))
    # Refused items have status 200 here (OpenAPI 3.0 and 3.1, change owner).
    return Answer(200, {"data": results})


@routes.route("POST", RECORD + "/actions/change_owner", scope="ZohoCRM.change_owner.CREATE")
def change_owner(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Change the owner of one record."""
    found = writable_module(org, call, module)
    record = existing_record(org, call, found, id)
    owner = _new_owner(org, call)
    return Answer(200, {"data": [_hand_over(org, call, found, record, owner)]})


@routes.route("POST", MODULE + "/actions/mass_change_owner", scope="ZohoCRM.change_owner.CREATE")
def mass_change_owner(org: Organisation, call: Call, module: str) -> Answer:
    """Change the owner of the records of a custom view, as a job."""
    found = writable_module(org, call, module)
    owner = _new_owner(org, call)
    view_id = str(call.json_object().get("cvid"))
    view = next((view for view in found.views if view.id == view_id), None)
    if view is None:
        raise invalid_data("the id given seems to be invalid", api_name="cvid", json_path="$.cvid")
    rows = list(rows_of_view(org, call, found, view))
    job_id = start_job(
        org,
        "mass_change_owner",
        found,
        rows,
        lambda record: _hand_over(org, call, found, record, owner),
    )
    return Answer(200, {"data": [success("owner is successfully updated", {"job_id": job_id})]})


@routes.route("GET", MODULE + "/actions/mass_change_owner", scope="ZohoCRM.change_owner.READ")
def mass_change_owner_status(org: Organisation, call: Call, module: str) -> dict[str, Any]:
    """Answer the progress of a mass change of owners."""
    return job_status(
        org, call, "mass_change_owner", done="Updated_Count", left_out="Not_Updated_Count"
    )


@routes.route("GET", SHARE, scope=("ZohoCRM.share.{module}.READ", "ZohoCRM.share.READ"))
def list_shares(org: Organisation, call: Call, module: str, id: str) -> dict[str, Any] | None:
    """Answer with whom a record is shared."""
    record = existing_record(org, call, find_module(org, call, module), id)
    shares = org.records.shares.get(record["id"])
    if not shares:
        return None
    return {"share": [_shown(org, call, user_id, share) for user_id, share in shares.items()]}


@routes.route("POST", SHARE, scope=("ZohoCRM.share.{module}.CREATE", "ZohoCRM.share.CREATE"))
def share_record(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Share a record with more users."""
    return _share(org, call, module, id, replace=False)


@routes.route("PUT", SHARE, scope=("ZohoCRM.share.{module}.UPDATE", "ZohoCRM.share.UPDATE"))
def reshare_record(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Share a record with these users and no others."""
    return _share(org, call, module, id, replace=True)


@routes.route("DELETE", SHARE, scope=("ZohoCRM.share.{module}.DELETE", "ZohoCRM.share.DELETE"))
def unshare_record(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Stop sharing a record."""
    record = existing_record(org, call, find_module(org, call, module), id)
    org.records.shares.pop(record["id"], None)
    return Answer(200, {"share": success("record is successfully unshared")})


def _new_owner(org: Organisation, call: Call) -> User:
    place = Place(dialect(call.version), "owner", "$.owner")
    value = call.json_object().get("owner")
    if value is None:
        raise place.missing()
    user = org.users.get(reference_id(value, place))
    if user is None or user.status != "active":
        raise place.child("id").unknown()
    return user


def _hand_over(org: Organisation, call: Call, module: Module, record: Record, owner: User) -> Item:
    now = stored_moment(org.clock.now())
    changed = {
        **record,
        "Owner": owner.id,
        "Modified_By": call.user.id,
        "Modified_Time": now,
    }
    org.records.put(module.api_name, changed)
    note_change(org, call, module, "owner_reassigned", record, changed)
    asked = call.json_object().get("related_modules")
    for related in asked if isinstance(asked, list) else ():
        name = related.get("api_name") if isinstance(related, dict) else None
        item = module.related_list(str(name))
        if item is None or item.field is None:
            continue
        for child in list(org.records.children(item.module, item.field, record["id"])):
            org.records.put(item.module, {**child, "Owner": owner.id, "Modified_Time": now})
    return success("owner is successfully updated", {"id": record["id"]})


def _share(org: Organisation, call: Call, module: str, id: str, *, replace: bool) -> Answer:
    record = existing_record(org, call, find_module(org, call, module), id)
    shares = {} if replace else dict(org.records.shares.get(record["id"], {}))

    def share(item: Item, place: Place) -> Item:
        value = item.get("shared_with") or item.get("user")
        if value is None:
            raise place.child("shared_with").missing()
        spot = place.child("shared_with")
        user = org.users.get(reference_id(value, spot))
        if user is None:
            raise spot.child("id").unknown()
        permission = item.get("permission", "read_only")
        if permission not in _PERMISSIONS:
            raise place.child("permission").refuse()
        if user.id not in shares and len(shares) >= MOST_SHARES:
            raise Problem(
                "SHARE_LIMIT_EXCEEDED",
                "a record can be shared with ten users",
                details={"limit": MOST_SHARES},
            )
        shares[user.id] = {
            "permission": permission,
            "share_related_records": item.get("share_related_records") is True,
            "shared_by": call.user.id,
            "shared_time": stored_moment(org.clock.now()),
        }
        return success("record will be shared successfully")

    answer = batch(call, share, done=200 if replace else 201, key="share", limit=MOST_SHARES)
    org.records.shares[record["id"]] = shares
    # Refused items have status 200 here (OpenAPI 3.0, share records).
    return answer if answer.status < 300 else Answer(200, answer.body)


def _shown(org: Organisation, call: Call, user_id: str, share: dict[str, Any]) -> dict[str, Any]:
    return {
        "shared_with": {**org.users[user_id].owner, "zuid": org.users[user_id].zuid},
        "share_related_records": share["share_related_records"],
        "shared_through": None,
        "shared_time": in_zone(share["shared_time"], call.user.time_zone),
        "permission": share["permission"],
        "shared_by": org.users[share["shared_by"]].owner,
        "type": "public",
    }
