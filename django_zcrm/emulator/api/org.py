"""The organisation itself, and its photo."""

from __future__ import annotations

from typing import Any

from ..core import FileResponse, JsonResponse, Request, Response, Routes
from ..core.errors import Refusal, invalid_data, missing_param, success
from ..engine.files import store_blob
from ..engine.images import image_type
from ..guesses import behaves
from ..state import Organisation
from .photos import MAX_PHOTO_BYTES

routes = Routes(scope="ZohoCRM.org")


@routes.route("GET", "/crm/{version}/org")
def get_org(org: Organisation, request: Request) -> dict[str, Any]:
    """The organisation itself."""
    info = {
        "id": org.id,
        **org.info,
        "mc_status": bool(org.settings.items("currencies")),
        "gapps_enabled": False,
        "translation_enabled": False,
        "privacy_settings": False,
        "zia_portal_id": None,
        "license_details": {
            "paid": org.edition != "Free",
            "paid_type": org.edition.lower(),
            "paid_expiry": None,
            "trial_type": None,
            "trial_expiry": None,
            "users_license_purchased": max(10, len(org.users)),
        },
    }
    if request.version >= 3 or behaves("people.v2-keys", "new"):
        info |= {
            "type": org.environment,
            "deletable_org_account": False,
            "hipaa_compliance_enabled": False,
            "lite_users_enabled": False,
            "hierarchy_preferences": {"type": "Role_Hierarchy", "strictly_reporting": False},
        }
    return {"org": [info]}


_PHOTO = "/crm/{version}/org/photo"


@routes.route("POST", _PHOTO)
def upload_photo(org: Organisation, request: Request) -> Response:
    """Make the image of the multipart field `file` the organisation's photo."""
    upload = request.files.get("file")
    if upload is None:
        raise missing_param("file")
    content = upload.read()
    if len(content) > MAX_PHOTO_BYTES:
        raise Refusal("FILE_SIZE_MORE_THAN_ALLOWED_SIZE", "the file is too large", 415)
    content_type = image_type(content)
    if content_type is None:
        raise invalid_data("the file is not an image of a supported type", param_name="file")
    blob = store_blob(org, upload.filename or "", content, content_type, request.user)
    org.info["photo_id"] = blob.id
    return JsonResponse(success("photo uploaded successfully"))


@routes.route("GET", _PHOTO, versions=(3, 8))
def download_photo(org: Organisation, request: Request) -> Response | None:
    """Return the organisation's photo; None without one."""
    blob = org.records.blobs.get(org.info["photo_id"] or "")
    return None if blob is None else FileResponse(blob.content, blob.name, blob.content_type)


@routes.route("DELETE", _PHOTO, versions=(3, 8))
def delete_photo(org: Organisation, request: Request) -> Response:
    """Remove the organisation's photo."""
    if org.info["photo_id"] is None:
        raise Refusal("INVALID_REQUEST", "there is no photo to delete")
    org.info["photo_id"] = None
    return JsonResponse(success("photo deleted successfully"))
