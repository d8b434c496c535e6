"""Creating records: one, and many, each row with its outcome."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.errors import ConfigurationError, Forbidden, Invalid, Limited, Unreachable
from django_zcrm.zoho.query import RecordSet
from django_zcrm.zoho.query.exporting import Progress
from django_zcrm.zoho.query.write_result import WriteResult
from django_zcrm.zoho.results import PartialFailure, Record
from tests.wire.writes.driver import asked, asynchronous, both, names, rows

Leads = RecordSet[Record]
CREATE = "POST /crm/v8/Leads"


@both
def test_a_created_record_comes_back_with_its_id(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    lead = write(leads, "create", Last_Name="Wong", Company="Acme")
    assert asked(zcrm) == [CREATE]
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
    assert asked(zcrm) == [CREATE]


@both
def test_rows_go_out_100_a_request(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    given = rows(250)
    result = write(leads, "bulk_create", (row for row in given))
    assert asked(zcrm) == [CREATE] * 3
    assert (int(result), len(result), result.failed) == (250, 250, [])
    assert [outcome.input for outcome in result] == given
    assert all(outcome.input is row for outcome, row in zip(result, given, strict=True))
    assert [outcome.index for outcome in result] == list(range(250))
    assert [lead["id"] for lead in zcrm.records("Leads")] == result.ids
    assert result.raise_for_failures() is result
    assert "id" not in given[0]


@both
def test_batches_may_be_smaller_but_not_larger(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    write(leads, "bulk_create", rows(5), batch_size=2)
    assert asked(zcrm) == [CREATE] * 3
    write(leads, "bulk_create", rows(101), 1_000)
    assert asked(zcrm) == [CREATE] * 2
    write(leads, "bulk_create", rows(101), batch_size=None)
    assert asked(zcrm) == [CREATE] * 2
    with pytest.raises(ValueError, match="positive"):
        write(leads, "bulk_create", rows(1), batch_size=0)


@both
def test_no_rows_need_no_request(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    result = write(leads, "bulk_create", [])
    assert (int(result), list(result)) == (0, [])
    assert list(write(result, "retry_failed")) == []
    assert asked(zcrm) == []


@both
def test_refused_rows_are_told_and_corrected(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    given = rows(210)
    del given[7]["Last_Name"], given[207]["Last_Name"]
    result = write(leads, "bulk_create", given)
    assert int(result) == 208
    assert [(outcome.index, outcome.code, outcome.input) for outcome in result.failed] == [
        (7, "MANDATORY_NOT_FOUND", given[7]),
        (207, "MANDATORY_NOT_FOUND", given[207]),
    ]
    with pytest.raises(PartialFailure, match="2 of 210 items failed"):
        result.raise_for_failures()

    given[7]["Last_Name"] = "Corrected"
    zcrm.forget_requests()
    again = write(result, "retry_failed")
    assert asked(zcrm) == [CREATE]
    assert (int(again), [outcome.index for outcome in again.failed]) == (209, [207])
    assert again[7].id == zcrm.records("Leads")[-1]["id"]
    assert [outcome.input for outcome in again] == given
    assert len(names(zcrm)) == 209


@both
def test_rows_that_cannot_be_sent_do_not_stop_the_others(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    given: list[Any] = rows(8)
    given[1] = "Wong"
    given[2] = {}
    given[3]["Company"] = object()
    given[4]["Company"] = float("nan")
    given[5]["id"] = "3652397000000000001"
    given[6][1] = "x"
    result = write(leads, "bulk_create", given)
    assert [(outcome.index, outcome.code) for outcome in result.failed] == [
        (n, "NOT_SENT") for n in range(1, 7)
    ]
    assert all(isinstance(outcome.error, ConfigurationError) for outcome in result.failed)
    assert [outcome.input for outcome in result] == given
    assert names(zcrm) == ["Lead 0", "Lead 7"]


@both
def test_a_lost_reply_is_told_of_each_row_and_never_asked_again(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    given = rows(300)
    zcrm.fail_next("records.create", drop="after", skip=1)
    result = write(leads, "bulk_create", given)
    assert asked(zcrm) == [CREATE] * 3
    assert {(outcome.index // 100, outcome.code) for outcome in result} == {
        (0, "SUCCESS"),
        (1, "NO_REPLY"),
        (2, "SUCCESS"),
    }
    assert int(result) == 200
    assert all(isinstance(outcome.error, Unreachable) for outcome in result.failed)
    again = write(result, "retry_failed")
    assert asked(zcrm) == []
    assert list(again) == list(result)
    assert sorted(names(zcrm)) == sorted(row["Last_Name"] for row in given)


@both
def test_with_unique_fields_a_lost_reply_is_asked_again(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("records.upsert", drop="after", skip=1)
    result = write(leads, "bulk_create", rows(300), unique_fields=["Email"])
    assert asked(zcrm) == ["POST /crm/v8/Leads/upsert"] * 4
    assert (int(result), len(names(zcrm))) == (300, 300)
    assert {outcome.action for outcome in result[100:200]} == {"update"}
    assert zcrm.retry_delays == [1.0]


@both
def test_what_the_limit_refused_is_sent_again(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    zcrm.fail_next("records.create", code="TOO_MANY_REQUESTS", times=2)
    assert int(write(leads, "bulk_create", rows(10))) == 10
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
    assert int(write(result, "retry_failed")) == 500
    assert len(names(zcrm)) == 500


@both
def test_an_asynchronous_record_set_writes_only_when_awaited(
    write: Any, zcrm: ZCRMEmulator
) -> None:
    leads = zcrm.client().aio.objects("Leads")
    if write is asynchronous:
        result = write(leads, "bulk_create", rows(3))
        assert int(write(result, "retry_failed")) == 3
    else:
        with pytest.raises(ConfigurationError, match="asynchronous"):
            write(leads, "bulk_create", rows(3))


@both
def test_a_fault_may_come_after_the_work(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    zcrm.fail_next("records.create", html=502)
    result = write(leads, "bulk_create", rows(110))
    assert (int(result), {outcome.code for outcome in result.failed}) == (10, {"HTTP_502"})
    assert int(write(result, "retry_failed")) == 10
    assert asked(zcrm) == [CREATE] * 2


@both
def test_nothing_more_is_sent_after_three_requests_without_answer(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("records.create", drop="after", skip=1, times=None)
    result = write(leads, "bulk_create", rows(600))
    assert len(asked(zcrm)) == 4
    codes = [outcome.code for outcome in result]
    assert codes == ["SUCCESS"] * 100 + ["NO_REPLY"] * 300 + ["NOT_SENT"] * 200

    zcrm.stop_failing()
    again = write(result, "retry_failed")
    assert asked(zcrm) == [CREATE] * 2
    assert [outcome.code for outcome in again] == ["SUCCESS"] * 100 + ["NO_REPLY"] * 300 + [
        "SUCCESS"
    ] * 200
    assert sorted(names(zcrm)) == sorted(row["Last_Name"] for row in rows(600))


@both
def test_what_meets_every_row_is_raised_at_once(write: Any, zcrm: ZCRMEmulator) -> None:
    reader = zcrm.client(scopes="ZohoCRM.modules.READ").objects("Leads")
    with pytest.raises(Forbidden):
        write(reader, "bulk_create", rows(300))
    assert asked(zcrm) == [CREATE]


@both
def test_what_was_written_before_is_kept(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    zcrm.fail_next("records.create", code="NO_PERMISSION", status=403, skip=1)
    result = write(leads, "bulk_create", rows(300))
    codes = [outcome.code for outcome in result]
    assert codes == ["SUCCESS"] * 100 + ["NO_PERMISSION"] * 100 + ["NOT_SENT"] * 100
    assert len(asked(zcrm)) == 2
    assert int(write(result, "retry_failed")) == 300


@both
def test_progress_is_told_after_each_request(write: Any, leads: Leads) -> None:
    told: list[Progress] = []
    given = rows(250)
    del given[0]["Last_Name"]
    write(leads, "bulk_create", given, progress=told.append)
    assert [(progress.records, progress.failed) for progress in told] == [
        (100, 1),
        (200, 1),
        (250, 1),
    ]


@both
def test_automation_can_be_left_out(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    write(leads, "bulk_create", rows(1), trigger=[])
    assert zcrm.requests[-1].json["trigger"] == []


def test_a_result_can_be_pickled_without_its_client(leads: Leads) -> None:
    given = rows(2)
    del given[1]["Last_Name"]
    result = leads.bulk_create(given)
    with pytest.raises(PartialFailure) as raised:
        result.raise_for_failures()
    kept = pickle.loads(pickle.dumps(raised.value)).result  # noqa: S301
    assert [(outcome.code, outcome.input) for outcome in kept] == [
        (outcome.code, outcome.input) for outcome in result
    ]
    with pytest.raises(ConfigurationError, match="unpickled"):
        kept.retry_failed()


@pytest.mark.parametrize("given", ["Wong", b"Wong", {"Last_Name": "Wong"}])
def test_rows_are_many(given: Any, leads: Leads) -> None:
    with pytest.raises(ConfigurationError, match="an iterable of dicts"):
        leads.bulk_create(given)


@both
@pytest.mark.parametrize("method", ["bulk_create", "upsert"])
def test_rows_that_end_early_lose_no_outcome(
    method: str, write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    given = rows(250)

    def broken() -> Iterator[Record]:
        yield from given
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
    assert [outcome.input for outcome in result] == given
    assert [outcome.code for outcome in result] == ["SUCCESS"] * 200 + ["NOT_SENT"] * 50
    assert str(result[249].error) == "The rows ended early, by LookupError."
    assert len(names(zcrm)) == 200
    assert int(write(result, "retry_failed")) == 250
    assert names(zcrm) == [row["Last_Name"] for row in given]


@both
@pytest.mark.parametrize("via", ["records", "bulk"])
def test_rows_that_end_before_any_was_sent_raise_their_own_error(
    via: str, write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    def broken() -> Iterator[Record]:
        yield {"Last_Name": "Li"}
        raise LookupError

    with pytest.raises(LookupError):
        write(leads, "bulk_create", broken(), via=via)
    assert names(zcrm) == []
