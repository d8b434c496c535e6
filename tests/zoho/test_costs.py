"""What requests cost of Zoho's limits (docs v8 api-limits, Kaizen 203)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from django_zcrm.zoho.http.messages import ZohoRequest
from django_zcrm.zoho.limits.costs import Cost, cost_of
from django_zcrm.zoho.operations.raw_request import raw_request
from tests.cases import check_each
from tests.zoho.fakes import client, make_response


def cost(method: str, path: str, json: Any = None, **params: Any) -> Cost | None:
    return cost_of(
        raw_request(
            method,
            path,
            params=params,
            json=json,
            data=None,
            files=None,
            headers=None,
            host="api",
            stream=False,
        )
    )


def records(count: int) -> dict[str, Any]:
    return {"data": [{"id": str(number)} for number in range(count)]}


def query(text: str) -> dict[str, str]:
    return {"select_query": text}


@check_each(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/crm/v8/Leads", None, Cost()),
        ("GET", "/crm/v8/Leads/1", None, Cost()),
        ("GET", "/crm/v8/Leads/search", None, Cost(3, 1, True)),
        ("GET", "/crm/v8/Leads/deleted", None, Cost(2)),
        ("GET", "/crm/v8/settings/search", None, Cost()),
        ("POST", "/crm/v8/Leads", records(1), Cost()),
        ("POST", "/crm/v8/Leads", records(10), Cost()),
        ("POST", "/crm/v8/Leads", records(11), Cost(2, 1, True)),
        ("PUT", "/crm/v8/Leads", records(100), Cost(10, 1, True)),
        ("PUT", "/crm/v8/Leads/1", records(1), Cost()),
        ("POST", "/crm/v8/Leads/upsert", records(55), Cost(6, 1, True)),
        ("DELETE", "/crm/v8/Leads", None, Cost()),
        ("POST", "/crm/v8/Leads/1/actions/convert", records(1), Cost(5, 1, True)),
        ("POST", "/crm/v8/Leads/1/actions/send_mail", records(1), Cost(1, 1, True)),
        ("POST", "/crm/v8/coql", query("select id from Leads"), Cost(1, 1, True)),
        ("POST", "/crm/v8/coql", query("select id from Leads LIMIT 201"), Cost(2, 1, True)),
        ("POST", "/crm/v8/coql", query("select id from Leads limit 0, 2000"), Cost(3, 1, True)),
        (
            "POST",
            "/crm/v8/coql",
            query("select id from Leads where Last_Name = 'limit 2000' limit 5"),
            Cost(1, 1, True),
        ),
        ("POST", "/crm/bulk/v8/read", {"query": {}}, Cost(50)),
        ("GET", "/crm/bulk/v8/read/1", None, Cost()),
        ("POST", "/crm/bulk/v8/write", {}, Cost(500)),
        ("POST", "/crm/v8/settings/modules", {}, Cost(500)),
        ("POST", "/crm/v8/settings/fields", {}, Cost()),
        ("POST", "/crm/v8/__composite_requests", {}, Cost(1, 5)),
        ("POST", "/crm/v8/__composite_requests", {"rollback_on_fail": True}, Cost(2, 5)),
        ("POST", "/crm/v8/__composite_requests", {"rollback_on_fail": False}, Cost(1, 5)),
        ("POST", "/other", None, Cost()),
    ],
)
def test_a_request_costs_what_zoho_documents(
    method: str, path: str, body: Any, expected: Cost
) -> None:
    assert cost(method, path, body) == expected


def test_a_list_costs_more_with_a_view_or_an_order() -> None:
    assert cost("GET", "/crm/v8/Leads", fields="id") == Cost()
    assert cost("GET", "/crm/v8/Leads", sort_by="id") == Cost(3, 1, True)
    assert cost("GET", "/crm/v8/Leads", cvid="1") == Cost(3, 1, True)


def test_tags_cost_a_credit_for_fifty_records() -> None:
    path = "/crm/v8/Leads/actions/add_tags"
    assert cost("POST", path, {}, ids=",".join(map(str, range(50)))) == Cost(1)
    assert cost("POST", path, {}, ids=",".join(map(str, range(500)))) == Cost(10)


def test_the_accounts_server_counts_apart() -> None:
    assert cost_of(ZohoRequest(method="GET", path="/oauth/user/info", host="accounts")) is None


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_operations_and_the_tree_of_the_sdk_tell_how_many_records_they_write(version: str) -> None:
    crm, transport = client(
        make_response({"data": [{"code": "SUCCESS", "details": {}}] * 30}), version=version
    )
    rows = [{"Last_Name": "Wong"}] * 30
    crm.records.create("Leads", rows)
    crm.API.MODULES.post(module="Leads", body={"data": rows})
    crm.API.MODULES.post(module="Leads", body=json.dumps({"data": rows}))
    assert [cost_of(request) for request in transport.sent] == [Cost(3, 1, True)] * 3
