"""Who sees whose records: the defaults by module, and the rules (docs v8 data-sharing)."""

from __future__ import annotations

from collections import Counter

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic import actions, references
from django_zcrm.emulator.generic.fields import module_of
from django_zcrm.emulator.generic.kinds import Anything, Flag, Reference, Shape, Text, one_of, shape
from django_zcrm.emulator.generic.refusals import dependent_missing
from django_zcrm.emulator.generic.register import SETTINGS, collection, routes
from django_zcrm.emulator.generic.resource import Says
from django_zcrm.emulator.generic.showing import page_of, show
from django_zcrm.emulator.metadata.operations import asked_module
from django_zcrm.emulator.problems import success
from django_zcrm.emulator.records.bodies import as_object, needed, objects, top
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.records.writing import batch
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation

_SCOPE = f"{SETTINGS}.data_sharing"
_DEFAULTS = "/crm/{version}/settings/data_sharing"
_SHARE_TYPES = ("private", "public_read_only", "public_read_write", "public")


@routes.route("GET", _DEFAULTS, scope=f"{_SCOPE}.READ", versions=(8, 8))
def get_data_sharing(org: Organisation, call: Call) -> Item:
    """Answer how each module is shared by default."""
    kept = org.settings.items("data_sharing")
    return {
        "data_sharing": [
            {
                "module": {"api_name": module.api_name, "id": module.id},
                "share_type": kept.get(module.id, {}).get("share_type", "private"),
                "public_in_portals": False,
                "rule_computation_running": False,
            }
            for module in org.metadata.modules.values()
            if module.has_owner and module.parent_module is None
        ]
    }


@routes.route("PUT", _DEFAULTS, scope=f"{_SCOPE}.UPDATE", versions=(8, 8))
def update_data_sharing(org: Organisation, call: Call) -> Answer:
    """Change how modules are shared by default."""
    share_type = one_of(*_SHARE_TYPES)
    reference = Reference("modules")

    def update(item: Item, place: Place) -> Item:
        module_id = reference.read(org, needed(item, "module", place), place.child("module"))
        wanted = needed(item, "share_type", place)
        value = share_type.read(org, wanted, place.child("share_type"))
        org.settings.items("data_sharing")[module_id] = {"id": module_id, "share_type": value}
        return success(
            "data sharing settings updated successfully",
            {"module": module_of(org, module_id).api_name},
        )

    return batch(call, update, key="data_sharing")


_PARTY = shape(
    {"needed": True},
    type=one_of("roles", "groups", "all_users", needed=True),
    subordinates=Flag(),
    resource=Shape(),
)


def check_rule(
    org: Organisation, call: Call, values: Item, before: Item | None, place: Place
) -> None:
    """Check that roles and groups exist, and that criteria are there where the rule needs them."""
    for name in ("shared_from", "shared_to"):
        party = values.get(name)
        if not party or party["type"] == "all_users":
            continue
        spot = place.child(name)
        thing_id = (party.get("resource") or {}).get("id")
        if thing_id is None:
            raise dependent_missing(spot, "resource", "type")
        to = "roles" if party["type"] == "roles" else "user_groups"
        found = references.find(org, to, str(thing_id))
        if found is None:
            raise spot.child("resource").child("id").unknown()
        values[name] = party | {"resource": {"name": found["name"], "id": found["id"]}}
    whole = {**(before or {}), **values}
    if whole["type"] == "Criteria_Based" and not whole.get("criteria"):
        raise dependent_missing(place, "criteria", "type")


SHARING_RULES = collection(
    "/settings/data_sharing/rules",
    many="GET POST PUT",
    one="{id} GET PUT DELETE",
    key="sharing_rules",
    scope=_SCOPE,
    since=6,
    says=Says(
        "sharing rule is created successfully",
        "sharing rule is updated successfully",
        "Sharing Rule deleted",
    ),
    by_module=True,
    paged=True,
    audit=(),
    most=1,
    unique=("name",),
    keys={
        "name": Text(100, needed=True),
        "type": one_of("Record_Owner_Based", "Criteria_Based", needed=True),
        "permission_type": one_of("read", "read_write", "read_write_delete", needed=True),
        "superiors_allowed": Flag(default=False),
        "shared_from": _PARTY,
        "shared_to": _PARTY,
        "criteria": Anything(alone=True),
        "module": Reference("modules", ("api_name", "name", "id"), read_only=True),
        "status": one_of("active", "inactive", read_only=True, default="active"),
        "match_limit_exceeded": Flag(read_only=True, default=False),
    },
    check=check_rule,
    demo=lambda org: [
        {
            "name": "Sales sees all leads",
            "module": {"api_name": "Leads"},
            "type": "Record_Owner_Based",
            "permission_type": "read",
            "shared_from": {"type": "roles", "resource": {**_role(org, -1)}, "subordinates": False},
            "shared_to": {"type": "roles", "resource": {**_role(org, 1)}, "subordinates": True},
        }
    ],
)


