"""Serverless functions over REST."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest

from .caller import Caller, connected

ECHO = "/crm/v2/functions/echo/actions/execute?auth_type=oauth"


def output(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.json["code"] == "success"
    assert "status" not in answer.json
    return json.loads(answer.json["details"]["output"])


def test_a_function_has_an_id_of_its_own() -> None:
    caller = connected()

    first, second = (caller.get(ECHO).json["details"]["id"] for _ in range(2))

    assert first == second
    assert first.isdigit()


def test_arguments_in_the_query() -> None:
    arguments = quote(json.dumps({"name": "Zoë & co", "n": 1}))
    assert output(connected().get(f"{ECHO}&arguments={arguments}")) == {"name": "Zoë & co", "n": 1}


def test_other_parameters_in_the_query() -> None:
    assert output(connected().get(f"{ECHO}&a=1&b=x%20y")) == {"a": "1", "b": "x y"}


@pytest.mark.parametrize(
    "body",
    [
        {"a": [1]},
        {"arguments": {"a": [1]}},
        {"arguments": '{"a": [1]}'},
    ],
)
def test_a_json_body(body: dict[str, Any]) -> None:
    assert output(connected().post(ECHO, body)) == {"a": [1]}


def test_a_json_body_without_content_type() -> None:
    assert output(connected().request("POST", ECHO, data=b'{"a": 1}')) == {"a": 1}


def test_a_form_and_a_file() -> None:
    answer = connected().request(
        "POST",
        ECHO,
        data={"arguments": '{"a": 1}', "b": "2", "inputFile": (BytesIO(b"x"), "in.txt")},
    )
    assert output(answer) == {"a": 1, "b": "2", "inputFile": "in.txt"}


def test_a_function_that_fails() -> None:
    answer = connected().get("/crm/v8/functions/fail/actions/execute?auth_type=oauth")
    assert (answer.status_code, answer.json["status"]) == (500, "error")


def test_an_unknown_function() -> None:
    answer = connected().get("/crm/v8/functions/nothing/actions/execute?auth_type=oauth")
    assert (answer.status_code, answer.json["code"]) == (404, "INVALID_URL_PATTERN")


@pytest.mark.parametrize("query", ["", "?auth_type=apikey&zapikey=1003.x"])
def test_other_ways_of_authenticating(query: str) -> None:
    answer = connected().get(f"/crm/v8/functions/echo/actions/execute{query}")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_REQUEST")


def test_broken_arguments() -> None:
    assert connected().get(f"{ECHO}&arguments=nonsense").json["code"] == "INVALID_DATA"
    assert connected().request("POST", ECHO, data=b"nonsense").json["code"] == "JSON_PARSE_ERROR"


def test_each_method_has_its_scope() -> None:
    caller = Caller()
    caller.connect("ZohoCRM.functions.execute.READ")
    assert caller.get(ECHO).status_code == 200
    assert caller.post(ECHO, {}).json["code"] == "OAUTH_SCOPE_MISMATCH"
