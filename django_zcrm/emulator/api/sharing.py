"""Sharing records with users."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import existing_record, find_module
from django_zcrm.emulator.engine.batch import batch
from django_zcrm.emulator.engine.paths import RECORD
from django_zcrm.emulator.engine.rendering import in_zone
from django_zcrm.emulator.engine.values import JSONPath, reference_id, stored_moment
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()

MAX_IDS = 500
MAX_SHARES = 10
SHARE = RECORD + "/actions/share"
_PERMISSIONS = ("full_access", "read_only", "read_write")


@routes.route("GET", SHARE, scope=("ZohoCRM.share.{module}.READ", "ZohoCRM.share.READ"))
def list_shares(org: Organisation, request: Request, module: str, id: str) -> dict[str, Any] | None:
    """Answer with whom a record is shared."""
    record = existing_record(org, request, find_module(org, request, module), id)
    shares = org.records.shares.get(record["id"])
    if not shares:
        return None
    return {"share": [_shown(org, request, user_id, share) for user_id, share in shares.items()]}


@routes.route("POST", SHARE, scope=("ZohoCRM.share.{module}.CREATE", "ZohoCRM.share.CREATE"))
def share_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Share a record with more users."""
    return _share(org, request, module, id, replace=False)


@routes.route("PUT", SHARE, scope=("ZohoCRM.share.{module}.UPDATE", "ZohoCRM.share.UPDATE"))
def reshare_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Share a record with these users and no others."""
    return _share(org, request, module, id, replace=True)


@routes.route("DELETE", SHARE, scope=("ZohoCRM.share.{module}.DELETE", "ZohoCRM.share.DELETE"))
def unshare_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Stop sharing a record."""
    record = existing_record(org, request, find_module(org, request, module), id)
    org.records.shares.pop(record["id"], None)
    return JsonResponse({"share": success("record is successfully unshared")})


def _share(org: Organisation, request: Request, module: str, id: str, *, replace: bool) -> Response:
    record = existing_record(org, request, find_module(org, request, module), id)
    shares = {} if replace else dict(org.records.shares.get(record["id"], {}))

    def share(item: Item, path: JSONPath) -> Item:
        value = item.get("shared_with") or item.get("user")
        if value is None:
            raise path.child("shared_with").missing()
        child = path.child("shared_with")
        user = org.users.get(reference_id(value, child))
        if user is None:
            raise child.child("id").unknown_id()
        permission = item.get("permission", "read_only")
        if permission not in _PERMISSIONS:
            raise path.child("permission").invalid()
        if user.id not in shares and len(shares) >= MAX_SHARES:
            raise Problem(
                "SHARE_LIMIT_EXCEEDED",
                "a record can be shared with ten users",
                details={"limit": MAX_SHARES},
            )
        shares[user.id] = {
            "permission": permission,
            "share_related_records": item.get("share_related_records") is True,
            "shared_by": request.user.id,
            "shared_time": stored_moment(org.clock.now()),
        }
        return success("record will be shared successfully")

    response = batch(request, share, done=200 if replace else 201, key="share", limit=MAX_SHARES)
    org.records.shares[record["id"]] = shares
    # Refused items have status 200 here (OpenAPI 3.0, share records).
    if response.status_code >= 300:
        response.status_code = 200
    return response


def _shown(
    org: Organisation, request: Request, user_id: str, share: dict[str, Any]
) -> dict[str, Any]:
    return {
        "shared_with": {**org.users[user_id].owner, "zuid": org.users[user_id].zuid},
        "share_related_records": share["share_related_records"],
        "shared_through": None,
        "shared_time": in_zone(share["shared_time"], request.user.time_zone),
        "permission": share["permission"],
        "shared_by": org.users[share["shared_by"]].owner,
        "type": "public",
    }
