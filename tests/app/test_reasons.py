"""Stored reasons: codes with values, translated when they are loaded."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import pytest
from django.db import connection as database
from django.utils import translation

from django_zcrm.exceptions import ApiError, ConsentWithdrawn, UnreadableResponse, ZCRMError
from django_zcrm.models import Connection
from django_zcrm.reasons import (
    TEXTS,
    Reason,
    ReasonsField,
    as_reason,
    join_reasons,
    reason,
    reason_of,
)
from django_zcrm.zoho.auth.accounts import throttle_error
from django_zcrm.zoho.http.transports.failures import FAILURES, at_address, transport_error

from .zoho import Zoho

NEUTRAL = {"text", "joined", "during", "refused"}
"""Codes whose texts are the same in every language."""


def values_of(code: str) -> dict[str, Any]:
    """Return values for each placeholder of a code's text."""
    kinds = re.findall(r"%\((\w+)\)([sd])", TEXTS[code])
    return {name: 7 if kind == "d" else f"<{name}>" for name, kind in kinds}


@pytest.fixture
def row(zoho: Zoho) -> Connection:
    return Connection.objects.create(user_identifier="wei", data_center="us")


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(set(TEXTS) - NEUTRAL))
def test_stored_reason_is_loaded_in_the_active_language(row: Connection, code: str) -> None:
    values = values_of(code)
    row.last_error = reason(code, **values)
    row.save()
    assert Connection.objects.get().last_error == TEXTS[code] % values

    with translation.override("zh-hans"):
        loaded = Connection.objects.get().last_error

    assert loaded != TEXTS[code] % values
    assert all(str(value) in loaded for value in values.values())
    assert isinstance(loaded, Reason)
    assert (loaded.code, loaded.values) == (code, values)


@pytest.mark.django_db
def test_stored_reason_is_json_with_the_text_of_zoho_as_a_value(row: Connection) -> None:
    Connection.objects.update(last_error=join_reasons(reason("discarded"), "INVALID_DATA: é"))

    with database.cursor() as cursor:
        cursor.execute(f"SELECT last_error FROM {Connection._meta.db_table}")  # noqa: S608
        ((stored,),) = cursor.fetchall()
    assert stored == (
        '{"code": "joined", "values": {"first": {"code": "discarded", "values": {}}, '
        '"second": {"code": "text", "values": {"text": "INVALID_DATA: é"}}}}'
    )
    with translation.override("zh-hans"):
        assert Connection.objects.get().last_error == "已手动丢弃。 INVALID_DATA: é"


@pytest.mark.django_db
def test_reason_with_text_that_databases_refuse_is_stored(row: Connection) -> None:
    row.last_error = join_reasons(reason("discarded"), "half: \ud83d, and NUL: \x00")
    row.save()
    assert Connection.objects.get().last_error == "Discarded by a user. half: ?, and NUL: "


def test_reasons_with_texts_that_databases_refuse_are_stored() -> None:
    prepared = ReasonsField().get_prep_value({"7\x00": reason("discarded"), "8": "\ud83d\x00"})
    assert prepared == {
        "7": {"code": "discarded", "values": {}},
        "8": {"code": "text", "values": {"text": "?"}},
    }


@pytest.mark.django_db
def test_no_reason_is_an_empty_text(row: Connection) -> None:
    assert Connection.objects.filter(last_error="").get().last_error == ""
    Connection.objects.update(last_error="Zoho's")
    assert not Connection.objects.filter(last_error="").exists()


def test_reason_keeps_code_and_text_when_copied_or_pickled() -> None:
    with translation.override("zh-hans"):
        made = reason("waits_for", row="Accounts 3")
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301
        assert (other, other.code, other.values) == (made, "waits_for", {"row": "Accounts 3"})


def test_each_failure_of_a_transport_has_a_reason_with_its_message() -> None:
    for name in FAILURES:
        error = transport_error(name, "records.list", "OSError")
        assert reason_of(error).values["why"].code == name


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://www.zohoapis.com", "unreachable_at"),
        ("http://127.0.0.1:8000", "emulator_unreachable"),
    ],
)
def test_reason_of_an_unreachable_host_has_its_address(address: str, code: str) -> None:
    error = transport_error("unreachable", "")
    at_address(error, address)

    why = reason_of(error)

    assert (why.code, why.values) == (code, {"address": address})
    assert str(why) == str(error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ApiError("INVALID_DATA", "invalid data", operation="records.create"), "text"),
        (ConsentWithdrawn("any"), "consent_withdrawn"),
        (ConsentWithdrawn(reason("no_refresh_token", connection="wei")), "no_refresh_token"),
        (throttle_error(400), "refused"),
        (UnreadableResponse("HTTP 502"), "unreadable"),
        (ZCRMError("any"), "text"),
    ],
)
def test_reason_of_an_error_depends_on_its_class(error: ZCRMError, code: str) -> None:
    assert reason_of(error).code == code


def test_as_reason_keeps_a_reason() -> None:
    made = reason("gone")
    assert as_reason(made) is made
