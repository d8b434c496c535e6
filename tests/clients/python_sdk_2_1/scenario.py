"""Zoho's Python SDK for v2.1, unmodified: all its lists, and records of every module. Prints JSON.

Arguments: the emulator's address, a grant code for everything. Runs in an empty folder.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import zcrmsdk.src.com.zoho.crm.api as api
from zcrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zcrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zcrmsdk.src.com.zoho.api.logger import Logger
from zcrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
from zcrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zcrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zcrmsdk.src.com.zoho.crm.api.query import BodyWrapper as QueryBody
from zcrmsdk.src.com.zoho.crm.api.query import QueryOperations
from zcrmsdk.src.com.zoho.crm.api.record import (
    BodyWrapper,
    GetRecordsHeader,
    GetRecordsParam,
    Record,
    RecordOperations,
    SearchRecordsParam,
)
from zcrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zcrmsdk.src.com.zoho.crm.api.user_signature import UserSignature
from zcrmsdk.src.com.zoho.crm.api.util import Choice

MODULES = (
    "Leads Contacts Accounts Deals Campaigns Tasks Events Calls Products Vendors Price_Books "
    "Quotes Sales_Orders Purchase_Orders Invoices Cases Solutions Projects"
).split()
#: Lists that need an id or a parameter that no list contains.
LEFT_OUT = {"FileOperations.get_file", "PipelineOperations.get_pipelines"}
#: What a parameter of this name gets.
VALUES = {"module": "Leads", "fields": "id,Created_Time"}
RECORDS = RecordOperations()
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


def ok(response: Any) -> Any:
    """Return the object of an answer, None for 204 and 304. Raises AssertionError for a refusal."""
    reply = response.get_object()
    for item in (reply, *items(reply)):
        if type(item).__name__ == "APIException":
            raise AssertionError(f"{item.get_code().get_value()} {item.get_details()}")
    assert reply is not None or response.get_status_code() in (204, 304)
    return reply


def items(found: Any) -> list[Any]:
    """Return the items of an answer, whatever the SDK calls their list."""
    lists = [value for value in vars(found).values() if isinstance(value, list)] if found else []
    return lists[0] if lists else []


def connect(base: str, code: str) -> None:
    """Initialise the SDK in the current folder."""
    Initializer.initialize(
        user=UserSignature("python@sdk.example"),
        environment=DataCenter.Environment(base, f"{base}/oauth/v2/token", base, "emulator"),
        token=OAuthToken(
            client_id="1000.EMULATORCLIENT", client_secret="emulator-secret", grant_token=code
        ),
        store=FileStore("tokens.csv"),
        sdk_config=SDKConfig(auto_refresh_fields=True),
        resource_path=".",
        logger=Logger.get_instance(Logger.Levels.ERROR, "sdk.log"),
    )


def body(*rows: dict[str, Any]) -> BodyWrapper:
    """Make the body for writing records of API names and values."""
    made = []
    for row in rows:
        record = Record()
        for name, value in row.items():
            record.set_id(value) if name == "id" else record.add_key_value(name, value)
        made.append(record)
    wrapper = BodyWrapper()
    wrapper.set_data(made)
    return wrapper


def params(kind: type, **values: Any) -> ParameterMap:
    """Make the parameters of a call; `kind` is the SDK's class that lists them."""
    parameters = ParameterMap()
    for name, value in values.items():
        parameters.add(getattr(kind, name), value)
    return parameters


def ids(found: Any) -> list[int]:
    """Return the ids in the answer to a write."""
    return [int(item.get_details()["id"]) for item in items(found)]


def one(module: str, record_id: int) -> Any:
    """Read one record."""
    return ok(RECORDS.get_record(record_id, module, ParameterMap(), HeaderMap())).get_data()[0]


def read_module(module: str) -> None:
    """Read a page and one record of a module, which the SDK does by its metadata."""
    query = params(GetRecordsParam, per_page=3)
    page = check(f"list {module}", lambda: ok(RECORDS.get_records(module, query, HeaderMap())))
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
    moment = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    row = {
        "Last_Name": "Python",
        "Company": "Söhne & Co",
        "Email": "python@sdk.example",
        "Demo_Scheduled_At": moment,
        "Lead_Source": Choice("Chat"),
        "Annual_Revenue": 1234.5,
    }
    made = check("create", lambda: ids(ok(RECORDS.create_records("Leads", body(row), HeaderMap()))))
    lead = made[0] if made else 0

    def value(name: str) -> Any:
        return one("Leads", lead).get_key_value(name)

    check("a datetime comes back as the same moment", lambda: value("Demo_Scheduled_At") == moment)
    check("a choice comes back", lambda: value("Lead_Source").get_value() == "Chat")
    check("umlauts come back", lambda: value("Company") == "Söhne & Co")
    check("a number comes back", lambda: value("Annual_Revenue") == 1234.5)
    check("the owner is a user", lambda: "@" in value("Owner").get_email())
    change = body({"City": "Bern"})
    check("update", lambda: ids(ok(RECORDS.update_record(lead, "Leads", change, HeaderMap()))))
    check("the update is kept", lambda: value("City") == "Bern")
    several = body(*({"Last_Name": f"S{n}", "Company": "SDK"} for n in range(3)))
    more = check("several", lambda: ids(ok(RECORDS.create_records("Leads", several, HeaderMap()))))
    check("several have as many ids", lambda: len(set(more)) == 3)
    upsert = body({"Last_Name": "Up", "Company": "SDK", "Email": "python@sdk.example"})
    upsert.set_duplicate_check_fields(["Email"])
    check("upsert", lambda: ids(ok(RECORDS.upsert_records("Leads", upsert, HeaderMap()))) == [lead])
    by_email = params(SearchRecordsParam, email="python@sdk.example")
    check(
        "search",
        lambda: (
            ok(RECORDS.search_records("Leads", by_email, HeaderMap())).get_data()[0].get_id()
            == lead
        ),
    )
    refused = RECORDS.create_records("Leads", body({"Company": "nameless"}), HeaderMap())
    check(
        "a refused record says why",
        lambda: items(refused.get_object())[0].get_code().get_value() == "MANDATORY_NOT_FOUND",
    )
    since = HeaderMap()
    since.add(GetRecordsHeader.if_modified_since, datetime(2100, 1, 1, tzinfo=UTC))
    unchanged = RECORDS.get_records("Leads", ParameterMap(), since)
    check("if modified since", lambda: unchanged.get_status_code() == 304)
    query = QueryBody()
    query.set_select_query("select Last_Name from Leads where Email = 'python@sdk.example'")
    check("COQL", lambda: len(ok(QueryOperations().get_records(query)).get_data()) == 1)
    check(
        "delete", lambda: ids(ok(RECORDS.delete_record(lead, "Leads", ParameterMap(), HeaderMap())))
    )
    gone = RECORDS.get_record(lead, "Leads", ParameterMap(), HeaderMap())
    check("what is deleted is gone", lambda: gone.get_status_code() == 204)


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
            if "record_id" in names or "event_id" in names:
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
        params(kind, **known) if parameter.startswith("param") and kind else HeaderMap()
        for parameter in inspect.signature(method).parameters
    ]
    check(label, lambda: ok(method(*arguments)) or True)


connect(*sys.argv[1:3])
for each in MODULES:
    read_module(each)
write_leads()
for listing in lists():
    if listing[0] not in LEFT_OUT:
        read_list(*listing)
print(json.dumps(results))
