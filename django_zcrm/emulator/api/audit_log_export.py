"""Exports of the audit log (docs v8 export-audit-log)."""

from __future__ import annotations

from datetime import timedelta

from ..core import Request, Routes
from ..engine.settings import SETTINGS, Messages, collection, keys
from ..engine.values import JSONPath, format_moment
from ..state import Item, Organisation

routes = Routes()

#: For how many days a file can be downloaded.
_DAYS_KEPT = 7


def check_export(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Make an export ready at once."""
    now = org.clock.now()
    values |= {
        "status": "COMPLETED",
        "job_start_time": format_moment(now),
        "job_end_time": format_moment(now),
        "expiry_date": format_moment(now + timedelta(days=_DAYS_KEPT)),
        "download_links": [
            f"{request.address.base_url}/emulator/audit-logs/{now:%Y%m%d%H%M%S}.zip"
        ],
    }


class _Criteria(keys.ValueType):
    """One condition, or a group of them."""

    def read(self, org: Organisation, value: object, path: JSONPath) -> object:
        if not isinstance(value, dict):
            raise self.invalid(path)
        for name in ("group", "group_operator") if "group" in value else ("field", "comparator"):
            if value.get(name) is None:
                raise path.child(name).missing()
        return value


AUDIT_LOG_EXPORT = collection(
    routes,
    "/settings/audit_log_export",
    methods="GET POST",
    item="{id} GET",
    scope=f"{SETTINGS}.audit_logs",
    since=7,
    messages=Messages("audit log export scheduled successfully", "", ""),
    created=200,
    code="SCHEDULED",
    audit=("created_by",),
    max_items=1,
    keys={
        "criteria": _Criteria(required=True),
        "status": keys.Text(read_only=True),
        "download_links": keys.ListOf(read_only=True),
        "job_start_time": keys.Moment(read_only=True),
        "job_end_time": keys.Moment(read_only=True),
        "expiry_date": keys.Moment(read_only=True),
    },
    check=check_export,
)
