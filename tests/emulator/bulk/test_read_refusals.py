"""Bulk reads that are refused: queries, criteria, bodies, in v2 and v8."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases import check_each

from .jobs import BulkApi


@check_each(
    ("module", "query", "code"),
    [
        ("Nothing", {}, "MODULE_NOT_AVAILABLE"),
        ("leads", {}, "MODULE_NOT_AVAILABLE"),
        ("Notes", {}, "MODULE_NOT_SUPPORTED"),
        ("Leads", {"fields": ["Nothing"]}, "FIELD_NOT_AVAILABLE"),
        ("Leads", {"fields": "Company"}, "INVALID_DATA"),
        ("Projects", {"fields": ["Milestones"]}, "FIELD_NOT_SUPPORTED"),
        ("Deals", {"fields": ["Contact_Name.Account_Name.Owner.email"]}, "JOIN_LIMIT_EXCEEDED"),
        ("Leads", {"page": 0}, "PAGE_NOT_SUPPORTED"),
        ("Leads", {"page": 501}, "PAGE_RANGE_EXCEEDED"),
        ("Leads", {"criteria": "Company"}, "CRITERIA_NOT_SUPPORTED"),
        ("Leads", {"criteria": {"comparator": "equal"}}, "AMBIGUOUS_CRITERIA"),
        ("Leads", {"criteria": {"group_operator": "and"}}, "AMBIGUOUS_GROUP_IN_CRITERIA"),
        (
            "Leads",
            {"criteria": {"group_operator": "xor", "group": [{}]}},
            "GROUP_OPERATOR_NOT_SUPPORTED",
        ),
    ],
)
def test_invalid_read_query_is_refused(
    api: BulkApi, module: str, query: dict[str, Any], code: str
) -> None:
    answer = api.ask_read(module, **query)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert answer.json["status"] == "error"


@check_each(
    ("field", "comparator", "value", "code"),
    [
        ("Nothing", "equal", "x", "FIELD_IN_CRITERIA_NOT_AVAILABLE"),
        ("Tag", "equal", "x", "FIELD_IN_CRITERIA_NOT_SUPPORTED"),
        ("Company", "equals", "x", "FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE"),
        ("No_of_Employees", "between", [1, 2], "FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE"),
        ("No_of_Employees", "equal", "many", "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        ("Follow_Up_Date", "between", ["2030-01-01"], "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"),
        (
            "Created_Time",
            "equal",
            "2030-01-01T00:00:00.000Z",
            "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE",
        ),
        ("Company", "in", ["x"] * 201, "VALUE_LIMIT_EXCEEDED_IN_CRITERIA"),
    ],
)
def test_invalid_read_condition_is_refused(
    api: BulkApi, field: str, comparator: str, value: Any, code: str
) -> None:
    answer = api.ask_read("Leads", criteria=api.condition(field, comparator, value))
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_read_with_more_than_25_conditions_is_refused(api: BulkApi) -> None:
    group = [api.condition("Company", "equal", "x")] * 26
    answer = api.ask_read("Leads", criteria={"group_operator": "or", "group": group})
    assert answer.json["code"] == "CRITERIA_LIMIT_EXCEEDED"
    assert answer.json["details"] == {"max_limit": 25}


def test_read_query_in_the_spelling_of_another_version_is_refused(api: BulkApi) -> None:
    module = {"api_name": "Leads"} if api.is_v2 else "Leads"
    answer = api.caller.post(f"/crm/bulk/{api.version}/read", {"query": {"module": module}})
    assert answer.json["code"] == "REQUEST_BODY_NOT_SUPPORTED"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"", "application/json", 400, "REQUEST_BODY_IS_EMPTY"),
        (b"{", "application/json", 400, "REQUEST_BODY_NOT_READABLE"),
        (b"[]", "application/json", 400, "REQUEST_BODY_NOT_SUPPORTED"),
        (b"{}", "text/plain", 415, "MEDIA_TYPE_NOT_SUPPORTED"),
    ],
)
def test_invalid_read_body_is_refused(
    v8: BulkApi, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = v8.caller.request("POST", "/crm/bulk/v8/read", data=body, content_type=content_type)
    assert (answer.status_code, answer.json["code"]) == (status, code)
