"""Credits and concurrency: off by default, otherwise as Zoho counts."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from django_zcrm.emulator.core import middleware
from django_zcrm.emulator.core.limits import cost, credits_of, is_heavy
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Route
from tests.cases import check_each

from .caller import Caller, make_caller


@pytest.mark.parametrize(
    ("edition", "users", "credits"),
    [
        ("Free", 3, 5_000),
        ("Standard", 10, 52_500),
        ("Standard", 1000, 100_000),
        ("Professional", 10, 55_000),
        ("Enterprise", 10, 60_000),
        ("Enterprise", 9_999, 5_000_000),
        ("Ultimate", 10_000, 20_050_000),
    ],
)
def test_credits_are_those_of_the_edition(edition: str, users: int, credits: int) -> None:
    assert credits_of(edition, users) == credits


def records(count: int) -> bytes:
    return b'{"data": [' + b",".join([b"{}"] * count) + b"]}"


LITERAL_LIMIT = b"""{"select_query": "select id where Company = 'limit 10' limit 2000"}"""
NO_LIMIT = b"""{"select_query": "select id where Company = 'no \\\\'limit 2000'"}"""


@check_each(
    ("operation", "query", "body", "credits", "heavy"),
    [
        ("GET /crm/{version}/org", "", b"", 1, False),
        ("GET /crm/{version}/{module}", "", b"", 1, False),
        ("GET /crm/{version}/{module}", "cvid=1", b"", 3, True),
        ("GET /crm/{version}/{module}/search", "", b"", 3, True),
        ("POST /crm/{version}/{module}", "", records(10), 1, False),
        ("POST /crm/{version}/{module}", "", records(11), 2, True),
        ("PUT /crm/{version}/{module}", "", records(100), 10, True),
        ("POST /crm/{version}/{module}", "", b"nonsense", 1, False),
        ("POST /crm/{version}/coql", "", b'{"select_query": "select id from Leads"}', 1, True),
        ("POST /crm/{version}/coql", "", b'{"select_query": "select id limit 0, 201"}', 2, True),
        ("POST /crm/{version}/coql", "", b'{"select_query": "select id LIMIT 2000"}', 3, True),
        ("POST /crm/{version}/coql", "", LITERAL_LIMIT, 3, True),
        ("POST /crm/{version}/coql", "", NO_LIMIT, 1, True),
        ("POST /crm/{version}/Leads/{id}/actions/convert", "", b"", 5, True),
        ("POST /crm/bulk/{version}/write", "", b"", 500, False),
    ],
)
def test_call_costs_its_credits(
    operation: str, query: str, body: bytes, credits: int, heavy: bool
) -> None:
    method, path = operation.split()
    route = Route(method, path, None)
    request = Request.build(method, "/crm/v8/Leads", query, body=body)
    assert (cost(route, request), is_heavy(route, request)) == (credits, heavy)


def test_credits_run_out_and_come_back_a_day_later() -> None:
    caller = make_caller(limit_credits=4)
    seen = [caller.get("/crm/v8/org") for _ in range(5)]
    assert [answer.status_code for answer in seen] == [200, 200, 200, 200, 429]
    assert [answer.headers.get("X-API-CREDITS-REMAINING") for answer in seen] == [
        None,
        "2",
        "1",
        "0",
        None,
    ]
    assert seen[-1].json["code"] == "TOO_MANY_REQUESTS"
    assert "Retry-After" not in seen[-1].headers
    caller.emulator.zoho.clock.advance(24 * 3600)
    caller.connect()
    assert caller.get("/crm/v8/org").status_code == 200


@pytest.mark.parametrize("limit", ["limit_credits", "limit_concurrency"])
def test_limit_of_zero_refuses_every_call(limit: str) -> None:
    assert make_caller(**{limit: 0}).get("/crm/v8/org").status_code == 429


def test_limits_by_default_are_off() -> None:
    answers = [make_caller().get("/crm/v8/org") for _ in range(3)]
    assert all("X-API-CREDITS-REMAINING" not in answer.headers for answer in answers)


def call_at_once(caller: Caller, count: int, method: str, path: str) -> list[dict[str, Any]]:
    """The error bodies from ``count`` calls: none ends before all were let in or refused."""
    caller.post("/emulator/faults", [{"path": "/crm/*", "times": None, "delay_ms": 1}])
    refused: list[dict[str, Any]] = []
    all_told = threading.Barrier(count)

    def call() -> None:
        answer = caller.request(method, path)
        if answer.status_code == 429:
            refused.append(answer.json)
            all_told.wait(60)

    def delay(seconds: float) -> None:
        all_told.wait(60)

    threads = [threading.Thread(target=call) for _ in range(count)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(middleware, "time", SimpleNamespace(**{**vars(time), "sleep": delay}))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return refused


def test_concurrency_and_sub_concurrency_differ_by_message_only() -> None:
    answers = call_at_once(make_caller(limit_concurrency=2), 5, "GET", "/crm/v8/org")
    other = call_at_once(make_caller(limit_sub_concurrency=2), 5, "POST", "/crm/v8/coql")
    assert [len(answers), len(other)] == [3, 3]
    assert answers[0]["message"] != other[0]["message"]
    assert {**answers[0], "message": ""} == {**other[0], "message": ""}


def test_light_calls_do_not_count_as_heavy() -> None:
    assert not call_at_once(make_caller(limit_sub_concurrency=1), 4, "GET", "/crm/v8/org")
