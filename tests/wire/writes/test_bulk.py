"""Bulk writes: the same outcomes as by the records API, from an upload, a job and its result."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, Invalid, NotFound, NotSupported
from django_zcrm.zoho.query import Options
from django_zcrm.zoho.query.read.exporting import Progress
from django_zcrm.zoho.query.write import bulk_csv, importing
from tests.wire.writes.bulk import CREATE, FIELDS, ORG, UPLOAD, Leads, csv_of, kinds
from tests.wire.writes.driver import both, names, rows, take_requests


@pytest.mark.parametrize("version", ["v2", "v2.1", "v8"])
@both
def test_rows_are_created_by_one_job(write: Any, zcrm: ZCRMEmulator, version: str) -> None:
    records = rows(250)
    del records[7]["Last_Name"]
    result = write(zcrm.client(version).objects("Leads"), "bulk_create", records, via="bulk")
    if version == "v8":
        assert kinds(zcrm) == [FIELDS, ORG, UPLOAD, CREATE, "look", "look", "download"]
    assert [outcome.input for outcome in result] == records
    assert [outcome.index for outcome in result] == list(range(250))
    assert [(outcome.index, outcome.code) for outcome in result.failed] == [
        (7, "MANDATORY_NOT_FOUND")
    ]
    [failed] = result.failed
    assert isinstance(failed.error, Invalid)
    assert failed.error.field_errors == {"Last_Name": "MANDATORY_NOT_FOUND-Last_Name"}
    stored = zcrm.records("Leads")
    assert result.ids == [lead["id"] for lead in stored]
    assert [lead["Email"] for lead in stored] == [
        row["Email"] for row in records if row is not records[7]
    ]
    assert {outcome.action for outcome in result if outcome.ok} == {"insert"}

    records[7]["Last_Name"] = "Corrected"
    assert len(write(result, "retry_failed").accepted) == 250
    assert len(names(zcrm)) == 250


VALUES: dict[str, Any] = {
    "Last_Name": 'Größe; "Inc",\nsecond line',
    "Email_Opt_Out": True,
    "No_of_Employees": 12,
    "Annual_Revenue": Decimal("1234567.25"),
    "Score": 1e-7,
    "Customer_Number": "123456789012345678",
    "Follow_Up_Date": date(2026, 3, 1),
    "Demo_Scheduled_At": datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    "Languages": ["German", "Chinese"],
    "Tag": [{"name": "hot"}, {"name": "new"}],
    "Description": "one\ntwo",
    "City": None,
}
TOLD = ("id", "Created_Time", "Modified_Time", "Lead_Number", "Tag")


@both
def test_every_type_is_written_as_the_records_api_does(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    contact = zcrm.create("Contacts", Last_Name="Abel")
    values = {
        **VALUES,
        "Referred_By": contact,
        "Account_Manager": {"id": zcrm.add_user("a@b.example").id},
    }
    for via in ("records", "bulk"):
        write(leads, "bulk_create", [values], via=via).raise_for_failures()
    by_records, by_bulk = zcrm.records("Leads")
    assert {name for name in by_records if by_records[name] != by_bulk[name]} <= set(TOLD)
    assert [tag["name"] for tag in by_bulk["Tag"]] == ["hot", "new"]


@both
def test_row_with_value_unfit_for_a_cell_fails(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    bad: list[Any] = [
        {"Last_Name": "A", "Nothing": 1},
        {"Last_Name": "A", "Compny": "x"},
        {"Last_Name": "A", "Languages": ["a;b"]},
        {"Last_Name": "A", "Documents": [{"File_Id__s": "x"}]},
        {"Last_Name": "A", "$append_values": True},
        {"Last_Name": "A", "Owner": {"email": "x"}},
        {"Last_Name": object()},
        {},
    ]
    result = write(leads, "bulk_create", [*bad, {"Last_Name": "Good"}], via="bulk")
    assert [outcome.code for outcome in result] == ["NOT_SENT"] * 8 + ["SUCCESS"]
    assert isinstance(result[1].error, ConfigurationError)
    assert "is it Company" in str(result[1].error)
    assert [type(outcome.error) for outcome in result[2:6]] == [NotSupported] * 4
    assert names(zcrm) == ["Good"]
    zcrm.forget_requests()
    assert write(leads, "bulk_create", bad, via="bulk").failed
    assert write(leads, "bulk_create", [], via="bulk").failed == []
    assert take_requests(zcrm) == []


@both
def test_an_upsert_matches_by_its_field(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    leads.bulk_create(rows(20, City="Bonn"))
    records = rows(30, Company="Acme")
    records[3]["Email"] = None
    result = write(leads, "upsert", records, ["Email"], via="bulk")
    assert [outcome.action for outcome in result] == [
        *["update"] * 3,
        "",
        *["update"] * 16,
        *["insert"] * 10,
    ]
    assert "Email, which this row lacks" in str(result[3].error)
    assert len(names(zcrm)) == 30
    known = [{"id": result[0].id, "Email": "new@acme.example", "Last_Name": "Lead 0"}]
    [refused] = write(leads, "upsert", known, ["Email"], via="bulk")
    assert isinstance(refused.error, NotSupported)
    assert [lead["City"] for lead in zcrm.records("Leads")][:20] == ["Bonn"] * 20
    uploaded = csv_of(uploads(zcrm)[-1])
    assert uploaded[0] == ["Email", "Last_Name", "Company"]


def uploads(zcrm: ZCRMEmulator) -> list[bytes]:
    """Return the zips of bulk writes."""
    stored = []
    for archive in zcrm.org.bulk.archives.values():
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            for name, content in archive.files.items():
                packed.writestr(name, content)
        stored.append(out.getvalue())
    return stored


@both
def test_rows_are_updated_by_their_ids(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    ids = leads.bulk_create(rows(3, City="Bonn", Company="Acme")).ids
    records = [{"id": record_id, "City": None, "Company": "Ajax"} for record_id in ids]
    records.append({"id": "3652397000009999999", "City": "Kiel", "Company": "Ajax"})
    result = write(leads, "bulk_update", records, ["City", "Company"], via="bulk")
    assert [outcome.code for outcome in result] == ["SUCCESS"] * 3 + ["RESOURCE_NOT_FOUND"]
    assert isinstance(result[3].error, NotFound)
    assert result.ids == ids
    assert {(lead["City"], lead["Company"]) for lead in zcrm.records("Leads")} == {(None, "Ajax")}


@both
def test_bulk_write_keeps_omitted_fields(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    leads.bulk_create(rows(2, City="Bonn", Company="Acme"))
    first, second = rows(2)
    first["City"], second["Company"] = "Kiel", "Ajax"
    write(leads, "upsert", [first, second], ["Email"], via="bulk").raise_for_failures()
    stored = [(lead["City"], lead["Company"]) for lead in zcrm.records("Leads")]
    assert stored == [("Kiel", "Acme"), ("Bonn", "Ajax")]
    second["Phone"] = None
    with pytest.raises(ConfigurationError, match="One row clears Phone"):
        write(leads, "upsert", [first, second], ["Email"], via="bulk")
    mixed = write(leads, "bulk_create", [{"Last_Name": "A"}, {**first, "City": ""}], via="bulk")
    assert len(mixed.accepted) == 2


def test_bulk_write_with_unsupported_options_raises(leads: Leads, zcrm: ZCRMEmulator) -> None:
    with pytest.raises(NotSupported, match="trigger"):
        leads.bulk_create(rows(1), via="bulk", trigger=[])
    with pytest.raises(NotSupported, match="one field"):
        leads.upsert(rows(1), ["Email", "Phone"], via="bulk")
    with pytest.raises(ConfigurationError, match="via is one of auto, records, bulk"):
        leads.bulk_create(rows(1), via="csv")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="via='bulk'"):
        leads.bulk_create(rows(1), jobs=["1"])
    with pytest.raises(ConfigurationError, match=r"\['1'\]"):
        leads.bulk_create(rows(1), via="bulk", jobs="1")
    wide = {f"F{n}": "x" for n in range(201)}
    with pytest.raises(ConfigurationError, match="200 columns, but these rows have 201"):
        bulk_csv.columns_of([wide], "", is_new=True)
    assert take_requests(zcrm) == []


@both
def test_many_rows_take_several_jobs(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ten_a_job: None
) -> None:
    reports: list[Progress] = []
    records = rows(25)
    del records[0]["Last_Name"]
    result = write(leads, "bulk_create", iter(records), via="bulk", progress=reports.append)
    assert kinds(zcrm).count(CREATE) == 3
    assert (len(result.accepted), [outcome.input for outcome in result]) == (24, records)
    jobs = list(dict.fromkeys(progress.job_id for progress in reports if progress.job_id))
    assert len(jobs) == 3
    assert [(progress.records, progress.failed) for progress in reports if not progress.job_id] == [
        (10, 1),
        (20, 1),
        (25, 1),
    ]
    states = [progress.state for progress in reports if progress.job_id == jobs[0]]
    assert states == ["ADDED", "INPROGRESS", "COMPLETED"]
    assert {outcome.details["job_id"] for outcome in result} == set(jobs)


@both
def test_too_large_file_is_split(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MAX_BYTES", 350)
    records = rows(100)
    result = write(leads, "bulk_create", records, via="bulk")
    assert kinds(zcrm).count(CREATE) > 1
    assert [outcome.input for outcome in result] == records
    assert [lead["id"] for lead in zcrm.records("Leads")] == result.ids


@both
def test_when_a_part_of_a_large_file_fails_the_rest_is_not_sent(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MAX_BYTES", 1)
    zcrm.fail_next("bulk.write", drop="after", skip=3)
    result = write(leads, "bulk_create", rows(8), via="bulk")
    assert kinds(zcrm).count(CREATE) == 4
    codes = [*["SUCCESS"] * 3, "NO_RESPONSE", *["NOT_SENT"] * 4]
    assert [(outcome.index, outcome.code) for outcome in result] == list(enumerate(codes))
    again = write(result, "retry_failed", via="records")
    assert (len(again.accepted), [outcome.index for outcome in again.failed]) == (7, [3])


@both
def test_a_result_in_another_order_is_matched_by_what_it_repeats(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bulk_csv.read_result

    def shuffled(*args: Any) -> list[bulk_csv.ResultLine]:
        return real(*args)[::-1][1:]

    monkeypatch.setattr(importing, "read_result", shuffled)
    records = rows(20)
    del records[4]["Last_Name"]
    result = write(leads, "bulk_create", records, via="bulk")
    by_name = {lead["Email"]: lead["id"] for lead in zcrm.records("Leads")}
    codes = ["SUCCESS"] * 20
    codes[4], codes[19] = "MANDATORY_NOT_FOUND", "NO_RESPONSE"
    assert [outcome.code for outcome in result] == codes
    assert [(outcome.input["Email"], outcome.id) for outcome in result if outcome.ok] == [
        (row["Email"], by_name[row["Email"]])
        for row in records
        if row not in (records[4], records[19])
    ]
    assert (
        len(write(result, "retry_failed", via="records").accepted) == 18
    )  # the last one may be there
    assert len(names(zcrm)) == 19


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ROWS = st.fixed_dictionaries({"Last_Name": TEXTS}, optional={"City": TEXTS, "Fax": TEXTS})


@pytest.mark.slow
@hypothesis.given(st.lists(ROWS, min_size=1))
def test_any_text_survives_the_csv(texts: list[dict[str, str]]) -> None:
    with io.BytesIO() as file:
        made = bulk_csv.BulkCSV(texts, "", file, is_new=True)
        header, *lines = csv_of(file.getvalue())
    assert header == made.columns
    assert set(header) == {name for row in texts for name in row}
    assert lines == [[row.get(name, "") for name in header] for row in texts]


def make_line(*repeated: str) -> bulk_csv.ResultLine:
    return bulk_csv.ResultLine(repeated, "ADDED", "1", "")


def test_lines_are_matched_by_what_they_repeat() -> None:
    a, b, c = make_line("a"), make_line("b"), make_line("c")
    assert bulk_csv.match_lines([("a",), ("b",)], [a, b]) == ([a, b], True)
    assert bulk_csv.match_lines([("a",), ("b",)], [b, a]) == ([a, b], True)
    assert bulk_csv.match_lines([("a",), ("x",)], [c, a]) == ([a, c], True)
    assert bulk_csv.match_lines([("a",), ("x",), ("y",)], [c, a]) == ([a, None, None], True)
    assert bulk_csv.match_lines([("x",), ("y",)], [a, b]) == ([a, b], False)
    twice = make_line("a")
    matched, _ = bulk_csv.match_lines([("b",), ("a",), ("a",)], [a, b, twice])
    assert [id(row) for row in matched] == [id(b), id(a), id(twice)]


# By default


@pytest.fixture
def allowed(zcrm: ZCRMEmulator, ten_a_job: None) -> Iterator[Leads]:
    """Return leads that may be written in bulk from eight on."""
    return iter([Client(zcrm.client().session, Options(bulk_write_threshold=8)).objects("Leads")])


@both
def test_bulk_writes_are_taken_where_the_options_allow_them(
    write: Any, leads: Leads, allowed: Iterator[Leads], zcrm: ZCRMEmulator
) -> None:
    some = next(allowed)

    def jobs(*args: Any, method: str = "bulk_create", **options: Any) -> tuple[int, int]:
        write(some, method, *args, **options).raise_for_failures()
        paths = kinds(zcrm)
        return paths.count(CREATE), sum("/Leads" in path for path in paths)

    assert jobs(iter(rows(7))) == (0, 1)
    assert jobs(iter(rows(8))) == (1, 0)
    assert jobs(rows(27)) == (2, 1)
    assert jobs(rows(8), via="records") == (0, 1)
    assert jobs(rows(8), trigger=[]) == (0, 1)
    assert jobs(rows(8), ["Email"], method="upsert") == (1, 0)
    assert jobs(rows(8), ["Email", "External_Reference"], method="upsert") == (0, 1)
    assert jobs(rows(8), method="upsert") == (0, 1)
    nameless = [{**row, "Email": None} for row in rows(8)]
    assert jobs(nameless, ["Email"], method="upsert") == (0, 1)
    assert jobs([{**row, "Documents": []} for row in rows(8)]) == (0, 1)
    append = [{**row, "$append_values": False} for row in rows(8)]
    assert jobs(append) == (0, 1)
    mixed = [*rows(8), {"Email": "lead9@acme.example", "Last_Name": "x", "City": None}]
    assert jobs(mixed, ["Email"], method="upsert") == (0, 1)
    ids = [lead["id"] for lead in zcrm.records("Leads")][:9]
    assert jobs(
        [{"id": record_id, "City": "Kiel"} for record_id in ids], ["City"], method="bulk_update"
    ) == (
        1,
        0,
    )
    assert len(write(leads, "bulk_create", rows(50)).accepted) == 50
    assert CREATE not in take_requests(zcrm)


@pytest.mark.parametrize("size", [7, 17])
@both
def test_every_row_is_reported_when_the_route_changes_and_fails(
    write: Any, leads: Leads, allowed: Iterator[Leads], zcrm: ZCRMEmulator, size: int
) -> None:
    zcrm.fail_next("records.create", code="NO_PERMISSION", status=403, skip=2)
    lines = rows(size)
    result = write(next(allowed), "bulk_create", lines, batch_size=1)
    assert [outcome.input for outcome in result] == lines
    codes = [*["SUCCESS"] * (size - 5), "NO_PERMISSION", *["NOT_SENT"] * 4]
    assert [(outcome.index, outcome.code) for outcome in result] == list(enumerate(codes))
    assert len(write(result, "retry_failed").accepted) == len(names(zcrm)) == size
