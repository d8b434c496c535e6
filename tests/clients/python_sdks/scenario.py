"""Zoho's Python SDKs for v5, v6 and v7, unmodified: records of every module, and all lists.

Arguments: the emulator's address, a grant code for everything. Runs in an empty folder, with the
SDK on PYTHONPATH. Prints JSON.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any

import zohocrmsdk.src.com.zoho.crm.api as api
from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api import record as records
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

MODULES = (
    "Leads Contacts Accounts Deals Campaigns Tasks Events Calls Products Vendors Price_Books "
    "Quotes Sales_Orders Purchase_Orders Invoices Cases Solutions Projects"
).split()
#: A list that needs an id or a parameter that no list contains, or that the emulator does not have.
LEFT_OUT = {
    "EmailSignaturesOperations.get_all_email_signatures",
    "FileOperations.get_file",
    "FilesOperations.get_file",
    "InventoryMassConvertOperations.get_scheduled_jobs_details",
    "MassConvertOperations.get_job_status",
    "MassDeleteCvidOperations.get_mass_delete_status",
    "MassDeleteTagsOperations.get_status",
    "PipelineOperations.get_pipelines",
    "RecordOperations.get_mass_update_status",
    "UsersTransferDeleteOperations.get_status",
    "UsersUnavailabilityOperations.get_users_unavailability",
}
#: What a parameter of this name gets.
VALUES = {"module": "Leads", "fields": "id,Created_Time"}
MOMENT = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
results: list[dict[str, Any]] = []


def check(name: str, attempt: Callable[[], Any]) -> Any:
    """Try one thing; it counts as passed unless it raises, or returns False."""
    try:
        reply = attempt()
    except Exception as error:
        # The SDK's own errors have their text elsewhere.
        parts = [getattr(error, key, None) for key in ("code", "message", "cause", "details")]
        why = " ".join(str(each) for each in parts if each)
        results.append({"name": name, "passed": False, "why": why or repr(error)})
        return None
    why = "is not so" if reply is False else ""
    results.append({"name": name, "passed": reply is not False, "why": why})
    return reply


def plain(value: Any) -> Any:
    """Return the value in one of the SDK's `Choice` objects."""
    return value.get_value() if isinstance(value, Choice) else value


def items(found: Any) -> list[Any]:
    """Return the items of an answer, whatever the SDK calls their list."""
    lists = [value for value in vars(found).values() if isinstance(value, list)] if found else []
    return lists[0] if lists else []


def ok(response: Any) -> Any:
    """Return the object of an answer, None for 204 and 304. Raises AssertionError for a refusal."""
    reply = response.get_object()
    for item in (reply, *items(reply)):
        if type(item).__name__ == "APIException":
            raise AssertionError(f"{plain(item.get_code())} {item.get_details()}")
    assert reply is not None or response.get_status_code() in (204, 304)
    return reply


def connect(base: str, code: str) -> None:
    """Initialise the SDK in the current folder."""
    Initializer.initialize(
        environment=_environment(base),
        token=OAuthToken(
            client_id="1000.EMULATORCLIENT", client_secret="emulator-secret", grant_token=code
        ),
        store=FileStore("tokens.csv"),
        resource_path=".",
        logger=Logger.get_instance(Logger.Levels.ERROR, "sdk.log"),
    )


def _environment(base: str) -> Any:
    named = "name" in inspect.signature(DataCenter.Environment.__init__).parameters
    more = ["emulator"] if named else []
    return DataCenter.Environment(base, f"{base}/oauth/v2/token", base, *more)


def call(module: str, method: str, **arguments: Any) -> Any:
    """Call an operation on records; the SDKs since v6 take the module in the constructor."""
    kind = records.RecordOperations
    takes = "module_api_name" in inspect.signature(kind.__init__).parameters
    operations = kind(module) if takes else kind()
    parameters = inspect.signature(getattr(operations, method)).parameters
    own = {"module_api_name": module, "param_instance": ParameterMap(), **arguments}
    own.setdefault("header_instance", HeaderMap())
    return getattr(operations, method)(**{name: own[name] for name in parameters if name in own})


def params(kind: type, **values: Any) -> ParameterMap:
    """Make the parameters of a call; `kind` is the SDK's class that lists them."""
    parameters = ParameterMap()
    for name, value in values.items():
        parameters.add(getattr(kind, name), value)
    return parameters


