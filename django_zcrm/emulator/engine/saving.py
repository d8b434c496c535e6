"""Saves checked values as a new or existing record, and computes dependent values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from ..core import Dialect
from ..state import Field, Module, Organisation, StoredRecord, User
from . import multi_lookups
from .numbers import drop_zero_fraction
from .validation import ValidatedRecord, ValidatedRow
from .values import format_moment


@dataclass(frozen=True, slots=True)
class Stamp:
    """A new record's source of ids and time of creation. Seeds have their own."""

    next_id: Callable[[], str]
    at: str


def insert(
    org: Organisation,
    module: Module,
    validated: ValidatedRecord,
    user: User,
    stamp: Stamp | None = None,
) -> StoredRecord:
    """Store a new record, with the rows of its subforms, and return it."""
    stamp = stamp or Stamp(org.ids.next, format_moment(org.clock.now()))
    record: StoredRecord = {"id": stamp.next_id()}
    for field in module.fields:
        if field.default not in (None, ()):
            record[field.api_name] = field.default
        if field.data_type == "autonumber":
            number = org.records.table(module.api_name).next_number(
                field.api_name, field.start_number
            )
            record[field.api_name] = f"{field.prefix}{number}"
    if module.has_owner:
        record["Owner"] = user.id
    # Nulls count as not given: defaults stay, and there is always an owner.
    record.update((name, value) for name, value in validated.values.items() if value is not None)
    record.update(
        Created_By=user.id, Modified_By=user.id, Created_Time=stamp.at, Modified_Time=stamp.at
    )
    _finish(org, module, record, validated, None, user, stamp, merge=False)
    return record


def update(
    org: Organisation,
    module: Module,
    old: StoredRecord,
    validated: ValidatedRecord,
    user: User,
    traits: Dialect,
) -> StoredRecord:
    """Store the new state of a record and return it."""
    record = {**old, **validated.values}
    if module.api_name == "Deals" and record.get("Stage") != old.get("Stage"):
        # A new stage sets its probability; a stage outside the list leaves it (recorded in v2).
        stage = module.field_map["Stage"].picklist_value(record.get("Stage") or "")
        if stage is not None:
            record["Probability"] = validated.values.get("Probability")
    if module.has_owner and record.get("Owner") is None:
        record["Owner"] = old.get("Owner")
    stamp = Stamp(org.ids.next, format_moment(org.clock.now()))
    record.update(Modified_By=user.id, Modified_Time=stamp.at)
    _finish(org, module, record, validated, old, user, stamp, merge=traits.merges_subforms)
    return record


def _finish(
    org: Organisation,
    module: Module,
    record: StoredRecord,
    validated: ValidatedRecord,
    old: StoredRecord | None,
    user: User,
    stamp: Stamp,
    *,
    merge: bool,
) -> None:
    for subform in module.subforms:
        if subform.api_name in validated.rows:
            record[subform.api_name] = _store_rows(
                org,
                subform,
                record["id"],
                validated.rows[subform.api_name],
                list((old or {}).get(subform.api_name) or ()),
                user,
                stamp,
                merge=merge,
            )
    for name, change in validated.links.items():
        multi_lookups.apply(org, module, module.field_map[name], record["id"], change)
    _compute(org, module, record)
    org.records.put(module.api_name, record)
    if module.api_name == "Deals" and record.get("Stage") != (old or {}).get("Stage"):
        _add_stage(org, record, user, stamp)


def _add_stage(org: Organisation, deal: StoredRecord, user: User, stamp: Stamp) -> None:
    """Add a row to the history of a deal's stages, and end the row before it."""
    history = org.metadata.modules.get("DealHistory")
    if history is None:
        return
    rows = list(org.records.children("DealHistory", "Parent_Id", deal["id"]))
    if rows:
        last = max(rows, key=itemgetter("id"))
        began = datetime.fromisoformat(last["Created_Time"])
        days = (datetime.fromisoformat(stamp.at) - began).days
        org.records.put("DealHistory", {**last, "Stage_Duration_Calendar_Days": days})
    names = ("Stage", "Amount", "Probability", "Expected_Revenue", "Closing_Date")
    values = {name: deal.get(name) for name in names} | {"Parent_Id": deal["id"]}
    insert(org, history, ValidatedRecord(values), user, stamp)


def _store_rows(
    org: Organisation,
    subform: Field,
    parent_id: str,
    rows: list[ValidatedRow],
    before: list[str],
    user: User,
    stamp: Stamp,
    *,
    merge: bool,
) -> list[str]:
    """Store a subform's rows and return their ids, in order.

    v2 replaces: rows that are not named are deleted. Later versions merge. An empty list empties
    the subform either way (Zoho docs update-subforms).
    """
    module = org.metadata.modules[subform.subform or ""]
    table = org.records.table(module.api_name)
    row_ids = [row.id for row in rows if row.id]
    items = list(before) if merge and rows else [row_id for row_id in before if row_id in row_ids]
    for row in rows:
        if row.drop:
            items.remove(row.id or "")
            continue
        if row.id:
            changed = {
                **table.rows[row.id],
                **row.values,
                "Modified_By": user.id,
                "Modified_Time": stamp.at,
            }
            _compute(org, module, changed)
            org.records.put(module.api_name, changed)
            continue
        child = insert(
            org, module, ValidatedRecord({**row.values, "Parent_Id": parent_id}), user, stamp
        )
        items.append(child["id"])
    for row_id in before:
        if row_id not in items:
            org.records.remove(module.api_name, row_id)
    return items


def _compute(org: Organisation, module: Module, record: StoredRecord) -> None:
    for name, formula in module.computed:
        record[name] = formula(record)
    if module.inventory:
        _total_up(org, module, record)
    if module.api_name == "Tasks":
        if record.get("Status") != "Completed":
            record["Closed_Time"] = None
        elif record.get("Closed_Time") is None:
            record["Closed_Time"] = record["Modified_Time"]
    record.update((name, drop_zero_fraction(value)) for name, value in record.items())


def _total_up(org: Organisation, module: Module, record: StoredRecord) -> None:
    total = 0.0
    for subform in module.subforms:
        table = org.records.table(subform.subform or "")
        total += sum(
            table.rows[row_id].get("Net_Total") or 0
            for row_id in record.get(subform.api_name) or ()
            if row_id in table.rows
        )
    record["Sub_Total"] = round(total, 2)
    record["Grand_Total"] = round(
        total
        - (record.get("Discount") or 0)
        + (record.get("Tax") or 0)
        + (record.get("Adjustment") or 0),
        2,
    )
