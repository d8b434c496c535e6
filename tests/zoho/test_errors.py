from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from django_zcrm.zoho import errors
from django_zcrm.zoho.operations.results import BatchResult, Outcome, PartialFailure
from tests.cases import check_each


def subclasses(error_class: type[Any]) -> list[type[Any]]:
    return [
        error_class,
        *(deeper for sub in error_class.__subclasses__() for deeper in subclasses(sub)),
    ]


ALL = sorted(set(subclasses(errors.ZCRMError)), key=lambda error_class: error_class.__name__)


def make(error_class: type[Any]) -> errors.ZCRMError:
    if issubclass(error_class, PartialFailure):
        refused = errors.Invalid("INVALID_DATA", "invalid data", {"api_name": "Email"}, 400)
        refused.operation = "POST /crm/{version}/{module}"
        outcomes = [
            Outcome(0, "SUCCESS", "record added", {"id": "1"}, input={"Last_Name": "A"}),
            Outcome(1, "INVALID_DATA", "invalid data", error=refused, input={"Email": "x"}),
        ]
        error: errors.ZCRMError = error_class(BatchResult(outcomes, {"info": {}}, "POST"))
    elif issubclass(error_class, errors.ApiError):
        error = error_class("CODE", "a message", {"api_name": "Email", "limit": 5}, 418)
    elif issubclass(error_class, errors.UnreadableResponse):
        error = error_class("a message", 502)
    elif issubclass(error_class, errors.ConfigurationError):
        error = error_class("a message", "CLIENT_ID")
    else:
        error = error_class("a message")
    error.operation = "GET /crm/{version}/{module}"
    if isinstance(error, errors.Limited):
        error.retry_after = 12.5
    if isinstance(error, errors.TransportError):
        error.sent = False
    error.add_note("a note")
    return error


@check_each("error_class", ALL)
@check_each("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_survives_pickling_with_all_that_it_carries(
    error_class: type[Any], protocol: int
) -> None:
    error = make(error_class)
    back = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301
    assert type(back) is error_class
    assert str(back) == str(error)
    assert back.args == error.args or isinstance(error, PartialFailure)
    left, right = vars(error).copy(), vars(back).copy()
    result, other = left.pop("result", None), right.pop("result", None)
    left.pop("args", None)
    assert left == right
    if result is not None:
        assert [outcome.code for outcome in other] == ["SUCCESS", "INVALID_DATA"]
        assert other.failed[0].error.details == {"api_name": "Email"}
        assert other.failed[0].error.operation == "POST /crm/{version}/{module}"
        assert other.failed[0].input == {"Email": "x"}


@check_each("error_class", ALL)
def test_every_error_can_be_copied(error_class: type[Any]) -> None:
    error = make(error_class)
    assert str(copy.copy(error)) == str(error)
    assert str(copy.deepcopy(error)) == str(error)


def test_the_tree_is_the_documented_one() -> None:
    drawn = {
        line.split("─ ")[-1].split()[0]
        for line in (errors.__doc__ or "").split("\n")
        if "─" in line
    }
    homes = {errors.__name__, PartialFailure.__module__}
    own = {error_class.__name__ for error_class in ALL if error_class.__module__ in homes}
    assert own == drawn | {"ZCRMError"}


@check_each("error_class", ALL)
def test_text_and_repr_of_any_message_are_one_line(error_class: type[Any]) -> None:
    evil = "first\r\nsecond\x1b[31m\u2028third\x00\x85" + "x" * 5000
    error: errors.ZCRMError
    if issubclass(error_class, PartialFailure):
        error = error_class(BatchResult([Outcome(0, evil, evil, error=errors.Invalid(evil, evil))]))
    elif issubclass(error_class, errors.ApiError):
        error = error_class(evil, evil, {"api_name": evil}, 400)
    else:
        error = error_class(evil)
    error.operation = evil[:40]
    for text in (str(error), repr(error)):
        assert text.isprintable()
        assert len(text) < 1000


@check_each(
    "error_class", [error_class for error_class in ALL if issubclass(error_class, errors.ApiError)]
)
def test_text_and_repr_hide_details(error_class: type[Any]) -> None:
    error = error_class(
        "DUPLICATE_DATA", "duplicate data", {"api_name": "Email", "value": "CANARY"}, 400
    )
    assert "CANARY" not in str(error) + repr(error)
    assert "Email" in str(error)
    assert error.details["value"] == "CANARY"


def test_the_text_names_code_field_operation_and_status() -> None:
    error = make(errors.Invalid)
    assert str(error) == "CODE: a message (Email, GET /crm/{version}/{module}, HTTP 418)"
    assert str(errors.NotConnected("Connect first")) == "Connect first"
    assert str(errors.ApiError("CODE", "")) == "CODE"


