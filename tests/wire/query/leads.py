"""What tests of record sets check: which rows came, and which requests were sent."""

from __future__ import annotations

from typing import Any

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import RecordSet

Leads = RecordSet[RecordDict]


def names(records: Any) -> list[str]:
    return [row["Last_Name"] for row in records]


def make_names(*numbers: int) -> list[str]:
    return [f"Lead {number}" for number in numbers]


def queries(zcrm: ZCRMEmulator) -> list[str]:
    return [str(request.json["select_query"]) for request in zcrm.requests if request.json]


def paths(zcrm: ZCRMEmulator) -> list[str]:
    return [f"{request.method} {request.path}" for request in zcrm.requests]
