"""Faults: what goes wrong on request."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from django_zcrm.emulator.core.bad_item import refuse_item
from django_zcrm.emulator.core.faults import ConnectionDropped, Fault
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.response import JsonResponse
from tests.cases import check_each

from .caller import Caller, make_caller


def with_faults(*faults: dict[str, Any], **options: Any) -> Caller:
    caller = make_caller(**options)
    answer = caller.post("/emulator/faults", list(faults))
    assert answer.status_code == 200, answer.text
    return caller


def statuses(caller: Caller, path: str, count: int) -> list[int]:
    return [caller.get(path).status_code for _ in range(count)]


def test_fault_hits_once_by_default() -> None:
    caller = with_faults({"code": "INTERNAL_ERROR"})
    assert statuses(caller, "/crm/v8/org", 3) == [500, 200, 200]


def test_fault_with_times_and_skip_hits_these_calls() -> None:
    caller = with_faults({"status": 503, "skip": 1, "times": 2})
    assert statuses(caller, "/crm/v8/org", 5) == [200, 503, 503, 200, 200]


def test_fault_hits_one_of_several_calls_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = with_faults({"status": 503})
    matches = Fault.matches

    def match_slowly(*args: Any) -> bool:
        time.sleep(0.05)
        return matches(*args)

    monkeypatch.setattr(Fault, "matches", match_slowly)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda _: caller.get("/crm/v8/org").status_code, range(4))

    assert sorted(found) == [200, 200, 200, 503]


def test_fault_with_times_null_hits_until_cleared() -> None:
    caller = with_faults({"status": 503, "times": None})
    assert statuses(caller, "/crm/v8/org", 3) == [503, 503, 503]
    caller.request("DELETE", "/emulator/faults")
    assert statuses(caller, "/crm/v8/org", 1) == [200]
    caller.post("/emulator/faults", [{"status": 503, "times": None}])
    caller.post("/emulator/faults", [])
    assert statuses(caller, "/crm/v8/org", 1) == [200]


@pytest.mark.parametrize(
    "match",
    [
        {"method": "GET"},
        {"method": "get"},
        {"path": "/crm/*/org"},
        {"operation": "org.get"},
        {"operation": "GET /crm/{version}/org"},
    ],
)
def test_fault_hits_matching_calls(match: dict[str, Any]) -> None:
    caller = with_faults({"status": 503, **match})
    assert caller.get("/crm/v8/org").status_code == 503


@pytest.mark.parametrize("module", ["Leads", "Notes", "Attachments", "Contacts", "Events"])
@pytest.mark.parametrize(
    ("method", "operation"),
    [("GET", "list"), ("POST", "create"), ("PUT", "update"), ("DELETE", "delete")],
)
def test_fault_of_records_hits_every_module(module: str, method: str, operation: str) -> None:
    caller = with_faults({"operation": f"records.{operation}", "status": 503})
    assert caller.request(method, f"/crm/v8/{module}").status_code == 503


@pytest.mark.parametrize(
    "match",
    [
        {"method": "POST"},
        {"path": "/crm/*/users"},
        {"operation": "users.list"},
    ],
)
def test_fault_passes_other_calls(match: dict[str, Any]) -> None:
    caller = with_faults({"status": 503, **match})
    assert caller.get("/crm/v8/org").status_code == 200


def test_fault_with_a_code_has_its_status_and_shape() -> None:
    caller = with_faults({"code": "TOO_MANY_REQUESTS", "message": "slow down"})
    answer = caller.get("/crm/v8/org")
    assert (answer.status_code, answer.json) == (
        429,
        {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "slow down", "status": "error"},
    )


def test_fault_with_a_body_returns_it() -> None:
    caller = with_faults({"status": 418, "body": {"a": 1}, "headers": {"X-Odd": "yes"}})
    answer = caller.get("/crm/v8/org")
    assert (answer.status_code, answer.json, answer.headers["X-Odd"]) == (418, {"a": 1}, "yes")


def test_fault_with_html_returns_an_error_page() -> None:
    answer = with_faults({"html": 502}).get("/crm/v8/org")
    assert answer.status_code == 502
    assert answer.mimetype == "text/html"
    assert "Bad Gateway" in answer.text
    assert with_faults({"html": 520}).get("/crm/v8/org").status_code == 520


def test_fault_with_null_equals_a_missing_key() -> None:
    nothing = dict.fromkeys(("method", "path", "operation", "skip", "delay_ms", "headers"))
    caller = with_faults({"code": "NO_PERMISSION", **nothing})
    assert caller.get("/crm/v8/org").status_code == 403
    assert caller.get("/crm/v8/org").status_code == 200


@pytest.mark.parametrize("status", [200, 400])
def test_fault_throttle_has_both_forms(status: int) -> None:
    caller = with_faults({"operation": "oauth.token", "throttle": status})
    answer = caller.http.post("/oauth/v2/token", data={"grant_type": "refresh_token"})
    assert (answer.status_code, answer.json["status"]) == (status, "failure")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/emulator/requests"), ("POST", "/emulator/reset")]
)
def test_cleared_log_excludes_a_request_in_progress(method: str, path: str) -> None:
    caller = with_faults({"path": "/crm/*", "delay_ms": 300})
    slow = threading.Thread(target=caller.get, args=("/crm/v8/org",))
    slow.start()
    while not caller.get("/emulator/faults").json["faults"][0]["hits"]:
        time.sleep(0.005)
    caller.request(method, path)
    caller.get("/crm/v8/users")
    slow.join()
    logged = caller.get("/emulator/requests").json["requests"]
    assert [entry["path"] for entry in logged] == ["/crm/v8/users"]


@pytest.mark.slow
def test_fault_delays_a_call() -> None:
    caller = with_faults({"path": "/oauth/v2/token", "delay_ms": 200})
    code = caller.grant_code()
    started = time.perf_counter()
    assert "access_token" in caller.exchange(code)
    assert time.perf_counter() - started >= 0.2


def test_expired_token_stays_expired() -> None:
    caller = with_faults({"expire_token": True})
    answers = [caller.get("/crm/v8/org") for _ in range(2)]
    assert [answer.json["code"] for answer in answers] == ["INVALID_TOKEN"] * 2


@pytest.mark.parametrize(("when", "is_done"), [("before", False), ("after", True)])
def test_fault_drops_the_connection(when: str, is_done: bool) -> None:
    caller = Caller()
    code = caller.grant_code()
    caller.post("/emulator/faults", [{"path": "/oauth/*", "drop": when}])
    with pytest.raises(ConnectionDropped):
        caller.exchange(code)
    assert (caller.exchange(code) == {"error": "invalid_code"}) is is_done


def batch(count: int, version: str = "v8") -> Request:
    items = ",".join(f'{{"n": {number}}}' for number in range(count))
    return Request.build("POST", f"/crm/{version}/Leads", body=f'{{"data": [{items}]}}'.encode())


@pytest.mark.parametrize(("version", "status"), [("v2", 202), ("v8", 207)])
def test_fault_fails_one_item_of_three(version: str, status: int) -> None:
    fault = Fault.from_json({"bad_item": 1, "code": "DUPLICATE_DATA", "details": {"id": "7"}})
    refused = refuse_item(fault, batch(3, version))
    assert refused is not None
    assert refused.request.json == {"data": [{"n": 0}, {"n": 2}]}
    done = JsonResponse({"data": [{"done": 0}, {"done": 2}]}, 201)
    answer = refused.put_into(done)
    assert answer.status_code == status
    assert answer.json == {
        "data": [
            {"done": 0},
            {
                "code": "DUPLICATE_DATA",
                "details": {"id": "7"},
                "message": "emulated fault",
                "status": "error",
            },
            {"done": 2},
        ]
    }
    assert fault.response() is None


@pytest.mark.parametrize(("version", "status"), [("v2", 202), ("v8", 400)])
def test_fault_fails_an_item_among_others_that_fail(version: str, status: int) -> None:
    caller = with_faults({"operation": "records.create", "bad_item": 0})
    answer = caller.post(f"/crm/{version}/Leads", {"data": [{"Last_Name": "A"}, {}]})
    assert answer.status_code == status
    assert [item["code"] for item in answer.json["data"]] == ["INVALID_DATA", "MANDATORY_NOT_FOUND"]


def test_fault_fails_the_only_item() -> None:
    for version, status in (("v2", 202), ("v8", 400)):
        refused = refuse_item(Fault.from_json({"bad_item": 0}), batch(1, version))
        assert refused is not None
        assert refused.is_only_item
        assert refused.response().status_code == status


def test_fault_fails_an_item_of_ids() -> None:
    request = Request.build("DELETE", "/crm/v8/Leads", "ids=1,2,3&wf_trigger=false")
    refused = refuse_item(Fault.from_json({"bad_item": 2}), request)
    assert refused is not None
    assert list(refused.request.args.items()) == [("wf_trigger", "false"), ("ids", "1,2")]
    assert request.args["ids"] == "1,2,3"


def test_log_shows_the_item_that_a_fault_refused() -> None:
    caller = with_faults({"operation": "records.create", "bad_item": 0})
    items = [{"Last_Name": "Wong", "Company": "Acme"}, {"Last_Name": "Diaz", "Company": "Acme"}]
    answer = caller.post("/crm/v8/Leads", {"data": items})
    assert [item["code"] for item in answer.json["data"]] == ["INVALID_DATA", "SUCCESS"]
    (entry,) = caller.get("/emulator/requests?path=/crm/*").json["requests"]
    assert entry["json"] == {"data": items}


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"data": []}'])
def test_fault_of_an_item_without_items_has_no_effect(body: bytes) -> None:
    request = Request.build("POST", "/crm/v8/Leads", body=body)
    assert refuse_item(Fault.from_json({"bad_item": 1}), request) is None


@check_each(
    ("fault", "message"),
    [
        ({"statsu": 500}, "unknown key 'statsu', did you mean 'status'?"),
        ({"operation": "records.nothing"}, "unknown operation 'records.nothing'"),
        ({"drop": "now"}, "drop is 'before' or 'after'"),
        ({"status": "500"}, "status is an HTTP status"),
        ({"times": -1}, "times is a number from 0 up"),
        ({"times": 1.5}, "times is a number from 0 up"),
        ({"delay_ms": 10**400}, "delay_ms is at most"),
        ({"backdate_s": 1e12}, "backdate_s is at most"),
        ({"notices_delay_s": 1e300}, "notices_delay_s is at most"),
        ({"method": 7}, "method is text"),
        ({"path": ["/crm/*"]}, "path is text"),
        ({"operation": {}}, "operation is text"),
        ({"code": 500}, "code is text"),
        ({"headers": "Retry-After: 5"}, "headers is a JSON object"),
        ({"headers": {"X-Test": "a\nb"}}, "'X-Test' is not a header"),
        ({"headers": {"X-Test": "\u20ac"}}, "'X-Test' is not a header"),
        ({"details": []}, "details is a JSON object"),
        ("nonsense", "a fault is a JSON object"),
    ],
)
def test_invalid_fault_is_refused(fault: Any, message: str) -> None:
    caller = with_faults({"status": 503})
    answer = caller.post("/emulator/faults", [fault])
    assert answer.status_code == 400
    assert answer.json["message"].startswith(message)
    assert len(caller.get("/emulator/faults").json["faults"]) == 1


def test_fault_has_its_headers() -> None:
    caller = with_faults({"status": 503, "headers": {"Retry-After": 5, "X-Test": "\u00fc"}})
    headers = caller.get("/crm/v8/org").headers
    assert (headers["Retry-After"], headers["X-Test"]) == ("5", "\u00fc")


def test_faults_in_force_are_listed() -> None:
    caller = with_faults({"status": 503, "times": 2})
    caller.get("/crm/v8/org")
    assert caller.get("/emulator/faults").json == {
        "faults": [{"status": 503, "times": 2, "hits": 1}]
    }


def test_fault_never_hits_the_control_api() -> None:
    caller = with_faults({"status": 503, "times": None})
    assert caller.get("/emulator/health").status_code == 200
    assert caller.get("/").status_code == 200
