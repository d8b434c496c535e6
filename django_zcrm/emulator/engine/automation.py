"""Applies an organisation's rules after a record was written: workflow actions and locks.

Workflow rules update fields, create tasks and call webhooks; only rules on writing records run
(docs v8 workflow rules).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ..core import Refusal, Request, dialect
from ..state import Field, Item, Module, Organisation, StoredRecord
from . import saving
from .criteria import record_test
from .history import log_change
from .settings import module_of
from .validation import ValidatedRecord
from .values import JSONPath, format_moment, parse
from .webhooks import merge, queue_webhook

RUNS = "workflow_runs"
"""The collections of runs, one for each rule: when, on which record, which actions succeeded."""


def after_write(
    org: Organisation, request: Request, module: Module, old: StoredRecord | None, new: StoredRecord
) -> StoredRecord:
    """Apply the rules after a record was written, and return its newest state."""
    collections = org.settings.collections
    if collections.get("workflow_rules") and _triggers_workflows(request):
        for rule in _due_rules(org, module, old, new):
            new = _run(org, request, module, rule, new)
    if collections.get("record_locking_configurations"):
        new = lock_if_due(org, request, module, new)
    return new


def _triggers_workflows(request: Request) -> bool:
    """Return whether the call lets workflows run; by default it does (docs, insert records)."""
    trigger = request.json_object().get("trigger")
    return trigger is None or "workflow" in trigger


def _due_rules(
    org: Organisation, module: Module, old: StoredRecord | None, new: StoredRecord
) -> Iterator[Item]:
    """Yield the rules of a module that a write triggers, in their order."""
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


def _has_run(org: Organisation, rule: Item, record: StoredRecord) -> bool:
    runs = org.settings.items(RUNS, rule["id"]).values()
    return any(run["record"] == record["id"] for run in runs)


def _run(
    org: Organisation, request: Request, module: Module, rule: Item, record: StoredRecord
) -> StoredRecord:
    """Do the instant actions of the first condition that a record meets."""
    for condition in rule["conditions"]:
        criteria = (condition.get("criteria_details") or {}).get("criteria")
        if criteria and not record_test(criteria)(record):
            continue
        results = []
        for action in (condition.get("instant_actions") or {}).get("actions") or ():
            act = _ACTIONS.get(action.get("type"))
            if act is None:
                continue
            changed = act(org, request, module, rule, action, record)
            results.append({"name": action.get("name"), "success": changed is not None})
            record = changed or record
        now = format_moment(org.clock.now())
        run_id = org.ids.next()
        org.settings.items(RUNS, rule["id"])[run_id] = {
            "id": run_id,
            "record": record["id"],
            "condition": condition["id"],
            "time": now,
            "actions": results,
        }
        rules = org.settings.items("workflow_rules")
        rules[rule["id"]] = rules[rule["id"]] | {"last_executed_time": now}
        break
    return record


def _find_action(org: Organisation, kind: str, module: Module, action: Item) -> Item | None:
    """Return the object of a rule's action, by its id or name."""
    return next(
        (
            item
            for item in org.settings.items(kind).values()
            if item["module"] == module.id
            and (item["id"] == action.get("id") or item["name"] == action.get("name"))
        ),
        None,
    )


def _call_webhook(
    org: Organisation,
    request: Request,
    module: Module,
    rule: Item,
    action: Item,
    record: StoredRecord,
) -> StoredRecord | None:
    webhook = _find_action(org, "webhooks", module, action)
    if webhook is None:
        return None
    queue_webhook(org, webhook, rule, module, record)
    return record


def _make_task(
    org: Organisation,
    request: Request,
    module: Module,
    rule: Item,
    action: Item,
    record: StoredRecord,
) -> StoredRecord | None:
    """Create a task about the record; None when a value of the task cannot be stored."""
    task = _find_action(org, "workflow_tasks", module, action)
    if task is None:
        return None
    tasks = org.metadata.modules["Tasks"]
    subject = "Who_Id" if module.api_name == "Contacts" else "What_Id"
    values = {"Subject": task["name"], subject: record["id"], "Owner": record.get("Owner")}
    for mapping in task["field_mappings"]:
        field = tasks.field_map[mapping["field"]["api_name"]]
        path = JSONPath(dialect(request.version), field.api_name, "$.field_mappings")
        try:
            value = _find_task_value(org, field, mapping, module, record)
            values[field.api_name] = parse(org, field, value, path)
        except (Refusal, OverflowError, ValueError):  # or a day after the year 9999
            return None
    created = saving.insert(org, tasks, ValidatedRecord(values), request.user)
    log_change(org, request, tasks, "added", None, created)
    return record


def _find_task_value(
    org: Organisation, field: Field, mapping: Item, module: Module, record: StoredRecord
) -> Any:
    """Return the value of a task's field by its mapping: a value, a merge field, or a later day."""
    value = mapping["value"]
    if mapping["type"] == "merge_field":
        return merge(org, str(value), module, record)
    if mapping["type"] == "execution_time":
        days = value.get("unit", 0) if isinstance(value, dict) else value
        later = org.clock.now() + timedelta(days=int(days) if str(days).isdecimal() else 0)
        return later.date().isoformat() if field.data_type == "date" else format_moment(later)
    return value


def _update_field(
    org: Organisation,
    request: Request,
    module: Module,
    rule: Item,
    action: Item,
    record: StoredRecord,
) -> StoredRecord | None:
    """Return the record with the value of a field update; None if the update is impossible."""
    update = _find_action(org, "field_updates", module, action)
    field = module.field_map.get(update["field"]["api_name"]) if update else None
    if update is None or field is None or field.read_only:
        return None
    traits = dialect(request.version)
    try:
        value = parse(org, field, update["value"], JSONPath(traits, field.api_name, "$.value"))
    except Refusal:
        return None
    if update["update_type"] == "append" and isinstance(value, list):
        before = record.get(field.api_name) or []
        value = [*before, *(choice for choice in value if choice not in before)]
    validated = ValidatedRecord({field.api_name: value})
    changed = saving.update(org, module, record, validated, request.user, traits)
    log_change(org, request, module, "updated", record, changed)
    return changed


_ACTIONS = {"field_updates": _update_field, "tasks": _make_task, "webhooks": _call_webhook}


def lock_if_due(
    org: Organisation, request: Request, module: Module, record: StoredRecord
) -> StoredRecord:
    """Lock a record if a rule of its module's locking configuration applies."""
    if record.get("Locked__s"):
        return record
    for lock_configuration in org.settings.items("record_locking_configurations").values():
        if lock_configuration["module"] != module.id or lock_configuration["lock_type"] == "manual":
            continue
        for rule in lock_configuration["locking_rules"] or ():
            if record_test(rule["criteria"])(record):
                return lock(org, request, module, record, lock_configuration, rule)
    return record


def lock_existing(
    org: Organisation, request: Request, before: Item | None, after: Item | None
) -> None:
    """Lock the existing records if a new rule requires it."""
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
    record: StoredRecord,
    lock_configuration: Item,
    rule: Item | None = None,
    reason: str = "",
) -> StoredRecord:
    """Lock a record, by a rule or by hand for a reason, and return its new state."""
    lock_id = org.ids.next()
    org.settings.items("locks", record["id"])[lock_id] = {
        "id": lock_id,
        "reason": rule["name"] if rule else reason,
        "user": request.user.id,
        "time": format_moment(org.clock.now()),
        "configuration": lock_configuration["id"],
        "rule": rule["id"] if rule else None,
    }
    locked_record = {**record, "Locked__s": True}
    org.records.put(module.api_name, locked_record)
    return locked_record
