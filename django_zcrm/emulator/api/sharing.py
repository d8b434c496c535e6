"""Sharing records with users, roles and groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, success
from ..engine.access import find_module, find_record, path_index
from ..engine.batch import batch
from ..engine.bodies import body_path
from ..engine.paths import RECORD
from ..engine.rendering import localize
from ..engine.values import JSONPath, format_moment, is_id, reference_id
from ..state import Item, Organisation, StoredRecord

routes = Routes(scope=("ZohoCRM.share.{module}", "ZohoCRM.share"))

#: Docs v7, share records.
MAX_SHARES = {"users": 10, "groups": 5, "roles": 5}
SHARE = RECORD + "/actions/share"
_PERMISSIONS = ("full_access", "read_only", "read_write")


@routes.route("GET", SHARE)
def list_shares(org: Organisation, request: Request, module: str, id: str) -> dict[str, Any] | None:
    """Return with whom a record is shared."""
    record = _require_shared(org, request, module, id)
    shares = org.records.shares.get(record["id"])
    if not shares:
        return None
    rows = [
        _render_share(org, request, sharer_id, share)
        for sharer_id, share in shares.items()
        if sharer_id in _sharers(org, _type(share))
    ]
    return {"share": rows} if rows else None


def _require_shared(org: Organisation, request: Request, module: str, id: str) -> StoredRecord:
    """Return the record that a path names. Raises Refusal ENTITY_ID_INVALID when there is none."""
    crm_module = find_module(org, request, module)
    record = find_record(org, request, crm_module, id) if is_id(id) else None
    if record is None:
        raise Refusal(
            "ENTITY_ID_INVALID", "the id given seems to be invalid", details=path_index(request, 1)
        )
    return record


@routes.route("POST", SHARE)
def share_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Share a record with more users."""
    return _share(org, request, module, id, replace=False)


@routes.route("PUT", SHARE)
def reshare_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Share a record with these users and no others."""
    return _share(org, request, module, id, replace=True)


@routes.route("DELETE", SHARE)
def unshare_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Stop sharing a record."""
    record = _require_shared(org, request, module, id)
    if not org.records.shares.pop(record["id"], None):
        # Refusals have status 200 here, too (OpenAPI 3.0, share records).
        message = "No sharing through this record is available to revoke."
        return JsonResponse({"share": Refusal("BAD_REQUEST", message).body})
    return JsonResponse({"share": success("Sharing Revoked")})


def _share(org: Organisation, request: Request, module: str, id: str, *, replace: bool) -> Response:
    record = _require_shared(org, request, module, id)
    shares = {} if replace else dict(org.records.shares.get(record["id"], {}))

    items = request.json_items("share", limit=sum(MAX_SHARES.values()))
    for index, item in enumerate(items):
        # Without users to share with, the whole request is refused.
        if not (item.get("shared_with") or item.get("user")):
            raise body_path(request).child("share").child(index).child("shared_with").missing()

    def share(item: Item, path: JSONPath) -> Item:
        child = path.child("shared_with")
        value = item.get("shared_with") or item.get("user")
        sharer_id = reference_id(value, child)
        sharer_type = value.get("type", "users") if isinstance(value, dict) else "users"
        if sharer_type not in MAX_SHARES:
            raise child.child("type").invalid()
        if sharer_id not in _sharers(org, sharer_type):
            raise child.child("id").unknown_id()
        permission = item.get("permission", "read_only")
        if permission not in _PERMISSIONS:
            raise path.child("permission").invalid()
        limit = MAX_SHARES[sharer_type]
        others = [other for other in shares if other != sharer_id]
        if sum(_type(shares[other]) == sharer_type for other in others) >= limit:
            raise Refusal(
                "SHARE_LIMIT_EXCEEDED",
                f"Cannot share a record to more than {limit} {sharer_type}.",
                details={"limit": limit},
            )
        shares[sharer_id] = {
            "type": sharer_type,
            "permission": permission,
            "share_related_records": item.get("share_related_records") is True,
            "shared_by": request.user.id,
            "shared_time": format_moment(org.clock.now()),
        }
        return success("record will be shared successfully")

    response = batch(request, share, status=200 if replace else 201, key="share")
    org.records.shares[record["id"]] = shares
    # Refused items have status 200 here (OpenAPI 3.0, share records).
    if response.status_code >= 300:
        response.status_code = 200
    return response


def _render_share(
    org: Organisation, request: Request, sharer_id: str, share: dict[str, Any]
) -> dict[str, Any]:
    sharer_type = _type(share)
    sharer = {"id": sharer_id, "type": sharer_type}
    if sharer_type == "users":
        user = org.users[sharer_id]
        sharer |= {**user.owner, "zuid": user.zuid}
    else:
        sharer["name"] = _sharers(org, sharer_type)[sharer_id]["name"]
    return {
        "shared_with": sharer,
        "share_related_records": share["share_related_records"],
        "shared_through": None,
        "shared_time": localize(share["shared_time"], request.user.time_zone),
        "permission": share["permission"],
        "shared_by": org.users[share["shared_by"]].owner,
        "type": "public",
    }


def _sharers(org: Organisation, sharer_type: str) -> Mapping[str, Any]:
    """Return all of whom a record can be shared with, by id."""
    if sharer_type == "users":
        return org.users
    return org.roles if sharer_type == "roles" else org.settings.items("user_groups")


def _type(share: dict[str, Any]) -> str:
    return str(share.get("type", "users"))
