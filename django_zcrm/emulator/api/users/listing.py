"""Listing users, and how each version shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core import Request, Routes, invalid_data
from ...engine.access import bad_path_id, find_by_id
from ...guesses import behaves
from ...state import Organisation, User

routes = Routes(scope="ZohoCRM.users")

MAX_PER_PAGE = 200

_EMPTY = (
    "street",
    "city",
    "state",
    "zip",
    "country",
    "phone",
    "mobile",
    "fax",
    "website",
    "dob",
)
_TAB = {"font_color": "#FFFFFF", "background": "#222222"}
#: Keys of every version (recorded in v2).
_PREFERENCES: dict[str, Any] = {
    "customize_info": {
        "notes_desc": None,
        "show_right_panel": None,
        "bc_view": None,
        "show_home": False,
        "show_detail_view": True,
        "show_left_panel": True,
        "unpin_recent_item": None,
    },
    "theme": {
        "normal_tab": _TAB,
        "selected_tab": _TAB,
        "new_background": None,
        "background": "#F3F0EB",
        "screen": "fixed",
        "type": "default",
    },
    "sandboxDeveloper": False,
    "status_reason__s": None,
}
_UP_TO_V21 = {
    "name_format": "Salutation,First Name,Last Name",
    "distance_preference__s": "Miles",
    "Current_Shift__s": None,
    "Next_Shift__s": None,
    "Shift_Effective_From__s": None,
}
_FROM_V3 = {
    "number_separator": "Comma",
    "sort_order_preference__s": "First Name,Last Name",
    "name_format__s": "Salutation,First Name,Last Name",
    "type__s": "Regular User",
    "category": "regular_user",
    "$current_shift": None,
    "$next_shift": None,
    "$shift_effective_from": None,
}


def _is_admin(org: Organisation, user: User) -> bool:
    return bool(org.profiles[user.profile_id]["name"] == "Administrator")


_USER_TYPES: dict[str, Callable[[Organisation, User], bool]] = {
    "AllUsers": lambda org, user: user.status != "deleted",
    "ActiveUsers": lambda org, user: user.status == "active",
    "AllActiveUsers": lambda org, user: user.status == "active",
    "DeactiveUsers": lambda org, user: user.status == "inactive",
    "DeletedUsers": lambda org, user: user.status == "deleted",
    "ConfirmedUsers": lambda org, user: user.confirmed,
    "NotConfirmedUsers": lambda org, user: not user.confirmed,
    "ActiveConfirmedUsers": lambda org, user: user.status == "active" and user.confirmed,
    "AdminUsers": _is_admin,
    "ActiveConfirmedAdmins": lambda org, user: (
        _is_admin(org, user) and user.status == "active" and user.confirmed
    ),
    "DeveloperUsers": lambda org, user: False,
    "ActiveLiteUser": lambda org, user: False,
}


def _users_of_type(org: Organisation, request: Request) -> list[User]:
    """The users of the requested type. Raises Refusal for an unknown type."""
    value_type = request.args.get("type", "AllUsers")
    if value_type == "CurrentUser":
        return [request.user]
    if value_type in _USER_TYPES:
        return [user for user in org.users.values() if _USER_TYPES[value_type](org, user)]
    if behaves("people.unknown-type", "ignored"):
        return list(org.users.values())
    raise invalid_data(param_name="type", supported_values=["CurrentUser", *_USER_TYPES])


@routes.route("GET", "/crm/{version}/users")
def list_users(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return a page of the users of one type. Raises Refusal for an unknown type."""
    users = _users_of_type(org, request)
    page = request.args.integer("page", 1)
    per_page = request.args.integer("per_page", MAX_PER_PAGE, maximum=MAX_PER_PAGE)
    page_rows = users[(page - 1) * per_page : page * per_page]
    if not page_rows:
        return None
    return {
        "users": [render_user(org, user, request) for user in page_rows],
        "info": {
            "per_page": per_page,
            "count": len(page_rows),
            "page": page,
            "more_records": page * per_page < len(users),
        },
    }


@routes.route("GET", "/crm/{version}/users/actions/count", versions=(6, 8))
def count_users(org: Organisation, request: Request) -> dict[str, int]:
    """Count the users of a type; a number, as Zoho's SDK 8 reads it (text in OpenAPI)."""
    return {"count": len(_users_of_type(org, request))}


@routes.route("GET", "/crm/{version}/users/{user}")
def get_user(org: Organisation, request: Request, user: str) -> dict[str, Any] | None:
    """Return one user; 204 for an unknown id."""
    crm_user = find_by_id(request, org.users, user, 1)
    if crm_user is None and behaves("people.unknown-id", "refused"):
        raise bad_path_id(request)
    return None if crm_user is None else {"users": [render_user(org, crm_user, request)]}


def render_user(org: Organisation, user: User, request: Request) -> dict[str, Any]:
    """A user as this version shows it, with times in the caller's zone."""
    role, profile = org.roles[user.role_id], org.profiles[user.profile_id]
    details = user.details
    zone = request.user.time_zone
    maker = org.users[details.get("created_by") or next(iter(org.users))].reference
    changer = org.users[details["modified_by"]].reference if "modified_by" in details else maker
    created = org.clock.iso(zone, at=details["created_time"])
    changed = org.clock.iso(zone, at=details.get("modified_time", details["created_time"]))
    superior = org.users.get(details["reporting_to"] or "")
    result: dict[str, Any] = {
        "id": user.id,
        "zuid": user.zuid if user.confirmed else None,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "full_name": user.full_name,
        "alias": None,
        "status": user.status,
        "confirm": user.confirmed,
        "role": {"name": role["name"], "id": role["id"]},
        "profile": {"name": profile["name"], "id": profile["id"]},
        "Reporting_To": superior.reference if superior else None,
        "Currency": org.info["iso_code"],
        "locale": "en_US",
        "language": "en_US",
        "country_locale": "en_US",
        "time_zone": user.time_zone,
        "offset": _offset(org, user),
        "time_format": "HH:mm",
        "date_format": "dd/MM/yyyy",
        "decimal_separator": "Period",
        "created_by": maker,
        "created_time": created,
        "Modified_By": changer,
        "Modified_Time": changed,
        "Isonline": user.id == request.user.id,
        "microsoft": False,
        "personal_account": False,
        "default_tab_group": "0",
        "signature": None,
        **dict.fromkeys(_EMPTY),
        **_PREFERENCES,
    }
    if request.version >= 3:
        result |= _FROM_V3
    else:
        result |= _UP_TO_V21 | {"territories": _render_territories(org, user)}
    own = details.get("values", {})
    return result | {name: value for name, value in own.items() if name in result}


def _render_territories(org: Organisation, user: User) -> list[dict[str, Any]]:
    # A page reads users, and reading must not create a collection.
    collections = org.settings.collections
    return [
        {"name": territory["name"], "id": key}
        for key, territory in collections.get("territories", {}).items()
        if user.id in collections.get(f"territory_users/{key}", {})
    ]


def _offset(org: Organisation, user: User) -> int:
    """The user's UTC offset in milliseconds."""
    hours_minutes = org.clock.iso(user.time_zone)[-6:]
    minutes = int(hours_minutes[1:3]) * 60 + int(hours_minutes[4:])
    return minutes * 60_000 * (-1 if hours_minutes[0] == "-" else 1)
