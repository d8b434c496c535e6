"""Bulk jobs through our own client: it starts them, waits for them and reads what they did."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from django_zcrm.testing import ZCRMEmulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import Invalid, NotFound
from tests.emulator.bulk.jobs import sheet, zip_files
from tests.emulator.receiver import Receiver, receiving

Rows = list[dict[str, str]]


def rows_of(content: bytes) -> dict[str, Rows]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
        }


def read(crm: Client, query: Mapping[str, Any]) -> Rows:
    """Start a bulk read, wait for it, and return its rows."""
    job_id = crm.bulk_read.create(query).id  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        crm.bulk_read.download(job_id)
    states = [crm.bulk_read.get(job_id)["state"] for _ in range(2)]
    assert states == ["IN PROGRESS", "COMPLETED"]
    read = rows_of(crm.bulk_read.download(job_id).read())
    return read[f"{job_id}.csv"]


def write(crm: Client, operation: Any, rows: Rows, **resource: Any) -> Rows:
    """Upload rows, start a bulk write, wait for it, and return its report."""
    upload = crm.bulk_write.upload(("rows.zip", zip_files(rows=sheet(*rows))))
    item = {"type": "data", "module": "Leads", "file_id": upload.details["file_id"], **resource}
    job_id = crm.bulk_write.create([item], operation).id  # type: ignore[list-item]
    job: Any = None
    while job is None or job["status"] in ("ADDED", "INPROGRESS"):
        job = crm.bulk_write.get(job_id)
    assert job["status"] == "COMPLETED"
    [report] = rows_of(crm.bulk_write.download(job["result"]["download_url"]).read()).values()
    return report


def test_bulk_write_is_read_by_bulk_read(crm: Client) -> None:
    leads = [{"Last_Name": f"Bulk {n}", "Company": "Größe, Inc"} for n in range(50)]
    report = write(crm, "insert", leads)
    assert [row["STATUS"] for row in report] == ["ADDED"] * 50

    criteria = {"field": "Company", "comparator": "equal", "value": "größe, inc"}
    rows = read(crm, {"module": "Leads", "fields": ["Last_Name"], "criteria": criteria})
    assert [row["Id"] for row in rows] == [row["RECORD_ID"] for row in report]
    assert [row["Last_Name"] for row in rows] == [row["Last_Name"] for row in leads]

    changes = [{"id": row["Id"], "City": "Bonn"} for row in rows[:2]]
    changes.append({"id": "3652397000009999999", "City": "Bonn"})
    report = write(crm, "update", changes, find_by="id")
    assert [row["ERRORS"] for row in report] == ["", "", "RESOURCE_NOT_FOUND-id"]
    assert crm.records.get("Leads", rows[0]["Id"])["City"] == "Bonn"


def test_wrong_orders_are_refused(crm: Client, zoho: ZCRMEmulator) -> None:
    with pytest.raises(Invalid, match="FIELD_NOT_AVAILABLE"):
        crm.bulk_read.create({"module": "Leads", "fields": ["Nothing"]})
    with pytest.raises(Invalid, match="INVALID_FILE_FORMAT"):
        crm.bulk_write.upload(("rows.zip", b"no zip"))
    with pytest.raises(NotFound):
        crm.bulk_read.get("1")
    [upload] = zoho.requests_to("*", "/crm/*/upload")
    assert upload.headers["feature"] == "bulk-write"


def test_a_callback_comes_when_a_job_is_done(crm: Client) -> None:
    with receiving() as receiver:
        assert isinstance(receiver, Receiver)
        callback: Any = {"url": receiver.url, "method": "post"}
        job_id = crm.bulk_read.create({"module": "Leads"}, callback=callback).id
        assert receiver.arrived.wait(60)
    [body] = receiver.bodies
    assert (body["data"][0]["id"], body["data"][0]["state"]) == (job_id, "COMPLETED")
