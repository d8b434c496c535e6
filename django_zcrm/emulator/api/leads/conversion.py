"""Conversion of leads into contacts, accounts and deals.

Two formats: plain ids up to v2.1, objects and a success item from v3 on.
"""

from __future__ import annotations

from typing import Any

from ...core import JsonResponse, Refusal, Request, Response, Routes, dialect, success
from ...engine import saving, validation, visibility
from ...engine.access import bad_path_id, find_record
from ...engine.history import log_change
from ...engine.rendering import Renderer, display_name, module_reference
from ...engine.tagging import find_tag
from ...engine.values import JSONPath, format_moment, reference_id
from ...guesses import behaves
from ...state import Module, Organisation, StoredRecord, User
from .. import pipelines, record_locks

routes = Routes(scope=("ZohoCRM.modules.leads", "ZohoCRM.modules"))

LEAD = "/crm/{version}/Leads/{lead}"
#: Docs v8 convert-lead. Pipeline is needed only if pipelines are enabled, which they are not here.
_DEAL_NEEDS = ("Deal_Name", "Closing_Date", "Stage")


@routes.route("POST", LEAD + "/actions/convert")
def convert_lead(org: Organisation, request: Request, lead: str) -> Response:
    """Convert a lead by the first item of `data`."""
    traits = dialect(request.version)
    record = open_lead(org, request, lead)
    item = request.json_items(limit=1)[0]
    path = JSONPath(traits, "data", "$.data[0]")
    try:
        results = convert(org, request, record, item, path)
    except Refusal as refusal:
        if refusal.status != 400:
            raise
        # v2 returns 202 for a failed item, as elsewhere.
        return JsonResponse({"data": [refusal.body]}, 400 if traits.has_multi_status else 202)
    if traits.conversion_in_text:
        return JsonResponse(
            {"data": [{name: None if row is None else row["id"] for name, row in results.items()}]}
        )
    details = {
        name: None if row is None else {"name": display_name(org, row), "id": row["id"]}
        for name, row in results.items()
    }
    return JsonResponse({"data": [success("The record has been converted successfully", details)]})


@routes.route("GET", LEAD + "/__conversion_options")
def get_conversion_options(org: Organisation, request: Request, lead: str) -> dict[str, Any] | None:
    """Return the contacts, accounts and deals that may match a lead; 204 when there are none."""
    record = open_lead(org, request, lead)
    matches = _matches(org, record)
    if not any(matches.values()):
        return None
    options = {
        name: Renderer(
            org,
            request,
            org.metadata.modules[name],
            [org.metadata.modules[name].display_field, "Email", "Phone", "Owner"],
        ).rows(rows)
        for name, rows in matches.items()
    }
    matched_by = {"Contacts": "Email", "Accounts": "Company", "Deals": "Company"}
    return {
        "__conversion_options": {
            "module_preference": module_reference(org, "Contacts"),
            **options,
            "preference_field_matched_value": {
                name: [
                    {
                        "field": {"api_name": matched_by[name]},
                        "matched_lead_value": record.get(matched_by[name]),
                    }
                ]
                if rows
                else []
                for name, rows in matches.items()
            },
            "modules_with_multiple_layouts": [],
        }
    }


def open_lead(org: Organisation, request: Request, lead: str) -> StoredRecord:
    """Return an unconverted lead. Raises Refusal ID_ALREADY_CONVERTED, INVALID_DATA."""
    record = find_record(org, request, org.metadata.modules["Leads"], lead)
    if record is None:
        raise bad_path_id(request)
    if record.get("Converted__s"):
        raise Refusal(
            "ID_ALREADY_CONVERTED",
            "id already converted",
            details=(
                {"resource_path_index": 1}
                if dialect(request.version).has_json_path
                else {"id": lead}
            ),
        )
    return record


def _matches(org: Organisation, lead: StoredRecord) -> dict[str, list[StoredRecord]]:
    records = org.records
    accounts = records.table("Accounts").find("Account_Name", lead.get("Company") or "")
    return {
        "Contacts": records.table("Contacts").find("Email", lead.get("Email") or ""),
        "Accounts": accounts,
        "Deals": [
            deal
            for account in accounts
            for deal in records.children("Deals", "Account_Name", account["id"])
        ],
    }


Results = dict[str, StoredRecord | None]


