"""Stores the bytes of attachments, file fields and uploads; links attachments to records."""

from __future__ import annotations

from typing import Any

from ..core import FileResponse, Refusal, Response
from ..state import Organisation, StoredRecord, User
from ..state.store import Blob
from .values import format_moment


def store_blob(
    org: Organisation,
    name: str,
    content: bytes,
    content_type: str,
    user: User,
) -> Blob:
    """Store bytes under a new id that looks like Zoho's encrypted file ids."""
    blob = Blob(
        org.ids.hex(64),
        name,
        content,
        content_type,
        user.id,
        format_moment(org.clock.now()),
    )
    org.records.blobs[blob.id] = blob
    return blob


def attach(
    org: Organisation, parent_id: str, blob: Blob, user: User, record_id: str, at: str
) -> StoredRecord:
    """Create an attachment from stored bytes."""
    return _put(
        org,
        parent_id,
        user,
        record_id,
        at,
        {
            "File_Name": blob.name,
            "Size": str(len(blob.content)),
            "$type": "Attachment",
            "$file_id": blob.id,
            "$link_url": None,
        },
    )


def attach_link(
    org: Organisation, parent_id: str, title: str, url: str, user: User, record_id: str, at: str
) -> StoredRecord:
    """Create an attachment from a URL."""
    return _put(
        org,
        parent_id,
        user,
        record_id,
        at,
        {"File_Name": title, "Size": None, "$type": "Link URL", "$file_id": None, "$link_url": url},
    )


def _put(
    org: Organisation, parent_id: str, user: User, record_id: str, at: str, values: dict[str, Any]
) -> StoredRecord:
    record: StoredRecord = {
        "id": record_id,
        "Parent_Id": parent_id,
        "Owner": user.id,
        "Created_By": user.id,
        "Modified_By": user.id,
        "Created_Time": at,
        "Modified_Time": at,
        **values,
    }
    org.records.put("Attachments", record)
    return record


def download(org: Organisation, file_id: str) -> Response | None:
    blob = org.records.blobs.get(file_id)
    if blob is None:
        return None
    # Whatever the file is (OpenAPI 3.1): Zoho's Node SDK 6.0 takes text/plain as JSON.
    return FileResponse(blob.content, blob.name, "application/octet-stream")


def too_large(limit: int) -> Refusal:
    return Refusal(
        "FILE_SIZE_MORE_THAN_ALLOWED_SIZE",
        "the file is larger than allowed",
        415,
        {"maximum_size": limit},
    )
