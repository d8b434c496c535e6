"""Profiles of users, and their permissions."""

from __future__ import annotations

from typing import Any

from ..core import JsonResponse, Request, Response, Routes
from ..core.errors import Refusal, invalid_data, missing_param, success
from ..engine.access import bad_path_id, find_by_id
from ..engine.batch import batch
from ..engine.bodies import require, require_id, require_objects
from ..engine.settings import keys
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.profiles")


@routes.route("GET", "/crm/{version}/settings/profiles")
def list_profiles(org: Organisation, request: Request) -> dict[str, Any]:
    """Return all profiles, without their permissions."""
    profiles = [_render_profile(org, profile, request) for profile in org.profiles.values()]
    for profile in profiles:
        del profile["permissions_details"], profile["sections"]
    if request.version < 3:
        return {"profiles": profiles}
    return {"profiles": profiles, "info": {"license_limit": 25}}


@routes.route("GET", "/crm/{version}/settings/profiles/{id}")
def get_profile(org: Organisation, request: Request, id: str) -> dict[str, Any] | None:
    """Return one profile with its permissions; 204 for an unknown id."""
    profile = find_by_id(request, org.profiles, id, 2)
    return None if profile is None else {"profiles": [_render_profile(org, profile, request)]}


def _render_profile(org: Organisation, profile: dict[str, Any], request: Request) -> dict[str, Any]:
    result = {
        **profile,
        "created_time": None,
        "modified_time": None,
        "sections": _sections(profile),
    }
    if profile["custom"]:
        result["created_time"] = result["modified_time"] = org.info["created_time"]
    if request.version < 3:
        # v2 calls this `category` and has neither type nor api_name.
        result["category"] = result.pop("custom")
        del result["type"], result["api_name"]
    return result


def _sections(profile: dict[str, Any]) -> list[dict[str, Any]]:
    """The permissions grouped as on Zoho's profile page: by module, then the general ones."""
    categories: dict[str | None, list[str]] = {}
    for permission in profile["permissions_details"]:
        categories.setdefault(permission["module"], []).append(permission["id"])
    return [
        {
            "name": "Basic Permissions" if module else "Setup Permissions",
            "categories": [
                {
                    "name": module or "Setup",
                    "display_label": module or "Setup",
                    "module": module,
                    "permissions_details": ids,
                }
            ],
        }
        for module, ids in categories.items()
    ]


_PROFILE = "/crm/{version}/settings/profiles/{id}"
_VERSIONS = (3, 8)
_NAME = keys.Text(50)
_DESCRIPTION = keys.Text(1000)


def _require_profile(org: Organisation, request: Request, id: str) -> Item:
    if id not in org.profiles:
        raise bad_path_id(request, 2)
    return org.profiles[id]


def _name(org: Organisation, value: Any, path: JSONPath, own: Item | None) -> str:
    name = _NAME.read(org, value, path)
    if any(other["name"] == name and other is not own for other in org.profiles.values()):
        raise Refusal("DUPLICATE_DATA", "duplicate data", details=path.details())
    return name


@routes.route("POST", f"{_PROFILE}/actions/clone", versions=_VERSIONS)
def clone_profile(org: Organisation, request: Request, id: str) -> Response:
    """Create a copy of a profile."""
    source = _require_profile(org, request, id)

    def clone(body: Item, path: JSONPath) -> Item:
        if body.get("name") is None:
            raise path.child("name").missing()
        name = _name(org, body["name"], path.child("name"), None)
        profile_id = org.ids.next()
        org.profiles[profile_id] = {
            **source,
            "id": profile_id,
            "name": name,
            "display_label": name,
            "api_name": name.replace(" ", "_"),
            "description": body.get("description"),
            "custom": True,
            "created_by": request.user.reference,
            "modified_by": request.user.reference,
        }
        return success("profile created successfully", {"id": profile_id})

    return batch(request, clone, status=201, key="profiles", limit=1)


@routes.route("PUT", _PROFILE, versions=_VERSIONS)
def update_profile(org: Organisation, request: Request, id: str) -> Response:
    """Rename a profile, grant or revoke permissions."""
    profile = _require_profile(org, request, id)

    def update(body: Item, path: JSONPath) -> Item:
        values: Item = {"modified_by": request.user.reference}
        if body.get("name") is not None:
            if not profile["custom"]:
                raise Refusal(
                    "NOT_ALLOWED",
                    "a standard profile cannot be renamed",
                    details=path.child("name").details(),
                )
            name = _name(org, body["name"], path.child("name"), profile)
            values |= {"name": name, "display_label": name}
        if body.get("description") is not None:
            child = path.child("description")
            values["description"] = _DESCRIPTION.read(org, body["description"], child)
        if body.get("permissions_details") is not None:
            values["permissions_details"] = _permissions(org, profile, body, path)
        org.profiles[id] = profile | values
        return success("profile updated successfully")

    return batch(request, update, key="profiles", limit=1)


def _permissions(org: Organisation, profile: Item, body: Item, path: JSONPath) -> list[Item]:
    """Return a profile's permissions with the requested changes. Raises Refusal."""
    switched: dict[str, bool] = {}
    permissions = {item["id"]: item for item in profile["permissions_details"]}
    for item, child in require_objects(body, "permissions_details", path):
        permission = require_id(item, child, permissions)
        if not permissions[permission]["customizable"]:
            raise Refusal(
                "NOT_ALLOWED",
                "the permission cannot be changed",
                details=child.child("id").details(),
            )
        enabled = require(item, "enabled", child)
        switched[permission] = keys.Flag().read(org, enabled, child.child("enabled"))
    return [
        item | {"enabled": switched.get(item["id"], item["enabled"])}
        for item in profile["permissions_details"]
    ]


@routes.route("DELETE", _PROFILE, versions=_VERSIONS)
def delete_profile(org: Organisation, request: Request, id: str) -> Response:
    """Delete a profile; its users get the one named by `transfer_to`.

    The parameter is `transfer_to` in the docs of v7, `transfer_to_id` in OpenAPI 3.1.
    """
    profile = _require_profile(org, request, id)
    name = "transfer_to" if request.args.get("transfer_to") else "transfer_to_id"
    target = request.args.get(name)
    if not target:
        raise missing_param("transfer_to")
    if target not in org.profiles or target == id:
        raise invalid_data("the id given seems to be invalid", param_name=name)
    if not profile["custom"]:
        raise Refusal("CANNOT_DELETE", "a standard profile cannot be deleted", details={"id": id})
    for user in org.users.values():
        if user.profile_id == id:
            user.profile_id = target
    del org.profiles[id]
    return JsonResponse(success("Profile deleted"))
