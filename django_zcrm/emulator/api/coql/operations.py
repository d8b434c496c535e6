"""The operation of COQL: `POST /crm/{version}/coql`."""

from __future__ import annotations

from typing import Any

from ...core import Refusal, Request, Routes, invalid_data
from ...core.scopes import covers, fill
from ...engine.field_resolver import FieldResolver
from ...guesses import behaves
from ...state import Module, Organisation
from .running import run
from .syntax import Query, parse

routes = Routes()

META_SINCE = 7.0
VIEWS_SINCE = 7.0


@routes.route("POST", "/crm/{version}/coql", scope="ZohoCRM.coql.READ")
def query(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return a query; 204 when nothing is found."""
    body = request.json if isinstance(request.json, dict) else {}
    text = body.get("select_query")
    if not isinstance(text, str) or not text.strip():
        raise Refusal(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            details={"api_name": "select_query", "json_path": "$.select_query"},
        )
    meta = body.get("include_meta", [])
    wants_fields = meta == ["fields"]
    if meta and not wants_fields:
        raise invalid_data(
            api_name="include_meta", expected_data_type="jsonarray", json_path="$.include_meta"
        )
    quotes = next((way for way in ("backslash", "doubled") if behaves("coql.apostrophe", way)), "")
    parsed_query = parse(text, quotes or org.coql_quotes)
    module = _module(org, request, parsed_query)
    page = run(org, request, module, parsed_query)
    result: dict[str, Any] = {
        "data": page.rows,
        "info": {"count": len(page.rows), "more_records": page.more},
    }
    if wants_fields and request.version >= META_SINCE:
        _require(request, "ZohoCRM.settings.fields.READ")
        result["fields"] = _meta(org, request, module, parsed_query)
    return result if page.rows else None


def _module(org: Organisation, request: Request, parsed_query: Query) -> Module:
    module: Module | None = org.metadata.modules.get(parsed_query.module)
    if module is None or (parsed_query.view and request.version < VIEWS_SINCE):
        raise Refusal(
            "INVALID_QUERY",
            "invalid query formed",
            details={
                "reason": "the module is not known" if module is None else "no custom views here",
                "module": parsed_query.module,
            },
        )
    _require(request, fill("ZohoCRM.modules.{module}.READ", {"module": module.api_name}))
    return module


def _require(request: Request, scope: str) -> None:
    if not covers(request.access_token.scopes, scope):
        raise Refusal("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)


def _meta(
    org: Organisation, request: Request, module: Module, parsed_query: Query
) -> dict[str, Any]:
    resolver = FieldResolver(org, request, module)
    return {
        column.key: {"data_type": resolver.resolve(column.path).value_type, "api_name": column.path}
        for column in parsed_query.columns
    }
