"""Downloading the files of a mail (docs v8 download-attachments)."""

from __future__ import annotations

from ...core import FileResponse, Request, Response, Routes, invalid_data
from ...engine.access import require_param
from ...state import Organisation
from ...state.store import Blob
from .mailbox import EMAILS, READ, mails_of, require_mailed_record

routes = Routes(versions=(3, 8))


def _file(
    org: Organisation, request: Request, module: str, record: str, *required: str
) -> Blob | None:
    """Return the file that the query names, None if the mail does not have it."""
    crm_module = require_mailed_record(org, request, module, record)
    for name in required:
        require_param(request, name)
    mail = mails_of(org, crm_module["id"]).get(request.args["message_id"])
    if mail is None:
        raise invalid_data(param_name="message_id")
    if request.args["user_id"] != mail["owner"]:
        raise invalid_data("the id given seems to be invalid", param_name="user_id")
    file_id = request.args["id"]
    return org.records.blobs.get(file_id) if file_id in mail["attachments"] else None


@routes.route("GET", f"{EMAILS}/actions/download_attachments", scope=READ)
def download_attachment(
    org: Organisation, request: Request, module: str, record: str
) -> Response | None:
    """Return the bytes of an attachment."""
    blob = _file(org, request, module, record, "user_id", "message_id", "id", "name")
    return None if blob is None else FileResponse(blob.content, blob.name, blob.content_type)


@routes.route("GET", f"{EMAILS}/actions/download_inline_images", scope=READ)
def download_image(
    org: Organisation, request: Request, module: str, record: str
) -> Response | None:
    """Return the bytes of an inline image."""
    blob = _file(org, request, module, record, "user_id", "message_id", "id")
    return None if blob is None else FileResponse(blob.content, blob.name, blob.content_type)
