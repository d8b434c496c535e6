"""What tests of bulk writes check: which requests were sent, and what is in a file."""

from __future__ import annotations

import csv
import io
import zipfile

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import RecordSet
from tests.wire.writes.driver import take_requests

Leads = RecordSet[RecordDict]
ORG, FIELDS = "GET /crm/v8/org", "GET /crm/v8/settings/fields"
UPLOAD, CREATE = "POST /crm/v8/upload", "POST /crm/bulk/v8/write"


def kinds(zcrm: ZCRMEmulator) -> list[str]:
    """Return the requests since the last call, without ids."""
    asked_for = []
    for request in take_requests(zcrm):
        if "/bulk-write/" in request:
            asked_for.append("download")
        elif request.startswith("GET /crm/bulk/"):
            asked_for.append("look")
        else:
            asked_for.append(request)
    return asked_for


def csv_of(content: bytes) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return list(csv.reader(io.StringIO(archive.read("rows.csv").decode())))
