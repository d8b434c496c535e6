"""What an observer learns about calls, and what is logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from django_zcrm.zoho.calls.observer import Attempt, Observer
from django_zcrm.zoho.errors import Forbidden, TransportError, Unreachable
from tests.zoho.fakes import client, make_response, refusal


class Notes(Observer):
    """Records the calls and attempts."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self.attempts: list[Attempt] = []

    @contextmanager
    def call(self, operation: str, request_id: str) -> Iterator[None]:
        self.calls.append(("began", operation, request_id))
        try:
            yield
        finally:
            self.calls.append(("ended", operation, request_id))

    def attempt(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)

    def list_attempts(self) -> list[tuple[str, int, int]]:
        return [(attempt.operation, attempt.status, attempt.number) for attempt in self.attempts]


@pytest.fixture(autouse=True)
def impatient(waits: list[float]) -> None:
    """Nothing here sleeps between attempts."""


def observe(*answers: Any, **options: Any) -> tuple[Any, Notes]:
    notes = Notes()
    return client(*answers, observer=notes, **options)[0], notes


def test_a_call_is_one_attempt() -> None:
    crm, notes = observe(make_response({"org": [{}]}, X_API_CREDITS_REMAINING="1200"))
    crm.request("GET", "/crm/{version}/org")
    (attempt,) = notes.attempts
    assert (attempt.operation, attempt.status, attempt.number) == ("GET /crm/v8/org", 200, 1)
    assert attempt.method == "GET"
    assert attempt.credits_remaining == 1200
    assert attempt.milliseconds >= 0
    assert notes.calls == [
        ("began", "GET /crm/v8/org", attempt.request_id),
        ("ended", "GET /crm/v8/org", attempt.request_id),
    ]


def test_repetitions_are_counted_and_belong_to_one_call() -> None:
    crm, notes = observe(
        Unreachable("no"), refusal("INTERNAL_ERROR", 500), make_response({"org": [{}]})
    )
    crm.request("GET", "/crm/{version}/org")
    assert [(attempt.status, attempt.number, attempt.error) for attempt in notes.attempts] == [
        (0, 1, "Unreachable"),
        (500, 2, ""),
        (200, 3, ""),
    ]
    assert len({attempt.request_id for attempt in notes.attempts}) == 1


def test_a_dead_token_makes_a_second_attempt() -> None:
    crm, notes = observe(refusal("INVALID_TOKEN", 401), make_response({"org": [{}]}))
    crm.request("GET", "/crm/{version}/org")
    assert [(attempt.status, attempt.number) for attempt in notes.attempts] == [(401, 1), (200, 2)]


def test_each_request_of_a_call_counts_its_own_attempts() -> None:
    """A list without fields fetches the module's metadata first."""
    fields = make_response({"fields": [{"api_name": "Last_Name", "data_type": "text"}]})
    crm, notes = observe(fields, make_response({"data": [], "info": {"more_records": False}}))
    crm.records.list("Leads")
    assert [(attempt.operation, attempt.number) for attempt in notes.attempts] == [
        ("GET /crm/{version}/settings/fields", 1),
        ("GET /crm/{version}/{module}", 1),
    ]
    assert len({attempt.request_id for attempt in notes.attempts}) == 1


def test_a_refused_call_ends_too() -> None:
    crm, notes = observe(refusal("NO_PERMISSION", 403))
    with pytest.raises(Forbidden):
        crm.request("GET", "/crm/{version}/org")
    assert [state for state, *_ in notes.calls] == ["began", "ended"]
    assert notes.list_attempts() == [("GET /crm/v8/org", 403, 1)]


@pytest.mark.parametrize("credits", ["", "many", "-1", "٣"])
def test_credits_that_are_no_number_are_none(credits: str) -> None:
    crm, notes = observe(make_response({}, X_API_CREDITS_REMAINING=credits))
    crm.request("GET", "/crm/{version}/org")
    assert notes.attempts[0].credits_remaining is None


def test_the_log_names_the_call_in_each_line(caplog: pytest.LogCaptureFixture) -> None:
    crm, notes = observe(Unreachable("nobody there"), make_response({}))
    with caplog.at_level(logging.DEBUG, "django_zcrm"):
        crm.request("GET", "/crm/{version}/org")
    name = notes.attempts[0].request_id
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("GET /crm/v8/org: nobody there in ")
    assert first.endswith(f"attempt 1 [{name}]")
    assert second.startswith("GET /crm/v8/org: HTTP 200 in ")
    assert second.endswith(f"attempt 2 [{name}]")
    assert {record.__dict__["request_id"] for record in caplog.records} == {name}


def test_without_an_observer_nothing_is_missing() -> None:
    crm, _ = client(TransportError("lost"), retries=0)
    with pytest.raises(TransportError):
        crm.request("GET", "/crm/{version}/org")
