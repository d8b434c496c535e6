"""The APIs that Zoho publishes (docs v8 apis)."""

from __future__ import annotations

from ..core import Refusal, Request, Routes
from ..core.json_text import read_json
from ..core.published import list_published_routes
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.apis", versions=(7, 8), generic=True)


@routes.route("GET", "/crm/{version}/__apis")
def list_apis(org: Organisation, request: Request) -> Item | None:
    """Return the operations that the API has, by path; `filters` may name one path."""
    path_filter = _path_filter(request)
    by_path: dict[str, list[Item]] = {}
    for route in list_published_routes():
        path = route.path.replace("{version}", request.version_name)
        if path.startswith("/crm/") and path_filter in (None, path):
            by_path.setdefault(path, []).append(
                {
                    "method": route.method,
                    "oauth_scope": _scope_of(route.path, route.method),
                    "max_credits": 1,
                    "min_credits": 1,
                }
            )
    if not by_path:
        return None
    return {
        "__apis": [
            {"path": path, "operation_types": operations} for path, operations in by_path.items()
        ]
    }


def _scope_of(path: str, method: str) -> str:
    """The scope of an operation, guessed from its path alone."""
    operation = {"GET": "READ", "POST": "CREATE", "DELETE": "DELETE"}.get(method, "UPDATE")
    parts = [part for part in path.split("/")[3:] if not part.startswith("{")]
    group = ".".join(parts[:2]) if parts[:1] == ["settings"] else (parts or ["modules"])[0]
    return f"ZohoCRM.{group}.{operation}"


def _path_filter(request: Request) -> str | None:
    text = request.args.get("filters")
    if not text:
        return None
    try:
        value = read_json(text)["value"]
    except (ValueError, KeyError, TypeError):
        raise Refusal("INVALID_DATA", "invalid data", details={"param_name": "filters"}) from None
    return str(value)
