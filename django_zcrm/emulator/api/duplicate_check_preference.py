"""What counts as a duplicate of a lead (docs v8 duplicate-check-preference)."""

from __future__ import annotations

from django_zcrm.emulator.core.errors import Problem, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse, Response
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.versions import dialect
from django_zcrm.emulator.engine.access import asked_module
from django_zcrm.emulator.engine.settings import writing
from django_zcrm.emulator.engine.settings.errors import dependent_missing
from django_zcrm.emulator.engine.settings.register import SETTINGS
from django_zcrm.emulator.engine.settings.value_types import JSONObject, ListOf, one_of, shape
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)

_KEY = "duplicate_check_preference"
_PATH = f"/crm/{{version}}/settings/{_KEY}"
_SCOPE = f"{SETTINGS}.{_KEY}"
_VERSIONS = (7, 8)
_BODY = shape(
    type=one_of("converted_records", "mapped_module_records", required=True),
    type_configurations=ListOf(
        shape(
            field_mappings=ListOf(JSONObject(), required=True),
            mapped_module=JSONObject(required=True),
        )
    ),
)


def _preference(org: Organisation, request: Request) -> tuple[dict[str, Item], str]:
    """Return the collection of preferences, and the id of the module asked for.

    Raises Problem for any module other than Leads.
    """
    module = asked_module(org, request)
    if module.api_name != "Leads":
        raise Problem(
            "NOT_SUPPORTED", "the module is not supported", details={"param_name": "module"}
        )
    return org.settings.items(_KEY), module.id


@routes.route("GET", _PATH, scope=f"{_SCOPE}.READ", versions=_VERSIONS)
def get_preference(org: Organisation, request: Request) -> Item | None:
    """Answer the preference of a module; None when it has none."""
    items, module_id = _preference(org, request)
    preference = items.get(module_id)
    return None if preference is None else {_KEY: preference["preference"]}


@routes.route("POST", _PATH, scope=f"{_SCOPE}.CREATE", versions=_VERSIONS)
def create_preference(org: Organisation, request: Request) -> Response:
    """Set the preference of a module that has none."""
    return _write(org, request, is_new=True)


@routes.route("PUT", _PATH, scope=f"{_SCOPE}.UPDATE", versions=_VERSIONS)
def update_preference(org: Organisation, request: Request) -> Response:
    """Change the preference of a module."""
    return _write(org, request, is_new=False)


@routes.route("DELETE", _PATH, scope=f"{_SCOPE}.DELETE", versions=_VERSIONS)
def delete_preference(org: Organisation, request: Request) -> Response:
    """Delete the preference of a module."""
    items, module_id = _preference(org, request)
    if items.pop(module_id, None) is None:
        return _refused(_not_configured())
    return JsonResponse({_KEY: success("duplicate check preference deleted successfully")})


def _write(org: Organisation, request: Request, *, is_new: bool) -> Response:
    items, module_id = _preference(org, request)
    before = items.get(module_id)
    path = JSONPath(dialect(request.version), _KEY, f"$.{_KEY}")
    try:
        if is_new and before is not None:
            raise Problem("ALREADY_CONFIGURED", "duplicate check preference is configured already")
        if not is_new and before is None:
            raise _not_configured()
        body = request.json_object().get(_KEY)
        if body is None:
            raise path.missing()
        preference = _BODY.read(org, body, path)
        if preference["type"] == "mapped_module_records" and not preference.get(
            "type_configurations"
        ):
            raise dependent_missing(path, "type_configurations", "type")
    except Problem as problem:
        return _refused(problem)
    item = {"id": module_id, "preference": preference}
    items[module_id] = writing.stamped(org, request, item, before)
    done = "configured" if is_new else "updated"
    return JsonResponse({_KEY: success(f"duplicate check preference {done} successfully")})


def _refused(problem: Problem) -> Response:
    return JsonResponse({_KEY: problem.body}, problem.status)


def _not_configured() -> Problem:
    return Problem("NOT_ALLOWED", "duplicate check preference is not configured")
