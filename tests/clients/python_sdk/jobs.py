"""What happens asynchronously: bulk reads and writes, and notifications."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

from zohocrmsdk.src.com.zoho.crm.api import HeaderMap
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import BodyWrapper as ReadBody
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import BulkReadOperations, Criteria, Query
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import CallBack as ReadCallback
from zohocrmsdk.src.com.zoho.crm.api.bulk_write import (
    BulkWriteOperations,
    FieldMapping,
    RequestWrapper,
    Resource,
    UploadFileHeader,
)
from zohocrmsdk.src.com.zoho.crm.api.bulk_write import FileBodyWrapper as ZipBody
from zohocrmsdk.src.com.zoho.crm.api.fields import MinifiedField
from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule
from zohocrmsdk.src.com.zoho.crm.api.notifications import BodyWrapper as WatchBody
from zohocrmsdk.src.com.zoho.crm.api.notifications import (
    DeleteNotificationParam,
    GetNotificationsParam,
    Notification,
    NotificationsOperations,
)
from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
from zohocrmsdk.src.com.zoho.crm.api.record import RecordOperations
from zohocrmsdk.src.com.zoho.crm.api.util import Choice, StreamWrapper

from tests.clients.python_sdk.calling import (
    Answers,
    content,
    details,
    headers,
    items,
    made,
    ok,
    params,
    plain,
    record,
    records,
    wait_for_job,
)
from tests.clients.python_sdk.selling import lead


def _rows(archive: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        (name,) = zipped.namelist()
        return list(csv.DictReader(io.StringIO(zipped.read(name).decode())))


def bulk_reading(url: str) -> Answers:
    """Export some leads with a job that reports to ``url`` when it is over."""
    for number in range(3):
        lead("Exported", City=f"City {number}")
    operations = BulkReadOperations()
    criteria = made(
        Criteria,
        field=made(MinifiedField, api_name="Last_Name"),
        comparator=Choice("equal"),
        value="Exported",
    )
    query = made(
        Query,
        module=made(MinifiedModule, api_name="Leads"),
        fields=["Last_Name", "City"],
        page=1,
        criteria=criteria,
    )
    callback = made(ReadCallback, url=url, method=Choice("post"))
    started = ok(
        operations.create_bulk_read_job(made(ReadBody, callback=callback, query=query)), 201
    )
    job_id = int(details(started)[0]["id"])
    job = wait_for_job(
        lambda: ok(operations.get_bulk_read_job_details(job_id)).get_data()[0],
        lambda job: plain(job.get_state()),
    )
    rows = _rows(content(ok(operations.download_result(job_id))))
    return {
        "id": str(job_id),
        "state": plain(job.get_state()),
        "count": job.get_result().get_count(),
        "more": job.get_result().get_more_records(),
        "rows": [[row["Last_Name"], row["City"]] for row in rows],
    }


def bulk_writing(work: Path) -> Answers:
    """Import leads from a zip; one of the rows has no name."""
    operations = BulkWriteOperations()
    zgid = str(ok(OrgOperations().get_organization()).get_org()[0].get_zgid())
    archive = work / "leads.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("leads.csv", "Name,Firm\nImported 1,SDK\n,SDK\nImported 2,SDK\n")
    upload = made(ZipBody, file=StreamWrapper(file_path=str(archive)))
    options = headers(UploadFileHeader, feature="bulk-write", x_crm_org=zgid)
    file_id = str(ok(operations.upload_file(upload, options)).get_details()["file_id"])
    resource = made(
        Resource,
        type=Choice("data"),
        module=made(MinifiedModule, api_name="Leads"),
        file_id=file_id,
        field_mappings=[
            made(FieldMapping, api_name="Last_Name", index=0),
            made(FieldMapping, api_name="Company", index=1),
        ],
    )
    job = made(
        RequestWrapper,
        character_encoding="UTF-8",
        operation=Choice("insert"),
        resource=[resource],
    )
    job_id = ok(operations.create_bulk_write_job(job), 201).get_details()["id"]
    ended = wait_for_job(
        lambda: ok(operations.get_bulk_write_job_details(str(job_id))),
        lambda job: job.get_status(),
    )
    file = ended.get_resource()[0].get_file()
    report = ended.get_result().get_download_url().lstrip("/")
    rows = _rows(content(ok(operations.download_bulk_write_result(report))))
    return {
        "status": ended.get_status(),
        "file": {
            "added": file.get_added_count(),
            "skipped": file.get_skipped_count(),
            "total": file.get_total_count(),
        },
        "rows": [[row["STATUS"], row["ERRORS"]] for row in rows],
    }


def notifying(url: str) -> Answers:
    """Watch contacts, change one, watch something else, and stop watching."""
    operations = NotificationsOperations()
    channel = "1000000068001"
    watch = made(
        Notification,
        channel_id=channel,
        events=["Contacts.create", "Contacts.edit"],
        notify_url=url,
        token="sdk-token",
        return_affected_field_values=True,
    )
    enabled = ok(operations.enable_notifications(made(WatchBody, watch=[watch])), 201)
    contacts = RecordOperations("Contacts")
    created = ok(contacts.create_records(records(record(Last_Name="Watched")), HeaderMap()), 201)
    contact = int(details(created)[0]["id"])
    ok(contacts.update_record(contact, records(record(Last_Name="Changed")), HeaderMap()))
    of_channel = params(GetNotificationsParam, channel_id=int(channel))
    listed = ok(operations.get_notifications(of_channel)).get_watch()
    other = made(Notification, channel_id=channel, events=["Deals.all"], notify_url=url)
    ok(operations.update_notifications(made(WatchBody, watch=[other])))
    after = ok(operations.get_notifications(of_channel)).get_watch()
    ok(operations.delete_notification(params(DeleteNotificationParam, channel_ids=channel)))
    return {
        "contact": str(contact),
        "enabled": [
            event.get_resource_name()
            for item in items(enabled)
            for event in item.get_details()["events"]
        ],
        "listed": sorted(event for each in listed for event in each.get_events()),
        "token": listed[0].get_token(),
        "after": sorted(event for each in after for event in each.get_events()),
        "left": operations.get_notifications(of_channel).get_status_code(),
    }
