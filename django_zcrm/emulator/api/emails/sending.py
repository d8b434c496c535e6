"""Sending a mail to a record, and associating an external one (docs v8 send-mail)."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.api import record_locks
from django_zcrm.emulator.api.emails.mailbox import (
    ACTIONS,
    FILES,
    PEOPLE,
    PERSON,
    every_mail,
    file_ids,
    mailed_record,
    read_keys,
    store_mail,
)
from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.batch import batch
from django_zcrm.emulator.engine.settings.value_types import (
    Flag,
    ListOf,
    Moment,
    Reference,
    Text,
    ValueType,
    one_of,
    shape,
)
from django_zcrm.emulator.engine.values import JSONPath, stored_moment
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes()

_TO = ListOf(PERSON, 100, required=True)
_FROM = shape({"required": True}, **PERSON.keys)

_SENT: dict[str, ValueType] = {
    "from": _FROM,
    "to": _TO,
    "cc": PEOPLE,
    "bcc": PEOPLE,
    "reply_to": PERSON,
    "subject": Text(1000),
    "content": Text(100_000),
    "mail_format": one_of("html", "text"),
    "org_email": Flag(),
    "consent_email": Flag(),
    "scheduled_time": Moment(),
    "template": Reference("email_templates"),
    "attachments": FILES,
}
_RECEIVED: dict[str, ValueType] = {
    "from": _FROM,
    "to": _TO,
    "cc": PEOPLE,
    "bcc": PEOPLE,
    "subject": Text(500, required=True),
    "content": Text(32_000, required=True),
    "mail_format": one_of("html", "text"),
    "original_message_id": Text(500, required=True),
    "sent": Flag(required=True),
    "date_time": Moment(required=True),
    "attachments": FILES,
}
_SEND = ("ZohoCRM.send_mail.{module}.CREATE", "ZohoCRM.send_mail.all.CREATE")


@routes.route("POST", f"{ACTIONS}/send_mail", scope=_SEND, versions=(2.1, 8))
def send_mail(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Send a mail to a record: nothing leaves the emulator, the mail is kept."""
    crm_module = mailed_record(org, request, module, record)

    def send(body: Item, path: JSONPath) -> Item:
        record_locks.guard(org, request, org.metadata.modules[module], crm_module, "send_mail")
        values = read_keys(org, body, _SENT, path)
        _check_sender(org, request, values, path)
        subject, content = _text(org, values, path)
        scheduled = values.get("scheduled_time")
        now = stored_moment(org.clock.now())
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
    """Return the properties that both kinds of body have. Raises Problem for unknown files."""
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
    allowed = {request.user.email.lower()}
    if values.get("org_email"):
        allowed = {f"info@{request.user.email.partition('@')[2]}".lower()}
    if values["from"]["email"].lower() not in allowed:
        raise path.child("from").child("email").invalid("the from address is not allowed")


def _text(org: Organisation, values: Item, path: JSONPath) -> tuple[str, str]:
    """Return subject and content, given or from a template. Raises Problem for both or neither."""
    template_id = values.get("template")
    if template_id is None:
        for name in ("subject", "content"):
            if name not in values:
                raise path.child(name).missing()
        return values["subject"], values["content"]
    if "content" in values:
        raise Problem(
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
    crm_module = mailed_record(org, request, module, record)
    key = "Emails" if "Emails" in request.json_object() else "data"

    def take_in(body: Item, path: JSONPath) -> Item:
        values: dict[str, Any] = read_keys(org, body, _RECEIVED, path)
        original = values["original_message_id"]
        if any(mail.get("original_id") == original for mail in every_mail(org)):
            child = path.child("original_message_id")
            raise Problem("DUPLICATE_DATA", "duplicate data", details=child.details())
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