def made(kind: type, **attributes: Any) -> Any:
    """Make one of the SDK's objects and set these attributes."""
    instance = kind()
    for name, value in attributes.items():
        getattr(instance, f"set_{name}")(value)
    return instance


def record(**values: Any) -> Any:
    """Make a record of API names and values; `id` is its id."""
    instance = records.Record()
    for name, value in values.items():
        instance.set_id(value) if name == "id" else instance.add_key_value(name, value)
    return instance


def create(module: str, **values: Any) -> int:
    """Create a record and return its id."""
    body = made(records.BodyWrapper, data=[record(**values)])
    (item,) = items(ok(call(module, "create_records", request=body)))
    return int(item.get_details()["id"])


def update(module: str, record_id: int, **values: Any) -> Any:
    """Change a record."""
    body = made(records.BodyWrapper, data=[record(**values)])
    return ok(call(module, "update_record", id=record_id, request=body))


def one(module: str, record_id: int) -> Any:
    """Read one record."""
    return ok(call(module, "get_record", id=record_id)).get_data()[0]


def first_id(module: str) -> int:
    """Return the id of the newest record of a module."""
    query = params(records.GetRecordsParam, fields="id", per_page=1)
    page = ok(call(module, "get_records", param_instance=query))
    return int(page.get_data()[0].get_id())


def read_module(module: str) -> None:
    """Read a page and one record of a module, which the SDK does by its metadata."""
    query = params(records.GetRecordsParam, fields="id,Created_Time,Owner", per_page=3)
    page = check(f"list {module}", lambda: ok(call(module, "get_records", param_instance=query)))
    if page is None:
        return
    first = page.get_data()[0].get_id()
    check(f"the page of {module} is as long as asked", lambda: page.get_info().get_per_page() == 3)
    check(f"read one of {module}", lambda: one(module, first).get_id() == first)
    check(
        f"one of {module} tells when it was created",
        lambda: one(module, first).get_key_value("Created_Time") is not None,
    )


def write_leads() -> None:
    """Create, change, find and delete leads."""
    lead = check(
        "create a lead",
        lambda: create(
            "Leads",
            Last_Name="Python",
            Company="Söhne & Co",
            Email="python@sdk.example",
            Demo_Scheduled_At=MOMENT,
            Follow_Up_Date=date(2031, 5, 6),
            Lead_Source=Choice("Chat"),
            Annual_Revenue=1234.5,
        ),
    )

    def value(name: str) -> Any:
        return one("Leads", lead).get_key_value(name)

    check("a datetime comes back as the same moment", lambda: value("Demo_Scheduled_At") == MOMENT)
    check("a date comes back", lambda: value("Follow_Up_Date") == date(2031, 5, 6))
    check("a choice comes back", lambda: value("Lead_Source").get_value() == "Chat")
    check("umlauts come back", lambda: value("Company") == "Söhne & Co")
    check("a number comes back", lambda: value("Annual_Revenue") == 1234.5)
    check("the owner is a user", lambda: "@" in value("Owner").get_email())
    check("update a lead", lambda: update("Leads", lead, City="Bern"))
    check("the update is kept", lambda: value("City") == "Bern")
    upsert = made(
        records.BodyWrapper,
        data=[record(Last_Name="Up", Company="SDK", Email="python@sdk.example")],
        duplicate_check_fields=["Email"],
    )
    check("upsert", lambda: items(ok(call("Leads", "upsert_records", request=upsert))))
    check("the upsert changed the lead", lambda: value("Last_Name") == "Up")
    by_email = params(records.SearchRecordsParam, email="python@sdk.example")
    check(
        "search",
        lambda: (
            ok(call("Leads", "search_records", param_instance=by_email)).get_data()[0].get_id()
            == lead
        ),
    )
    nameless = made(records.BodyWrapper, data=[record(Company="nameless")])
    check(
        "a refused record says why",
        lambda: (
            plain(
                items(call("Leads", "create_records", request=nameless).get_object())[0].get_code()
            )
            == "MANDATORY_NOT_FOUND"
        ),
    )
    check("delete", lambda: ok(call("Leads", "delete_record", id=lead)))
    check(
        "what is deleted is gone",
        lambda: call("Leads", "get_record", id=lead).get_status_code() == 204,
    )


