"""The upload of a zip for a bulk write: `POST /crm/{version}/upload`, on Zoho's upload hosts."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.archives import unpack
from django_zcrm.emulator.state.bulk import Archive
from django_zcrm.emulator.state.organisation import Organisation

routes = Routes()

FILES = "ZohoFiles.files.ALL"

FEATURE = "bulk-write"


@routes.route("POST", "/crm/{version}/upload", scope=FILES)
def upload(org: Organisation, request: Request) -> dict[str, Any]:
    """Keep the CSV files of a zip for later jobs."""
    _check_headers(org, request)
    file = request.files.get("file")
    if file is None:
        raise _missing("file")
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
        raise _missing("feature")
    if feature != FEATURE:
        raise Problem(
            "NOT_SUPPORTED_FEATURE",
            "The feature given is not supported",
            details={"feature": feature},
        )
    zgid = request.headers.get("x-crm-org")
    if not zgid:
        raise _missing("X-CRM-ORG")
    if zgid != org.info["zgid"]:
        raise Problem("AUTHORIZATION_FAILED", "The organisation given is not the token's")


def _missing(name: str) -> Problem:
    return Problem(
        "MANDATORY_NOT_FOUND", f"Required key {name} is not available", details={"api_name": name}
    )
