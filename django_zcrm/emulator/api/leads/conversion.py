"""Conversion of leads into contacts, accounts and deals.

Two formats: ids and a bare answer up to v2.1, objects and a success item from v3 on.
"""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.api import record_locks
from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine import saving, validation
from django_zcrm.emulator.engine.access import bad_path_id, find_record
from django_zcrm.emulator.engine.history import log_change
from django_zcrm.emulator.engine.rendering import Renderer, display_name, module_reference
from django_zcrm.emulator.engine.tagging import find_tag
from django_zcrm.emulator.engine.values import JSONPath, reference_id, stored_moment
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.store import Record

routes = Routes()

LEAD = "/crm/{version}/Leads/{lead}"
_CREATE = ("ZohoCRM.modules.leads.CREATE", "ZohoCRM.modules.CREATE")
_READ = ("ZohoCRM.modules.leads.READ", "ZohoCRM.modules.READ")
#: Docs v8 convert-lead. Pipeline is needed only where pipelines are enabled, which is not so here.
_DEAL_NEEDS = ("Deal_Name", "Closing_Date", "Stage")


@routes.route("POST", LEAD + "/actions/convert", scope=_CREATE)
def convert_lead(org: Organisation, request: Request, lead: str) -> Response:
    """Convert a lead by the first item of `data`."""
    traits = dialect(request.version)
    record = open_lead(org, request, lead)
    item = request.json_items(limit=1)[0]
    path = JSONPath(traits, "data", "$.data[0]")
    try:
        made = convert(org, request, record, item, path)
    except Problem as problem:
        if problem.status != 400:
            raise
        # v2 answers a refused item with 202, as elsewhere.
        return JsonResponse({"data": [problem.body]}, 400 if traits.has_multi_status else 202)
    if traits.conversion_in_text:
        return JsonResponse(
            {"data": [{name: None if row is None else row["id"] for name, row in made.items()}]}
        )
    details = {
        name: None if row is None else {"name": display_name(org, row), "id": row["id"]}
        for name, row in made.items()
    }
    return JsonResponse({"data": [success("The record has been converted successfully", details)]})


@routes.route("GET", LEAD + "/__conversion_options", scope=_READ)
def conversion_options(org: Organisation, request: Request, lead: str) -> dict[str, Any] | None:
    """Answer the contacts, accounts and deals that may match a lead; 204 when there are none."""
    record = open_lead(org, request, lead)
    matches = _matches(org, record)
    if not any(matches.values()):
        return None
    shown = {
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
            **shown,
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


def open_lead(org: Organisation, request: Request, lead: str) -> Record:
    """Return an unconverted lead. Raises Problem ID_ALREADY_CONVERTED, INVALID_DATA."""
    record = find_record(org, request, org.metadata.modules["Leads"], lead)
    if record is None:
        raise bad_path_id(request)
    if record.get("Converted__s"):
        raise Problem(
            "ID_ALREADY_CONVERTED",
            "id already converted",
            details=(
                {"resource_path_index": 1}
                if dialect(request.version).has_json_path
                else {"id": lead}
            ),
        )
    return record


def _matches(org: Organisation, lead: Record) -> dict[str, list[Record]]:
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


Made = dict[str, Record | None]


def convert(
    org: Organisation, request: Request, lead: Record, item: dict[str, Any], path: JSONPath
) -> Made:
    """Convert a lead and return the resulting records. Raises Problem before any change."""
    record_locks.guard(org, request, org.metadata.modules["Leads"], lead, "convert")
    owner = _assignee(org, request, lead, item, path)
    overwrite = item.get("overwrite") is True
    contact = _chosen(org, "Contacts", item, path)
    account = _chosen(org, "Accounts", item, path)
    deal_draft = _deal_draft(org, request, item, path)
    _check_carried(org, item, path)
    contact_draft = None
    if contact is None:
        contact_draft = _mapped(org, "Contacts", lead)
        _check_contact(org, contact_draft, path)

    if account is None:
        if lead.get("Company"):
            named = org.records.table("Accounts").find("Account_Name", lead["Company"])
            account = named[0] if named else _make(org, "Accounts", lead, owner, request)
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
            **_mapped(org, "Deals", lead),
            **deal_draft.values,
            "Account_Name": account_id,
            "Contact_Name": contact["id"],
        }
        deal_draft.values.setdefault("Owner", owner.id)
        deal = saving.insert(org, org.metadata.modules["Deals"], deal_draft, request.user)
        org.records.link(("Deals", deal["id"]), ("Contacts", contact["id"]))
    made = _carry_tags(org, {"Contacts": contact, "Deals": deal, "Accounts": account}, item)
    _move_documents(org, lead, contact["id"], made, item)
    _close(org, request, lead, made)
    return made


