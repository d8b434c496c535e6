"""How paths find their handlers."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.core.routing import Route, Router, Routes

from .caller import make_caller


def make_router(*paths: str, published: tuple[str, ...] = ()) -> Router:
    table = Routes()
    for text in paths:
        method, path = text.split()
        table.route(method, path)(lambda *args, **names: None)
    operations = (text.split() for text in published)
    return Router([table], [Route(method, path, None) for method, path in operations])


def find_route(router: Router, text: str, version: float = 8) -> str | None:
    method, path = text.split()
    route = router.find(method, path, version).route
    return None if route is None else f"{route.method} {route.path}"


def test_literal_segments_win_over_placeholders() -> None:
    router = make_router("GET /crm/{version}/{module}/{id}", "GET /crm/{version}/{module}/search")
    assert find_route(router, "GET /crm/v8/Leads/search") == "GET /crm/{version}/{module}/search"
    assert find_route(router, "GET /crm/v8/Leads/7") == "GET /crm/{version}/{module}/{id}"


def test_placeholders_come_by_name_without_the_version() -> None:
    router = make_router("GET /crm/{version}/{module}/{id}")
    assert router.find("GET", "/crm/v8/Leads/7", 8).placeholders == {"module": "Leads", "id": "7"}


def test_keyword_of_the_api_is_no_module() -> None:
    router = make_router("GET /crm/{version}/{module}/{id}", "GET /crm/{version}/settings/fields")
    assert not router.find("GET", "/crm/v8/settings/other", 8).path_is_known


def test_literal_module_yields_to_a_placeholder() -> None:
    router = make_router(
        "GET /crm/{version}/{module}/{id}",
        "POST /crm/{version}/Leads/{id}/actions/convert",
        "POST /crm/{version}/Notes/{id}",
    )
    assert find_route(router, "GET /crm/v8/Leads/7") == "GET /crm/{version}/{module}/{id}"
    assert find_route(router, "GET /crm/v8/Notes/7") == "GET /crm/{version}/{module}/{id}"


def test_published_operation_yields_to_a_handled_one() -> None:
    router = make_router(
        "GET /crm/{version}/{module}",
        published=("GET /crm/{version}/Notes", "GET /crm/{version}/{any}/{one}"),
    )
    assert find_route(router, "GET /crm/v8/Notes") == "GET /crm/{version}/{module}"
    assert find_route(router, "GET /crm/v8/Leads/1") == "GET /crm/{version}/{any}/{one}"


def test_route_exists_in_its_versions_only() -> None:
    table = Routes()
    table.route("GET", "/crm/{version}/x", versions=(3, 8))(lambda *args: None)
    router = Router([table])
    assert find_route(router, "GET /crm/v3/x", 3)
    assert not router.find("GET", "/crm/v2.1/x", 2.1).path_is_known


def test_route_without_scope_and_versions_has_those_of_its_table() -> None:
    table = Routes(scope=("ZohoCRM.x", "ZohoCRM.all"), versions=(3, 8))
    table.route("PATCH", "/crm/{version}/x")(lambda *args: None)
    table.route("GET", "/crm/{version}/x", scope="ZohoCRM.y.ALL", versions=(8, 8))(
        lambda *args: None
    )
    table.route("POST", "/crm/{version}/x", scope=())(lambda *args: None)
    assert [(route.scopes, route.versions) for route in table.table] == [
        (("ZohoCRM.x.UPDATE", "ZohoCRM.all.UPDATE"), (3, 8)),
        (("ZohoCRM.y.ALL",), (8, 8)),
        ((), (3, 8)),
    ]


def test_decorator_returns_the_handler() -> None:
    def handler(org: Any, call: Any) -> None:
        return None

    assert Routes().route("GET", "/crm/{version}/x")(handler) is handler


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/crm/v9/org",
        "/crm/v1/org",
        "/crm/v8/settings/nothing",
        "/crm/v8",
        "/crm/org",
        "/crm/v8/settings/roles/1/2",
        "/crm//org",
    ],
)
def test_unknown_path_is_404(path: str) -> None:
    answer = make_caller().get(path)
    assert (answer.status_code, answer.json) == (
        404,
        {
            "code": "INVALID_URL_PATTERN",
            "details": {},
            "status": "error",
            "message": "Please check if the URL trying to access is a correct one",
        },
    )


def test_wrong_method_on_a_known_path_is_400() -> None:
    answer = make_caller().request("DELETE", "/crm/v8/org")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_REQUEST_METHOD")


def test_published_operation_without_behaviour_is_501_and_names_itself() -> None:
    answer = make_caller().get("/crm/email/v8/settings/compose/configuration_options")
    assert (answer.status_code, answer.json["code"]) == (501, "NOT_EMULATED")
    operation = "GET /crm/email/{version}/settings/compose/configuration_options"
    assert answer.json["details"] == {"operation": operation}


def test_handlers_have_the_placeholders_of_their_paths() -> None:
    handled = [route for route in Emulator(data="empty").router.routes if route.handler]
    assert handled
    for route in handled:
        names = [segment.strip("{}") for segment in route.segments if segment.startswith("{")]
        values = {name: "" for name in names if name != "version"}
        assert route.handler is not None
        inspect.signature(route.handler).bind(None, None, **values)
