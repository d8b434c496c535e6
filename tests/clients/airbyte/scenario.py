"""Airbyte's source for Zoho CRM, unmodified: its check, its streams, and all records of each.

Arguments: the emulator's address, a refresh token. Prints JSON. The source knows only Zoho's
addresses, so that the two tables of them are given the emulator's.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from airbyte_cdk.models import SyncMode
from jsonschema import Draft7Validator
from source_zoho_crm import SourceZohoCrm
from source_zoho_crm.api import ZohoAPI

#: The streams that Airbyte's own test expects of a trial organisation.
EXPECTED = (
    "Leads Deals Contacts Accounts Tasks Events Calls Activities Products Price_Books Quotes "
    "Sales_Orders Purchase_Orders Invoices Campaigns Vendors Cases Solutions Attachments Notes"
).split()
#: Modules that are listed as supported, although their records cannot be read.
UNREADABLE = {"Projects_X_Products"}
results: list[dict[str, Any]] = []


def check(name: str, attempt: Callable[[], Any]) -> Any:
    """Try one thing; it counts as passed unless it raises, or returns False."""
    try:
        reply = attempt()
    except Exception as error:
        results.append({"name": name, "passed": False, "why": repr(error)})
        return None
    why = "is not so" if reply is False else ""
    results.append({"name": name, "passed": reply is not False, "why": why})
    return reply


def read(stream: Any) -> list[Mapping[str, Any]]:
    """Read all records of a stream."""
    return list(stream.read_records(SyncMode.full_refresh))


def read_again(stream: Any) -> bool:
    """Return whether a sync from the state of the last one reads nothing."""
    return not list(stream.read_records(SyncMode.incremental, stream_state=stream.state))


def check_stream(stream: Any) -> None:
    """Read a stream, and compare its records with the schema that the source made of metadata."""
    name = stream.module.api_name
    rows = check(f"{name} is read", lambda: read(stream))
    if not rows:
        return
    check(f"records of {name} have ids", lambda: len({row["id"] for row in rows}) == len(rows))
    schema = stream.get_json_schema()
    names = set(schema["properties"])
    check(f"{name} has a schema", lambda: len(names) > 5)
    check(
        f"the schema of {name} has the fields of its records",
        lambda: {key for key in rows[0] if key[0] != "$"} - names <= {"Activity_Type"},
    )
    # Whether an empty list is null is known of two fields only; the source takes both.
    types = Draft7Validator(
        {
            "properties": {
                key: {"type": ["array", "null"] if kind["type"] == "array" else kind["type"]}
                for key, kind in schema["properties"].items()
            }
        }
    )
    check(
        f"values of {name} have the types of the schema",
        lambda: (
            [
                f"{'.'.join(map(str, error.path))}: {error.message[:80]}"
                for row in rows[:20]
                for error in types.iter_errors(row)
            ]
            == []
        ),
    )


logging.getLogger("airbyte").setLevel(logging.ERROR)
base, refresh_token = sys.argv[1:3]
ZohoAPI._DC_REGION_TO_ACCESS_URL = {"US": base}
ZohoAPI._DC_REGION_TO_API_URL = {"US": base}
source = SourceZohoCrm()
config = {
    "client_id": "1000.EMULATORCLIENT",
    "client_secret": "emulator-secret",
    "refresh_token": refresh_token,
    "environment": "Production",
    "dc_region": "US",
    "start_datetime": "2000-01-01T00:00:00+00:00",
    "max_concurrent_requests": 4,
}
check("check", lambda: source.check_connection(logging.getLogger("airbyte"), config)[0])
found = check("streams", lambda: source.streams(config)) or ()
streams = {stream.module.api_name: stream for stream in found}
for expected in EXPECTED:
    check(f"there is a stream of {expected}", partial(streams.__contains__, expected))
for each_name, each in streams.items():
    if each_name not in UNREADABLE:
        check_stream(each)
if "Leads" in streams:
    leads = streams["Leads"]
    check("the state is that of the newest lead", lambda: leads.state["Modified_Time"] > "2000")
    check("an incremental sync reads nothing again", lambda: read_again(leads))


print(json.dumps(results))
