"""Photos of records, and the files API for file fields and mails.

Knows nothing about attachments.
"""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.problems import Problem, invalid_data, missing_param, over_limit, success
from django_zcrm.emulator.records.access import existing_record, find_module, path_index
from django_zcrm.emulator.records.files import keep
from django_zcrm.emulator.records.images import image_type, pixels
from django_zcrm.emulator.records.routing import DELETE, READ, RECORD, UPDATE, routes
from django_zcrm.emulator.records.store import Record
from django_zcrm.emulator.state import Organisation

LARGEST_PHOTO = 10 * 1024 * 1024
MOST_PIXELS = 10_000_000
LARGEST_FILE = 20 * 1024 * 1024
MOST_FILES = 10


@routes.route("POST", RECORD + "/photo", scope=UPDATE)
def upload_photo(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Make the image of the multipart field `file` the photo of a record."""
    record = _photographed(org, call, module, id)
    upload = call.file()
    if upload is None:
        raise missing_param("file")
    if len(upload.content) > LARGEST_PHOTO:
        raise _too_large(LARGEST_PHOTO)
    if pixels(upload.content) > MOST_PIXELS:
        raise _too_large(MOST_PIXELS)
    kind = image_type(upload.content)
    if kind is None:
        raise invalid_data(
            "the file is not an image of a supported type",
            param_name="file",
            supported_values=["png", "jpeg", "gif", "bmp"],
        )
    blob = keep(org, upload.filename, upload.content, kind, call.user)
    org.records.photos[record["id"]] = blob
    org.records.put(module, {**record, "Record_Image": blob.id})
    return Answer(200, success("photo uploaded successfully"))


@routes.route("GET", RECORD + "/photo", scope=READ)
def download_photo(org: Organisation, call: Call, module: str, id: str) -> Answer | None:
    """Answer the photo of a record."""
    record = _photographed(org, call, module, id)
    blob = org.records.photos.get(record["id"])
    return None if blob is None else Answer.file(blob.content, blob.name, blob.content_type)


@routes.route("DELETE", RECORD + "/photo", scope=(*UPDATE, *DELETE))
def delete_photo(org: Organisation, call: Call, module: str, id: str) -> Answer:
    """Remove the photo of a record."""
    record = _photographed(org, call, module, id)
    org.records.photos.pop(record["id"], None)
    org.records.put(module, {**record, "Record_Image": None})
    return Answer(200, success("photo deleted successfully"))


@routes.route("POST", "/crm/{version}/files", scope="ZohoCRM.files.CREATE")
def upload_files(org: Organisation, call: Call) -> dict[str, Any]:
    """Store files for file fields and mails; one that is too large makes all be refused."""
    uploads = [upload for upload in call.files if upload.field.startswith("file")]
    if not uploads:
        raise missing_param("file")
    if len(uploads) > MOST_FILES:
        raise over_limit("files", MOST_FILES, param_name="file")
    if any(len(upload.content) > LARGEST_FILE for upload in uploads):
        raise _too_large(LARGEST_FILE)
    results = []
    for upload in uploads:
        blob = keep(org, upload.filename, upload.content, upload.content_type, call.user)
        # The word is misspelled by Zoho (docs v7 upload-files-to-zfs).
        results.append(
            success(f"{blob.name} uploaded Succeessfully", {"name": blob.name, "id": blob.id})
        )
    return {"data": results}


@routes.route("GET", "/crm/{version}/files", scope="ZohoCRM.files.READ")
def download_file(org: Organisation, call: Call) -> Answer | None:
    """Answer the bytes of a file by the parameter `id`."""
    file_id = call.params.get("id")
    if not file_id:
        raise missing_param("id")
    return _download(org, file_id)


@routes.route("GET", RECORD + "/actions/download_fields_attachment", scope=READ)
def download_field_file(org: Organisation, call: Call, module: str, id: str) -> Answer | None:
    """Answer the bytes of a file in a file field of a record."""
    found = find_module(org, call, module)
    record = existing_record(org, call, found, id)
    file_id = call.params.get("fields_attachment_id")
    if not file_id:
        raise missing_param("fields_attachment_id")
    held = [
        one
        for field in found.fields
        if field.data_type in ("fileupload", "imageupload")
        for one in record.get(field.api_name) or ()
    ]
    if file_id not in held:
        raise invalid_data(param_name="fields_attachment_id")
    return _download(org, file_id)


def _download(org: Organisation, file_id: str) -> Answer | None:
    blob = org.records.blobs.get(file_id)
    if blob is None:
        return None
    return Answer.file(blob.content, blob.name, blob.content_type or "application/octet-stream")


def _photographed(org: Organisation, call: Call, module: str, id: str) -> Record:
    found = find_module(org, call, module)
    if not found.has_photo:
        raise Problem(
            "NOT_SUPPORTED",
            "photos are not supported for the module",
            details=path_index(call, 0),
        )
    return existing_record(org, call, found, id)


def _too_large(limit: int) -> Problem:
    return Problem(
        "FILE_SIZE_MORE_THAN_ALLOWED_SIZE",
        "the file is larger than allowed",
        415,
        {"maximum_size": limit},
    )