def convert(
    org: Organisation, request: Request, lead: StoredRecord, item: dict[str, Any], path: JSONPath
) -> Results:
    """Convert a lead and return the resulting records. Raises Refusal before any change."""
    visibility.require(org, request, org.metadata.modules["Leads"], lead, "update")
    record_locks.guard(org, request, org.metadata.modules["Leads"], lead, "convert")
    owner = _assignee(org, request, lead, item, path)
    overwrite = item.get("overwrite") is True
    contact = _find_chosen(org, request, "Contacts", item, path)
    account = _find_chosen(org, request, "Accounts", item, path)
    deal_draft = _deal_draft(org, request, item, path)
    _check_carried(org, item, path)
    contact_draft = None
    if contact is None:
        contact_draft = _map_values(org, "Contacts", lead)
        _check_contact(org, contact_draft, path)

    if account is None:
        if lead.get("Company") and not behaves("records.conversion-account", "left-out"):
            accounts = org.records.table("Accounts").find("Account_Name", lead["Company"])
            account = accounts[0] if accounts else _make(org, "Accounts", lead, owner, request)
    elif overwrite:
        account = _overwrite(org, request, "Accounts", account, lead, path)
    account_id = account["id"] if account else None
    if contact is None:
        contact = _make(org, "Contacts", lead, owner, request, Account_Name=account_id)
    elif overwrite:
        contact = _overwrite(org, request, "Contacts", contact, lead, path)
    deal = None
    if deal_draft is not None:
        deal_draft.values = {
            **_map_values(org, "Deals", lead),
            **deal_draft.values,
            "Account_Name": account_id,
            "Contact_Name": contact["id"],
        }
        deal_draft.values.setdefault("Owner", owner.id)
        deal = saving.insert(org, org.metadata.modules["Deals"], deal_draft, request.user)
        org.records.link(("Deals", deal["id"]), ("Contacts", contact["id"]))
    results = _carry_tags(org, {"Contacts": contact, "Deals": deal, "Accounts": account}, item)
    _move_documents(org, lead, contact["id"], results, item)
    _close(org, request, lead, results)
    return results


def _check_carried(org: Organisation, item: dict[str, Any], path: JSONPath) -> None:
    """Raise Refusal for malformed tags, and for attachments without a valid target."""
    tags = item.get("carry_over_tags")
    child = path.child("carry_over_tags")
    if tags is not None and not isinstance(tags, dict):
        raise child.invalid(expected_data_type="jsonobject")
    for module, names in (tags or {}).items():
        # OpenAPI 3.1 has an object here, without its keys.
        if not isinstance(names, list | dict | None):
            raise child.child(module).invalid(expected_data_type="jsonarray")
    target = item.get("move_attachments_to")
    child = path.child("move_attachments_to")
    if target is not None and not isinstance(target, dict):
        raise child.invalid(expected_data_type="jsonobject")
    if target and _attachments_go_to(org, item) not in ("Contacts", "Accounts", "Deals"):
        raise child.child("api_name" if "api_name" in target else "id").invalid()


def _attachments_go_to(org: Organisation, item: dict[str, Any]) -> str:
    """Return the module, given by name or id, that gets the attachments (OpenAPI 3.0 convert)."""
    target = item.get("move_attachments_to") or {"api_name": "Contacts"}
    module = org.metadata.module(str(target.get("api_name") or target.get("id")))
    return module.api_name if module else ""


def _assignee(
    org: Organisation, request: Request, lead: StoredRecord, item: dict[str, Any], path: JSONPath
) -> User:
    if item.get("assign_to") is None:
        return org.users.get(lead.get("Owner") or "", request.user)
    child = path.child("assign_to")
    user = org.users.get(reference_id(item["assign_to"], child))
    if user is None or user.status != "active":
        raise child.unknown_id()
    return user


def _find_chosen(
    org: Organisation, request: Request, module: str, item: dict[str, Any], path: JSONPath
) -> StoredRecord | None:
    """Return the existing record that the lead is to be merged into, if the call names one."""
    value = item.get(module)
    if value is None or (isinstance(value, dict) and "id" not in value):
        return None
    child = path.child(module)
    crm_module = org.metadata.modules[module]
    record = visibility.find_visible(org, request, crm_module, reference_id(value, child))
    if record is None:
        raise child.unknown_id()
    return record


def _deal_draft(
    org: Organisation, request: Request, item: dict[str, Any], path: JSONPath
) -> validation.ValidatedRecord | None:
    value = item.get("Deals")
    if value is None:
        return None
    child = path.child("Deals")
    if not isinstance(value, dict):
        raise child.invalid(expected_data_type="jsonobject")
    for name in _DEAL_NEEDS:
        if value.get(name) in (None, ""):
            raise child.child(name).missing()
    deals = org.metadata.modules["Deals"]
    draft = validation.check(org, deals, value, child, None, request.user)
    pipelines.guard(org, deals, draft.values, child)
    return draft