@check_each(
    ("code", "status", "error_class"),
    [
        ("INVALID_TOKEN", 401, errors.Unauthenticated),
        ("AUTHENTICATION_FAILURE", 401, errors.Unauthenticated),
        ("INVALID_OAUTHTOKEN", 401, errors.Unauthenticated),
        ("OAUTH_SCOPE_MISMATCH", 401, errors.Forbidden),
        ("NO_PERMISSION", 403, errors.Forbidden),
        ("NO_PERMISSION", 200, errors.Forbidden),
        ("NOT_SUPPORTED", 403, errors.Forbidden),
        ("NOT_SUPPORTED", 400, errors.Invalid),
        ("AUTHORIZATION_FAILED", 400, errors.Forbidden),
        ("INVALID_URL_PATTERN", 404, errors.NotFound),
        ("RESOURCE_NOT_FOUND", 404, errors.NotFound),
        ("RESOURCE_NOT_FOUND", 400, errors.NotFound),
        ("", 404, errors.NotFound),
        ("INVALID_DATA", 400, errors.Invalid),
        ("INVALID_DATA", 202, errors.Invalid),
        ("MANDATORY_NOT_FOUND", 400, errors.Invalid),
        ("ALREADY_MODIFIED", 412, errors.Invalid),
        ("BODY_SIZE_REACHED", 413, errors.Invalid),
        ("MEDIA_TYPE_NOT_SUPPORTED", 415, errors.Invalid),
        ("TOO_MANY_REQUESTS", 429, errors.Limited),
        ("TOO_MANY_REQUESTS", 400, errors.Limited),
        ("RATE_LIMIT_EXCEEDED", 200, errors.Limited),
        ("", 429, errors.Limited),
        ("INTERNAL_ERROR", 500, errors.ServerFault),
        ("INTERNAL_SERVER_ERROR", 200, errors.ServerFault),
        ("BAD_GATEWAY", 502, errors.ServerFault),
        ("", 503, errors.ServerFault),
    ],
)
def test_the_class_follows_what_a_caller_would_do(
    code: str, status: int, error_class: type[errors.ApiError]
) -> None:
    error = errors.error_from({"code": code, "message": "m", "details": {"a": 1}}, status, "GET /x")
    assert type(error) is error_class
    assert error.code == (code or f"HTTP_{status}")
    assert (error.status, error.operation, error.details) == (status, "GET /x", {"a": 1})


@pytest.mark.parametrize(
    "body", [{}, {"code": None, "message": None, "details": None}, {"details": []}]
)
def test_error_without_message_has_a_text(body: dict[str, Any]) -> None:
    error = errors.error_from(body, 400)
    assert (error.code, error.message, error.details) == ("HTTP_400", "", {})
    assert str(error) == "HTTP_400 (HTTP 400)"


def test_field_errors_of_one_field() -> None:
    error = errors.Invalid("INVALID_DATA", "invalid data", {"api_name": "Email"})
    assert error.field == "Email"
    assert error.field_errors == {"Email": "invalid data"}


@check_each(
    ("more", "suffix"),
    [
        ({"expected_data_type": "email"}, ", expected an email"),
        ({"expected_data_type": "jsonarray"}, ", expected a list"),
        ({"expected_data_type": "picklist"}, ", expected a value of the picklist"),
        ({"maximum_length": 120}, ", expected a length of at most 120"),
        (
            {"expected_data_type": "string", "maximum_length": "9", "minimum_length": 2},
            ", expected a text and a length of at most 9 and a length of at least 2",
        ),
        ({"expected_data_type": "{'Email': 'li@example.com'}"}, ""),
        ({"expected_data_type": ["email"], "maximum_length": None}, ""),
        ({"maximum_length": "li@example.com"}, ""),
    ],
)
def test_field_errors_describe_expected_values(more: dict[str, Any], suffix: str) -> None:
    details = {"api_name": "Email", **more}
    error = errors.Invalid("INVALID_DATA", "invalid data", details)
    assert error.field_errors == {"Email": f"invalid data{suffix}"}
    assert str(error) == f"INVALID_DATA: invalid data{suffix} (Email)"
    assert error.message == "invalid data"
    several = {"errors": [{"message": "no", "details": details}]}
    several_error = errors.Invalid("MULTIPLE_OR_MULTI_ERRORS", "several", several)
    assert several_error.field_errors == {"Email": f"no{suffix}"}


def test_field_errors_of_several_unique_fields() -> None:
    details = {
        "errors": [
            {"code": "DUPLICATE_DATA", "message": "taken", "details": {"api_name": "Email"}},
            {"code": "DUPLICATE_DATA", "details": {"api_name": "Phone"}},
            {"code": "DUPLICATE_DATA", "details": {}},
            "nonsense",
        ]
    }
    error = errors.Invalid("MULTIPLE_OR_MULTI_ERRORS", "several", details)
    assert error.field_errors == {"Email": "taken", "Phone": "several"}


@pytest.mark.parametrize(
    "details", [{}, {"api_name": ["a"]}, {"errors": None}, {"errors": {}}, {"errors": 3}]
)
def test_error_without_fields_has_no_field_errors(details: dict[str, Any]) -> None:
    assert errors.Invalid("CODE", "m", details).field_errors == {}


def test_a_missing_parameter_is_its_field() -> None:
    assert errors.Invalid("REQUIRED_PARAM_MISSING", "m", {"param_name": "fields"}).field == "fields"
