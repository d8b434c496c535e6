"""The taxes of an organisation. No description has them, all of Zoho's SDKs do."""

from __future__ import annotations

from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, success
from ..engine.access import get_ids_param, respond_no_content
from ..engine.batch import batch, batch_status
from ..engine.bodies import body_path, require_id, require_object, require_objects
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope=("ZohoCRM.settings.taxes", "ZohoCRM.org"))

TAXES = "/crm/{version}/org/taxes"
#: The versions in which each tax is written by itself.
_PLAIN = (2.0, 2.1)
_FIRST_SERIAL = 98_100
#: The taxes of a new organisation: the choices of the products' field Tax.
_DEFAULTS = (("Vat", 19.0), ("Sales Tax", 7.0))
_PREFERENCES = ("auto_populate_tax", "modify_tax_rates")
MAX_LENGTH = 50


@routes.route("GET", TAXES)
def list_taxes(org: Organisation, request: Request) -> Item:
    """Return the taxes and the preferences."""
    return _render_taxes(request, org, _taxes(org))


@routes.route("GET", TAXES + "/{tax}")
def get_tax(org: Organisation, request: Request, tax: str) -> Item | None:
    """Return one tax."""
    item = _taxes(org).get(tax)
    return respond_no_content(tax) if item is None else _render_taxes(request, org, {tax: item})


@routes.route("POST", TAXES, versions=_PLAIN)
def create_taxes(org: Organisation, request: Request) -> Response:
    """Create taxes."""
    return batch(request, lambda item, path: _create(org, item, path), status=201, key="taxes")


@routes.route("PUT", TAXES)
def update_taxes(org: Organisation, request: Request) -> Response:
    """Change taxes; from v3 on one body creates, changes and deletes, all of it or nothing."""
    if not dialect(request.version).has_taxes_in_one_object:
        return batch(request, lambda item, path: _update(org, item, path), key="taxes")
    path = body_path(request).child("org_taxes")
    body = require_object(request.json_object().get("org_taxes"), path)
    before, preferences = dict(_taxes(org)), dict(_preferences(org))
    try:
        items = require_objects(body, "taxes", path) if body.get("taxes") is not None else ()
        for item, child in items:
            if item.get("_delete"):
                _delete(org, str(item.get("id")), child)
            elif item.get("id") is None:
                _create(org, item, child)
            else:
                _update(org, item, child)
        _prefer(org, body.get("preference") or {}, path.child("preference"))
    except Refusal:
        org.settings.collections["taxes"] = before
        org.settings.items("tax_preferences")["only"] = preferences
        raise
    ids = [tax_id for tax_id in _taxes(org) if tax_id not in before]
    return JsonResponse({"org_taxes": success("tax updated", {"id": ids[0]} if ids else {})})


@routes.route("DELETE", TAXES, versions=_PLAIN)
@routes.route("DELETE", TAXES + "/{tax}", versions=_PLAIN)
def delete_taxes(org: Organisation, request: Request, tax: str = "") -> Response:
    """Delete the taxes that the parameter `ids` names, or the one that the path names."""
    path, results = body_path(request), []
    for tax_id in [tax] if tax else get_ids_param(request):
        try:
            results.append(_delete(org, tax_id, path))
        except Refusal as refusal:
            results.append(refusal.body)
    return JsonResponse({"taxes": results}, batch_status(results, dialect(request.version)))


def _taxes(org: Organisation) -> dict[str, Item]:
    """Return the taxes by id, which a new organisation has already."""
    if "taxes" not in org.settings.collections:
        items = org.settings.items("taxes")
        for number, (name, value) in enumerate(_DEFAULTS):
            tax_id = org.ids.seed_id(_FIRST_SERIAL + number)
            items[tax_id] = {"id": tax_id, "name": name, "value": value}
    return org.settings.items("taxes")


def _preferences(org: Organisation) -> Item:
    return org.settings.items("tax_preferences").get("only") or dict.fromkeys(_PREFERENCES, False)


def _render_taxes(request: Request, org: Organisation, taxes: dict[str, Item]) -> Item:
    rows = [
        {
            **tax,
            "display_label": f"{tax['name']} - {tax['value']:g} %",
            "sequence_number": number,
        }
        for number, tax in enumerate(taxes.values(), start=1)
    ]
    result: Item = {"taxes": rows, "preference": _preferences(org)}
    return {"org_taxes": result} if dialect(request.version).has_taxes_in_one_object else result


def _name(org: Organisation, item: Item, path: JSONPath) -> str:
    name, child = item.get("name"), path.child("name")
    if name is None:
        raise child.missing()
    if not isinstance(name, str) or not name.strip():
        raise child.invalid(expected_data_type="text")
    if len(name) > MAX_LENGTH:
        raise child.invalid(maximum_length=MAX_LENGTH)
    for tax in _taxes(org).values():
        if tax["name"].lower() == name.lower() and tax["id"] != str(item.get("id")):
            raise Refusal("DUPLICATE_DATA", "duplicate data", details=child.details(id=tax["id"]))
    return name


def _value(item: Item, path: JSONPath) -> float:
    value, child = item.get("value"), path.child("value")
    if value is None:
        raise child.missing()
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
        raise child.invalid(expected_data_type="double")
    return float(value)


def _create(org: Organisation, item: Item, path: JSONPath) -> Item:
    name, value = _name(org, item, path), _value(item, path)
    tax_id = org.ids.next()
    _taxes(org)[tax_id] = {"id": tax_id, "name": name, "value": value}
    return success("tax added", {"id": tax_id})


def _update(org: Organisation, item: Item, path: JSONPath) -> Item:
    tax_id = require_id(item, path, _taxes(org))
    changed = dict(_taxes(org)[tax_id])
    if "name" in item:
        changed["name"] = _name(org, item, path)
    if "value" in item:
        changed["value"] = _value(item, path)
    _taxes(org)[tax_id] = changed
    return success("tax updated", {"id": tax_id})


def _delete(org: Organisation, tax_id: str, path: JSONPath) -> Item:
    if _taxes(org).pop(tax_id, None) is None:
        raise path.child("id").unknown_id()
    return success("tax deleted", {"id": tax_id})


def _prefer(org: Organisation, changes: Any, path: JSONPath) -> None:
    preferences = dict(_preferences(org))
    for name, value in require_object(changes, path).items():
        if name in _PREFERENCES:
            if not isinstance(value, bool):
                raise path.child(name).invalid(expected_data_type="boolean")
            preferences[name] = value
    org.settings.items("tax_preferences")["only"] = preferences