def _check_contact(org: Organisation, values: dict[str, Any], path: JSONPath) -> None:
    module = org.metadata.modules["Contacts"]
    table = org.records.table("Contacts")
    for field in module.fields:
        value = values.get(field.api_name) if field.unique else None
        others = table.find(field.api_name, value) if value is not None else []
        if others:
            raise validation.duplicate(org, module, path.child(field.api_name), others[0])


def _map_values(org: Organisation, target: str, lead: StoredRecord) -> dict[str, Any]:
    """Return a lead's values under the field names of a target module."""
    leads: Module = org.metadata.modules["Leads"]
    return {
        field.convert_to[target]: lead[field.api_name]
        for field in leads.fields
        if target in field.convert_to and lead.get(field.api_name) is not None
    }


def _make(
    org: Organisation, target: str, lead: StoredRecord, owner: User, request: Request, **more: Any
) -> StoredRecord:
    values = {**_map_values(org, target, lead), **more, "Owner": owner.id}
    return saving.insert(
        org, org.metadata.modules[target], validation.ValidatedRecord(values), request.user
    )


def _overwrite(
    org: Organisation,
    request: Request,
    target: str,
    record: StoredRecord,
    lead: StoredRecord,
    path: JSONPath,
) -> StoredRecord:
    validated = validation.ValidatedRecord(_map_values(org, target, lead))
    return saving.update(
        org, org.metadata.modules[target], record, validated, request.user, path.dialect
    )


def _carry_tags(org: Organisation, results: Results, item: dict[str, Any]) -> Results:
    tag_names = item.get("carry_over_tags")
    if not isinstance(tag_names, dict):
        return results
    for module, record in results.items():
        names = tag_names.get(module)
        if record is None or not isinstance(names, list):
            continue
        tags = list(record.get("Tag") or ())
        for name in names:
            text = name.get("name") if isinstance(name, dict) else name
            lead_tag = find_tag(org, "Leads", str(text))
            if lead_tag is not None:
                tag = find_tag(org, module, lead_tag.name)
                if tag is None:
                    tag = type(lead_tag)(
                        org.ids.next(),
                        lead_tag.name,
                        module,
                        lead_tag.color_code,
                        lead_tag.created_by,
                        lead_tag.created_time,
                        lead_tag.modified_by,
                        lead_tag.modified_time,
                    )
                    org.records.tags[tag.id] = tag
                if tag.id not in tags:
                    tags.append(tag.id)
        results = {**results, module: {**record, "Tag": tags}}
        org.records.put(module, {**record, "Tag": tags})
    return results


def _move_documents(
    org: Organisation, lead: StoredRecord, contact_id: str, results: Results, item: dict[str, Any]
) -> None:
    """Move the lead's notes, activities and links to the contact, attachments as requested."""
    keeper = results.get(_attachments_go_to(org, item))
    notes_stay = behaves("records.conversion-moves", "lead")
    for module, field, heir_id in (
        ("Notes", "Parent_Id", lead["id"] if notes_stay else contact_id),
        ("Attachments", "Parent_Id", keeper["id"] if keeper else contact_id),
        *(
            (activity, field, contact_id)
            for activity in ("Tasks", "Events", "Calls")
            for field in ("What_Id", "Who_Id")
        ),
    ):
        for record in list(org.records.children(module, field, lead["id"])):
            new_record = {**record, field: heir_id}
            if field == "What_Id":
                # A contact is always the Who_Id of an activity, never the What_Id.
                new_record.update(What_Id=None, Who_Id=heir_id)
            org.records.put(module, new_record)
    for module in ("Products", "Campaigns"):
        for far_id, values in list(org.records.get_links("Leads", lead["id"], module).items()):
            org.records.link(("Contacts", contact_id), (module, far_id), values)


def _close(org: Organisation, request: Request, lead: StoredRecord, results: Results) -> None:
    now = format_moment(org.clock.now())
    closed = {
        **lead,
        "Converted__s": True,
        "Converted_Date_Time": now,
        "Modified_Time": now,
        "Modified_By": request.user.id,
        **{
            f"Converted_{name[:-1]}": record["id"] if record else None
            for name, record in results.items()
        },
    }
    org.records.put("Leads", closed)
    log_change(org, request, org.metadata.modules["Leads"], "converted", lead, closed)
