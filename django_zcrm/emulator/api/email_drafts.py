"""Drafts of mails to a record (docs v8 email-drafts)."""

from __future__ import annotations

import re

from ..core import Request, Response, Routes, success
from ..engine.access import bad_path_id
from ..engine.batch import batch
from ..engine.bodies import require_item
from ..engine.rendering import localize
from ..engine.settings import keys, page_of
from ..engine.settings.writing import add_stamp
from ..engine.values import JSONPath
from ..state import Item, Organisation
from .emails.mailbox import FILES, PEOPLE, attachment, file_ids, require_mailed_record

routes = Routes(scope="ZohoCRM.modules.{module}", versions=(8, 8))

_KEY = "__email_drafts"
_DRAFTS = f"/crm/{{version}}/{{module}}/{{record}}/{_KEY}"
_ONE = f"{_DRAFTS}/{{draft}}"

_KEYS: dict[str, keys.ValueType] = {
    "from": keys.Text(254, r"[^\s@]+@[^\s@]+", required=True),
    "to": PEOPLE,
    "cc": PEOPLE,
    "bcc": PEOPLE,
    "reply_to": keys.Text(254),
    "subject": keys.Text(512),
    "content": keys.Text(100_000),
    "rich_text": keys.Flag(required=True),
    "schedule_details": keys.shape(time=keys.Moment(required=True)),
    "inventory_details": keys.shape(
        inventory_template=keys.JSONObject(required=True),
        paper_type=keys.one_of("A4", "USLetter", required=True),
        view_type=keys.one_of("portrait", "landscape", required=True),
    ),
    "attachments": FILES,
}


def _drafts(org: Organisation, request: Request, module: str, record: str) -> dict[str, Item]:
    crm_module = require_mailed_record(org, request, module, record)
    return org.settings.items("email_drafts", crm_module["id"])


def _require_draft(request: Request, drafts: dict[str, Item], draft: str) -> Item:
    if draft not in drafts:
        raise bad_path_id(request, 3)
    return drafts[draft]


def _render_draft(org: Organisation, request: Request, draft: Item) -> Item:
    zone = request.user.time_zone
    result: Item = {"id": draft["id"]}
    for name, value_type in _KEYS.items():
        value = draft.get(name)
        result[name] = value if value is None else value_type.show(org, value, zone)
    return {
        **result,
        "to": draft.get("to") or [],
        "cc": draft.get("cc") or [],
        "bcc": draft.get("bcc") or [],
        "attachments": [attachment(org, item) for item in draft.get("attachments") or ()],
        "summary": re.sub(r"<[^>]*>", "", draft.get("content") or "")[:100],
        "owner": org.users[draft["created_by"]].reference,
        "created_time": localize(draft["created_time"], zone),
        "modified_time": localize(draft["modified_time"], zone),
        "$sharing_permission": "full_access",
    }


def _read(org: Organisation, body: Item, before: Item | None, path: JSONPath) -> Item:
    values: Item = {}
    for name, value_type in _KEYS.items():
        if body.get(name) is not None:
            values[name] = value_type.read(org, body[name], path.child(name))
        elif value_type.required and (before is None or name in body):
            raise path.child(name).missing()
        elif name in body:
            values[name] = None
    if values.get("attachments"):
        child = path.child("attachments")
        values["attachments"] = file_ids(org, values["attachments"], child)
    return values


@routes.route("GET", _DRAFTS)
def list_drafts(org: Organisation, request: Request, module: str, record: str) -> Item | None:
    """Return the drafts of a record."""
    drafts = _drafts(org, request, module, record)
    return page_of(request, _KEY, [_render_draft(org, request, draft) for draft in drafts.values()])


@routes.route("GET", _ONE)
def get_draft(
    org: Organisation, request: Request, module: str, record: str, draft: str
) -> Item | None:
    """Return one draft."""
    mail_draft = _drafts(org, request, module, record).get(draft)
    return {_KEY: [_render_draft(org, request, mail_draft)]} if mail_draft else None


@routes.route("POST", _DRAFTS)
def create_drafts(org: Organisation, request: Request, module: str, record: str) -> Response:
    """Make drafts."""
    drafts = _drafts(org, request, module, record)

    def create(body: Item, path: JSONPath) -> Item:
        values = _read(org, body, None, path) | {"id": org.ids.next()}
        drafts[values["id"]] = add_stamp(org, request, values, None)
        return success("draft created successfully", {"id": values["id"]})

    return batch(request, create, status=201, key=_KEY)


@routes.route("PUT", _DRAFTS)
@routes.route("PUT", _ONE)
def update_drafts(
    org: Organisation, request: Request, module: str, record: str, draft: str = ""
) -> Response:
    """Change drafts, each named by its `id`, or the one that the path names."""
    drafts = _drafts(org, request, module, record)
    mail_draft = _require_draft(request, drafts, draft) if draft else None

    def update(body: Item, path: JSONPath) -> Item:
        found = mail_draft or require_item(body, path, drafts)
        values = _read(org, body, found, path)
        drafts[found["id"]] = add_stamp(org, request, found | values, found)
        return success("draft updated successfully", {"id": found["id"]})

    return batch(request, update, key=_KEY, limit=1 if draft else 100)


@routes.route("DELETE", _ONE)
def delete_draft(org: Organisation, request: Request, module: str, record: str, draft: str) -> Item:
    """Delete a draft."""
    drafts = _drafts(org, request, module, record)
    mail_draft = _require_draft(request, drafts, draft)
    del drafts[mail_draft["id"]]
    return {_KEY: [success("draft deleted successfully", {"id": mail_draft["id"]})]}
