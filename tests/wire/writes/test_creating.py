"""Creating records: one, and many, each row with its outcome."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.errors import (
    ConfigurationError,
    Forbidden,
    Invalid,
    Limited,
    UnknownField,
    Unreachable,
)
from django_zcrm.zoho.operations.results import PartialFailure, RecordDict
from django_zcrm.zoho.query import RecordSet
from django_zcrm.zoho.query.read.exporting import Progress
from django_zcrm.zoho.query.write.result import WriteResult
from tests.wire.writes.driver import asynchronous, both, names, rows, take_requests

Leads = RecordSet[RecordDict]
CREATE = "POST /crm/v8/Leads"


@both
def test_create_returns_record_with_id(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    lead = write(leads, "create", Last_Name="Wong", Company="Acme")
    assert take_requests(zcrm) == [CREATE]
    stored = zcrm.record("Leads", lead["id"])
    assert stored is not None
    assert (stored["Last_Name"], stored["Company"]) == ("Wong", "Acme")
    assert lead["Modified_Time"] == stored["Modified_Time"]


@both
def test_a_refused_record_raises(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    with pytest.raises(Invalid, match="Last_Name"):
        write(leads, "create", Company="Acme")
    with pytest.raises(ConfigurationError, match="id is in Zoho already"):
        write(leads, "create", id="1", Last_Name="Wong")
    with pytest.raises(ConfigurationError, match="no values"):
        write(leads, "create")
    assert take_requests(zcrm) == [CREATE]


@both
def test_rows_go_out_100_a_request(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    records = rows(250)
    result = write(leads, "bulk_create", (row for row in records))
    assert take_requests(zcrm) == [CREATE] * 3
    assert (len(result.accepted), len(result), result.failed) == (250, 250, [])
    assert [outcome.input for outcome in result] == records
    assert all(outcome.input is row for outcome, row in zip(result, records, strict=True))
    assert [outcome.index for outcome in result] == list(range(250))
    assert [lead["id"] for lead in zcrm.records("Leads")] == result.ids
    assert result.raise_for_failures() is result
    assert "id" not in records[0]


@both
def test_create_with_cached_metadata_refuses_unknown_names(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    write(leads, "create", Last_Name="Wong", Lastname="x")  # no metadata cached
    assert take_requests(zcrm) == [CREATE]
    write(leads.filter(Last_Name="Wong"), "count")
    zcrm.forget_requests()
    with pytest.raises(UnknownField, match="Leads has no field 'Lastname'; is it Last_Name"):
        write(leads, "create", Lastname="Wong", Company="Acme")
    assert take_requests(zcrm) == []
    extras: dict[str, Any] = {"$append_values": {}, "Tag": [{"name": "new"}], "Owner": None}
    write(leads, "create", Last_Name="Young", **extras)
    write(leads, "create", validate=False, Last_Name="Zhou", Lastname="Wong")
    assert take_requests(zcrm) == [CREATE] * 2


@both
def test_batches_may_be_smaller_but_not_larger(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    write(leads, "bulk_create", rows(5), batch_size=2)
    assert take_requests(zcrm) == [CREATE] * 3
    write(leads, "bulk_create", rows(101), 1_000)
    assert take_requests(zcrm) == [CREATE] * 2
    write(leads, "bulk_create", rows(101), batch_size=None)
    assert take_requests(zcrm) == [CREATE] * 2
    with pytest.raises(ValueError, match="positive"):
        write(leads, "bulk_create", rows(1), batch_size=0)


@both
def test_no_rows_need_no_request(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    result = write(leads, "bulk_create", [])
    assert (len(result.accepted), list(result)) == (0, [])
    assert list(write(result, "retry_failed")) == []
    assert take_requests(zcrm) == []


@both
def test_create_with_refused_rows_can_be_corrected(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    records = rows(210)
    del records[7]["Last_Name"], records[207]["Last_Name"]
    result = write(leads, "bulk_create", records)
    assert len(result.accepted) == 208
    assert [(outcome.index, outcome.code, outcome.input) for outcome in result.failed] == [
        (7, "MANDATORY_NOT_FOUND", records[7]),
        (207, "MANDATORY_NOT_FOUND", records[207]),
    ]
    with pytest.raises(PartialFailure, match="2 of 210 items failed"):
        result.raise_for_failures()

    records[7]["Last_Name"] = "Corrected"
    zcrm.forget_requests()
    again = write(result, "retry_failed")
    assert take_requests(zcrm) == [CREATE]
    assert (len(again.accepted), [outcome.index for outcome in again.failed]) == (209, [207])
    assert again[7].id == zcrm.records("Leads")[-1]["id"]
    assert [outcome.input for outcome in again] == records
    assert len(names(zcrm)) == 209


@both
def test_rows_that_cannot_be_sent_do_not_stop_the_others(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    records: list[Any] = rows(8)
    records[1] = "Wong"
    records[2] = {}
    records[3]["Company"] = object()
    records[4]["Company"] = float("nan")
    records[5]["id"] = "3652397000000000001"
    records[6][1] = "x"
    result = write(leads, "bulk_create", records)
    assert [(outcome.index, outcome.code) for outcome in result.failed] == [
        (n, "NOT_SENT") for n in range(1, 7)
    ]
    assert all(isinstance(outcome.error, ConfigurationError) for outcome in result.failed)
    assert [outcome.input for outcome in result] == records
    assert names(zcrm) == ["Lead 0", "Lead 7"]


@both
def test_create_with_lost_response_is_not_resent(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    records = rows(300)
    zcrm.fail_next("records.create", drop="after", skip=1)
    result = write(leads, "bulk_create", records)
    assert take_requests(zcrm) == [CREATE] * 3
    assert {(outcome.index // 100, outcome.code) for outcome in result} == {
        (0, "SUCCESS"),
        (1, "NO_RESPONSE"),
        (2, "SUCCESS"),
    }
    assert len(result.accepted) == 200
    assert all(isinstance(outcome.error, Unreachable) for outcome in result.failed)
    again = write(result, "retry_failed")
    assert take_requests(zcrm) == []
    assert list(again) == list(result)
    assert sorted(names(zcrm)) == sorted(row["Last_Name"] for row in records)


@both
def test_bulk_create_with_unique_fields_is_resent(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("records.upsert", drop="after", skip=1)
    result = write(leads, "bulk_create", rows(300), unique_fields=["Email"])
    assert take_requests(zcrm) == ["POST /crm/v8/Leads/upsert"] * 4
    assert (len(result.accepted), len(names(zcrm))) == (300, 300)
    assert {outcome.action for outcome in result[100:200]} == {"update"}
    assert zcrm.retry_delays == [1.0]


@both
def test_create_refused_by_limiter_is_resent(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    zcrm.fail_next("records.create", code="TOO_MANY_REQUESTS", times=2)
    assert len(write(leads, "bulk_create", rows(10)).accepted) == 10
    assert len(names(zcrm)) == 10
    assert zcrm.retry_delays == [1.0, 2.0]


@pytest.mark.slow
@both
def test_a_limit_that_lasts_is_not_waited_for(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    refusal = {"code": "TOO_MANY_REQUESTS", "message": "", "status": "error", "details": {}}
    fault: Any = {"status": 429, "body": refusal, "headers": {"Retry-After": "600"}}
    zcrm.fail_next("records.create", **fault)
    with pytest.raises(Limited):
        write(leads, "bulk_create", rows(10))
    zcrm.fail_next("records.create", skip=1, times=3, **fault)
    result = write(leads, "bulk_create", rows(500))
    codes = [outcome.code for outcome in result]
    assert codes == ["SUCCESS"] * 100 + ["TOO_MANY_REQUESTS"] * 300 + ["NOT_SENT"] * 100
    assert zcrm.retry_delays == []
    assert len(write(result, "retry_failed").accepted) == 500
    assert len(names(zcrm)) == 500


@both
def test_an_asynchronous_record_set_writes_only_when_awaited(
    write: Any, zcrm: ZCRMEmulator
) -> None:
    leads = zcrm.client().aio.objects("Leads")
    if write is asynchronous:
        result = write(leads, "bulk_create", rows(3))
        assert len(write(result, "retry_failed").accepted) == 3
    else:
        with pytest.raises(ConfigurationError, match="asynchronous"):
            write(leads, "bulk_create", rows(3))


@both
def test_a_fault_may_come_after_the_work(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    zcrm.fail_next("records.create", html=502)
    result = write(leads, "bulk_create", rows(110))
    assert (len(result.accepted), {outcome.code for outcome in result.failed}) == (10, {"HTTP_502"})
    assert len(write(result, "retry_failed").accepted) == 10
    assert take_requests(zcrm) == [CREATE] * 2


@both
def test_nothing_more_is_sent_after_three_requests_without_answer(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("records.create", drop="after", skip=1, times=None)
    result = write(leads, "bulk_create", rows(600))
    assert len(take_requests(zcrm)) == 4
    codes = [outcome.code for outcome in result]
    assert codes == ["SUCCESS"] * 100 + ["NO_RESPONSE"] * 300 + ["NOT_SENT"] * 200

    zcrm.stop_failing()
    again = write(result, "retry_failed")
    assert take_requests(zcrm) == [CREATE] * 2
    assert [outcome.code for outcome in again] == ["SUCCESS"] * 100 + ["NO_RESPONSE"] * 300 + [
        "SUCCESS"
    ] * 200
    assert sorted(names(zcrm)) == sorted(row["Last_Name"] for row in rows(600))


@both
def test_create_with_general_error_raises_at_once(write: Any, zcrm: ZCRMEmulator) -> None:
    reader = zcrm.client(scopes="ZohoCRM.modules.READ").objects("Leads")
    with pytest.raises(Forbidden):
        write(reader, "bulk_create", rows(300))
    assert take_requests(zcrm) == [CREATE]


@both
def test_create_with_later_error_keeps_earlier_outcomes(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("records.create", code="NO_PERMISSION", status=403, skip=1)
    result = write(leads, "bulk_create", rows(300))
    codes = [outcome.code for outcome in result]
    assert codes == ["SUCCESS"] * 100 + ["NO_PERMISSION"] * 100 + ["NOT_SENT"] * 100
    assert len(take_requests(zcrm)) == 2
    assert len(write(result, "retry_failed").accepted) == 300


@both
def test_progress_is_reported_after_each_request(write: Any, leads: Leads) -> None:
    reports: list[Progress] = []
    records = rows(250)
    del records[0]["Last_Name"]
    write(leads, "bulk_create", records, progress=reports.append)
    assert [(progress.records, progress.failed) for progress in reports] == [
        (100, 1),
        (200, 1),
        (250, 1),
    ]


@both
def test_automation_can_be_left_out(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    write(leads, "bulk_create", rows(1), trigger=[])
    assert zcrm.requests[-1].json["trigger"] == []


def test_a_result_can_be_pickled_without_its_client(leads: Leads) -> None:
    records = rows(2)
    del records[1]["Last_Name"]
    result = leads.bulk_create(records)
    with pytest.raises(PartialFailure) as raised:
        result.raise_for_failures()
    unpickled = pickle.loads(pickle.dumps(raised.value)).result  # noqa: S301
    assert [(outcome.code, outcome.input) for outcome in unpickled] == [
        (outcome.code, outcome.input) for outcome in result
    ]
    with pytest.raises(ConfigurationError, match="unpickled"):
        unpickled.retry_failed()


@pytest.mark.parametrize("records", ["Wong", b"Wong", {"Last_Name": "Wong"}])
def test_one_row_in_place_of_many_raises(records: Any, leads: Leads) -> None:
    with pytest.raises(ConfigurationError, match="an iterable of dicts"):
        leads.bulk_create(records)


@both
@pytest.mark.parametrize("method", ["bulk_create", "upsert"])
def test_rows_that_end_early_lose_no_outcome(
    method: str, write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    records = rows(250)

    def broken() -> Iterator[RecordDict]:
        yield from records
        raise LookupError("li@example.com")

    with pytest.raises(PartialFailure) as caught:
        write(leads, method, broken())
    assert str(caught.value).startswith(
        "The rows ended early, by LookupError: 50 of 250 items failed, the first with NOT_SENT"
    )
    assert isinstance(caught.value.__cause__, LookupError)
    back = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert (str(back), back.result.ids) == (str(caught.value), caught.value.result.ids)
    result = caught.value.result
    assert isinstance(result, WriteResult)
    assert [outcome.input for outcome in result] == records
    assert [outcome.code for outcome in result] == ["SUCCESS"] * 200 + ["NOT_SENT"] * 50
    assert str(result[249].error) == "The rows ended early, by LookupError."
    assert len(names(zcrm)) == 200
    assert len(write(result, "retry_failed").accepted) == 250
    assert names(zcrm) == [row["Last_Name"] for row in records]


@both
@pytest.mark.parametrize("via", ["records", "bulk"])
def test_rows_that_end_before_any_was_sent_raise_their_own_error(
    via: str, write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    def broken() -> Iterator[RecordDict]:
        yield {"Last_Name": "Li"}
        raise LookupError

    with pytest.raises(LookupError):
        write(leads, "bulk_create", broken(), via=via)
    assert names(zcrm) == []
