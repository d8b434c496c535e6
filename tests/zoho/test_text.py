"""Texts from elsewhere in logs and messages: one line, without control characters."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from django_zcrm.zoho.calls.observer import AttemptReporter, Observer
from django_zcrm.zoho.errors import ApiError, TransportError, error_from
from django_zcrm.zoho.http.messages import ZohoRequest
from django_zcrm.zoho.operations.readers import outcome_of
from django_zcrm.zoho.text import one_line, replace_surrogates

HOSTILE = "bad\r\n2030-01-01 ERROR forged\x1b[2J\x9b2J\u202e\x00"
PLAIN = "bad 2030-01-01 ERROR forged [2J 2J"


def refusal() -> dict[str, Any]:
    details = {"api_name": f"Name\n{HOSTILE}"}
    return {"code": f"X\n{HOSTILE}", "message": HOSTILE, "details": details, "status": "error"}


@pytest.mark.parametrize(
    ("text", "line"),
    [(HOSTILE, PLAIN), ("plain  text", "plain  text"), ("名前\t✓", "名前 ✓"), ("", "")],
)
def test_one_line_has_no_control_characters(text: str, line: str) -> None:
    assert one_line(text) == line


def test_replace_surrogates_keeps_all_other_characters() -> None:
    assert replace_surrogates("a\ud83d\x00\U0001f600名") == "a?\x00\U0001f600名"


def test_one_line_cuts_off_at_the_limit() -> None:
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"


def test_an_api_error_shows_hostile_texts_in_one_line() -> None:
    error = error_from(refusal(), 400, "GET x")
    (texts,) = error.field_errors.items()
    for text in (str(error), error.code, error.message, error.field, *texts):
        assert text.isprintable(), text


def test_an_outcome_shows_hostile_texts_in_one_line() -> None:
    outcome = outcome_of(refusal(), 0, 200, "POST x", {})
    assert outcome.code.isprintable()
    assert outcome.message == PLAIN


def test_the_log_of_attempts_has_one_line_for_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "django_zcrm")
    reporter = AttemptReporter(Observer())
    reporter.report(ZohoRequest(method="GET", path="/"), 0.0, TransportError(HOSTILE))
    (record,) = caplog.records
    assert record.getMessage().isprintable()


def test_an_api_error_made_by_hand_has_a_printable_text() -> None:
    assert str(ApiError("X", HOSTILE, {"api_name": HOSTILE})).isprintable()
