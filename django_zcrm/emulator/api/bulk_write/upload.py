"""The upload of a zip for a bulk write: `POST /crm/{version}/upload`, on Zoho's upload hosts."""

from __future__ import annotations

from typing import Any

from ...core import Refusal, Request, Routes
from ...engine.archives import unpack
from ...guesses import behaves
from ...state import Organisation
from ...state.bulk import Archive

routes = Routes()

FILES = "ZohoFiles.files.ALL"

FEATURE = "bulk-write"


@routes.route("POST", "/crm/{version}/upload", scope=FILES)
def upload(org: Organisation, request: Request) -> dict[str, Any]:
    """Store the CSV files of a zip for later jobs."""
    _check_headers(org, request)
    file = request.files.get("file")
    if file is None:
        raise _missing_key_error("file")
    archive = Archive(org.ids.next(), unpack(file.read()), org.clock.time())
    org.bulk.archives[archive.id] = archive
    return {
        "status": "success",
        "code": "FILE_UPLOAD_SUCCESS",
        "message": "file uploaded.",
        "details": {
            "file_id": archive.id,
            "created_time": org.clock.iso(request.user.time_zone),
        },
    }


def _check_headers(org: Organisation, request: Request) -> None:
    feature = request.headers.get("feature")
    if not feature:
        raise _missing_key_error("feature")
    if feature != FEATURE:
        raise Refusal(
            "NOT_SUPPORTED_FEATURE",
            "The feature given is not supported",
            details={"feature": feature},
        )
    zgid = request.headers.get("x-crm-org")
    if not zgid:
        raise _missing_key_error("X-CRM-ORG")
    if zgid != org.info["zgid"]:
        raise Refusal("AUTHORIZATION_FAILED", "The organisation given is not the token's")


def _missing_key_error(name: str) -> Refusal:
    is_other = behaves("bulk.upload-headers", "INVALID_REQUEST")
    return Refusal(
        "INVALID_REQUEST" if is_other else "MANDATORY_NOT_FOUND",
        f"Required key {name} is not available",
        details={"api_name": name},
    )
