"""The files of bulk writes: uploads, delimiters, encodings, and files that cannot be read."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import Any

import pytest

from ..caller import ALL_SCOPES
from .jobs import LEAD, BulkApi, sheet, zip_files


def with_damaged_content(archive: bytes) -> bytes:
    """A zip whose directory can be read and whose first file cannot be decompressed."""
    start = 30 + len("leads.csv")  # the header of a file, and its name
    return archive[:start] + b"\xff" + archive[start + 1 :]


def test_upload_returns_a_file_id(api: BulkApi) -> None:
    answer = api.upload_zip(zip_files(leads=sheet(LEAD)))
    assert answer.status_code == 200
    assert answer.json["status"] == "success"
    assert answer.json["code"] == "FILE_UPLOAD_SUCCESS"
    assert answer.json["message"] == "file uploaded."
    assert answer.json["details"]["file_id"].isdigit()
    assert datetime.fromisoformat(answer.json["details"]["created_time"]).tzinfo


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"feature": ""}, "MANDATORY_NOT_FOUND"),
        ({"feature": "bulk-read"}, "NOT_SUPPORTED_FEATURE"),
        ({"X-CRM-ORG": ""}, "MANDATORY_NOT_FOUND"),
        ({"X-CRM-ORG": "1"}, "AUTHORIZATION_FAILED"),
    ],
)
def test_upload_needs_its_headers(v8: BulkApi, headers: dict[str, str], code: str) -> None:
    answer = v8.upload_zip(zip_files(leads=sheet(LEAD)), **headers)
    assert (answer.status_code, answer.json["code"]) == (400, code)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"Last_Name,Company\nAble,Acme\n", 400, "INVALID_FILE_FORMAT"),
        (b"PK\3\4 broken", 400, "INVALID_FILE_FORMAT"),
        (with_damaged_content(zip_files(leads=sheet(LEAD))), 400, "INVALID_FILE_FORMAT"),
        (zip_files(), 400, "INVALID_FILE_FORMAT"),
        (b"\0" * (25 * 1024 * 1024 + 1), 413, "FILE_TOO_LARGE"),
    ],
    # A zip has the time of its creation, but all workers need the same names.
    ids=["no zip", "start of a zip", "damaged content", "no file", "too large"],
)
def test_invalid_zip_is_refused(v8: BulkApi, content: bytes, status: int, code: str) -> None:
    answer = v8.upload_zip(content)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_upload_needs_a_scope_and_a_file(v8: BulkApi) -> None:
    headers = {"feature": "bulk-write", "X-CRM-ORG": v8.org.info["zgid"]}
    answer = v8.caller.request("POST", "/crm/v8/upload", data={"x": "y"}, headers=headers)
    assert answer.json["code"] == "MANDATORY_NOT_FOUND"
    v8.caller.connect(ALL_SCOPES)
    assert v8.upload_zip(zip_files(leads=sheet(LEAD))).json["code"] == "OAUTH_SCOPE_MISMATCH"


@pytest.mark.parametrize("delimiter", [",", ";", ":", "|"])
def test_csv_delimiters_are_detected(v8: BulkApi, delimiter: str) -> None:
    file_id = v8.file_id(l=sheet(LEAD, delimiter=delimiter))
    [row] = v8.report(v8.finished_write("insert", v8.resource("Leads", file_id)))
    assert row["STATUS"] == "ADDED"


@pytest.mark.parametrize("encoding", [None, "UTF-8", "UTF-16", "ISO-8859-1"])
def test_csv_encodings_are_read(v8: BulkApi, encoding: str | None) -> None:
    text = sheet({"Last_Name": "Müller", "Company": "Größe"})
    content = b"\xef\xbb\xbf" + text.encode() if encoding is None else text.encode(encoding)
    more = {} if encoding is None else {"character_encoding": encoding}
    resource = v8.resource("Leads", v8.file_id(l=content))
    job = v8.finished_write("insert", resource, **more)
    [row] = v8.report(job)
    assert v8.stored(row["RECORD_ID"])["Last_Name"] == "Müller"
    assert job["character_encoding"] == (encoding or "UTF-8")


@pytest.mark.parametrize(("encoding", "name"), [("UTF-7", "+2AA-"), ("punycode", "Wong_")])
def test_text_outside_unicode_fails_the_job(v8: BulkApi, encoding: str, name: str) -> None:
    resource = v8.resource("Leads", v8.file_id(l=f"Last_Name,Company\n{name},C\n"))

    job = v8.finished_write("insert", resource, character_encoding=encoding)

    assert job["resource"][0]["code"] == "INVALID_FORMAT"
    assert v8.get("Leads", fields="Last_Name").status_code == 200


def test_cell_above_pythons_limit_skips_its_row_only(v8: BulkApi) -> None:
    before = csv.field_size_limit(131_072)
    try:
        long = {**LEAD, "Description": "x" * 131_073}
        first, second = v8.write_rows("insert", "Leads", long, {**LEAD, "Description": "x"})
    finally:
        csv.field_size_limit(before)
    assert (first["STATUS"], second["STATUS"]) == ("SKIPPED", "ADDED")


@pytest.mark.parametrize(
    ("content", "mappings", "code"),
    [
        ("Last_Name,Company,Nothing\nA,B,C\n", None, "INVALID_FIELD"),
        ("Company\nA\n", None, "MANDATORY_FIELDS_NOT_MAPPED"),
        ("\n", None, "FILE_NOT_SUPPORTED"),
        (b"Last_Name,Company\n\xff\xff,A\n", None, "INVALID_FORMAT"),
        (",".join(["Last_Name"] * 201) + "\n", None, "HEADER_LIMIT_EXCEEDED"),
        ("a,b\nA,B\n", [("Last_Name", 0, None), ("Company", 2, None)], "COLUMN_INDEX_NOT_FOUND"),
        (
            "a,b,c\nA,B,C\n",
            [("Last_Name", 0, None), ("Company", 1, None), ("Follow_Up_Date", 2, "QQ")],
            "INVALID_FORMAT",
        ),
    ],
)
def test_unusable_file_fails_the_job(
    v8: BulkApi, content: str | bytes, mappings: list[tuple[str, int, str | None]] | None, code: str
) -> None:
    more: dict[str, Any] = {}
    if mappings:
        more["field_mappings"] = [
            {"api_name": name, "index": index, "format": pattern}
            for name, index, pattern in mappings
        ]
    job = v8.finished_write("insert", v8.resource("Leads", v8.file_id(l=content), **more))
    assert job["status"] == "FAILED"
    assert (job["resource"][0]["status"], job["resource"][0]["code"]) == ("SKIPPED", code)
    assert "result" not in job


@pytest.mark.slow
def test_rows_beyond_25000_are_unprocessed(v8: BulkApi) -> None:
    before = len(v8.org.records.table("Leads"))
    report = v8.write_rows("insert", "Leads", *({**LEAD, "Last_Name": n} for n in range(25_001)))
    assert len(v8.org.records.table("Leads")) == before + 25_000
    assert len({row["RECORD_ID"] for row in report[:25_000]}) == 25_000
    assert report[-1]["STATUS"] == "UNPROCESSED"
    assert report[-1]["ERRORS"] == "LIMIT_EXCEEDED"
