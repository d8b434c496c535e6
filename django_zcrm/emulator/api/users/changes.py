"""Creating, changing and deleting users (docs v8 users)."""

from __future__ import annotations

import re

from ...core import Refusal, Request, Response, Routes, success
from ...engine.access import bad_path_id
from ...engine.batch import batch
from ...engine.bodies import require_item
from ...engine.settings import keys
from ...engine.values import JSONPath
from ...state import Item, Organisation, User
from ...state.organisation import add_user

routes = Routes(scope="ZohoCRM.users")

_USERS = "/crm/{version}/users"
_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")

#: The writable keys, in the order of the checks.
_KEYS: dict[str, keys.ValueType] = {
    "last_name": keys.Text(50, required=True),
    "first_name": keys.Text(50),
    "email": keys.Text(100, required=True),
    "role": keys.Reference("roles", required=True),
    "profile": keys.Reference("profiles", required=True),
    "Reporting_To": keys.Reference("users"),
    "status": keys.one_of("active", "inactive"),
    "time_zone": keys.TimeZone(50),
    "alias": keys.Text(50),
    "phone": keys.Text(30),
    "mobile": keys.Text(30),
    "fax": keys.Text(30),
    "website": keys.Text(250),
    "street": keys.Text(250),
    "city": keys.Text(100),
    "state": keys.Text(100),
    "zip": keys.Text(30),
    "country": keys.Text(100),
    "dob": keys.Day(),
    "signature": keys.Text(32000),
    "language": keys.Text(20),
    "locale": keys.Text(20),
    "country_locale": keys.Text(20),
    "date_format": keys.Text(20),
    "time_format": keys.one_of("HH:mm", "hh:mm a"),
    "decimal_separator": keys.one_of("Comma", "Period"),
    "number_separator": keys.one_of("Comma", "Period", "Space"),
    "sandboxDeveloper": keys.Flag(),
    "name_format__s": keys.Text(60),
    "sort_order_preference__s": keys.Text(60),
    "type__s": keys.one_of("Regular User", "Lite User", "Support User", "Sandbox Developer User"),
}
#: The keys that are attributes of User.
_ATTRIBUTES = ("last_name", "first_name", "email", "status", "time_zone")
#: The number of licences (OpenAPI: LICENSE_LIMIT_EXCEEDED).
MAX_USERS = 500


@routes.route("POST", _USERS)
def add_users(org: Organisation, request: Request) -> Response:
    """Add users; they stay unconfirmed, since no one can accept an invitation here."""

    def add(body: Item, path: JSONPath) -> Item:
        values = _read(org, body, None, path)
        if len(org.users) >= MAX_USERS:
            raise Refusal("LICENSE_LIMIT_EXCEEDED", "the number of licenses is exceeded")
        role, profile = org.roles[values["role"]], org.profiles[values["profile"]]
        user = add_user(
            org,
            values["email"],
            values.get("first_name") or "",
            values["last_name"],
            role=role["name"],
            profile=profile["name"],
        )
        user.confirmed = False
        user.details["created_by"] = request.user.id
        _write(user, values)
        return success("User added", {"id": user.id})

    return batch(request, add, status=201, key="users", limit=1)


@routes.route("PUT", _USERS)
@routes.route("PUT", f"{_USERS}/{{user}}")
def update_users(org: Organisation, request: Request, user: str = "") -> Response:
    """Change users, each named by its `id`, or the one that the path names."""
    crm_user = require_user(org, request, user) if user else None

    def update(body: Item, path: JSONPath) -> Item:
        return _update(org, request, crm_user or require_item(body, path, org.users), body, path)

    return batch(request, update, key="users", limit=1 if user else 100)


@routes.route("DELETE", f"{_USERS}/{{user}}")
def delete_user(org: Organisation, request: Request, user: str) -> Item:
    """Delete a user; records and the list of deleted users still show them."""
    crm_user = require_user(org, request, user)
    delete(org, request, crm_user)
    return {"users": [success("User deleted", {"id": crm_user.id})]}


def require_user(org: Organisation, request: Request, user: str) -> User:
    """Return the user that a path names. Raises Refusal INVALID_DATA when there is none."""
    if user not in org.users:
        raise bad_path_id(request, 1)
    return org.users[user]


def delete(org: Organisation, request: Request, user: User) -> None:
    """Mark a user as deleted. Raises Refusal for the caller, or a user already deleted."""
    if user.status == "deleted":
        raise Refusal("ID_ALREADY_DELETED", "User is already deleted", details={"id": user.id})
    if user.id == request.user.id:
        raise Refusal("NOT_ALLOWED", "User cannot delete himself", details={"id": user.id})
    user.status = "deleted"
    _stamp(org, request, user)


def _update(org: Organisation, request: Request, user: User, body: Item, path: JSONPath) -> Item:
    if user.status == "deleted":
        raise Refusal(
            "CANNOT_UPDATE_DELETED_USER",
            "a deleted user cannot be updated",
            details={"id": user.id},
        )
    values = _read(org, body, user, path)
    if values.get("status") == user.status and set(body) <= {"id", "status"}:
        code, word = (
            ("ID_ALREADY_ACTIVE", "active")
            if user.status == "active"
            else ("ID_ALREADY_DEACTIVATED", "deactivated")
        )
        raise Refusal(code, f"User is already {word}", details={"id": user.id})
    if values.get("status") == "inactive" and user.id == request.user.id:
        raise Refusal("NOT_ALLOWED", "User cannot deactivate himself", details={"id": user.id})
    _write(user, values)
    _stamp(org, request, user)
    return success("User updated", {"id": user.id})


def _read(org: Organisation, body: Item, user: User | None, path: JSONPath) -> Item:
    values: Item = {}
    for name, value_type in _KEYS.items():
        value = body.get(name)
        if value is not None and value != "":
            if isinstance(value_type, keys.Reference) and isinstance(value, str):
                value = {"id": value}
            values[name] = value_type.read(org, value, path.child(name))
        elif value_type.required and (user is None or name in body):
            raise path.child(name).missing()
        elif name in body:
            values[name] = None
    _check_address(org, values.get("email"), user, path.child("email"))
    return values


def _check_address(org: Organisation, email: str | None, user: User | None, path: JSONPath) -> None:
    if email is None or (user is not None and email == user.email):
        return
    if not _EMAIL.fullmatch(email):
        raise path.invalid(expected_data_type="email")
    if user is not None and user.confirmed:
        # The code is misspelled by Zoho (OpenAPI 3.1 users).
        raise Refusal(
            "EMAIL_UPDATE_NOT_ALOWED",
            "the email of a confirmed user cannot be updated",
            details=path.details(),
        )
    if org.user_by_email(email) is not None:
        raise Refusal(
            "DUPLICATE_DATA",
            "Failed to add user since same email id is already present",
            details=path.details(),
        )


def _write(user: User, values: Item) -> None:
    for name in _ATTRIBUTES:
        if values.get(name) is not None:
            setattr(user, name, values[name])
    if values.get("first_name", "") is None:
        user.first_name = ""
    user.role_id = values.get("role") or user.role_id
    user.profile_id = values.get("profile") or user.profile_id
    if "Reporting_To" in values:
        user.details["reporting_to"] = values["Reporting_To"]
    own = {
        name: value
        for name, value in values.items()
        if name not in (*_ATTRIBUTES, "role", "profile", "Reporting_To")
    }
    user.details["values"] = user.details.get("values", {}) | own


def _stamp(org: Organisation, request: Request, user: User) -> None:
    user.details["modified_by"] = request.user.id
    user.details["modified_time"] = org.clock.now()
