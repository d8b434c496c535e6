"""A stub of Zoho with thousands of organisations, which bills credits as documented.

It knows what a mirror calls: queries by time and by id, deleted records, metadata, updates, and
the channels of notifications.

It takes the place of the process's transport, so that no socket is opened, and it moves the clock
of the simulation by the latency of each call.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from unittest.mock import patch

from django.utils import timezone

from benchmarks.fleet_clock import VirtualClock
from django_zcrm.zoho.errors import TimedOut, Unreachable
from django_zcrm.zoho.http.messages import Headers, ZohoRequest, ZohoResponse, headers_of

DAILY_CREDITS = 5_000
"""Of the Free edition (docs v8 api-limits)."""

LATENCY = 0.3
HANG, SLOW = 30.0, 12.0
"""Seconds of a call, of one of an organisation that hangs, and of a slow one."""

CHANNEL_LIFE = timedelta(days=6)

FIELDS = {
    "Leads": "Last_Name Company Email Annual_Revenue No_of_Employees Email_Opt_Out Lead_Source "
    "Owner",
    "Contacts": "Last_Name First_Name Email Account_Name",
    "Accounts": "Account_Name Industry Employees Parent_Account",
}
TYPES = {
    "Annual_Revenue": "currency",
    "No_of_Employees": "integer",
    "Employees": "integer",
    "Email_Opt_Out": "boolean",
    "Owner": "ownerlookup",
    "Account_Name": "lookup",
    "Parent_Account": "lookup",
    "Email": "email",
    "Modified_Time": "datetime",
    "Created_Time": "datetime",
}
_MODULE = re.compile(r"\bfrom (\w+)")
_SINCE = re.compile(r"Modified_Time >=? '([^']+)'")
_IDS = re.compile(r"'(\d+)'")
_LIMIT = re.compile(r"\blimit (?:\d+, ?)?(\d+)")


class FleetZoho:
    """Organisations by number; their access tokens are `organisation-<number>`.

    `states` holds what is wrong with an organisation: `hangs`, `slow`, `limited`, `down` or
    `revoked`. `lags` are the seconds from the changes to their first delivery, `delivered` their
    modules and ids, and `updated` the times of updates by id of the record.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.states: dict[int, str] = {}
        self.credits: Counter[int] = Counter()
        self.requests: Counter[str] = Counter()
        self.lags: list[float] = []
        self.delivered: set[tuple[str, str]] = set()
        self.updated: dict[str, float] = {}
        self.latency = LATENCY
        self._changes: dict[tuple[int, str], list[tuple[datetime, str]]] = {}

    def change(self, organisation: int, module: str) -> str:
        """Add a record to an organisation, now; return its id."""
        changes = self._changes.setdefault((organisation, module), [])
        record_id = str(10**15 + organisation * 10**6 + len(changes))
        changes.append((timezone.now().replace(microsecond=0), record_id))
        return record_id

    def send(self, base_url: str, request: ZohoRequest, timeout: tuple[float, ...]) -> ZohoResponse:
        """Respond to a request as `Transport.send` does."""
        token = headers_of(request)["Authorization"].rpartition("-")[2]
        organisation = int(token)
        self.requests[request.operation or request.path] += 1
        state = self.states.get(organisation)
        if state == "down":
            raise Unreachable("refused", operation=request.operation)
        seconds = {"hangs": HANG, "slow": SLOW}.get(state or "", self.latency)
        self.clock.advance(min(seconds, timeout[1]))
        if seconds >= timeout[1]:
            raise TimedOut("no response", operation=request.operation)
        if state == "limited":
            body = {"code": "TOO_MANY_REQUESTS", "status": "error", "message": "", "details": {}}
            return self._respond(429, body)
        if state == "revoked":
            body = {"code": "INVALID_TOKEN", "status": "error", "message": "", "details": {}}
            return self._respond(401, body)
        credits, status, body = self._answer(organisation, request)
        self.credits[organisation] += credits
        return self._respond(status, body)

    def _respond(self, status: int, body: Any) -> ZohoResponse:
        headers = {
            "date": format_datetime(timezone.now().astimezone(UTC), usegmt=True),
            "content-type": "application/json",
        }
        content = b"" if body is None else json.dumps(body).encode()
        return ZohoResponse(status, Headers(headers), content)

    def _answer(self, organisation: int, request: ZohoRequest) -> tuple[int, int, Any]:
        """Return the credits, the status and the body of a response."""
        path, params = request.path, dict(request.params)
        if path.endswith("/coql"):
            return self._query(organisation, json.loads(request.body or b"")["select_query"])
        if path.endswith("/settings/fields"):
            return 1, 200, {"fields": _fields_of(params["module"])}
        if path.endswith("/deleted"):
            return 2, 204, None
        if path.endswith("/actions/watch"):
            return 1, 200, {"watch": list(map(_watched, json.loads(request.body or b"")["watch"]))}
        if request.method == "PUT":
            records = json.loads(request.body or b"")["data"]
            return 1, 200, {"data": list(map(self._update, records))}
        raise AssertionError(f"the stub does not know {request.method} {path}")

    def _update(self, record: dict[str, Any]) -> dict[str, Any]:
        self.updated.setdefault(record["id"], self.clock.now)
        details = {"id": record["id"], "Modified_Time": timezone.now().isoformat()}
        return {"code": "SUCCESS", "status": "success", "message": "", "details": details}

    def _query(self, organisation: int, query: str) -> tuple[int, int, Any]:
        [module] = _MODULE.findall(query)
        limit = int(_LIMIT.findall(query)[-1])
        credits = 1 if limit <= 200 else 2 if limit <= 1_000 else 3
        changes = self._changes.get((organisation, module), [])
        if since := _SINCE.findall(query):
            first = bisect_left(changes, (datetime.fromisoformat(since[0]), ""))
            matching = changes[first:]
        else:
            ids = set(_IDS.findall(query))
            matching = [change for change in changes if change[1] in ids]
        found = matching[:limit]
        if not found:
            return credits, 204, None
        for moment, record_id in found:
            if (module, record_id) not in self.delivered:
                self.delivered.add((module, record_id))
                self.lags.append(timezone.now().timestamp() - moment.timestamp())
        rows = [
            {
                "id": record_id,
                "Modified_Time": moment.isoformat(),
                **dict.fromkeys(FIELDS[module].split()),
                "Last_Name" if module != "Accounts" else "Account_Name": f"Record {record_id}",
            }
            for moment, record_id in found
        ]
        more = len(matching) > limit
        return credits, 200, {"data": rows, "info": {"more_records": more, "count": len(rows)}}


def _watched(channel: dict[str, Any]) -> dict[str, Any]:
    expiry = (timezone.now() + CHANNEL_LIFE).isoformat(timespec="seconds")
    events = [
        {"channel_id": channel["channel_id"], "resource_name": event, "channel_expiry": expiry}
        for event in channel["events"]
    ]
    return {"code": "SUCCESS", "status": "success", "message": "", "details": {"events": events}}


def _fields_of(module: str) -> list[dict[str, Any]]:
    names = ["Modified_Time", "Created_Time", *FIELDS[module].split()]
    is_name = {"Accounts": "Account_Name"}.get(module)
    return [
        {
            "api_name": name,
            "data_type": "text" if name == is_name else TYPES.get(name, "text"),
            "field_label": name,
            "lookup": {},
        }
        for name in names
    ]


@contextmanager
def fleet_zoho(clock: VirtualClock) -> Iterator[FleetZoho]:
    """Let all clients of this process call the stub."""
    zoho = FleetZoho(clock)
    with patch("django_zcrm.clients.client.transport", lambda: zoho):
        yield zoho
