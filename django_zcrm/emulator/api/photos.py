"""Photos of records."""

from __future__ import annotations

from ..core import FileResponse, JsonResponse, Request, Response, Routes
from ..core.errors import Refusal, invalid_data, missing_param, success
from ..engine.access import find_module, path_index, require_record
from ..engine.files import store_blob, too_large
from ..engine.images import image_type, pixels
from ..engine.paths import DELETE, READ, RECORD, UPDATE
from ..guesses import behaves
from ..state import Organisation, StoredRecord

routes = Routes()

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 10_000_000


@routes.route("POST", RECORD + "/photo", scope=UPDATE)
def upload_photo(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Make the image of the multipart field `file` the photo of a record."""
    record = _require_photo_record(org, request, module, id)
    upload = request.files.get("file")
    if upload is None:
        raise missing_param("file")
    content = upload.read()
    if len(content) > MAX_PHOTO_BYTES:
        raise too_large(MAX_PHOTO_BYTES)
    if pixels(content) > MAX_PIXELS:
        raise too_large(MAX_PIXELS)
    content_type = image_type(content)
    if not pixels(content) and content_type and behaves("records.photo-size", "refused"):
        raise invalid_data("the size of the image cannot be read", param_name="file")
    if content_type is None and behaves("records.photo-type", "taken"):
        content_type = "application/octet-stream"
    if content_type is None:
        raise invalid_data(
            "the file is not an image of a supported type",
            param_name="file",
            supported_values=["png", "jpeg", "gif", "bmp"],
        )
    blob = store_blob(org, upload.filename or "", content, content_type, request.user)
    org.records.photos[record["id"]] = blob
    org.records.put(module, {**record, "Record_Image": blob.id})
    return JsonResponse(success("photo uploaded successfully"))


@routes.route("GET", RECORD + "/photo", scope=READ)
def download_photo(org: Organisation, request: Request, module: str, id: str) -> Response | None:
    """Return the photo of a record."""
    record = _require_photo_record(org, request, module, id)
    blob = org.records.photos.get(record["id"])
    return None if blob is None else FileResponse(blob.content, blob.name, blob.content_type)


@routes.route("DELETE", RECORD + "/photo", scope=(*UPDATE, *DELETE))
def delete_photo(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Remove the photo of a record."""
    record = _require_photo_record(org, request, module, id)
    org.records.photos.pop(record["id"], None)
    org.records.put(module, {**record, "Record_Image": None})
    return JsonResponse(success("Photo deleted"))


def _require_photo_record(
    org: Organisation, request: Request, module: str, id: str
) -> StoredRecord:
    crm_module = find_module(org, request, module)
    if not crm_module.has_photo:
        raise Refusal(
            "NOT_SUPPORTED",
            "photos are not supported for the module",
            details=path_index(request, 0),
        )
    return require_record(org, request, crm_module, id)
