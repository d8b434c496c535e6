"""Sending a mail to a record, and associating an external one (docs v8 send-mail)."""

from __future__ import annotations

from typing import Any

from ...core import Refusal, Request, Response, Routes, success
from ...engine.batch import batch
from ...engine.settings import keys
from ...engine.values import JSONPath, format_moment
from ...state import Item, Organisation
from .. import record_locks
from .mailbox import (
    ACTIONS,
    FILES,
    PEOPLE,
    PERSON,
    file_ids,
    iterate_mails,
    read_keys,
    require_mailed_record,
    store_mail,
)

routes = Routes(versions=(2.1, 8))

_TO = keys.ListOf(PERSON, 100, required=True)
_FROM = keys.shape({"required": True}, **PERSON.keys)

_SENT: dict[str, keys.ValueType] = {
    "from": _FROM,
    "to": _TO,
    "cc": PEOPLE,
    "bcc": PEOPLE,
    "reply_to": PERSON,
    "subject": keys.Text(1000),
    "content": keys.Text(100_000),
    "mail_format": keys.one_of("html", "text"),
    "org_email": keys.Flag(),
    "consent_email": keys.Flag(),
    "scheduled_time": keys.Moment(),
    "template": keys.Reference("email_templates"),
    "attachments": FILES,
}
_RECEIVED: dict[str, keys.ValueType] = {
    "from": _FROM,
    "to": _TO,
    "cc": PEOPLE,
    "bcc": PEOPLE,
    "subject": keys.Text(500, required=True),
    "content": keys.Text(32_000, required=True),
    "mail_format": keys.one_of("html", "text"),
    "original_message_id": keys.Text(500, required=True),
    "sent": keys.Flag(required=True),
    "date_time": keys.Moment(required=True),
    "attachments": FILES,
}
_SEND = ("ZohoCRM.send_mail.{module}.CREATE", "ZohoCRM.send_mail.all.CREATE")


@routes.route("POST", f"{ACTIONS}/send_mail", scope=_SEND)
def send_mail(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Send a mail to a record: the emulator only stores the mail."""
    crm_module = require_mailed_record(org, request, module, record)

    def send(body: Item, path: JSONPath) -> Item:
        record_locks.guard(org, request, org.metadata.modules[module], crm_module, "send_mail")
        values = read_keys(org, body, _SENT, path)
        _check_sender(org, request, values, path)
        subject, content = _text(org, values, path)
        scheduled = values.get("scheduled_time")
        now = format_moment(org.clock.now())
        if scheduled is not None and scheduled <= now:
            raise path.child("scheduled_time").invalid()
        mail = store_mail(
            org,
            module,
            crm_module["id"],
            {
                **_common_properties(org, request, values, path),
                "reply_to": values.get("reply_to"),
                "subject": subject,
                "content": content,
                "sent": True,
                "time": scheduled or now,
                "scheduled": scheduled is not None,
                "source": "crm",
            },
        )
        message = "Your mail has been sent successfully."
        if scheduled:
            message = "Your mail has been scheduled successfully."
        return success(message, {"message_id": mail["id"]})

    return batch(request, send, limit=1)


def _common_properties(org: Organisation, request: Request, values: Item, path: JSONPath) -> Item:
    """Return the properties that both kinds of body have. Raises Refusal for unknown files."""
    files = file_ids(org, values.get("attachments", []), path.child("attachments"))
    return {
        "owner": request.user.id,
        "from": values["from"],
        "to": values["to"],
        "cc": values.get("cc", []),
        "bcc": values.get("bcc", []),
        "mail_format": values.get("mail_format", "html"),
        "attachments": files,
    }


def _check_sender(org: Organisation, request: Request, values: Item, path: JSONPath) -> None:
    """Check that users send as themselves or (`org_email`) as the organisation."""
    addresses = {request.user.email.lower()}
    if values.get("org_email"):
        addresses = {f"info@{request.user.email.partition('@')[2]}".lower()}
    if values["from"]["email"].lower() not in addresses:
        raise path.child("from").child("email").invalid("the from address is not allowed")


def _text(org: Organisation, values: Item, path: JSONPath) -> tuple[str, str]:
    """Return subject and content, given or from a template. Raises Refusal for both or neither."""
    template_id = values.get("template")
    if template_id is None:
        for name in ("subject", "content"):
            if name not in values:
                raise path.child(name).missing()
        return values["subject"], values["content"]
    if "content" in values:
        raise Refusal(
            "AMBIGUITY_DURING_PROCESSING",
            "ambiguity while processing the request",
            details={
                "ambiguity_due_to": [path.child(name).details() for name in ("content", "template")]
            },
        )
    template = org.settings.items("email_templates")[template_id]
    return str(values.get("subject", template["subject"])), str(template["content"])


@routes.route(
    "POST",
    f"{ACTIONS}/associate_email",
    scope=("ZohoCRM.modules.emails.CREATE", "ZohoCRM.modules.{module}.CREATE"),
    versions=(3, 8),
)
def associate_email(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Associate external mails with a record.

    The body's key is `data` in OpenAPI 3.1, `Emails` in OpenAPI 3.0.
    """
    crm_module = require_mailed_record(org, request, module, record)
    key = "Emails" if "Emails" in request.json_object() else "data"

    def take_in(body: Item, path: JSONPath) -> Item:
        values: dict[str, Any] = read_keys(org, body, _RECEIVED, path)
        original = values["original_message_id"]
        if any(mail.get("original_id") == original for mail in iterate_mails(org)):
            child = path.child("original_message_id")
            raise Refusal("DUPLICATE_DATA", "duplicate data", details=child.details())
        mail = store_mail(
            org,
            module,
            crm_module["id"],
            {
                **_common_properties(org, request, values, path),
                "subject": values["subject"],
                "content": values["content"],
                "sent": values["sent"],
                "time": values["date_time"],
                "source": "api",
                "original_id": original,
            },
        )
        return success("Email associated successfully", {"message_id": mail["id"]})

    return batch(request, take_in, key=key)
