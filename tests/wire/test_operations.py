"""Operations on records and what belongs to them, against a served emulator."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from django_zcrm.testing import ZCRMEmulator
from django_zcrm.testing.standalone import ALL_SCOPES
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, Invalid, NotFound

ALL = ",".join(
    [
        ALL_SCOPES,
        "ZohoCRM.composite_requests.CUSTOM",
        "ZohoCRM.change_owner.ALL",
        "ZohoCRM.mass_update.UPDATE",
        "ZohoCRM.mass_update.READ",
        "ZohoCRM.mass_delete.DELETE",
        "ZohoCRM.mass_delete.READ",
        "ZohoCRM.mass_convert.leads.CREATE",
        "ZohoCRM.mass_convert.leads.READ",
        "ZohoCRM.share.leads.ALL",
    ]
)
Make = Callable[..., Client]


@pytest.fixture
def crm(client: Make) -> Client:
    return client("v8", scopes=ALL)


@pytest.fixture
def lead(crm: Client) -> str:
    return crm.records.create_one("Leads", {"Last_Name": "Wire", "Company": "Acme"}).id


@pytest.mark.parametrize("version", ["v2", "v5", "v8"])
def test_notes_are_written_read_and_deleted_in_every_version(client: Make, version: str) -> None:
    crm = client(version, scopes=ALL)
    lead = crm.records.create_one("Leads", {"Last_Name": "Wire", "Company": "Acme"}).id
    made = crm.notes.create_one(
        {"Note_Content": "first", "Parent_Id": {"id": lead, "module": {"api_name": "Leads"}}}
    )
    crm.related_notes.create("Leads", lead, [{"Note_Content": "second"}]).raise_for_failures()
    assert {note["Note_Content"] for note in crm.related_notes.list("Leads", lead)} == {
        "first",
        "second",
    }
    crm.notes.update_one(made.id, {"Note_Content": "changed"})
    assert crm.notes.get(made.id)["Note_Content"] == "changed"
    assert crm.notes.delete([made.id]).raise_for_failures().ids == [made.id]
    assert len(list(crm.related_notes.list("Leads", lead))) == 1


@pytest.mark.parametrize("version", ["v2", "v5", "v8"])
def test_tags_stick_in_every_version(client: Make, version: str) -> None:
    crm = client(version, scopes=ALL)
    ids = [
        crm.records.create_one("Leads", {"Last_Name": name, "Company": "Acme"}).id
        for name in ("One", "Two")
    ]
    crm.records.add_tags("Leads", ids, ["wired", "fresh"]).raise_for_failures()
    assert crm.records.remove_tags_one("Leads", ids[0], ["wired"]).id == ids[0]
    names = [{tag["name"] for tag in crm.records.get("Leads", id)["Tag"]} for id in ids]
    assert names == [{"fresh"}, {"fresh", "wired"}]


def test_a_deal_has_contacts_with_roles(crm: Client) -> None:
    deal = crm.records.list("Deals", fields=["id"])[0]["id"]
    contact = crm.records.create_one("Contacts", {"Last_Name": "Role"}).id
    role = crm.contact_roles.list()[0]
    crm.deal_contact_roles.update_one(deal, contact, {"Contact_Role": {"id": role["id"]}})
    rows = {row["id"]: row for row in crm.deal_contact_roles.list(deal)}
    assert rows[contact]["Contact_Role"]["name"] == role["name"]
    assert contact in {
        row["id"] for row in crm.related_records.list("Deals", deal, "Contact_Roles")
    }
    crm.deal_contact_roles.delete(deal, [contact]).raise_for_failures()
    with pytest.raises(NotFound):
        crm.deal_contact_roles.get(deal, contact)


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_query_reads_all_rows_page_by_page(client: Make, version: str) -> None:
    crm = client(version, scopes=ALL)
    names = [f"Query {number:03}" for number in range(450)]
    rows = [{"Last_Name": name, "Company": "Paged"} for name in names]
    crm.records.create("Leads", rows).raise_for_failures()
    query = "select Last_Name from Leads where Company = 'Paged'"
    assert sorted(row["Last_Name"] for row in crm.coql.query(query)) == names
    assert len(list(crm.coql.query(f"{query} limit 5"))) == 5


def test_a_composite_makes_and_reads_in_one(crm: Client) -> None:
    body = {"data": [{"Last_Name": "Composite", "Company": "Acme"}]}
    result = crm.composite.execute(
        [
            {"sub_request_id": "a", "method": "POST", "uri": "/crm/v8/Leads", "body": body},
            {"sub_request_id": "b", "method": "GET", "uri": "/crm/v8/Nowhere/1"},
        ],
        parallel_execution=False,
    )
    assert [outcome.ok for outcome in result] == [True, False]
    made = result[0].details["response"]["body"]["data"][0]["details"]["id"]
    assert crm.records.get("Leads", made)["Last_Name"] == "Composite"


def wait_for_job(look: Callable[[], Any], key: str, zoho: ZCRMEmulator) -> Any:
    """Poll a job until it is done; the emulator's jobs advance with its clock."""
    for _ in range(10):
        job = look()
        if job[key] == "COMPLETED":
            return job
        zoho.advance(seconds=60)
    raise AssertionError(job)


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_bulk_read_ends_in_a_zip_of_a_csv(client: Make, zoho: ZCRMEmulator, version: str) -> None:
    crm = client(version, scopes=ALL)
    criteria = {"field": {"api_name": "Company"}, "comparator": "equal", "value": "Bulk"}
    crm.records.create_one("Leads", {"Last_Name": "Bulky", "Company": "Bulk"})
    order = crm.bulk_read.create({"module": "Leads", "fields": ["Last_Name"], "criteria": criteria})
    job = wait_for_job(lambda: crm.bulk_read.get(order.id), "state", zoho)
    assert job["result"]["count"] == 1
    for downloaded in (
        crm.bulk_read.download(order.id),
        crm.files.download_url(job["result"]["download_url"]),
    ):
        with zipfile.ZipFile(io.BytesIO(downloaded.read())) as archive:
            (name,) = archive.namelist()
            rows = list(csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8")))
        assert [row["Last_Name"] for row in rows] == ["Bulky"]


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_bulk_write_result_has_every_row(client: Make, zoho: ZCRMEmulator, version: str) -> None:
    crm = client(version, scopes=ALL)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("leads.csv", "Last_Name,Company\nWritten,Acme\n,Nameless\n")
    packed.seek(0)
    file_id = crm.bulk_write.upload(("leads.zip", packed)).details["file_id"]
    order = crm.bulk_write.create(
        [
            {
                "type": "data",
                "module": "Leads",
                "file_id": file_id,
                "field_mappings": [
                    {"api_name": "Last_Name", "index": 0},
                    {"api_name": "Company", "index": 1},
                ],
            }
        ],
        "insert",
    )
    job = wait_for_job(lambda: crm.bulk_write.get(order.id), "status", zoho)
    assert job["resource"][0]["file"]["added_count"] == 1
    with zipfile.ZipFile(
        io.BytesIO(crm.bulk_write.download(job["result"]["download_url"]).read())
    ) as archive:
        result = archive.read(archive.namelist()[0]).decode()
    assert "ADDED" in result
    assert "MANDATORY_NOT_FOUND" in result
    (lead,) = crm.records.search("Leads", criteria="(Last_Name:equals:Written)")
    assert lead["Company"] == "Acme"


def test_a_channel_is_opened_changed_and_closed(crm: Client) -> None:
    channel: Any = {
        "channel_id": "77",
        "events": ["Leads.all"],
        "notify_url": "https://example.com/",
    }
    outcome = crm.notifications.create_one(channel)
    assert outcome.details["events"][0]["channel_id"] == "77"
    assert [row["channel_id"] for row in crm.notifications.list(module="Leads")] == ["77"]
    both: Any = {**channel, "events": ["Leads.create", "Deals.edit"]}
    less: Any = {**channel, "events": ["Deals.edit"], "_delete_events": True}
    crm.notifications.update([both]).raise_for_failures()
    crm.notifications.update_one(less)
    assert len(list(crm.notifications.list())) == 1
    assert crm.notifications.delete(["77"]).raise_for_failures()
    assert not list(crm.notifications.list())


def test_records_change_hands_and_are_shared(crm: Client, lead: str) -> None:
    me = crm.users.list(type="CurrentUser")[0]["id"]
    other = next(user["id"] for user in crm.users.list(type="ActiveUsers") if user["id"] != me)
    crm.records.change_owner("Leads", [lead], other).raise_for_failures()
    assert crm.records.get("Leads", lead)["Owner"]["id"] == other
    crm.records.change_owner_one("Leads", lead, {"id": me})
    crm.sharing.create(
        "Leads",
        lead,
        [
            {
                "type": "private",
                "permission": "read_only",
                "shared_with": {"type": "users", "id": other},
            }
        ],
    ).raise_for_failures()
    assert [share["shared_with"]["id"] for share in crm.sharing.list("Leads", lead)] == [other]
    crm.sharing.delete("Leads", lead).raise_for_failures()
    assert not crm.sharing.list("Leads", lead)


def test_mass_actions_are_done_at_once_by_id_and_later_by_view(
    crm: Client, zoho: ZCRMEmulator, lead: str
) -> None:
    crm.mass_actions.update("Leads", {"City": "Rome"}, ids=[lead]).raise_for_failures()
    assert crm.records.get("Leads", lead)["City"] == "Rome"
    view = crm.custom_views.list("Leads")[0]["id"]
    job = crm.mass_actions.update("Leads", {"City": "Oslo"}, cvid=view)[0].details["job_id"]
    status = wait_for_job(lambda: crm.mass_actions.update_status("Leads", job), "Status", zoho)
    assert status["Updated_Count"] == status["Total_Count"]
    copy = crm.records.clone("Leads", lead).id
    assert crm.mass_actions.delete("Leads", ids=[copy]).raise_for_failures().ids == [copy]
    with pytest.raises(NotFound):
        crm.records.get("Leads", copy)


def test_leads_are_converted_in_the_background(crm: Client, zoho: ZCRMEmulator, lead: str) -> None:
    job = crm.leads.mass_convert([lead]).details["job_id"]
    status = wait_for_job(lambda: crm.leads.mass_convert_status(job), "Status", zoho)
    assert status["Converted_Count"] == 1


def test_timeline_returns_changes_of_record(crm: Client, lead: str) -> None:
    crm.records.update_one("Leads", lead, {"City": "Rome"})
    assert {event["action"] for event in crm.timelines.list("Leads", lead)} >= {"added", "updated"}


def test_drafts_and_mails_of_a_record(crm: Client, lead: str) -> None:
    me = crm.users.list(type="CurrentUser")[0]["id"]
    made = crm.email_drafts.create(
        "Leads", lead, [{"from": "me@example.com", "rich_text": True, "subject": "Hello"}]
    )
    (draft,) = crm.email_drafts.list("Leads", lead)
    assert (draft["id"], draft["subject"]) == (made.raise_for_failures().ids[0], "Hello")
    crm.email_drafts.delete_one("Leads", lead, draft["id"])
    crm.emails.associate(
        "Leads",
        lead,
        [
            {
                "from": {"email": "me@example.com"},
                "to": [{"email": "you@example.com"}],
                "subject": "Kept",
                "content": "text",
                "original_message_id": "<1@example.com>",
                "sent": True,
                "date_time": "2025-01-01T00:00:00+00:00",
            }
        ],
    ).raise_for_failures()
    assert crm.emails.available("<1@example.com>")["available"]
    assert "Kept" in {mail["subject"] for mail in crm.emails.list("Leads", lead, me)}


def test_files_wait_for_a_field_to_take_them(crm: Client) -> None:
    ids = crm.files.upload([("a.txt", b"a"), ("b.txt", io.BytesIO(b"b"))]).raise_for_failures().ids
    assert [crm.files.download(id).read() for id in ids] == [b"a", b"b"]


def test_what_a_record_has_is_counted(crm: Client, lead: str) -> None:
    crm.related_notes.create_one("Leads", lead, {"Note_Content": "n"})
    (count,) = crm.related_records.count("Leads", lead, [{"related_list": {"api_name": "Notes"}}])
    assert count["count"] == 1
    assert crm.records.count("Leads", word="Wire") == 1
    assert crm.records.count_post("Leads", word="Wire") == 1
    assert crm.records.fetch_full_data("Leads", [lead], ["Description"])[0]["id"] == lead


def test_record_without_blueprint_raises(crm: Client, lead: str) -> None:
    with pytest.raises(Invalid, match="RECORD_NOT_IN_PROCESS"):
        crm.blueprint.get("Leads", lead)


def test_services_appointments_scores_and_meetings(crm: Client) -> None:
    appointment = crm.appointments.list()[0]
    assert crm.appointments.get(appointment["id"])["Appointment_Name"]
    assert {service["id"] for service in crm.services.list()}
    assert crm.entity_scores.list(per_page=2).rows
    event = crm.records.list("Events", fields=["id"])[0]["id"]
    assert crm.events.cancel(event, send_cancelling_mail=False).ok


def test_token_is_not_sent_to_foreign_host(crm: Client) -> None:
    with pytest.raises(ConfigurationError):
        crm.files.download_url("https://files.example.com/a.zip")
