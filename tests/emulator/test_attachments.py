"""Attachments: bytes go in and come out the same."""

from __future__ import annotations

from werkzeug.http import parse_options_header

from .api import Api

EVERY_BYTE = bytes(range(256)) * 400


def test_attachment_is_downloaded_unchanged(api: Api) -> None:
    lead = api.first_id("Leads")
    path = f"Leads/{lead}/Attachments"
    assert api.get(path, fields="id").status_code == 204
    answer = api.upload(path, ("Plan ü 東.bin", EVERY_BYTE))
    assert answer.status_code == 200
    item = answer.json["data"][0]
    assert (item["code"], item["message"]) == ("SUCCESS", "attachment uploaded successfully")
    attachment = item["details"]["id"]
    row = api.rows(path, "File_Name,Size,Parent_Id,Owner,$type,$file_id")[0]
    assert (row["id"], row["File_Name"], row["Size"]) == (
        attachment,
        "Plan ü 東.bin",
        str(len(EVERY_BYTE)),
    )
    assert row["Parent_Id"]["id"] == lead
    assert row["$type"] == "Attachment"
    file = api.get(f"{path}/{attachment}")
    assert file.data == EVERY_BYTE
    kind, options = parse_options_header(file.headers["Content-Disposition"])
    assert (kind, options["filename"]) == ("attachment", "Plan ü 東.bin")
    assert api.delete(f"{path}/{attachment}").json["data"][0]["status"] == "success"
    assert api.get(f"{path}/{attachment}").status_code == 204
    assert api.delete(f"{path}/{attachment}").json["data"][0]["status"] == "error"


def test_attachments_of_the_demo_are_real_files(api: Api) -> None:
    lead = api.rows("Leads", "Last_Name", sort_by="id", sort_order="asc")[0]["id"]
    row = api.rows(f"Leads/{lead}/Attachments", "File_Name")[0]
    file = api.get(f"Leads/{lead}/Attachments/{row['id']}")
    assert file.data.startswith(b"%PDF-1.4")
    assert file.content_type == "application/pdf"


def test_download_of_a_link_is_refused(api: Api) -> None:
    lead = api.first_id("Leads")
    path = f"Leads/{lead}/Attachments"
    answer = api.post(path, attachmentUrl="https://example.com/a?b=c", title="A page")
    assert answer.status_code == 200
    row = api.rows(path, "File_Name,Size,$type,$link_url")[0]
    assert (row["File_Name"], row["$type"], row["$link_url"]) == (
        "A page",
        "Link URL",
        "https://example.com/a?b=c",
    )
    answer = api.get(f"{path}/{row['id']}")
    assert (answer.status_code, answer.json["code"]) == (400, "DOWNLOAD_NOT_ALLOWED")


def test_invalid_upload_is_refused(api: Api) -> None:
    path = f"Leads/{api.first_id('Leads')}/Attachments"
    assert api.upload(path, ("a", b""), field="other").json["code"] == "REQUIRED_PARAM_MISSING"
    assert api.upload(path, ("a", b"1"), ("b", b"2")).json["code"] == "INVALID_DATA"
    assert api.upload("Leads/3652397000009999999/Attachments", ("a", b"1")).status_code == 400
    assert api.get(f"{path}/abc").status_code == 400


def test_attachment_of_another_record_is_not_found(api: Api) -> None:
    first, second = (row["id"] for row in api.rows("Leads", per_page=2))
    api.upload(f"Leads/{first}/Attachments", ("a", b"1"))
    attachment = api.rows(f"Leads/{first}/Attachments")[0]["id"]
    assert api.get(f"Leads/{second}/Attachments/{attachment}").status_code == 204
    assert (
        api.delete(f"Leads/{second}/Attachments", ids=attachment).json["data"][0]["status"]
        == "error"
    )
    assert api.delete(f"Leads/{first}/Attachments", ids=attachment).status_code == 200
