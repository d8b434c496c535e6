"""The roles that contacts have in deals: values of the links that `related_records` serves."""

from __future__ import annotations

from typing import Any

from ..engine.values import JSONPath
from ..state import Organisation
from .contact_roles import role_named

RELATED_LIST = "Contact_Roles"


def render_role(org: Organisation, role_id: str | None, *, in_text: bool) -> Any:
    """Return a role as a link shows it: its name in text, or with its id."""
    role = org.records.contact_roles.get(role_id or "")
    if role is None:
        return None
    return role["name"] if in_text else {"name": role["name"], "id": role["id"]}


def read_role(org: Organisation, value: Any, path: JSONPath) -> str:
    """Return the id of the role that a body names by id or name. Raises Refusal for another."""
    key = value.get("id") or value.get("name") if isinstance(value, dict) else value
    role = role_named(org, str(key))
    if role is None:
        raise path.child("Contact_Role").invalid()
    return str(role["id"])
