"""Webhooks of workflow rules: their requests and the outcomes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from ..core.hooks import Callback, PostedCallback
from ..state import Item, Module, Organisation, StoredRecord
from .rendering import reference, user_reference
from .values import format_moment

CALLS = "webhook_calls"
"""The collection of calls: which webhook and rule, on which record, when, why it failed."""
MAX_CALLS = 2000
"""So many calls are listed, the latest ones."""
ATTEMPTS = 2
"""How often a webhook is sent before it counts as failed."""
_CONTENT_TYPES = {
    "JSON": "application/json",
    "XML": "application/xml",
    "HTML": "text/html",
    "Text": "text/plain",
}
#: `${Leads.Last_Name}` and `${!Leads.Last_Name}`, also with the field's label.
_MERGE_FIELD = re.compile(r"\$\{!?(\w+)\.([^}]+)\}")


def queue_webhook(
    org: Organisation, webhook: Item, rule: Item, module: Module, record: StoredRecord
) -> None:
    """Call a webhook about a record as soon as the request is over."""
    org.webhook_calls.append(
        {
            **_build_request(org, webhook, module, record),
            "webhook": webhook["id"],
            "rule": rule["id"],
            "module": module.id,
            "record": record["id"],
        }
    )


def take_callbacks(org: Organisation, base_url: str) -> list[Callback]:
    """Return the webhooks that the last request caused, and forget them."""
    calls, org.webhook_calls = org.webhook_calls, []
    return [
        Callback(
            call["url"],
            call["text"],
            call["method"],
            call["text"].encode(),
            call["headers"],
            ATTEMPTS,
            partial(_record_call, org, call),
        )
        for call in calls
    ]


def merge(
    org: Organisation,
    text: str,
    module: Module,
    record: StoredRecord,
    encode: Callable[[str], str] = str,
) -> str:
    """Return a text with the values of a record, encoded, in place of its merge fields."""

    def replace_field(match: re.Match[str]) -> str:
        if match[1] not in (module.api_name, module.plural_label.replace(" ", "_")):
            return match[0]
        return encode(_value_text(org, module, record, match[2].strip()))

    return _MERGE_FIELD.sub(replace_field, text)


def _value_text(org: Organisation, module: Module, record: StoredRecord, name: str) -> str:
    """Return a field's value, by API name or label, as text; empty if there is none."""
    if name in ("id", f"{module.singular_label} Id"):
        return str(record["id"])
    field = module.field_map.get(name) or next(
        (field for field in module.fields if field.label == name), None
    )
    value = record.get(field.api_name) if field else None
    if field is None or value is None:
        return ""
    if field.data_type in ("ownerlookup", "userlookup"):
        value = (user_reference(org, value) or {}).get("name")
    elif field.data_type in ("lookup", "multi_module_lookup"):
        value = (reference(org, value) or {}).get("name")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ";".join(str(item) for item in value if not isinstance(item, dict))
    return "" if value is None else str(value)


def _build_request(
    org: Organisation, webhook: Item, module: Module, record: StoredRecord
) -> dict[str, Any]:
    def pairs(block: Item | None) -> list[tuple[str, str]]:
        return _parameters(org, block or {}, module, record)

    url = merge(org, webhook["url"], module, record, partial(quote, safe=""))
    query = urlencode(pairs(webhook.get("url_parameters")))
    if query:
        url += ("&" if "?" in url else "?") + query
    headers = {name: quote(value, safe=_PRINTABLE) for name, value in pairs(webhook.get("headers"))}
    body = webhook.get("body") or {}
    text = ""
    if body.get("type") == "form_data":
        text = urlencode(pairs(body.get("form_data_content")))
        headers["Content-Type"] = "application/x-www-form-urlencoded;charset=UTF-8"
    elif body.get("type") == "raw":
        content_type = _CONTENT_TYPES.get(body.get("format") or "Text", "text/plain")
        # Inside a JSON text, quotes and line breaks of a value must stay part of it.
        encode = _encode_json if content_type == "application/json" else str
        text = merge(org, body.get("raw_data_content") or "", module, record, encode)
        headers["Content-Type"] = f"{content_type};charset=UTF-8"
    return {"url": url, "method": webhook["http_method"], "headers": headers, "text": text}


_PRINTABLE = "".join(map(chr, range(32, 127)))


def _encode_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _parameters(
    org: Organisation, block: Item, module: Module, record: StoredRecord
) -> list[tuple[str, str]]:
    """Return the names and values of a block: fixed ones, fields of the record, and a text."""
    pairs = [
        (item["name"], merge(org, str(item.get("value") or ""), module, record))
        for item in block.get("custom_parameters") or ()
    ]
    for item in block.get("module_parameters") or ():
        value = str(item.get("value") or "")
        result = merge(org, value, module, record)
        # A bare API name also refers to the field.
        pairs.append(
            (item["name"], result if result != value else _value_text(org, module, record, value))
        )
    text = block.get("user_defined_parameter")
    if isinstance(text, dict) and text.get("name"):
        pairs.append((text["name"], merge(org, str(text.get("value") or ""), module, record)))
    return pairs


def _record_call(org: Organisation, call: dict[str, Any], posted: PostedCallback) -> None:
    failure_reason = posted.error or f"HTTP status {posted.status}"
    calls = org.settings.items(CALLS)
    call_id = org.ids.next()
    names = ("webhook", "rule", "module", "record")
    calls[call_id] = {
        "id": call_id,
        "time": format_moment(org.clock.now()),
        "failure_reason": None if posted.is_delivered else failure_reason,
        **{name: call[name] for name in names},
    }
    while len(calls) > MAX_CALLS:
        del calls[next(iter(calls))]
