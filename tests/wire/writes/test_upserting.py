"""Upserts: what matches is updated, the rest is created, and a request may be repeated."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import RecordSet
from tests.wire.writes.driver import both, names, rows, take_requests

Leads = RecordSet[RecordDict]
UPSERT = "POST /crm/v8/Leads/upsert"


@both
def test_upsert_updates_matches_and_creates_rest(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    leads.bulk_create(rows(150))
    zcrm.forget_requests()
    result = write(leads, "upsert", rows(250, Company="Acme"), on=["Email"])
    assert take_requests(zcrm) == [UPSERT] * 3
    assert [outcome.action for outcome in result] == ["update"] * 150 + ["insert"] * 100
    stored = zcrm.records("Leads")
    assert result.ids == [lead["id"] for lead in stored]
    assert {lead["Company"] for lead in stored} == {"Acme"}


@both
def test_upsert_with_lost_responses_is_sent_five_times(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("records.upsert", drop="after", times=5)
    result = write(leads, "upsert", rows(110), on=["Email"])
    assert take_requests(zcrm) == [UPSERT] * 6
    assert zcrm.retry_delays == [1.0, 2.0, 4.0, 8.0]
    assert [outcome.code for outcome in result] == ["NO_RESPONSE"] * 100 + ["SUCCESS"] * 10
    again = write(result, "retry_failed")
    assert take_requests(zcrm) == [UPSERT]
    assert (len(again.accepted), len(names(zcrm))) == (110, 110)


@both
def test_zoho_chooses_the_fields_where_none_are_named(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    leads.create(Last_Name="Lead 0", Email="lead0@acme.example")
    assert [outcome.action for outcome in write(leads, "upsert", rows(2))] == ["update", "insert"]
    assert "duplicate_check_fields" not in zcrm.requests[-1].json


@both
def test_a_row_that_names_no_record_is_never_sent_twice(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("records.upsert", drop="after")
    records = rows(110)
    records[5]["Email"] = ""
    result = write(leads, "upsert", records, on=["Email"])
    assert take_requests(zcrm) == [UPSERT] * 2
    assert {outcome.code for outcome in result[:100]} == {"NO_RESPONSE"}
    again = write(result, "retry_failed")
    assert take_requests(zcrm) == [UPSERT]
    assert [(outcome.index, outcome.code) for outcome in again.failed] == [(5, "NO_RESPONSE")]
    assert sorted(names(zcrm)) == sorted(row["Last_Name"] for row in records)


@both
def test_a_refusal_after_a_lost_reply_leaves_it_in_doubt(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("records.upsert", drop="after")
    zcrm.fail_next("records.upsert", code="NO_PERMISSION", status=403, skip=1, times=2)
    result = write(leads, "upsert", rows(220), on=["Email"])
    assert take_requests(zcrm) == [UPSERT] * 3
    codes = [outcome.code for outcome in result]
    assert codes == ["NO_RESPONSE"] * 100 + ["NO_PERMISSION"] * 100 + ["NOT_SENT"] * 20
    assert len(write(result, "retry_failed").accepted) == len(names(zcrm)) == 220


@pytest.mark.slow
@both
def test_upsert_that_is_not_resent_stays_in_doubt(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("records.upsert", drop="after", times=10)
    result = write(leads, "upsert", rows(200), on=["Email"])
    zcrm.fail_next("records.upsert", code="NO_PERMISSION", status=403, skip=1)
    again = write(result, "retry_failed")
    assert [outcome.code for outcome in again] == ["SUCCESS"] * 100 + ["NO_PERMISSION"] * 100
    zcrm.fail_next("records.upsert", drop="after", times=15)
    result = write(leads, "upsert", rows(300), on=["Email"])
    zcrm.fail_next("records.upsert", code="NO_PERMISSION", status=403, skip=1)
    again = write(result, "retry_failed")
    codes = [outcome.code for outcome in again]
    assert codes == ["SUCCESS"] * 100 + ["NO_PERMISSION"] * 100 + ["NO_RESPONSE"] * 100


@both
def test_an_upsert_without_fields_to_match_by_is_not_sent_twice(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    old = leads.create(Last_Name="Wong")
    zcrm.fail_next("records.upsert", drop="after", times=2)
    result = write(leads, "upsert", rows(2), batch_size=1)
    assert [outcome.code for outcome in write(result, "retry_failed")] == ["NO_RESPONSE"] * 2
    assert len(write(leads, "upsert", [{"id": old["id"], "Last_Name": "Lee"}]).accepted) == 1
    assert len(names(zcrm)) == 3
    zcrm.fail_next("records.upsert", drop="after")
    assert len(write(leads, "upsert", [{"id": old["id"], "Last_Name": "Lee"}]).accepted) == 1


def test_fields_to_match_by_are_a_list(leads: Leads) -> None:
    with pytest.raises(ConfigurationError, match=r"\['Email'\]"):
        leads.upsert(rows(1), on="Email")