def write_activities() -> None:
    """Write a task with a reminder, a meeting with participants, and a call."""
    contact = first_id("Contacts")
    parent = record(id=first_id("Deals"))
    remind = made(
        records.RemindAt, alarm="FREQ=NONE;ACTION=EMAIL;TRIGGER=DATE-TIME:2031-07-03T12:30:00+05:30"
    )
    task = check(
        "a task with a reminder",
        lambda: create(
            "Tasks",
            Subject="SDK",
            Due_Date=date(2031, 7, 3),
            Remind_At=remind,
            What_Id=parent,
            Who_Id=record(id=contact),
            **{"$se_module": "Deals"},
        ),
    )
    check(
        "the task's reminder comes back",
        lambda: "TRIGGER" in one("Tasks", task).get_key_value("Remind_At").get_alarm(),
    )
    check(
        "the task's deal comes back",
        lambda: one("Tasks", task).get_key_value("What_Id").get_id() == parent.get_id(),
    )
    people = [
        made(records.Participants, participant=str(contact), type="contact"),
        made(records.Participants, participant="guest@sdk.example", type="email"),
    ]
    reminders = [made(records.Reminder, period="minutes", unit=15)]
    event = check(
        "a meeting with participants",
        lambda: create(
            "Events",
            Event_Title="SDK",
            Start_DateTime=MOMENT,
            End_DateTime=MOMENT.replace(hour=8),
            Participants=people,
            Remind_At=reminders,
        ),
    )
    check(
        "the participants come back",
        lambda: (
            [who.get_type() for who in one("Events", event).get_key_value("Participants")]
            == ["contact", "email"]
        ),
    )
    check(
        "the meeting's reminders come back",
        lambda: one("Events", event).get_key_value("Remind_At")[0].get_period() is not None,
    )
    check(
        "a call",
        lambda: create(
            "Calls",
            Subject="SDK",
            Call_Type=Choice("Outbound"),
            Call_Start_Time=datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC),
            Call_Duration="10:00",
            Who_Id=record(id=contact),
        ),
    )


def write_quote() -> None:
    """Write a quote whose line item has its discount as text, the SDK's only way."""
    product = made(records.LineItemProduct, id=first_id("Products"))
    item = record(Product_Name=product, Quantity=2.0, List_Price=20.0, Discount="5")
    quote = check("a quote", lambda: create("Quotes", Subject="SDK", Quoted_Items=[item]))
    row = check(
        "its line items are records",
        lambda: one("Quotes", quote).get_key_value("Quoted_Items")[0],
    )
    check("the discount comes back", lambda: float(row.get_key_value("Discount")) == 5)
    check("the product is named", lambda: bool(row.get_key_value("Product_Name").get_name()))


def lists() -> Iterator[tuple[str, ModuleType, Any, str]]:
    """All methods of the SDK that get a list without needing an id."""
    values = {"module_api_name": "Leads", "module": "Leads", "related_list_api_name": "Notes"}
    for package in pkgutil.iter_modules(api.__path__):
        if not package.ispkg:
            continue
        room = importlib.import_module(f"{api.__name__}.{package.name}")
        for kind_name, kind in vars(room).items():
            if not kind_name.endswith("Operations"):
                continue
            names = list(inspect.signature(kind.__init__).parameters)[1:]
            if not all(name in values or name.endswith("_instance") for name in names):
                continue
            operations = kind(*(values.get(name) for name in names))
            for name, method in inspect.getmembers(operations, inspect.ismethod):
                names_of_method = list(inspect.signature(method).parameters)
                if name.startswith("get") and all(
                    name.endswith("_instance") for name in names_of_method
                ):
                    yield f"{kind_name}.{name}", room, method, name


def read_list(label: str, room: ModuleType, method: Any, name: str) -> None:
    """Have the SDK read one list."""
    kind = getattr(room, "".join(word.title() for word in name.split("_")) + "Param", None)
    known = {key: value for key, value in VALUES.items() if hasattr(kind, key)}
    arguments = [
        params(kind, **known)
        if parameter.startswith("param") and kind
        else HeaderMap()
        if parameter.startswith("header")
        else ParameterMap()
        for parameter in inspect.signature(method).parameters
    ]
    check(label, lambda: ok(method(*arguments)) or True)


connect(*sys.argv[1:3])
for each in MODULES:
    read_module(each)
write_leads()
write_activities()
write_quote()
for listing in lists():
    if listing[0] not in LEFT_OUT:
        read_list(*listing)
print(json.dumps(results))
