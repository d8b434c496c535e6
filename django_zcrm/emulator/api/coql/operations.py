"""The operation of COQL: `POST /crm/{version}/coql`."""

from __future__ import annotations

from typing import Any

from django_zcrm.emulator.api.coql.running import run
from django_zcrm.emulator.api.coql.syntax import Query, parse
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.core.scopes import covers, fill
from django_zcrm.emulator.engine.field_resolver import FieldResolver
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation

routes = Routes()

META_SINCE = 7.0
VIEWS_SINCE = 7.0


@routes.route("POST", "/crm/{version}/coql", scope="ZohoCRM.coql.READ")
def query(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Answer a query; 204 when nothing is found."""
    body = request.json if isinstance(request.json, dict) else {}
    text = body.get("select_query")
    if not isinstance(text, str) or not text.strip():
        raise Problem(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            details={"api_name": "select_query", "json_path": "$.select_query"},
        )
    asked = parse(text, org.coql_quotes)
    module = _module(org, request, asked)
    page = run(org, request, module, asked)
    answer: dict[str, Any] = {
        "data": page.rows,
        "info": {"count": len(page.rows), "more_records": page.more},
    }
    asked_meta = body.get("include_meta")
    if isinstance(asked_meta, list) and "fields" in asked_meta and request.version >= META_SINCE:
        _require(request, "ZohoCRM.settings.fields.READ")
        answer["fields"] = _meta(org, request, module, asked)
    return answer if page.rows else None


def _module(org: Organisation, request: Request, asked: Query) -> Module:
    module: Module | None = org.metadata.modules.get(asked.module)
    if module is None or (asked.view and request.version < VIEWS_SINCE):
        raise Problem(
            "INVALID_QUERY",
            "invalid query formed",
            details={
                "reason": "the module is not known" if module is None else "no custom views here",
                "module": asked.module,
            },
        )
    _require(request, fill("ZohoCRM.modules.{module}.READ", {"module": module.api_name}))
    return module


def _require(request: Request, scope: str) -> None:
    if not covers(request.access_token.scopes, scope):
        raise Problem("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)


def _meta(org: Organisation, request: Request, module: Module, asked: Query) -> dict[str, Any]:
    resolver = FieldResolver(org, request, module)
    return {
        column.key: {"data_type": resolver.resolve(column.path).value_type, "api_name": column.path}
        for column in asked.columns
    }
