"""Features, their limits and licences (docs v8 features)."""

from __future__ import annotations

from collections.abc import Callable

from ..core import Request, Routes, invalid_data
from ..engine.access import get_module_param
from ..engine.settings import page_of
from ..state import Item, Module, Organisation

routes = Routes(scope="ZohoCRM.features", versions=(6, 8), generic=True)

_FEATURES = "/crm/{version}/__features"
MAX_PER_PAGE = 200

#: Limits of the Enterprise edition.
_FIELD_LIMITS = {
    "custom_field": ("Custom Fields", 300),
    "unique_field": ("Unique Fields", 10),
    "encrypt_field": ("Encrypted Fields", 50),
    "private_fields": ("Private Fields", 50),
    "external_field": ("External Fields", 10),
    "formula_field": ("Formula Fields", 25),
    "lookup_field": ("Lookup Fields", 40),
    "subform": ("Subforms", 2),
}
_COUNTS: dict[str, Callable[[Module], int]] = {
    "unique_field": lambda module: sum(field.unique for field in module.fields),
    "external_field": lambda module: sum(field.external is not None for field in module.fields),
    "formula_field": lambda module: sum(field.data_type == "formula" for field in module.fields),
    "lookup_field": lambda module: sum(
        field.custom and field.lookup is not None for field in module.fields
    ),
    "subform": lambda module: len(module.subforms),
    "custom_field": lambda module: sum(field.custom for field in module.fields),
}


def _feature(api_name: str, module: Module | None) -> Item:
    label, total = _FIELD_LIMITS[api_name]
    count = _COUNTS.get(api_name)
    used = count(module) if count and module else 0
    return _render_feature(api_name, label, used, total, module_supported=True)


def _render_feature(
    api_name: str, label: str, used: int, total: int, *, module_supported: bool = False
) -> Item:
    return {
        "api_name": api_name,
        "feature_label": label,
        "module_supported": module_supported,
        "parent_feature": None,
        "details": {
            "limits": {"total": total, "edition_limit": total},
            "used_count": {"total": used, "edition_limit": used},
            "available_count": {"total": total - used, "edition_limit": total - used},
        },
        "components": [],
    }


def _optional_module(org: Organisation, request: Request) -> Module | None:
    return get_module_param(org, request) if request.args.get("module") else None


@routes.route("GET", _FEATURES)
def list_features(org: Organisation, request: Request) -> Item | None:
    """Return limits and usage of features, optionally of one module only."""
    module = _optional_module(org, request)
    names = request.args.comma_separated("api_names") or list(_FIELD_LIMITS)
    for name in names:
        if name not in _FIELD_LIMITS:
            raise invalid_data(param_name="api_names")
    return page_of(request, "__features", [_feature(name, module) for name in names])


@routes.route("GET", f"{_FEATURES}/{{feature_api_name}}")
def get_feature(org: Organisation, request: Request, feature_api_name: str) -> Item:
    """Return one feature."""
    if feature_api_name not in _FIELD_LIMITS:
        raise invalid_data(resource_path_index=1)
    return {"__features": [_feature(feature_api_name, _optional_module(org, request))]}


@routes.route("GET", f"{_FEATURES}/user_licenses")
def list_user_licenses(org: Organisation, request: Request) -> Item | None:
    """Return the number of users and its limit."""
    used = sum(user.status == "active" for user in org.users.values())
    bought = max(10, len(org.users))
    return page_of(
        request, "__features", [_render_feature("user_licenses", "User Licenses", used, bought)]
    )


@routes.route("GET", f"{_FEATURES}/data_enrichment")
def get_enrichment_feature(org: Organisation, request: Request) -> Item | None:
    """Return the number of enrichments requested and its limit."""
    used = sum(
        len(org.settings.items(name))
        for name in ("__zia_org_enrichment", "__zia_people_enrichment")
    )
    return page_of(
        request, "__features", [_render_feature("data_enrichment", "Data Enrichment", used, 1000)]
    )
