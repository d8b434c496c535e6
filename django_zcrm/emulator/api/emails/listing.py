"""Reading the mails of a record (docs v8 emails of a record)."""

from __future__ import annotations

from collections.abc import Callable

from ...core import Request, Routes, invalid_data
from ...engine.access import require_param
from ...state import Item, Organisation
from .mailbox import (
    EMAILS,
    READ,
    find_linked_record,
    iterate_mails,
    mails_of,
    require_mailed_record,
    show,
)

routes = Routes(versions=(3, 8))

#: Mails per response; the query parameter `index` selects the next ones.
PER_PAGE = 10
_TYPES: dict[str, Callable[[Item], bool]] = {
    "user_emails": lambda mail: True,
    "all_contacts_sent_crm_emails": lambda mail: mail["sent"],
    "sent_from_crm": lambda mail: mail["sent"] and not mail["scheduled"],
    "scheduled_in_crm": lambda mail: mail["scheduled"],
    "drafts": lambda mail: False,
}


@routes.route("GET", EMAILS, scope=READ)
def list_emails(org: Organisation, request: Request, module: str, record: str) -> Item | None:
    """Return the mails of a record, newest first, without their contents."""
    crm_module = require_mailed_record(org, request, module, record)
    mailbox_type = request.args.get("type", "user_emails")
    if mailbox_type not in _TYPES:
        raise invalid_data(param_name="type", supported_values=list(_TYPES))
    owner = request.args.get("owner_id")
    mails = [
        mail
        for mail in reversed(mails_of(org, crm_module["id"]).values())
        if _TYPES[mailbox_type](mail) and owner in (None, mail["owner"])
    ]
    start = request.args.integer("index", 0, minimum=0)
    page_rows = mails[start : start + PER_PAGE]
    if not page_rows:
        return None
    more = start + PER_PAGE < len(mails)
    return {
        "Emails": [show(org, request, mail, whole=False) for mail in page_rows],
        "info": {
            "count": len(page_rows),
            "per_page": PER_PAGE,
            "next_index": str(start + PER_PAGE) if more else None,
            "prev_index": str(max(0, start - PER_PAGE)) if start else None,
            "more_records": more,
        },
    }


@routes.route("GET", EMAILS + "/{message_id}", scope=READ)
def get_email(
    org: Organisation, request: Request, module: str, record: str, message_id: str
) -> Item | None:
    """Return one mail with its content."""
    crm_module = require_mailed_record(org, request, module, record)
    mail = mails_of(org, crm_module["id"]).get(message_id)
    return {"Emails": [show(org, request, mail, whole=True)]} if mail else None


@routes.route(
    "GET",
    "/crm/{version}/actions/email_available",
    scope="ZohoCRM.modules.emails.READ",
    versions=(8, 8),
)
def check_email_available(org: Organisation, request: Request) -> Item:
    """Return whether an external mail is already associated, and the associated record.

    The parameter is misspelled by Zoho (OpenAPI 3.0 associate-email).
    """
    message_id = require_param(request, "orginal_message_id")
    mail = next(
        (item for item in iterate_mails(org) if item.get("original_id") == message_id), None
    )
    if mail is None:
        return {"available": False, "record": None, "linked_record": None}
    module = org.metadata.modules[mail["module"]]
    link = find_linked_record(org, mail)
    record = {
        "module": {"api_name": module.api_name, "id": module.id},
        "id": mail["record"],
        "linked_record": link,
    }
    return {"available": True, "record": record, "linked_record": link}
