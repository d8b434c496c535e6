"""Sharing one's mails with a record with colleagues (docs v8 share-emails)."""

from __future__ import annotations

from ...core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ...engine.access import find_module
from ...engine.batch import batch_status
from ...engine.bodies import body_path, require_list
from ...state import Item, Organisation
from .mailbox import ACTIONS, require_mailed_record

routes = Routes(scope="ZohoCRM.modules.{module}", versions=(8, 8))

_MANY = "/crm/{version}/{module}/actions"
_REVOKE = "ZohoCRM.modules.{module}.DELETE"


def _sharers(org: Organisation, record_id: str) -> dict[str, Item]:
    """Return the users who share mails with a record, by id."""
    return org.settings.items("email_sharers", record_id)


def _share(org: Organisation, request: Request, record_id: str) -> Item:
    sharers = _sharers(org, record_id)
    if request.user.id in sharers:
        raise Refusal(
            "ALREADY_SHARED",
            "Emails are already shared to the colleagues already",
            details={"id": record_id},
        )
    sharers[request.user.id] = {"id": request.user.id}
    return success("Successfully shared", {"id": record_id})


def _revoke(org: Organisation, request: Request, record_id: str) -> Item:
    if _sharers(org, record_id).pop(request.user.id, None) is None:
        # The two spaces are Zoho's (OpenAPI 3.1 record-share-email).
        raise Refusal(
            "NOT_SHARED",
            "Emails are not  shared to the colleagues already",
            details={"id": record_id},
        )
    return success("Sharing revoked successfully", {"id": record_id})


@routes.route("POST", f"{ACTIONS}/share_emails")
def share_one(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Share one's mails with a record."""
    crm_module = require_mailed_record(org, request, module, record)
    return JsonResponse({"data": [_share(org, request, crm_module["id"])]})


@routes.route("POST", f"{ACTIONS}/unshare_emails", scope=_REVOKE)
def revoke_one(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Stop sharing one's mails with a record."""
    crm_module = require_mailed_record(org, request, module, record)
    return JsonResponse({"data": [_revoke(org, request, crm_module["id"])]})


@routes.route("POST", f"{_MANY}/share_emails")
def share_many(org: Organisation, request: Request, module: str) -> Response:
    """Share one's mails with the records that `ids` names."""
    return _write_each(org, request, module, share=True)


@routes.route("POST", f"{_MANY}/unshare_emails", scope=_REVOKE)
def revoke_many(org: Organisation, request: Request, module: str) -> Response:
    """Stop sharing one's mails with the records that `ids` names."""
    return _write_each(org, request, module, share=False)


def _write_each(org: Organisation, request: Request, module: str, *, share: bool) -> Response:
    table = org.records.table(find_module(org, request, module).api_name)
    ids = [
        str(item_id)
        for item_id, _ in require_list(request.json_object(), "ids", body_path(request))
    ]
    results, seen_ids = [], set()
    for record_id in ids:
        try:
            if record_id in seen_ids:
                raise Refusal("DUPLICATE_DATA", "Duplicate Data", details={"id": record_id})
            seen_ids.add(record_id)
            if table.get(record_id) is None:
                raise invalid_data("the related id given seems to be invalid", id=record_id)
            results.append((_share if share else _revoke)(org, request, record_id))
        except Refusal as refusal:
            results.append(refusal.body)
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))


@routes.route(
    "GET",
    "/crm/{version}/{module}/{record}/__emails_sharing_details",
    scope=("ZohoCRM.modules.emails.READ", "ZohoCRM.settings.emails.READ"),
    versions=(3, 8),
)
def get_sharing_details(org: Organisation, request: Request, module: str, record: str) -> Item:
    """Return the users who share mails with a record."""
    crm_module = require_mailed_record(org, request, module, record)
    return {
        "__emails_sharing_details": [
            {
                "shared_from_users": [
                    {**org.users[user_id].reference, "_type": "imap"}
                    for user_id in _sharers(org, crm_module["id"])
                ],
                "available_types": ["emails_sent_from_crm", "all_contacts_emails", "all_emails"],
            }
        ]
    }
