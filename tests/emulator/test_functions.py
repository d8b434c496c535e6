"""Serverless functions over REST."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest

from .caller import Caller, make_caller

ECHO = "/crm/v2/functions/echo/actions/execute?auth_type=oauth"


def output(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.json["code"] == "success"
    assert "status" not in answer.json
    return json.loads(answer.json["details"]["output"])


def test_function_result_has_its_own_id() -> None:
    caller = make_caller()

    first, second = (caller.get(ECHO).json["details"]["id"] for _ in range(2))

    assert first == second
    assert first.isdigit()


def test_function_gets_arguments_of_the_query() -> None:
    arguments = quote(json.dumps({"name": "Zoë & co", "n": 1}))
    assert output(make_caller().get(f"{ECHO}&arguments={arguments}")) == {
        "name": "Zoë & co",
        "n": 1,
    }


def test_function_gets_other_query_parameters() -> None:
    assert output(make_caller().get(f"{ECHO}&a=1&b=x%20y")) == {"a": "1", "b": "x y"}


@pytest.mark.parametrize(
    "body",
    [
        {"a": [1]},
        {"arguments": {"a": [1]}},
        {"arguments": '{"a": [1]}'},
    ],
)
def test_function_gets_a_json_body(body: dict[str, Any]) -> None:
    assert output(make_caller().post(ECHO, body)) == {"a": [1]}


def test_function_gets_a_json_body_without_content_type() -> None:
    assert output(make_caller().request("POST", ECHO, data=b'{"a": 1}')) == {"a": 1}


def test_function_gets_a_form_and_a_file() -> None:
    answer = make_caller().request(
        "POST",
        ECHO,
        data={"arguments": '{"a": 1}', "b": "2", "inputFile": (BytesIO(b"x"), "in.txt")},
    )
    assert output(answer) == {"a": 1, "b": "2", "inputFile": "in.txt"}


def test_failing_function_is_500() -> None:
    answer = make_caller().get("/crm/v8/functions/fail/actions/execute?auth_type=oauth")
    assert (answer.status_code, answer.json["status"]) == (500, "error")


def test_unknown_function_is_404() -> None:
    answer = make_caller().get("/crm/v8/functions/nothing/actions/execute?auth_type=oauth")
    assert (answer.status_code, answer.json["code"]) == (404, "INVALID_URL_PATTERN")


@pytest.mark.parametrize("query", ["", "?auth_type=basic"])
def test_function_with_another_auth_type_is_refused(query: str) -> None:
    answer = make_caller().get(f"/crm/v8/functions/echo/actions/execute{query}")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_REQUEST")


def test_function_with_malformed_arguments_is_refused() -> None:
    assert make_caller().get(f"{ECHO}&arguments=nonsense").json["code"] == "INVALID_DATA"
    assert make_caller().request("POST", ECHO, data=b"nonsense").json["code"] == "JSON_PARSE_ERROR"


def test_each_method_has_its_scope() -> None:
    caller = Caller()
    caller.connect("ZohoCRM.functions.execute.READ")
    assert caller.get(ECHO).status_code == 200
    assert caller.post(ECHO, {}).json["code"] == "OAUTH_SCOPE_MISMATCH"


def test_function_runs_by_api_key_without_a_token() -> None:
    caller = Caller()
    org = caller.emulator.zoho.organisation
    path = "/crm/v2/functions/echo/actions/execute?auth_type=apikey&zapikey="
    key = f"1003.{org.id}.emulator"
    assert output(caller.get(f"{path}{key}&a=1")) == {"a": "1"}
    assert output(caller.post(f"{path}{key}", {"b": 2})) == {"b": 2}
    for wrong in (f"{path}1003.x", path, path.replace("apikey&", "oauth&") + key):
        answer = caller.get(wrong)
        assert (answer.status_code, answer.json["code"]) == (401, "AUTHENTICATION_FAILURE")
    assert caller.get(f"/crm/v2/org?auth_type=apikey&zapikey={key}").status_code == 401


def test_graphql_is_501_and_its_scope_is_accepted() -> None:
    caller = Caller()
    caller.connect("ZohoCRM.graphql.READ")
    answer = caller.post("/crm/graphql", {"query": "{ Records { Leads { _data { id } } } }"})
    assert (answer.status_code, answer.json["code"]) == (501, "NOT_EMULATED")
    assert answer.json["details"] == {"operation": "POST /crm/graphql"}
    caller.connect("ZohoCRM.org.READ")
    assert caller.post("/crm/graphql", {}).status_code == 401