def _role(org: Organisation, number: int) -> Item:
    role = list(org.roles.values())[number]
    return {"name": role["name"], "id": role["id"]}


actions.serve_switch(
    SHARING_RULES,
    actions.Switch(
        "status",
        "sharing rule is activated successfully",
        "sharing rule is deactivated successfully",
        ("ID_ALREADY_ACTIVE", "data sharing rule is already activated."),
        ("ID_ALREADY_DEACTIVATED", "data sharing rule is already deactivated."),
        on="active",
        off="inactive",
    ),
)
_VERSIONS = SHARING_RULES.versions_of("GET")
_ACTIONS = f"{SHARING_RULES.collection_path}/actions"


@routes.route("POST", f"{_ACTIONS}/run", scope=f"{_SCOPE}.UPDATE", versions=_VERSIONS)
def run_rules(org: Organisation, call: Call) -> Item | None:
    """Recompute the rules of a module; None without rules."""
    module = asked_module(org, call)
    rules = org.settings.items("sharing_rules").values()
    if not any(rule["module"] == module.id for rule in rules):
        return None
    done = success("sharing rules recomputation is scheduled successfully")
    return {"sharing_rules": [done | {"code": "SCHEDULED"}]}


@routes.route("GET", f"{_ACTIONS}/summary", scope=f"{_SCOPE}.READ", versions=_VERSIONS)
def rules_summary(org: Organisation, call: Call) -> Item:
    """Answer how many rules each module, or the one asked for, has."""
    return _summary(org, call, list(org.settings.items("sharing_rules").values()))


@routes.route("POST", f"{_ACTIONS}/summary", scope=f"{_SCOPE}.READ", versions=_VERSIONS)
def filtered_summary(org: Organisation, call: Call) -> Item:
    """Answer how many rules of each module match the filters of the body."""
    return _summary(org, call, _filtered(org, call))


@routes.route(
    "POST",
    f"{SHARING_RULES.collection_path}/search",
    scope=f"{_SCOPE}.READ",
    versions=_VERSIONS,
)
def search_rules(org: Organisation, call: Call) -> Item | None:
    """Answer the rules that match the filters of the body."""
    rows = [show(org, call, SHARING_RULES, rule, alone=False) for rule in _filtered(org, call)]
    return page_of(call, "sharing_rules", rows)


def _summary(org: Organisation, call: Call, rules: list[Item]) -> Item:
    wanted = asked_module(org, call).id if call.params.get("module") else None
    counts = Counter(rule["module"] for rule in rules)
    modules = [wanted] if wanted else list(counts)
    return {
        "sharing_rules": [
            {
                "module": {"api_name": module_of(org, module_id).api_name, "id": module_id},
                "rule_count": counts[module_id],
                "rule_computation_status": False,
            }
            for module_id in modules
        ]
    }


def _filtered(org: Organisation, call: Call) -> list[Item]:
    """Return the rules that match `filters`: a condition, or a group of them, on a rule's keys."""
    filters = objects(call.json_object(), "filters", top(call))
    module = asked_module(org, call).id if call.params.get("module") else None
    return [
        rule
        for rule in org.settings.items("sharing_rules").values()
        if (module is None or rule["module"] == module)
        and all(_fits(rule, one, spot) for one, spot in filters)
    ]


def _fits(rule: Item, criteria: Item, place: Place) -> bool:
    if "group" in criteria:
        operator = str(criteria.get("group_operator")).lower()
        if operator not in ("and", "or"):
            spot = place.child("group_operator")
            raise spot.refuse(supported_values=["and", "or"])
        results = [_fits(rule, one, spot) for one, spot in objects(criteria, "group", place)]
        return any(results) if operator == "or" else all(results)
    field = as_object(needed(criteria, "field", place), place.child("field"))
    value: object = rule
    for part in str(needed(field, "api_name", place.child("field"))).split("."):
        value = value.get(part) if isinstance(value, dict) else None
    wanted, comparator = criteria.get("value"), criteria.get("comparator")
    if comparator == "in":
        return value in (wanted if isinstance(wanted, list) else [wanted])
    if comparator == "like":
        return str(wanted).strip("%").lower() in str(value).lower()
    if comparator != "equal":
        spot = place.child("comparator")
        raise spot.refuse(supported_values=["equal", "in", "like"])
    return value == wanted
