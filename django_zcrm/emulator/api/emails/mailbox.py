"""Stores the mails of records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...core import Refusal, Request
from ...engine.access import find_module, require_record
from ...engine.rendering import display_name, localize
from ...engine.settings import keys
from ...state import Item, Organisation, StoredRecord

_ADDRESS = r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+"
PERSON = keys.shape(user_name=keys.Text(100), email=keys.Text(254, _ADDRESS, required=True))
PEOPLE = keys.ListOf(PERSON)
#: Modules whose records have no mails.
_WITHOUT = frozenset({"Notes", "Attachments", "Tasks", "Events", "Calls"})


def require_mailed_record(
    org: Organisation, request: Request, module: str, record: str
) -> StoredRecord:
    """Return the record in a path. Raises Refusal if it is unknown or its module has no mails."""
    crm_module = find_module(org, request, module)
    if crm_module.api_name in _WITHOUT or crm_module.parent_module is not None:
        raise Refusal(
            "NOT_SUPPORTED",
            "the given module is not supported in api",
            details={"resource_path_index": 0},
        )
    return require_record(org, request, crm_module, record)


def mails_of(org: Organisation, record_id: str) -> dict[str, Item]:
    """Return the mails of a record by message id, oldest first."""
    return org.settings.items("emails", record_id)


def iterate_mails(org: Organisation) -> Iterator[Item]:
    """Yield all mails."""
    for name, mails in list(org.settings.collections.items()):
        if name.startswith("emails/"):
            yield from mails.values()


def store_mail(org: Organisation, module: str, record_id: str, mail: Item) -> Item:
    """Store a mail of a record under a new message id and return it."""
    stored = {
        "id": org.ids.hex(96),
        "module": module,
        "record": record_id,
        "cc": [],
        "bcc": [],
        "reply_to": None,
        "attachments": [],
        "linked_record": None,
        "mail_format": "html",
        "scheduled": False,
        **mail,
    }
    mails_of(org, record_id)[stored["id"]] = stored
    return stored


def show(org: Organisation, request: Request, mail: Item, *, whole: bool) -> Item:
    """Return a mail as responses show it; the content appears only with a single one."""
    owner = org.users[mail["owner"]]
    at = localize(mail["time"], request.user.time_zone)
    result: Item = {
        "message_id": mail["id"],
        "subject": mail["subject"],
        "summary": re.sub(r"<[^>]*>", "", mail["content"] or "")[:100],
        "from": mail["from"],
        "to": mail["to"],
        "cc": mail["cc"],
        "bcc": mail["bcc"],
        "reply_to": mail["reply_to"],
        "owner": owner.reference,
        "sent": mail["sent"],
        "read": not mail["sent"],
        "time": at,
        "sent_time": at if mail["sent"] else None,
        "source": mail["source"],
        "status": [{"type": "scheduled" if mail["scheduled"] else "sent"}] if mail["sent"] else [],
        "mail_format": mail["mail_format"],
        "has_attachment": bool(mail["attachments"]),
        "has_thread_attachment": bool(mail["attachments"]),
        "attachments": [attachment(org, item) for item in mail["attachments"]],
        "linked_record": find_linked_record(org, mail),
        "thread_id": None,
        "intent": None,
        "sentiment_info": None,
        "emotion": None,
        "activity_info": None,
        "editable": False,
    }
    if whole:
        result["content"] = mail["content"]
    return result


def find_linked_record(org: Organisation, mail: Item) -> Item | None:
    """Return the record that a mail is linked to in addition to its own."""
    record = org.records.get(mail["linked_record"] or "")
    if record is None:
        return None
    module = org.metadata.modules[org.records.homes[record["id"]]]
    return {
        "module": {"api_name": module.api_name, "id": module.id},
        "id": record["id"],
        "name": display_name(org, record),
    }


def attachment(org: Organisation, file_id: str) -> Item:
    """Return an attachment of a mail as responses show it."""
    blob = org.records.blobs[file_id]
    return {"id": file_id, "name": blob.name, "size": str(len(blob.content))}


def read_keys(
    org: Organisation, body: Item, key_types: dict[str, keys.ValueType], path: Any
) -> dict[str, Any]:
    """Return the checked values of a body. Raises Refusal for missing or invalid ones."""
    values: dict[str, Any] = {}
    for name, value_type in key_types.items():
        if body.get(name) not in (None, "", []):
            values[name] = value_type.read(org, body[name], path.child(name))
        elif value_type.required:
            raise path.child(name).missing()
    return values


#: Files of a mail, each by its id from the files API.
FILES = keys.ListOf(keys.JSONObject({"id": keys.Text(200, required=True)}))


def file_ids(org: Organisation, files: list[Item], path: Any) -> list[str]:
    """Return the ids of a mail's files. Raises Refusal for a file that was never uploaded."""
    ids = [str(item["id"]) for item in files]
    for index, file_id in enumerate(ids):
        if file_id not in org.records.blobs:
            raise path.child(index).child("id").unknown_id()
    return ids


EMAILS = "/crm/{version}/{module}/{record}/Emails"
ACTIONS = "/crm/{version}/{module}/{record}/actions"
READ = ("ZohoCRM.modules.emails.READ", "ZohoCRM.modules.{module}.READ")
