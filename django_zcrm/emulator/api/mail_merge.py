"""Mail merge: letters made of a record, sent, downloaded or given to sign (docs v8 mail merge).

Zoho keeps the templates in Zoho Writer, and no operation of the CRM lists them. Here a demo
organisation has one for some modules, such as "Lead letter";
a document names its template and record.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

from ..core import FileResponse, Request, Response, Routes, dialect, success
from ..engine.batch import batch
from ..engine.generated_files import pdf
from ..engine.rendering import display_name
from ..engine.settings import keys
from ..engine.settings.register import demo_seeder
from ..engine.values import JSONPath, format_moment
from ..state import Item, Organisation, StoredRecord
from .emails.mailbox import ACTIONS, read_keys, require_mailed_record, store_mail

routes = Routes(scope="ZohoCRM.settings.mailmerge", versions=(2.1, 8))

_TEMPLATES = "mail_merge_templates"

_TEMPLATE = keys.shape({"required": True}, name=keys.Text(required=True))
_ADDRESS = keys.shape(type=keys.Text(50), value=keys.Text(254, required=True))
_SENT: dict[str, keys.ValueType] = {
    "mail_merge_template": _TEMPLATE,
    "from_address": _ADDRESS,
    "to_address": keys.ListOf(_ADDRESS, required=True),
    "cc_email": keys.ListOf(_ADDRESS),
    "bcc_email": keys.ListOf(_ADDRESS),
    "subject": keys.Text(1000, required=True),
    "message": keys.Text(100_000),
    "type": keys.one_of("inline", "attachment"),
    "attachment_name": keys.Text(),
}
_DOWNLOADED: dict[str, keys.ValueType] = {
    "mail_merge_template": _TEMPLATE,
    "output_format": keys.one_of("pdf", "docx", "html"),
    "file_name": keys.Text(),
    "password": keys.Text(),
}
_SIGNED: dict[str, keys.ValueType] = {
    "mail_merge_template": _TEMPLATE,
    "sign_in_order": keys.Flag(),
    "file_name": keys.Text(),
    "signers": keys.ListOf(
        keys.shape(
            recipient_name=keys.Text(),
            action_type=keys.one_of("sign", "approve", required=True),
            recipient=_ADDRESS,
        ),
        required=True,
    ),
}


@demo_seeder
def add_templates(org: Organisation) -> None:
    """Give a demo organisation templates."""
    items = org.settings.items(_TEMPLATES)
    for number, name in enumerate(("Leads", "Contacts", "Deals", "Quotes", "Invoices")):
        module = org.metadata.modules[name]
        template_id = org.ids.seed_id(89_800 + number)
        items[template_id] = {
            "id": template_id,
            "name": f"{module.singular_label} letter",
            "module": module.id,
        }


@routes.route("POST", f"{ACTIONS}/send_mail_merge")
def send_mail_merge(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Mail a letter: the emulator only stores the mail with the record."""
    recipient = require_mailed_record(org, request, module, record)

    def send(body: Item, path: JSONPath) -> Item:
        values = _read(org, module, body, _SENT, path)
        sender = {"user_name": request.user.full_name, "email": request.user.email}
        mail = store_mail(
            org,
            module,
            recipient["id"],
            {
                "owner": request.user.id,
                "from": sender,
                "to": _people(recipient, values["to_address"]),
                "cc": _people(recipient, values.get("cc_email", [])),
                "bcc": _people(recipient, values.get("bcc_email", [])),
                "subject": values["subject"],
                "content": f"{values.get('message', '')}<p>{_text(org, recipient, values)}</p>",
                "sent": True,
                "time": format_moment(org.clock.now()),
                "source": "crm",
            },
        )
        return success("mail merge sent successfully", _report(mail["id"]))

    return batch(request, send, key="send_mail_merge", limit=1)


@routes.route("POST", f"{ACTIONS}/download_mail_merge")
def download_mail_merge(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Return a letter as a file."""
    recipient = require_mailed_record(org, request, module, record)
    key = "download_mail_merge"
    body = request.json_items(key, limit=1)[0]
    path = JSONPath(dialect(request.version), key, f"$.{key}[0]")
    values = _read(org, module, body, _DOWNLOADED, path)
    extension = values.get("output_format", "pdf")
    write, content_type = _FORMATS[extension]
    name = f"{values.get('file_name', 'download')}.{extension}"
    return FileResponse(write(_text(org, recipient, values)), name, content_type)


@routes.route("POST", f"{ACTIONS}/sign_mail_merge")
def sign_mail_merge(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Accept a letter that Zoho Sign would send to signers."""
    require_mailed_record(org, request, module, record)

    def sign(body: Item, path: JSONPath) -> Item:
        _read(org, module, body, _SIGNED, path)
        return success("document sent for signing successfully", _report(org.ids.next()))

    return batch(request, sign, key="sign_mail_merge", limit=1)


def _read(
    org: Organisation, module: str, body: Item, key_types: dict[str, keys.ValueType], path: JSONPath
) -> dict[str, Any]:
    """Return the checked values of a body. Raises Refusal, also for an unknown template."""
    values = read_keys(org, body, key_types, path)
    module_id = org.metadata.modules[module].id
    name = values["mail_merge_template"]["name"]
    templates = org.settings.items(_TEMPLATES).values()
    if not any(item["name"] == name and item["module"] == module_id for item in templates):
        raise path.child("mail_merge_template").child("name").invalid()
    return values


def _people(record: StoredRecord, addresses: list[Item]) -> list[Item]:
    """Return whom addresses name: themselves, or a field of the record that has the address."""
    emails = (
        address["value"] if "@" in address["value"] else record.get(address["value"])
        for address in addresses
    )
    return [{"user_name": "", "email": str(email)} for email in emails if email]


def _text(org: Organisation, record: StoredRecord, values: Item) -> str:
    return f"{values['mail_merge_template']['name']} for {display_name(org, record)}"


def _report(made_id: str) -> Item:
    return {"report_link": f"https://writer.brightwater.example/writer/mergereport/{made_id}"}


def _html(text: str) -> bytes:
    return f"<!doctype html><html><body><p>{text}</p></body></html>".encode()


def _docx(text: str) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{namespace}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p>'
            "</w:body></w:document>",
        )
    return out.getvalue()


_FORMATS = {
    "pdf": (pdf, "application/pdf"),
    "html": (_html, "text/html"),
    "docx": (
        _docx,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}
