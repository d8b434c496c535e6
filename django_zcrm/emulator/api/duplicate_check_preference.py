"""The fields by which Zoho finds duplicates of leads (docs v8 duplicate-check-preference)."""

from __future__ import annotations

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, success
from ..engine.access import get_module_param
from ..engine.settings import dependent_missing, keys, writing
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.duplicate_check_preference", versions=(7, 8), generic=True)

_KEY = "duplicate_check_preference"
_PATH = f"/crm/{{version}}/settings/{_KEY}"
_BODY = keys.shape(
    type=keys.one_of("converted_records", "mapped_module_records", required=True),
    type_configurations=keys.ListOf(
        keys.shape(
            field_mappings=keys.ListOf(keys.JSONObject(), required=True),
            mapped_module=keys.JSONObject(required=True),
        )
    ),
)


def _preference(org: Organisation, request: Request) -> tuple[dict[str, Item], str]:
    """Return the collection of preferences, and the id of the requested module.

    Raises Refusal for any module other than Leads.
    """
    module = get_module_param(org, request)
    if module.api_name != "Leads":
        raise Refusal(
            "NOT_SUPPORTED", "the module is not supported", details={"param_name": "module"}
        )
    return org.settings.items(_KEY), module.id


@routes.route("GET", _PATH)
def get_preference(org: Organisation, request: Request) -> Item | None:
    """Return the preference of a module; None when it has none."""
    items, module_id = _preference(org, request)
    preference = items.get(module_id)
    return None if preference is None else {_KEY: preference["preference"]}


@routes.route("POST", _PATH)
def create_preference(org: Organisation, request: Request) -> Response:
    """Set the preference of a module that has none."""
    return _write(org, request, is_new=True)


@routes.route("PUT", _PATH)
def update_preference(org: Organisation, request: Request) -> Response:
    """Change the preference of a module."""
    return _write(org, request, is_new=False)


@routes.route("DELETE", _PATH)
def delete_preference(org: Organisation, request: Request) -> Response:
    """Delete the preference of a module."""
    items, module_id = _preference(org, request)
    if items.pop(module_id, None) is None:
        return _respond_with_error(_missing_preference_error())
    return JsonResponse({_KEY: success("duplicate check preference deleted successfully")})


def _write(org: Organisation, request: Request, *, is_new: bool) -> Response:
    items, module_id = _preference(org, request)
    before = items.get(module_id)
    path = JSONPath(dialect(request.version), _KEY, f"$.{_KEY}")
    try:
        if is_new and before is not None:
            raise Refusal("ALREADY_CONFIGURED", "duplicate check preference is configured already")
        if not is_new and before is None:
            raise _missing_preference_error()
        body = request.json_object().get(_KEY)
        if body is None:
            raise path.missing()
        preference = _BODY.read(org, body, path)
        if preference["type"] == "mapped_module_records" and not preference.get(
            "type_configurations"
        ):
            raise dependent_missing(path, "type_configurations", "type")
    except Refusal as refusal:
        return _respond_with_error(refusal)
    item = {"id": module_id, "preference": preference}
    items[module_id] = writing.add_stamp(org, request, item, before)
    verb = "configured" if is_new else "updated"
    return JsonResponse({_KEY: success(f"duplicate check preference {verb} successfully")})


def _respond_with_error(refusal: Refusal) -> Response:
    return JsonResponse({_KEY: refusal.body}, refusal.status)


def _missing_preference_error() -> Refusal:
    return Refusal("NOT_ALLOWED", "duplicate check preference is not configured")
