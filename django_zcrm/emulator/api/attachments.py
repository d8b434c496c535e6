"""Attachments of a record: upload or link, list, download, delete."""

from __future__ import annotations

from typing import Any

from ..core import FileResponse, JsonResponse, Request, Response, Routes, dialect
from ..core.errors import Refusal, invalid_data, missing_param, success
from ..engine.access import bad_path_id, find_module, get_ids_param, require_parent
from ..engine.batch import batch_status, describe_write
from ..engine.deleting import delete
from ..engine.files import attach, attach_link, download, store_blob
from ..engine.paging import drop_keys
from ..engine.paths import READ, RECORD
from ..engine.values import format_moment, is_id
from ..state import Module, Organisation, StoredRecord
from .related_records import paginate_related

routes = Routes(scope=("ZohoCRM.modules.attachments", "ZohoCRM.modules"))

ATTACHMENTS = RECORD + "/Attachments"
ATTACHMENT = ATTACHMENTS + "/{attachment}"


@routes.route("POST", ATTACHMENTS)
def upload_attachment(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Attach the file of the multipart field `file`, or the URL `attachmentUrl`."""
    parent = require_parent(org, request, find_module(org, request, module), id)
    at = format_moment(org.clock.now())
    url = request.args.get("attachmentUrl") or request.form.get("attachmentUrl")
    uploads = request.files.getlist("file")
    if url:
        title = request.args.get("title") or request.form.get("title") or url
        record = attach_link(org, parent["id"], title, url, request.user, org.ids.next(), at)
    elif len(uploads) == 1:
        upload = uploads[0]
        blob = store_blob(org, upload.filename or "", upload.read(), upload.mimetype, request.user)
        record = attach(org, parent["id"], blob, request.user, org.ids.next(), at)
    elif uploads:
        raise Refusal(
            "INVALID_DATA",
            "only one file can be attached in a call",
            details={"param_name": "file"},
        )
    else:
        raise missing_param("file")
    return JsonResponse(
        {
            "data": [
                success("attachment uploaded successfully", describe_write(org, request, record))
            ]
        }
    )


@routes.route("GET", ATTACHMENTS)
def list_attachments(
    org: Organisation, request: Request, module: str, id: str
) -> Response | dict[str, Any] | None:
    """Return a page of the attachments of a record."""
    parent = require_parent(org, request, find_module(org, request, module), id)
    page = paginate_related(
        org,
        request,
        _attachments(org),
        org.records.children("Attachments", "Parent_Id", parent["id"]),
    )
    if isinstance(page, dict) and dialect(request.version).has_page_tokens:
        page["info"] = drop_keys(page["info"], "sort_by", "sort_order")
    return page


@routes.route("GET", ATTACHMENT)
def download_attachment(
    org: Organisation, request: Request, module: str, id: str, attachment: str
) -> Response | None:
    """Return the bytes of an attachment. Raises Refusal DOWNLOAD_NOT_ALLOWED for a link."""
    record = _path_attachment(org, request, module, id, attachment)
    if record is None:
        return None
    blob = org.records.blobs.get(record["$file_id"] or "")
    if blob is None:
        raise Refusal(
            "DOWNLOAD_NOT_ALLOWED", "a link cannot be downloaded", details={"id": attachment}
        )
    return FileResponse(
        blob.content, record["File_Name"], blob.content_type or "application/octet-stream"
    )


@routes.route("DELETE", ATTACHMENTS)
def delete_attachments(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Delete the attachments of a record that the parameter `ids` names."""
    require_parent(org, request, find_module(org, request, module), id)
    results = [
        _delete(org, request, module, id, attachment) for attachment in get_ids_param(request)
    ]
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))


@routes.route("DELETE", ATTACHMENT)
def delete_attachment(
    org: Organisation, request: Request, module: str, id: str, attachment: str
) -> Response:
    """Delete one attachment."""
    results = [_delete(org, request, module, id, attachment)]
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))


def _attachments(org: Organisation) -> Module:
    return org.metadata.modules["Attachments"]


def _path_attachment(
    org: Organisation, request: Request, module: str, id: str, attachment: str
) -> StoredRecord | None:
    parent = require_parent(org, request, find_module(org, request, module), id)
    if not is_id(attachment):
        raise bad_path_id(request, 3)
    record = org.records.table("Attachments").get(attachment)
    return record if record is not None and record["Parent_Id"] == parent["id"] else None


def _delete(
    org: Organisation, request: Request, module: str, id: str, attachment: str
) -> dict[str, Any]:
    record = _path_attachment(org, request, module, id, attachment)
    if record is None:
        return invalid_data("the id given seems to be invalid", id=attachment).body
    delete(org, _attachments(org), record, request.user.id)
    return success("record deleted", {"id": attachment})


@routes.route("GET", RECORD + "/actions/download_fields_attachment", scope=READ)
def download_field_file(
    org: Organisation, request: Request, module: str, id: str
) -> Response | None:
    """Return the bytes of a file in a file field of a record."""
    crm_module = find_module(org, request, module)
    record = require_parent(org, request, crm_module, id)
    file_id = request.args.get("fields_attachment_id")
    if not file_id:
        raise missing_param("fields_attachment_id")
    file_ids = [
        item
        for field in crm_module.fields
        if field.data_type in ("fileupload", "imageupload")
        for item in record.get(field.api_name) or ()
    ]
    if file_id not in file_ids:
        raise invalid_data(param_name="fields_attachment_id")
    return download(org, file_id)
