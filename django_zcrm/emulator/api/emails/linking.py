"""Linking mails of a contact to its deals (docs v8 deal-link-emails)."""

from __future__ import annotations

from ...core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ...engine.access import bad_path_id, require_param
from ...engine.batch import batch, batch_status
from ...engine.bodies import require_id
from ...engine.values import JSONPath
from ...state import Item, Organisation
from .mailbox import mails_of, require_mailed_record

routes = Routes(versions=(8, 8))

_EMAILS = "/crm/{version}/Contacts/{contactId}/Emails"
_SCOPE = ("ZohoCRM.modules.emails.CREATE", "ZohoCRM.modules.contacts.CREATE")


def _mails(org: Organisation, request: Request, contact: str) -> dict[str, Item]:
    return mails_of(org, require_mailed_record(org, request, "Contacts", contact)["id"])


@routes.route("POST", f"{_EMAILS}/actions/link_record", scope=_SCOPE)
def link_many(org: Organisation, request: Request, contactId: str) -> Response:
    """Link mails, each named by its `message_id`, to deals."""
    mails = _mails(org, request, contactId)

    def link(body: Item, path: JSONPath) -> Item:
        return _link(org, mails, require_id(body, path, mails, "message_id"), body, path)

    return batch(request, link, key="Emails")


@routes.route("POST", f"{_EMAILS}/{{messageId}}/actions/link_record", scope=_SCOPE)
def link_one(org: Organisation, request: Request, contactId: str, messageId: str) -> Response:
    """Link one mail to a deal."""
    mails = _mails(org, request, contactId)
    if messageId not in mails:
        raise bad_path_id(request, 3)

    def link(body: Item, path: JSONPath) -> Item:
        return _link(org, mails, messageId, body, path)

    return batch(request, link, key="Emails", limit=1)


def _link(
    org: Organisation, mails: dict[str, Item], message_id: str, body: Item, path: JSONPath
) -> Item:
    for name in ("owner", "linked_record"):
        if not isinstance(body.get(name), dict):
            raise path.child(name).missing()
    if str(body["owner"].get("id")) not in org.users:
        child = path.child("owner").child("id")
        raise child.unknown_id()
    deal_id = str(body["linked_record"].get("id"))
    if org.records.homes.get(deal_id) != "Deals":
        child = path.child("linked_record").child("id")
        raise child.unknown_id()
    mails[message_id] = mails[message_id] | {"linked_record": deal_id}
    return success("record linked successfully", {"message_id": message_id})


@routes.route("DELETE", f"{_EMAILS}/actions/link_record", scope=_SCOPE)
def unlink_many(org: Organisation, request: Request, contactId: str) -> Response:
    """Unlink the mails that the parameter `message_ids` names."""
    mails = _mails(org, request, contactId)
    require_param(request, "owner_id")
    results = []
    for message_id in require_param(request, "message_ids").split(","):
        try:
            results.append(_unlink(mails, message_id))
        except Refusal as refusal:
            results.append(refusal.body)
    return JsonResponse({"Emails": results}, batch_status(results, dialect(request.version)))


@routes.route("DELETE", f"{_EMAILS}/{{messageId}}/actions/link_record", scope=_SCOPE)
def unlink_one(org: Organisation, request: Request, contactId: str, messageId: str) -> Item:
    """Unlink one mail."""
    mails = _mails(org, request, contactId)
    require_param(request, "owner_id")
    return {"Emails": [_unlink(mails, messageId)]}


def _unlink(mails: dict[str, Item], message_id: str) -> Item:
    mail = mails.get(message_id)
    if mail is None or mail["linked_record"] is None:
        raise invalid_data("the id given seems to be invalid", message_id=message_id)
    mails[message_id] = mail | {"linked_record": None}
    return success("record unlinked successfully", {"message_id": message_id})
