"""Files that are uploaded first and put into records later."""

from __future__ import annotations

from typing import Any

from ..core import Request, Response, Routes, missing_param, over_limit, success
from ..engine.files import download, store_blob, too_large
from ..state import Organisation

routes = Routes(scope="ZohoCRM.files")

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_FILES = 10


@routes.route("POST", "/crm/{version}/files")
def upload_files(org: Organisation, request: Request) -> dict[str, Any]:
    """Store files for file fields and mails; one that is too large makes all be refused."""
    uploads = [
        (upload, upload.read())
        for name, upload in request.files.items(multi=True)
        if name.startswith("file")
    ]
    if not uploads:
        raise missing_param("file")
    if len(uploads) > MAX_FILES:
        raise over_limit("files", MAX_FILES, param_name="file")
    if any(len(content) > MAX_FILE_BYTES for _, content in uploads):
        raise too_large(MAX_FILE_BYTES)
    results = []
    for upload, content in uploads:
        blob = store_blob(org, upload.filename or "", content, upload.mimetype, request.user)
        # The word is misspelled by Zoho (docs v7 upload-files-to-zfs).
        results.append(
            success(f"{blob.name} uploaded Succeessfully", {"name": blob.name, "id": blob.id})
        )
    return {"data": results}


@routes.route("GET", "/crm/{version}/files")
def download_file(org: Organisation, request: Request) -> Response | None:
    """Return the bytes of a file by the parameter `id`."""
    file_id = request.args.get("id")
    if not file_id:
        raise missing_param("id")
    return download(org, file_id)
