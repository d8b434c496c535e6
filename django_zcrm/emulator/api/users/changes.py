"""Creating, changing and deleting users (docs v8 users)."""

from __future__ import annotations

import re

from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import bad_path_id
from django_zcrm.emulator.engine.batch import batch, body_id
from django_zcrm.emulator.engine.settings.value_types import (
    Day,
    Flag,
    Reference,
    Text,
    TimeZone,
    ValueType,
    one_of,
)
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation, User, add_user
from django_zcrm.emulator.state.settings import Item

routes = Routes()

_USERS = "/crm/{version}/users"
_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")

#: The writable keys, in the order of the checks.
_KEYS: dict[str, ValueType] = {
    "last_name": Text(50, required=True),
    "first_name": Text(50),
    "email": Text(100, required=True),
    "role": Reference("roles", required=True),
    "profile": Reference("profiles", required=True),
    "Reporting_To": Reference("users"),
    "status": one_of("active", "inactive"),
    "time_zone": TimeZone(50),
    "alias": Text(50),
    "phone": Text(30),
    "mobile": Text(30),
    "fax": Text(30),
    "website": Text(250),
    "street": Text(250),
    "city": Text(100),
    "state": Text(100),
    "zip": Text(30),
    "country": Text(100),
    "dob": Day(),
    "signature": Text(32000),
    "language": Text(20),
    "locale": Text(20),
    "country_locale": Text(20),
    "date_format": Text(20),
    "time_format": one_of("HH:mm", "hh:mm a"),
    "decimal_separator": one_of("Comma", "Period"),
    "number_separator": one_of("Comma", "Period", "Space"),
    "sandboxDeveloper": Flag(),
    "name_format__s": Text(60),
    "sort_order_preference__s": Text(60),
    "type__s": one_of("Regular User", "Lite User", "Support User", "Sandbox Developer User"),
}
#: The keys that are attributes of User.
_ATTRIBUTES = ("last_name", "first_name", "email", "status", "time_zone")
#: The number of licences (OpenAPI: LICENSE_LIMIT_EXCEEDED).
MAX_USERS = 500


@routes.route("POST", _USERS, scope="ZohoCRM.users.CREATE")
def add_users(org: Organisation, request: Request) -> Response:
    """Add users; they stay unconfirmed, since nobody can accept an invitation here."""

    def add(body: Item, path: JSONPath) -> Item:
        values = _read(org, body, None, path)
        if len(org.users) >= MAX_USERS:
            raise Problem("LICENSE_LIMIT_EXCEEDED", "the number of licenses is exceeded")
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

    return batch(request, add, done=201, key="users", limit=1)


@routes.route("PUT", _USERS, scope="ZohoCRM.users.UPDATE")
def update_users(org: Organisation, request: Request) -> Response:
    """Change users, each named by its `id`."""

    def update(body: Item, path: JSONPath) -> Item:
        user = org.users.get(body_id(body, path))
        if user is None:
            raise path.child("id").unknown_id()
        return _update(org, request, user, body, path)

    return batch(request, update, key="users")


@routes.route("PUT", f"{_USERS}/{{user}}", scope="ZohoCRM.users.UPDATE")
def update_user(org: Organisation, request: Request, user: str) -> Response:
    """Change one user."""
    crm_user = existing_user(org, request, user)

    def update(body: Item, path: JSONPath) -> Item:
        return _update(org, request, crm_user, body, path)

    return batch(request, update, key="users", limit=1)


@routes.route("DELETE", f"{_USERS}/{{user}}", scope="ZohoCRM.users.DELETE")
def delete_user(org: Organisation, request: Request, user: str) -> Item:
    """Delete a user; records and the list of deleted users still show them."""
    crm_user = existing_user(org, request, user)
    delete(org, request, crm_user)
    return {"users": [success("User deleted", {"id": crm_user.id})]}


def existing_user(org: Organisation, request: Request, user: str) -> User:
    """Return the user that a path names. Raises Problem INVALID_DATA when there is none."""
    if user not in org.users:
        raise bad_path_id(request, 1)
    return org.users[user]


def delete(org: Organisation, request: Request, user: User) -> None:
    """Mark a user as deleted. Raises Problem for the caller, or a user already deleted."""
    if user.status == "deleted":
        raise Problem("ID_ALREADY_DELETED", "User is already deleted", details={"id": user.id})
    if user.id == request.user.id:
        raise Problem("NOT_ALLOWED", "User cannot delete himself", details={"id": user.id})
    user.status = "deleted"
    _stamp(org, request, user)


def _update(org: Organisation, request: Request, user: User, body: Item, path: JSONPath) -> Item:
    if user.status == "deleted":
        raise Problem(
            "CANNOT_UPDATE_DELETED_USER",
            "a deleted user cannot be updated",
            details={"id": user.id},
        )
    values = _read(org, body, user, path)
    if values.get("status") == "inactive" and user.id == request.user.id:
        raise Problem("NOT_ALLOWED", "User cannot deactivate himself", details={"id": user.id})
    _write(user, values)
    _stamp(org, request, user)
    return success("User updated", {"id": user.id})


def _read(org: Organisation, body: Item, user: User | None, path: JSONPath) -> Item:
    values: Item = {}
    for name, value_type in _KEYS.items():
        value = body.get(name)
        if value is not None and value != "":
            if isinstance(value_type, Reference) and isinstance(value, str):
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
        raise Problem(
            "EMAIL_UPDATE_NOT_ALOWED",
            "the email of a confirmed user cannot be updated",
            details=path.details(),
        )
    if org.user_by_email(email) is not None:
        raise Problem(
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
