"""Assignment rules, which choose the owner of records if a call has the parameter `lar_id`."""

from __future__ import annotations

from typing import Any

from ..core import Request, invalid_data
from ..state import Item, Module, Organisation, StoredRecord, User
from .criteria import record_test

_COUNTS = "assignment_counts"
"""How many records each entry of a rule has given away, to take turns."""


def default_assignee(org: Organisation) -> User:
    """Return the default owner of a rule, used if none of its entries applies."""
    return next(iter(org.users.values()))


def get_rule(org: Organisation, request: Request, module: Module) -> Item | None:
    """Return the rule that a body names by `lar_id`.

    Raises Refusal INVALID_DATA for an id that is not that of a rule of the module.
    """
    rule_id = request.json_object().get("lar_id")
    if rule_id is None:
        return None
    rule = org.settings.items("assignment_rules").get(str(rule_id))
    if rule is None or rule["module"] != module.id:
        raise invalid_data(
            "the id given seems to be invalid", api_name="lar_id", json_path="$.lar_id"
        )
    return rule


def choose_owner(org: Organisation, rule: Item, record: StoredRecord) -> str:
    """Return the id of the user to whom a rule assigns a record."""
    for entry in rule["rule_entries"] or ():
        criteria = entry.get("criteria")
        if criteria and not record_test(criteria)(record):
            continue
        candidates = [user.id for user in _list_users(org, entry.get("assign_to") or {})]
        if candidates:
            return candidates[_count_turn(org, rule["id"], entry) % len(candidates)]
    return default_assignee(org).id


def _count_turn(org: Organisation, rule_id: str, entry: Item) -> int:
    counts = org.settings.items(_COUNTS, rule_id)
    key = str(entry.get("id"))
    number = counts.get(key, {"count": 0})["count"]
    counts[key] = {"count": number + 1}
    return int(number)


def _list_users(org: Organisation, assign_to: Item) -> list[User]:
    """Return the active users that an entry names: themselves, by role or by profile."""
    kind = assign_to.get("type")
    resources: list[Any] = assign_to.get("resources") or [assign_to.get("resource") or {}]
    ids = {str(resource.get("id")) for resource in resources}
    return [
        user
        for user in org.users.values()
        if user.status == "active"
        and (
            (kind == "users" and user.id in ids)
            or (kind == "role" and user.role_id in ids)
            or (kind == "profile" and user.profile_id in ids)
        )
    ]
