"""What an organisation's rules do once a record was written: field updates, and locks.

Of the actions of workflow rules only field updates are done; of rules only those that are about
writing (docs v8 workflow rules).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine import saving
from django_zcrm.emulator.engine.criteria import record_test
from django_zcrm.emulator.engine.history import log_change
from django_zcrm.emulator.engine.settings.fields import module_of
from django_zcrm.emulator.engine.validation import ValidatedRecord
from django_zcrm.emulator.engine.values import JSONPath, parse, stored_moment
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item
from django_zcrm.emulator.state.store import Record

RUNS = "workflow_runs"
"""The collections of runs, one for each rule: when, on which record, which actions succeeded."""


def after_write(
    org: Organisation, request: Request, module: Module, old: Record | None, new: Record
) -> Record:
    """Do what follows from writing a record, and return its newest state."""
    collections = org.settings.collections
    if collections.get("workflow_rules") and _triggers_workflows(request):
        for rule in _due_rules(org, module, old, new):
            new = _run(org, request, module, rule, new)
    if collections.get("record_locking_configurations"):
        new = lock_if_due(org, request, module, new)
    return new


def _triggers_workflows(request: Request) -> bool:
    """Tell whether the call lets workflows run; by default it does (docs, insert records)."""
    asked = request.json_object().get("trigger")
    return asked is None or "workflow" in asked


def _due_rules(
    org: Organisation, module: Module, old: Record | None, new: Record
) -> Iterator[Item]:
    """Yield the rules of a module that a write sets off, in their order."""
    rules = (
        rule
        for rule in org.settings.items("workflow_rules").values()
        if rule["module"] == module.id and rule["status"]["active"]
    )
    for rule in sorted(rules, key=lambda rule: int(rule["module_specific_sequence"])):
        trigger, details = rule["execute_when"]["type"], rule["execute_when"]["details"]
        if trigger == "field_update":
            due = old is not None and any(
                new.get(name) != old.get(name) for name in _names(details.get("criteria"))
            )
        else:
            due = trigger in ("create_or_edit", "create" if old is None else "edit")
        ran_before = old is not None and not details.get("repeat", True)
        if due and not (ran_before and _has_run(org, rule, new)):
            yield rule


def _names(criteria: Any) -> Iterator[str]:
    """Yield the fields that criteria name."""
    if not isinstance(criteria, dict):
        return
    for member in criteria.get("group") or ():
        yield from _names(member)
    name = (criteria.get("field") or {}).get("api_name")
    if isinstance(name, str):
        yield name


def _has_run(org: Organisation, rule: Item, record: Record) -> bool:
    runs = org.settings.items(RUNS, rule["id"]).values()
    return any(run["record"] == record["id"] for run in runs)


def _run(org: Organisation, request: Request, module: Module, rule: Item, record: Record) -> Record:
    """Do the instant actions of the first condition that a record meets."""
    for condition in rule["conditions"]:
        criteria = (condition.get("criteria_details") or {}).get("criteria")
        if criteria and not record_test(criteria)(record):
            continue
        done = []
        for action in (condition.get("instant_actions") or {}).get("actions") or ():
            if action.get("type") != "field_updates":
                continue
            changed = _update_field(org, request, module, action, record)
            done.append({"name": action.get("name"), "success": changed is not None})
            record = changed or record
        now = stored_moment(org.clock.now())
        run_id = org.ids.next()
        org.settings.items(RUNS, rule["id"])[run_id] = {
            "id": run_id,
            "record": record["id"],
            "condition": condition["id"],
            "time": now,
            "actions": done,
        }
        rules = org.settings.items("workflow_rules")
        rules[rule["id"]] = rules[rule["id"]] | {"last_executed_time": now}
        break
    return record


def _update_field(
    org: Organisation, request: Request, module: Module, action: Item, record: Record
) -> Record | None:
    """Return the record with the value of a field update; None when that cannot be done."""
    update = next(
        (
            item
            for item in org.settings.items("field_updates").values()
            if item["module"] == module.id
            and (item["id"] == action.get("id") or item["name"] == action.get("name"))
        ),
        None,
    )
    field = module.field_map.get(update["field"]["api_name"]) if update else None
    if update is None or field is None or field.read_only:
        return None
    traits = dialect(request.version)
    try:
        value = parse(org, field, update["value"], JSONPath(traits, field.api_name, "$.value"))
    except Problem:
        return None
    if update["update_type"] == "append" and isinstance(value, list):
        before = record.get(field.api_name) or []
        value = [*before, *(choice for choice in value if choice not in before)]
    validated = ValidatedRecord({field.api_name: value})
    changed = saving.update(org, module, record, validated, request.user, traits)
    log_change(org, request, module, "updated", record, changed)
    return changed


def lock_if_due(org: Organisation, request: Request, module: Module, record: Record) -> Record:
    """Lock a record that a rule of its module's locking configuration is about."""
    if record.get("Locked__s"):
        return record
    for configured in org.settings.items("record_locking_configurations").values():
        if configured["module"] != module.id or configured["lock_type"] == "manual":
            continue
        for rule in configured["locking_rules"] or ():
            if record_test(rule["criteria"])(record):
                return lock(org, request, module, record, configured, rule)
    return record


def lock_existing(
    org: Organisation, request: Request, before: Item | None, after: Item | None
) -> None:
    """Lock the records that are there when a rule comes that says so."""
    if after is None or after["lock_type"] == "manual":
        return
    module = module_of(org, after["module"])
    for rule in after["locking_rules"] or ():
        test = record_test(rule["criteria"])
        records = org.records.table(module.api_name).rows.values()
        for record in list(records) if rule["lock_existing_records"] else ():
            if not record.get("Locked__s") and test(record):
                lock(org, request, module, record, after, rule)


def lock(
    org: Organisation,
    request: Request,
    module: Module,
    record: Record,
    configured: Item,
    rule: Item | None = None,
    reason: str = "",
) -> Record:
    """Lock a record, by a rule or by hand for a reason, and return its new state."""
    lock_id = org.ids.next()
    org.settings.items("locks", record["id"])[lock_id] = {
        "id": lock_id,
        "reason": rule["name"] if rule else reason,
        "user": request.user.id,
        "time": stored_moment(org.clock.now()),
        "configuration": configured["id"],
        "rule": rule["id"] if rule else None,
    }
    locked = {**record, "Locked__s": True}
    org.records.put(module.api_name, locked)
    return locked
