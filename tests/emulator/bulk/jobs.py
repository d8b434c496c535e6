"""Shorthand for bulk jobs in tests: zips in, CSV rows out."""

from __future__ import annotations

import csv
import zipfile
from io import BytesIO, StringIO
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from ..api import Api, Item
from ..caller import ALL_SCOPES

SCOPES = f"{ALL_SCOPES},ZohoFiles.files.ALL"

Rows = list[dict[str, str]]

LEAD = {"Last_Name": "Able", "Company": "Acme"}


def sheet(*rows: dict[str, Any], delimiter: str = ",") -> str:
    """A CSV of rows; the first row's keys are the header."""
    out = StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def zip_files(**files: str | bytes) -> bytes:
    """A zip of CSV files, named without their extension."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.csv", content)
    return out.getvalue()


def unzip_files(content: bytes) -> dict[str, str]:
    """The files of a zip as text."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def ids(rows: Rows) -> set[str]:
    """The ids of the rows of a read job."""
    return {row["Id"] for row in rows}


class BulkApi(Api):
    """A caller that may run bulk jobs, naming modules and fields as the version does."""

    def __init__(self, version: str, **options: Any) -> None:
        super().__init__(version, **options)
        self.caller.connect(SCOPES)

    def named(self, name: str) -> Any:
        """A module as bodies name it: text in v2, an object later."""
        return name if self.is_v2 else {"api_name": name}

    def stored(self, record_id: str) -> Item:
        """A record as the emulator stores it."""
        record = self.org.records.get(record_id)
        assert record is not None
        return record

    def condition(self, field: str, comparator: str, value: Any) -> Item:
        """A condition for criteria."""
        about = {"api_name": field} if self.is_v2 else {"field": {"api_name": field}}
        return {**about, "comparator": comparator, "value": value}

    def ask_read(self, module: str, callback: Item | None = None, **query: Any) -> Any:
        """Create a read job; return the response."""
        body = {"query": {"module": self.named(module), **query}}
        if callback is not None:
            body["callback"] = callback
        return self.caller.post(f"/crm/bulk/{self.version}/read", body)

    def poll(self, kind: str, job_id: str) -> Any:
        """Poll a job; return its status."""
        answer = self.caller.get(f"/crm/bulk/{self.version}/{kind}/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json

    def read_rows(self, module: str, **query: Any) -> Rows:
        """Run a read job to its end; return its rows."""
        return self.result_rows(self.finished_read(module, **query))

    def finished_read(self, module: str, **query: Any) -> Item:
        """Run a read job to its end; return its last status."""
        answer = self.ask_read(module, **query)
        assert answer.status_code == 201, answer.text
        job_id = answer.json["data"][0]["details"]["id"]
        self.poll("read", job_id)
        job: Item = self.poll("read", job_id)["data"][0]
        return job

    def result_rows(self, job: Item) -> Rows:
        """The rows in the result of a finished read job."""
        answer = self.caller.get(job["result"]["download_url"])
        assert answer.status_code == 200, answer.text
        files = unzip_files(answer.data)
        assert list(files) == [f"{job['id']}.csv"]
        return list(csv.DictReader(StringIO(files[f"{job['id']}.csv"])))

    def upload_zip(self, content: bytes, **headers: str) -> Any:
        """Upload a zip; return the response. Empty headers are left out."""
        sent = {"feature": "bulk-write", "X-CRM-ORG": self.org.info["zgid"], **headers}
        part = FileStorage(BytesIO(content), "upload.zip", "file")
        boundary, body = encode_multipart({"file": [part]})
        return self.caller.request(
            "POST",
            f"/crm/{self.version}/upload",
            data=body,
            content_type=f"multipart/form-data; boundary={boundary}",
            headers={name: value for name, value in sent.items() if value},
        )

    def file_id(self, **files: str | bytes) -> str:
        """Upload a zip of these files; return its id."""
        answer = self.upload_zip(zip_files(**files))
        assert answer.status_code == 200, answer.text
        return str(answer.json["details"]["file_id"])

    def ask_write(self, operation: str, *resources: Item, **more: Any) -> Any:
        """Create a write job; return the response."""
        body = {"operation": operation, "resource": list(resources), **more}
        return self.caller.post(f"/crm/bulk/{self.version}/write", body)

    def resource(self, module: str, file_id: str, **more: Any) -> Item:
        """One resource of a write job."""
        return {"type": "data", "module": self.named(module), "file_id": file_id, **more}

    def finished_write(self, operation: str, *resources: Item, **more: Any) -> Item:
        """Run a write job to its end; return its last status."""
        answer = self.ask_write(operation, *resources, **more)
        assert answer.status_code == 201, answer.text
        self.poll("write", answer.json["details"]["id"])
        job: Item = self.poll("write", answer.json["details"]["id"])
        return job

    def report(self, job: Item) -> Rows:
        """The rows of a write job's only report."""
        [content] = self.reports(job).values()
        return content

    def reports(self, job: Item) -> dict[str, Rows]:
        """The rows of each report in the result of a finished write job."""
        answer = self.caller.get(job["result"]["download_url"])
        assert answer.status_code == 200, answer.text
        return {
            name: list(csv.DictReader(StringIO(text)))
            for name, text in unzip_files(answer.data).items()
        }

    def write_rows(self, operation: str, module: str, *rows: dict[str, Any], **more: Any) -> Rows:
        """Upload rows, write them, and return the report."""
        file_id = self.file_id(rows=sheet(*rows))
        return self.report(self.finished_write(operation, self.resource(module, file_id, **more)))
