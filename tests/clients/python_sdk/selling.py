"""Records: every verb, search, COQL, related lists and conversion."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.blueprint import BlueprintOperations
from zohocrmsdk.src.com.zoho.crm.api.change_owner import BodyWrapper as OwnerBody
from zohocrmsdk.src.com.zoho.crm.api.change_owner import ChangeOwnerOperations, Owner
from zohocrmsdk.src.com.zoho.crm.api.convert_lead import BodyWrapper as ConversionBody
from zohocrmsdk.src.com.zoho.crm.api.convert_lead import ConvertLeadOperations, LeadConverter
from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as QueryBody
from zohocrmsdk.src.com.zoho.crm.api.coql import CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.custom_views import CustomViewsOperations, GetCustomViewsParam
from zohocrmsdk.src.com.zoho.crm.api.record import (
    DeleteRecordsParam,
    GetDeletedRecordsParam,
    GetMassUpdateStatusParam,
    GetRecordsHeader,
    GetRecordsParam,
    MassUpdateBodyWrapper,
    RecordOperations,
    SearchRecordsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.recycle_bin import RecycleBinOperations
from zohocrmsdk.src.com.zoho.crm.api.related_records import BodyWrapper as RelatedBody
from zohocrmsdk.src.com.zoho.crm.api.related_records import (
    GetRelatedRecordParam,
    GetRelatedRecordsParam,
    RelatedRecordsOperations,
)
from zohocrmsdk.src.com.zoho.crm.api.timelines import TimelinesOperations
from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

from tests.clients.python_sdk.calling import (
    Answers,
    details,
    headers,
    ids,
    is_refusal,
    items,
    made,
    ok,
    params,
    plain,
    reason,
    record,
    records,
    wait_for_job,
)

LEADS = RecordOperations("Leads")


def lead(name: str, **values: object) -> int:
    """Create a lead and return its id."""
    body = records(record(Last_Name=name, Company="SDK & Söhne", **values))
    return ids(ok(LEADS.create_records(body, HeaderMap()), 201))[0]


def writing() -> Answers:
    """Create, read, change, upsert, clone and delete leads, one and several at a time."""
    several = [
        record(
            Last_Name=f"Several {n}",
            Company="SDK",
            Email=f"several{n}@sdk.example",
            Lead_Source=Choice("Chat"),
            Annual_Revenue=1234.5,
            Follow_Up_Date=date(2027, 2, 28),
            Email_Opt_Out=True,
        )
        for n in range(3)
    ]
    made_ids = ids(ok(LEADS.create_records(records(*several), HeaderMap()), 201))
    mixed = LEADS.create_records(
        records(record(Company="nameless"), record(Last_Name="Fine", Company="SDK")), HeaderMap()
    )
    stored = ok(LEADS.get_record(made_ids[0], ParameterMap(), HeaderMap())).get_data()[0]
    ok(LEADS.update_record(made_ids[0], records(record(City="Bern")), HeaderMap()), 200)
    changes = [record(id=each, Company="Changed") for each in made_ids]
    ok(LEADS.update_records(records(*changes), HeaderMap()), 200)
    upsert = records(
        record(Last_Name="Upserted", Company="SDK", Email="several1@sdk.example"),
        record(Last_Name="Inserted", Company="SDK", Email="several9@sdk.example"),
    )
    upsert.set_duplicate_check_fields(["Email"])
    upserted = ok(LEADS.upsert_records(upsert, HeaderMap()))
    again = ok(LEADS.get_record(made_ids[1], ParameterMap(), HeaderMap())).get_data()[0]
    cloned = ids(ok(LEADS.clone_record(lead("Original")), 201))
    before = ok(LEADS.record_count(ParameterMap())).get_count()
    ok(LEADS.delete_record(made_ids[0], ParameterMap(), HeaderMap()), 200)
    rest = params(DeleteRecordsParam, ids=",".join(map(str, made_ids[1:])))
    ok(LEADS.delete_records(rest, HeaderMap()), 200)
    gone = LEADS.get_record(made_ids[0], ParameterMap(), HeaderMap())
    deleted = ok(
        LEADS.get_deleted_records(params(GetDeletedRecordsParam, type="all"), HeaderMap())
    ).get_data()
    return {
        "created": made_ids,
        "mixed": [
            mixed.get_status_code(),
            *[
                reason(item) if is_refusal(item) else plain(item.get_code())
                for item in items(mixed.get_object())
            ],
        ],
        "read": {
            name: plain(stored.get_key_value(name))
            for name in (
                "Last_Name Email Lead_Source Annual_Revenue Follow_Up_Date Email_Opt_Out".split()
            )
        },
        "owner": stored.get_key_value("Owner").get_email(),
        "changed": [again.get_key_value("Company"), again.get_key_value("Last_Name")],
        "upserted": [plain(item.get_action()) for item in items(upserted)],
        "upserted ids": ids(upserted),
        "cloned": cloned,
        "count": [before, ok(LEADS.record_count(ParameterMap())).get_count()],
        "gone": gone.get_status_code(),
        "deleted": [each.get_id() for each in deleted],
        "in the bin": ok(RecycleBinOperations().get_recyclebin_records(ParameterMap()))
        .get_recycle_bin()[0]
        .get_display_name(),
    }


def listing() -> Answers:
    """Page through a list by token, and request what has changed since."""
    query = {"fields": "Last_Name,Company", "per_page": 7}
    first = ok(LEADS.get_records(params(GetRecordsParam, **query), HeaderMap()))
    seen = [each.get_id() for each in first.get_data()]
    page = first
    while page.get_info().get_more_records():
        token = page.get_info().get_next_page_token()
        page = ok(
            LEADS.get_records(params(GetRecordsParam, page_token=token, **query), HeaderMap())
        )
        seen += [each.get_id() for each in page.get_data()]
    future = datetime.now(UTC) + timedelta(days=30)
    unchanged = LEADS.get_records(
        params(GetRecordsParam, **query), headers(GetRecordsHeader, if_modified_since=future)
    )
    return {
        "first": len(first.get_data()),
        "seen": len(seen),
        "distinct": len(set(seen)),
        "count": ok(LEADS.record_count(ParameterMap())).get_count(),
        "unchanged": unchanged.get_status_code(),
    }


def searching() -> Answers:
    """Search in every way, query with COQL, and provoke its refusal."""
    lead("Seeker", Email="seeker+1@sdk.example", Phone="+49 7541 1")
    ways = {
        "criteria": {"criteria": "((Last_Name:starts_with:Seek)and(Company:starts_with:SDK))"},
        "email": {"email": "seeker+1@sdk.example"},
        "phone": {"phone": "+49 7541 1"},
        "word": {"word": "Seeker"},
    }
    by_way = {
        way: ok(
            LEADS.search_records(params(SearchRecordsParam, **response), HeaderMap())
        ).get_data()
        for way, response in ways.items()
    }
    nothing = LEADS.search_records(
        params(SearchRecordsParam, criteria="(Last_Name:equals:Nobody)"), HeaderMap()
    )
    query = "select Last_Name, Company from Leads where Last_Name = 'Seeker' limit 5"
    response = ok(CoqlOperations().get_records(made(QueryBody, select_query=query)))
    wrong = CoqlOperations().get_records(made(QueryBody, select_query="select from"))
    return {
        "found": {
            way: [each.get_key_value("Last_Name") for each in rows] for way, rows in by_way.items()
        },
        "nothing": nothing.get_status_code(),
        "coql": [each.get_key_value("Last_Name") for each in response.get_data()],
        "coql info": [response.get_info().get_count(), response.get_info().get_more_records()],
        "wrong": [wrong.get_status_code(), reason(wrong.get_object())["code"]],
    }


def relating() -> Answers:
    """List what is related to an account; link a product to a deal and unlink it again."""
    accounts = RecordOperations("Accounts")
    account = ids(
        ok(accounts.create_records(records(record(Account_Name="SDK Ltd")), HeaderMap()), 201)
    )[0]
    contact = record(Last_Name="Related", Account_Name=record(id=account))
    ok(RecordOperations("Contacts").create_records(records(contact), HeaderMap()), 201)
    listed = ok(
        RelatedRecordsOperations("Contacts", "Accounts").get_related_records(
            account, params(GetRelatedRecordsParam, fields="Last_Name"), HeaderMap()
        )
    ).get_data()
    product = ids(
        ok(
            RecordOperations("Products").create_records(
                records(record(Product_Name="SDK box")), HeaderMap()
            ),
            201,
        )
    )[0]
    mine = lead("Wants a box")
    linking = RelatedRecordsOperations("Products", "Leads")
    ok(linking.update_related_record(product, mine, _related(record()), HeaderMap()), 200)
    linked = ok(
        linking.get_related_records(
            mine, params(GetRelatedRecordsParam, fields="Product_Name"), HeaderMap()
        )
    ).get_data()
    single = ok(
        linking.get_related_record(
            product, mine, params(GetRelatedRecordParam, fields="Product_Name"), HeaderMap()
        )
    ).get_data()[0]
    ok(linking.delink_record(product, mine, HeaderMap()), 200)
    left = linking.get_related_records(
        mine, params(GetRelatedRecordsParam, fields="Product_Name"), HeaderMap()
    )
    return {
        "contacts": [each.get_key_value("Last_Name") for each in listed],
        "linked": [each.get_key_value("Product_Name") for each in linked],
        "single": single.get_key_value("Product_Name"),
        "left": left.get_status_code(),
    }


def _related(*rows: object) -> object:
    return made(RelatedBody, data=list(rows))


def converting() -> Answers:
    """Convert a lead into account, contact and deal."""
    mine = lead("Convert", Email="convert@sdk.example")
    deal = record(
        Deal_Name="SDK deal",
        Closing_Date=date(2027, 1, 31),
        Stage=Choice("Qualification"),
        Pipeline=Choice("Standard (Standard)"),
        Amount=50.0,
    )
    conversion = made(
        LeadConverter,
        overwrite=True,
        notify_lead_owner=False,
        notify_new_entity_owner=True,
        deals=deal,
    )
    converted = ok(
        ConvertLeadOperations(mine).convert_lead(made(ConversionBody, data=[conversion]))
    )
    became = details(converted)[0]
    twice = ConvertLeadOperations(mine).convert_lead(made(ConversionBody, data=[conversion]))
    contact = RecordOperations("Contacts").get_record(
        int(became["Contacts"].get_id()), ParameterMap(), HeaderMap()
    )
    return {
        "became": sorted(became),
        "contact": ok(contact).get_data()[0].get_key_value("Last_Name"),
        "twice": [reason(item)["code"] for item in items(twice.get_object())]
        or reason(twice.get_object())["code"],
    }


def overseeing() -> Answers:
    """Change owners, mass update, and read the timeline and a blueprint."""
    mine = lead("Overseen")
    users = ok(UsersOperations().get_users(params(GetUsersParam, type="ActiveUsers"), HeaderMap()))
    other = users.get_users()[-1]
    owner = made(OwnerBody, owner=made(Owner, id=other.get_id()), notify=False)
    ok(ChangeOwnerOperations("Leads").single_update(mine, owner))
    moved = ok(LEADS.get_record(mine, ParameterMap(), HeaderMap())).get_data()[0]
    views = ok(
        CustomViewsOperations().get_custom_views(params(GetCustomViewsParam, module="Leads"))
    )
    (everything,) = [
        view.get_id() for view in views.get_custom_views() if view.get_system_name() == "ALLVIEWS"
    ]
    mass = made(
        MassUpdateBodyWrapper,
        data=[record(City="Massville")],
        cvid=str(everything),
        over_write=True,
    )
    job = details(ok(LEADS.mass_update_records(mass)))[0]["job_id"]
    of_job = params(GetMassUpdateStatusParam, job_id=str(job))
    status = wait_for_job(
        lambda: ok(LEADS.get_mass_update_status(of_job)).get_data()[0],
        lambda reply: plain(reply.get_status()),
    )
    massed = ok(LEADS.get_record(mine, ParameterMap(), HeaderMap())).get_data()[0]
    timeline = ok(
        TimelinesOperations().get_timelines("Leads", str(mine), ParameterMap())
    ).get_timeline()
    project = ok(
        RecordOperations("Projects").get_records(
            params(GetRecordsParam, fields="Status"), HeaderMap()
        )
    ).get_data()[-1]
    blueprint = ok(BlueprintOperations(str(project.get_id()), "Projects").get_blueprint())
    return {
        "owner": [moved.get_key_value("Owner").get_email(), other.get_email()],
        "mass": [plain(status.get_status()), massed.get_key_value("City")],
        "timeline": [plain(each.get_action()) for each in timeline],
        "transitions": [each.get_name() for each in blueprint.get_blueprint().get_transitions()],
    }