def _check_carried(org: Organisation, item: dict[str, Any], path: JSONPath) -> None:
    """Raise Problem for malformed tags, and for attachments without a valid target."""
    tags = item.get("carry_over_tags")
    child = path.child("carry_over_tags")
    if tags is not None and not isinstance(tags, dict):
        raise child.invalid(expected_data_type="jsonobject")
    for module, names in (tags or {}).items():
        # OpenAPI 3.1 has an object here, without saying what is in it.
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
    org: Organisation, request: Request, lead: Record, item: dict[str, Any], path: JSONPath
) -> User:
    if item.get("assign_to") is None:
        return org.users.get(lead.get("Owner") or "", request.user)
    child = path.child("assign_to")
    user = org.users.get(reference_id(item["assign_to"], child))
    if user is None or user.status != "active":
        raise child.unknown_id()
    return user


def _chosen(org: Organisation, module: str, item: dict[str, Any], path: JSONPath) -> Record | None:
    """Return the existing record that the lead is to be merged into, if the call names one."""
    value = item.get(module)
    if value is None or (isinstance(value, dict) and "id" not in value):
        return None
    child = path.child(module)
    record = org.records.table(module).get(reference_id(value, child))
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
    return validation.check(org, org.metadata.modules["Deals"], value, child, None, request.user)


def _check_contact(org: Organisation, values: dict[str, Any], path: JSONPath) -> None:
    module = org.metadata.modules["Contacts"]
    table = org.records.table("Contacts")
    for field in module.fields:
        value = values.get(field.api_name) if field.unique else None
        others = table.find(field.api_name, value) if value is not None else []
        if others:
            raise validation.duplicate(org, module, path.child(field.api_name), others[0])


def _mapped(org: Organisation, target: str, lead: Record) -> dict[str, Any]:
    """Return a lead's values under the field names of a target module."""
    leads: Module = org.metadata.modules["Leads"]
    return {
        field.convert_to[target]: lead[field.api_name]
        for field in leads.fields
        if target in field.convert_to and lead.get(field.api_name) is not None
    }


def _make(
    org: Organisation, target: str, lead: Record, owner: User, request: Request, **more: Any
) -> Record:
    values = {**_mapped(org, target, lead), **more, "Owner": owner.id}
    return saving.insert(
        org, org.metadata.modules[target], validation.ValidatedRecord(values), request.user
    )


def _overwrite(
    org: Organisation, request: Request, target: str, record: Record, lead: Record, path: JSONPath
) -> Record:
    validated = validation.ValidatedRecord(_mapped(org, target, lead))
    return saving.update(
        org, org.metadata.modules[target], record, validated, request.user, path.dialect
    )


def _carry_tags(org: Organisation, made: Made, item: dict[str, Any]) -> Made:
    tag_names = item.get("carry_over_tags")
    if not isinstance(tag_names, dict):
        return made
    for module, record in made.items():
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
        made = {**made, module: {**record, "Tag": tags}}
        org.records.put(module, {**record, "Tag": tags})
    return made


def _move_documents(
    org: Organisation, lead: Record, contact_id: str, made: Made, item: dict[str, Any]
) -> None:
    """Move the lead's notes, activities and links to the contact, attachments as asked for."""
    keeper = made.get(_attachments_go_to(org, item))
    for module, field, heir_id in (
        ("Notes", "Parent_Id", contact_id),
        ("Attachments", "Parent_Id", keeper["id"] if keeper else contact_id),
        *(
            (activity, field, contact_id)
            for activity in ("Tasks", "Events", "Calls")
            for field in ("What_Id", "Who_Id")
        ),
    ):
        for record in list(org.records.children(module, field, lead["id"])):
            moved = {**record, field: heir_id}
            if field == "What_Id":
                # A contact is always whom an activity is with (Who_Id), never what it is about.
                moved.update(What_Id=None, Who_Id=heir_id)
            org.records.put(module, moved)
    for module in ("Products", "Campaigns"):
        for far_id, values in list(org.records.linked("Leads", lead["id"], module).items()):
            org.records.link(("Contacts", contact_id), (module, far_id), values)


def _close(org: Organisation, request: Request, lead: Record, made: Made) -> None:
    now = stored_moment(org.clock.now())
    closed = {
        **lead,
        "Converted__s": True,
        "Converted_Date_Time": now,
        "Modified_Time": now,
        "Modified_By": request.user.id,
        **{
            f"Converted_{name[:-1]}": record["id"] if record else None
            for name, record in made.items()
        },
    }
    org.records.put("Leads", closed)
    log_change(org, request, org.metadata.modules["Leads"], "converted", lead, closed)
