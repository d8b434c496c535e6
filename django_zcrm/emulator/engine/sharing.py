"""Decides which users may see, change and delete records of modules that are not public.

A private module's records are open to their owners, to users with higher roles in the hierarchy,
and to users with whom rules or users shared them. Administrators and the top role have full access.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from ..state import Item, Module, Organisation, StoredRecord, User
from .criteria import Test, record_test

RecordAction = Literal["read", "update", "delete"]

DEFAULT_SHARE_TYPE = "public"
_NEEDED: dict[RecordAction, int] = {"read": 1, "update": 2, "delete": 3}
#: Everybody's access by the module's share type; the access by rules and shares of a record.
_BY_DEFAULT = {"private": 0, "public_read_only": 1, "public_read_write": 2, "public": 3}
_BY_RULE = {"read": 1, "read_write": 2, "read_write_delete": 3}
_BY_SHARE = {"read_only": 1, "read_write": 2, "full_access": 3}


def share_type(org: Organisation, module: Module) -> str:
    """Return the share type of a module."""
    sharing = org.settings.collections.get("data_sharing", {}).get(module.id, {})
    return str(sharing.get("share_type", DEFAULT_SHARE_TYPE))


def access_test(
    org: Organisation, user: User, module: Module, action: RecordAction = "read"
) -> Test | None:
    """Return the predicate for the records on which a user may do this; None for all records."""
    level = _NEEDED[action]
    is_open = _BY_DEFAULT[share_type(org, module)] >= level
    if is_open or not module.has_owner or _may_everything(org, user):
        return None
    owners = {user.id} | users_of_roles(org, roles_below(org, user.role_id))
    tests: list[Test] = []
    for rule in org.settings.items("sharing_rules").values():
        counts = rule["module"] == module.id and rule["status"] == "active"
        if not counts or _BY_RULE[rule["permission_type"]] < level or not _gets(org, rule, user):
            continue
        if rule["type"] == "Record_Owner_Based":
            owners |= _people(org, rule["shared_from"])
        else:
            tests.append(record_test(rule["criteria"]))
    shares = org.records.shares

    def is_shared(record: StoredRecord) -> bool:
        return any(
            _BY_SHARE[share["permission"]] >= level
            and user.id in _sharers(org, share.get("type", "users"), sharer_id)
            for sharer_id, share in shares.get(record["id"], {}).items()
        )

    def may(record: StoredRecord) -> bool:
        return (
            record.get("Owner") in owners
            or any(test(record) for test in tests)
            or is_shared(record)
        )

    return may


def _may_everything(org: Organisation, user: User) -> bool:
    role = org.roles.get(user.role_id)
    profile = org.profiles.get(user.profile_id, {})
    return role is None or role["reporting_to"] is None or profile.get("name") == "Administrator"


def _gets(org: Organisation, rule: Item, user: User) -> bool:
    """Return whether a rule shares with a user, or with a subordinate, if it includes superiors."""
    people = _people(org, rule["shared_to"])
    if user.id in people:
        return True
    below = users_of_roles(org, roles_below(org, user.role_id))
    return rule["superiors_allowed"] and not below.isdisjoint(people)


def _people(org: Organisation, party: Item) -> set[str]:
    """Return the ids of the users of one side of a rule."""
    if party["type"] == "all_users":
        return set(org.users)
    thing_id = party["resource"]["id"]
    if party["type"] == "roles" and party.get("subordinates"):
        return users_of_roles(org, {thing_id} | roles_below(org, thing_id))
    return _sharers(org, party["type"], thing_id)


def _sharers(org: Organisation, kind: str, thing_id: str) -> set[str]:
    """Return the ids of the users of a user, a role or a group."""
    if kind == "roles":
        return users_of_roles(org, {thing_id})
    if kind == "groups":
        group = org.settings.items("user_groups").get(thing_id)
        return set() if group is None else {person.id for person in members(org, group)}
    return {thing_id}


def roles_below(org: Organisation, role_id: str) -> set[str]:
    """Return the ids of the roles below one, on all levels."""
    below: set[str] = set()
    waiting = {role_id}
    while waiting:
        waiting = {
            role["id"]
            for role in org.roles.values()
            if role["reporting_to"] and role["reporting_to"]["id"] in waiting
        } - below
        below |= waiting
    return below


def users_of_roles(org: Organisation, roles: Iterable[str]) -> set[str]:
    """Return the ids of the users who have one of the roles."""
    roles = set(roles)
    return {person.id for person in org.users.values() if person.role_id in roles}


def members(org: Organisation, group: Item) -> list[User]:
    """Return the users of a group from all its sources, including other groups."""
    results: dict[str, User] = {}
    items = org.settings.items("user_groups")
    waiting, seen_ids = [group["id"]], {group["id"]}
    while waiting:
        for source in items[waiting.pop(0)]["sources"] or ():
            results.update(
                (user_id, org.users[user_id]) for user_id in _list_source_users(org, source)
            )
            inner = source["source"]["id"]
            if source["type"] == "groups" and inner in items and inner not in seen_ids:
                seen_ids.add(inner)
                waiting.append(inner)
    return list(results.values())


def _list_source_users(org: Organisation, source: Item) -> list[str]:
    """Return the ids of the users of a source that is not a group, in the order of all users."""
    thing_id = source["source"]["id"]
    user_ids: set[str] = set()
    if source["type"] == "users":
        user_ids = {thing_id}
    elif source["type"] == "roles":
        below = roles_below(org, thing_id) if source["subordinates"] else set()
        user_ids = users_of_roles(org, {thing_id} | below)
    elif source["type"] == "territories":
        user_ids = set(org.settings.items("territory_users", thing_id))
    return [user_id for user_id in org.users if user_id in user_ids]
