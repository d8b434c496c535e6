"""Attachments, photos and the files API: bytes go in and come out the same."""

from __future__ import annotations

from struct import pack

import pytest
from werkzeug.http import parse_options_header

from django_zcrm.emulator.engine.images import pixels
from django_zcrm.emulator.seed.files import pdf, png

from .api import Api

EVERY_BYTE = bytes(range(256)) * 400


def test_an_attachment_comes_back_as_it_went(api: Api) -> None:
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


def test_links_are_no_files(api: Api) -> None:
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


def test_uploads_that_are_refused(api: Api) -> None:
    path = f"Leads/{api.first_id('Leads')}/Attachments"
    assert api.upload(path, ("a", b""), field="other").json["code"] == "REQUIRED_PARAM_MISSING"
    assert api.upload(path, ("a", b"1"), ("b", b"2")).json["code"] == "INVALID_DATA"
    assert api.upload("Leads/3652397000009999999/Attachments", ("a", b"1")).status_code == 400
    assert api.get(f"{path}/abc").status_code == 400


def test_attachments_of_others_stay_closed(api: Api) -> None:
    one, two = (row["id"] for row in api.rows("Leads", per_page=2))
    api.upload(f"Leads/{one}/Attachments", ("a", b"1"))
    attachment = api.rows(f"Leads/{one}/Attachments")[0]["id"]
    assert api.get(f"Leads/{two}/Attachments/{attachment}").status_code == 204
    assert (
        api.delete(f"Leads/{two}/Attachments", ids=attachment).json["data"][0]["status"] == "error"
    )
    assert api.delete(f"Leads/{one}/Attachments", ids=attachment).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(4, 4, (200, 10, 10)), "image/png"),
        (b"\xff\xd8\xff\xe0jpeg", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"BM......", "image/bmp"),
    ],
    ids=["png", "jpeg", "gif", "bmp"],
)
def test_photos(api: Api, content: bytes, kind: str) -> None:
    contact = api.first_id("Contacts")
    path = f"Contacts/{contact}/photo"
    assert api.get(path).status_code == 204
    answer = api.upload(path, ("me.png", content))
    assert answer.json == {
        "code": "SUCCESS",
        "details": {},
        "message": "photo uploaded successfully",
        "status": "success",
    }
    photo = api.get(path)
    assert (photo.data, photo.content_type) == (content, kind)
    assert api.record("Contacts", contact)["Record_Image"]
    assert api.delete(path).json["message"] == "photo deleted successfully"
    assert api.get(path).status_code == 204
    assert api.record("Contacts", contact)["Record_Image"] is None


def test_photos_that_are_refused(api: Api) -> None:
    contact = api.first_id("Contacts")
    answer = api.upload(f"Contacts/{contact}/photo", ("me.pdf", pdf("no photo")))
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")
    huge = png(1, 1, (0, 0, 0)) + b"\0" * (10 * 1024 * 1024)
    answer = api.upload(f"Contacts/{contact}/photo", ("me.png", huge))
    assert (answer.status_code, answer.json["code"]) == (415, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
    wide = png(1, 1, (0, 0, 0)).replace(pack(">II", 1, 1), pack(">II", 5_000, 2_001), 1)
    answer = api.upload(f"Contacts/{contact}/photo", ("me.png", wide))
    assert (answer.status_code, answer.json["code"]) == (415, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
    deal = api.first_id("Deals")
    assert api.get(f"Deals/{deal}/photo").json["code"] == "NOT_SUPPORTED"


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png(3, 2, (0, 0, 0)), 6),
        (b"GIF89a" + pack("<HH", 3, 2) + b";", 6),
        (b"BM" + pack("<I", 26) + b"\0" * 12 + pack("<ii", 3, -2), 6),
        (b"\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x0b\x08\0\2\0\3\xff\xd9", 6),
        (b"\xff\xd8\xff\xe0jpeg\xff\xd9", 0),
        (b"%PDF", 0),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, 0),
        (b"GIF89a" + b"x" * 100, 0),
        (b"BM" + b"x" * 100, 0),
        (b"\xff\xd8\xff\xc0" + b"x" * 100, 0),
    ],
    ids="png gif bmp jpeg cut-off no-image no-png no-gif no-bmp no-jpeg".split(),
)
def test_how_many_pixels(content: bytes, size: int) -> None:
    assert pixels(content) == size


def test_files(v8: Api) -> None:
    answer = v8.upload("files", ("a.txt", b"one"), ("b.bin", EVERY_BYTE))
    assert answer.status_code == 200
    first, second = answer.json["data"]
    assert first["message"] == "a.txt uploaded Succeessfully"
    assert first["details"]["name"] == "a.txt"
    assert v8.get("files", id=second["details"]["id"]).data == EVERY_BYTE
    assert v8.get("files", id="unknown").status_code == 204
    assert v8.get("files").json["code"] == "REQUIRED_PARAM_MISSING"
    many = [(f"{number}", b"x") for number in range(11)]
    assert v8.upload("files", *many).json["code"] == "LIMIT_EXCEEDED"
    huge = b"\0" * (20 * 1024 * 1024 + 1)
    answer = v8.upload("files", ("ok", b"x"), ("huge", huge))
    assert (answer.status_code, answer.json["code"]) == (415, "FILE_SIZE_MORE_THAN_ALLOWED_SIZE")
