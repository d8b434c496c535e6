"""zcrm_export: which records, in what form, by which route, and what is left when it ends early."""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from django_zcrm import zcrm
from django_zcrm.management.base import check_writable
from django_zcrm.testing.site import SiteEmulator
from django_zcrm.transfer.cells import format_cell, format_spreadsheet_cell
from django_zcrm.transfer.errors import TransferError
from tests.app.commands.exporting import Rows, export, fail_export, read, rows_of
from tests.cases import check_each

pytestmark = pytest.mark.django_db


# What is written


def test_a_file_has_all_records_in_the_order_of_their_ids(leads: Rows, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    output = export("Leads", "--fields", "Last_Name, Company", "-o", str(path))
    assert output == f"{path} has 25 records\n"
    assert read(path) == [
        {name: lead[name] for name in ("id", "Last_Name", "Company")} for lead in leads
    ]
    assert path.read_bytes().startswith(b"id,Last_Name,Company\r\n")
    assert list(tmp_path.iterdir()) == [path]


def test_the_module_is_named_as_for_an_import_or_alone(leads: Rows) -> None:
    assert export("--module", "Leads", "--fields", "id") == export("Leads", "--fields", "id")
    for words in ([], ["Leads", "--module", "Leads"]):
        assert fail_export(*words) == "Give one module, as in --module Leads."


def test_without_fields_all_are_written_that_lists_have(leads: Rows) -> None:
    names = list(rows_of(export("Leads"))[0])
    listed = list(zcrm.objects("Leads").first() or {})
    assert set(names) == set(listed)
    assert names[0] == "id"


def test_export_as_json_lines_equals_api_records(leads: Rows, tmp_path: Path) -> None:
    path = tmp_path / "leads.jsonl"
    names = ["id", "Owner", "Annual_Revenue", "Languages", "Created_Time"]
    export("Leads", "--fields", ",".join(names), "-o", str(path))
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows == list(zcrm.objects("Leads").values(*names))
    assert export("Leads", "--fields", ",".join(names), "--format", "jsonl") == path.read_text()


def test_a_module_without_records_gives_the_names_alone(zoho: SiteEmulator) -> None:
    assert export("Leads", "--fields", "Email,id") == "id,Email\r\n"
    assert export("Leads", "--format", "jsonl") == ""


def test_fields_of_other_modules_can_be_written(zoho: SiteEmulator) -> None:
    account = zoho.create("Accounts", Account_Name="Acme", Industry="Consulting")
    zoho.create("Contacts", Last_Name="Wong", Account_Name=account)
    [row] = rows_of(export("Contacts", "--fields", "Account_Name,Account_Name__Industry"))
    assert (row["Account_Name"], row["Account_Name__Industry"]) == (account["id"], "Consulting")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (0.1, "0.1"),
        (1e22, "10000000000000000000000"),
        ("2026-03-01T12:00:00+00:00", "2026-03-01T12:00:00+00:00"),
        ({"id": "5", "name": "Acme"}, "5"),
        (["German", "English"], "German;English"),
        ([{"name": "hot"}, {"name": "new", "id": "7"}], "hot,new"),
        ([], ""),
        ([{"File_Id__s": "x"}], '[{"File_Id__s": "x"}]'),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_a_cell_is_in_the_form_of_bulk_reads(value: Any, text: str) -> None:
    assert format_cell(value) == text


HOSTILE = [
    '=cmd|"/c calc"!A1',
    "+1",
    "-2+3",
    "@SUM(A1)",
    "a\tb",
    "line\nline\r\nline",
    'quote " and , and ;',
    "客户 🚀",
    "' or 1=1",
    "lone\rreturn",
]


def test_export_of_text_is_read_back_unchanged(zoho: SiteEmulator, tmp_path: Path) -> None:
    zoho.create("Leads", len(HOSTILE), Last_Name=lambda number: HOSTILE[number])
    path = tmp_path / "leads.csv"
    export("Leads", "--fields", "Last_Name", "-o", str(path))
    assert [row["Last_Name"] for row in read(path)] == HOSTILE


def test_a_spreadsheet_gets_no_formulas(zoho: SiteEmulator, tmp_path: Path) -> None:
    zoho.create("Leads", 4, Last_Name=lambda number: HOSTILE[number], Annual_Revenue=-5.0)
    path = tmp_path / "leads.csv"
    export("Leads", "--fields", "Last_Name,Annual_Revenue", "--spreadsheet", "-o", str(path))
    text = path.read_bytes().decode()
    assert text.startswith('\ufeff"id",')
    rows = rows_of(text[1:])
    assert [row["Last_Name"] for row in rows] == [f"'{text}" for text in HOSTILE[:4]]
    assert {row["Annual_Revenue"] for row in rows} == {"-5"}


@pytest.mark.parametrize("text", ["=a", "+a", "-a", "@a", "\ta", "\ra"])
def test_cell_like_a_formula_is_quoted(text: str) -> None:
    assert format_spreadsheet_cell(text) == f"'{text}"
    assert format_spreadsheet_cell(f"a{text}") == f"a{text}"
    assert format_spreadsheet_cell(f"a;{text}") == f"a;'{text}"
    assert format_spreadsheet_cell([f"{text}", "b"]) == f"'{text};b"
    assert format_spreadsheet_cell([{"name": text}, {"name": text}]) == f"'{text},'{text}"


# Which records


@pytest.mark.slow
@check_each(
    ("words", "numbers"),
    [
        (["--where", "Company__icontains=acme"], range(1, 25, 2)),
        (["--where", "Company=acme", "--where", "Annual_Revenue__gte=20000"], [21, 23]),
        (["--exclude", "Company=Acme", "--exclude", "Annual_Revenue__lt=20010"], [20, 22, 24]),
        (["--where", 'Company__in="Globex, Inc.",Nobody'], range(0, 25, 2)),
        (["--where", "Annual_Revenue__range=2001,4002"], [2, 3, 4]),
        (["--where", "Email_Opt_Out=true"], [0, 5, 10, 15, 20]),
        (["--where", "Company__isnull=true"], []),
        (["--where", "Company__isnull=no", "--where", "Last_Name=Lead 3"], [3]),
        (["--where", "Created_Time__date=2026-03-05"], [4]),
        (["--where", "Created_Time__lt=2026-03-02T12:00:00Z"], [0]),
        (["--where", "Created_Time__date__range=2026-03-05,2026-03-06"], [4, 5]),
        (["--where", "Created_Time__year=2025"], []),
        (["--where", "Locked__s=false", "--where", "Last_Name=Lead 7"], [7]),
        (["--where", "Last_Name=Lead 1=2"], []),
        (["--where", "Owner__email__icontains=@", "--where", "Last_Name=Lead 2"], [2]),
        (["--order-by=-Annual_Revenue", "--where", "Annual_Revenue__gt=22000"], [24, 23, 22]),
        (["--order-by=-id", "--where", "Annual_Revenue__gt=22000"], [24, 23, 22]),
        (["--order-by", "Email_Opt_Out,id", "--where", "Annual_Revenue__lt=3000"], [1, 2, 0]),
    ],
)
def test_export_applies_conditions_and_orders(
    words: list[str], numbers: list[int], leads: Rows
) -> None:
    rows = rows_of(export("Leads", "--fields", "Last_Name", *words))
    assert [row["Last_Name"] for row in rows] == [f"Lead {number}" for number in numbers]


@check_each(
    ("words", "output"),
    [
        (["--where", "Company"], "--where takes NAME=VALUE, as in Company__icontains=acme, not"),
        (["--exclude", "=x"], "--exclude takes NAME=VALUE"),
        (["--where", "Compny=x"], "Leads has no field 'Compny'; is it Company"),
        (["--where", "Annual_Revenue__gt=much"], "Annual_Revenue (currency) takes a number"),
        (["--where", "Email_Opt_Out=maybe"], "Email_Opt_Out (boolean) takes True or False"),
        (["--where", "Company__isnull=perhaps"], "--where Company__isnull takes true or false"),
        (["--where", "Annual_Revenue__range=1,2,3"], "takes two values"),
        (["--where", 'Company__in="Acme'], "--where Company__in takes values with commas"),
        (["--where", "Created_Time__gt=yesterday"], "takes a datetime, or a string like 2026-"),
        (["--where", "Created_Time__gt=2026-03-01T12:00:00"], "with a time zone"),
        (["--where", "id=abc"], "takes a record's id"),
        (["--exclude", "Company__startswith=a"], "COQL cannot express that a text"),
        (["--fields", "Nope"], "Leads has no field 'Nope'"),
        (["--order-by", "Nope"], "Leads has no field 'Nope'"),
        (["--via", "list", "--where", "Company=a"], "Lists have no conditions except ids"),
        (["--via", "bulk", "--order-by", "Company"], "A bulk read has no order"),
        (["--spreadsheet", "--format", "jsonl"], "--spreadsheet needs the format CSV"),
        (["--resume"], "--resume needs --output"),
        (["--resume", "-o", "x.csv", "--order-by=Company"], "--resume needs the default order"),
        (["-o", "/no/such/folder/x.csv"], "cannot be written"),
        (["-o", "x" * 300], "cannot be written: File name too long"),
        (["--format", "xlsx"], "invalid choice: 'xlsx'"),
    ],
)
def test_export_with_wrong_arguments_raises_before_reading(
    words: list[str], output: str, zoho: SiteEmulator, tmp_path: Path
) -> None:
    where = [] if "-o" in words or "--resume" in words else ["-o", str(tmp_path / "x.csv")]
    assert output in fail_export("Leads", *where, *words)
    assert list(tmp_path.iterdir()) == []
    assert {request.method for request in zoho.requests} <= {"GET"}  # for metadata


def test_export_of_unknown_module_raises_command_error(zoho: SiteEmulator) -> None:
    assert "INVALID_MODULE" in fail_export("leads")
    assert "'Le ads' is not the API name of a module" in fail_export("Le ads")


# Routes


@pytest.mark.slow
@pytest.mark.parametrize("via", ["coql", "list", "bulk"])
def test_every_route_gives_the_same_file(via: str, leads: Rows, tmp_path: Path) -> None:
    names = "Last_Name,Annual_Revenue,Owner,Languages,Email_Opt_Out,Created_Time,Tag,Industry"
    auto, path = tmp_path / "auto.csv", tmp_path / "via.csv"
    export("Leads", "--fields", names, "-o", str(auto))
    export("Leads", "--fields", names, "--via", via, "-o", str(path))
    assert path.read_bytes() == auto.read_bytes()


def test_the_cheapest_route_is_taken(leads: Rows, zoho: SiteEmulator) -> None:
    zoho.forget_requests()
    export("Leads", "--fields", "Last_Name")
    paths = [request.path for request in zoho.requests]
    assert paths.count("/crm/v8/coql") == len(paths) - paths.count("/crm/v8/settings/fields")


def test_a_bulk_read_is_taken_for_conditions_that_only_it_has(
    leads: Rows, zoho: SiteEmulator
) -> None:
    zcrm.records.update_one("Leads", leads[3]["id"], {"Description": "Likes boats"})
    [row] = rows_of(export("Leads", "--where", "Description__contains=boat"))
    assert row["id"] == leads[3]["id"]
    zoho.assert_called("POST", "/crm/bulk/v8/read")


def test_without_the_scope_for_bulk_reads_coql_is_taken(
    zcrm_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_CREDITS", -1_000)
    zcrm_emulator.connect(
        scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.coql.READ,ZohoCRM.org.READ"
    )
    zcrm_emulator.create("Leads", 3)
    assert len(rows_of(export("Leads", "--fields", "Last_Name"))) == 3
    assert "SCOPE" in fail_export("Leads", "--fields", "Last_Name", "--via", "bulk")


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ((), "/crm/v8/Leads"),
        (("--format", "jsonl"), "/crm/v8/Leads"),
        (("--where", "Company=Acme"), "/crm/bulk/v8/read"),
    ],
)
def test_without_the_scope_for_coql_another_route_is_taken(
    words: Sequence[str], path: str, zcrm_emulator: SiteEmulator
) -> None:
    zcrm_emulator.connect(
        scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.org.READ,ZohoCRM.bulk.ALL"
    )
    zcrm_emulator.create("Leads", 3, Company="Acme")
    assert export("Leads", "--fields", "Last_Name", *words).count("\n") >= 3
    assert path in [request.path for request in zcrm_emulator.requests]
    assert "SCOPE" in fail_export("Leads", "--fields", "Last_Name", *words, "--via", "coql")


def test_without_scopes_for_coql_and_bulk_reads_the_reason_is_told(
    zcrm_emulator: SiteEmulator,
) -> None:
    zcrm_emulator.connect(scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.org.READ")
    zcrm_emulator.create("Leads", 3, Company="Acme")
    output = fail_export("Leads", "--fields", "Last_Name", "--where", "Company=Acme")
    assert "SCOPE" in output


# Streams


@pytest.mark.slow
def test_export_to_a_closed_pipe_ends_without_error(
    many_leads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Head(io.StringIO):
        def write(self, text: str) -> int:
            if self.tell() > 2_000:
                raise BrokenPipeError
            return super().write(text)

    head = Head()
    monkeypatch.setattr("django_zcrm.management.commands.zcrm_export.discard_output", dir)
    call_command("zcrm_export", "Leads", "--fields", "Last_Name", stdout=head)
    assert 0 < len(rows_of(head.getvalue())) < 400


def test_export_to_stdout_on_full_disk_raises_command_error(
    leads: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django_zcrm.management.commands.zcrm_export.discard_output", dir)
    with pytest.raises(CommandError, match=r"^standard output cannot be written: No space left"):
        call_command("zcrm_export", "Leads", "--fields", "Last_Name", stdout=Full())


def test_export_to_stdout_in_another_encoding_raises_command_error(
    zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoho.create("Leads", Last_Name="王")
    monkeypatch.setattr("django_zcrm.management.commands.zcrm_export.discard_output", dir)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    with pytest.raises(CommandError, match=r"^standard output cannot be written: 'latin-1' codec"):
        call_command("zcrm_export", "Leads", "--fields", "Last_Name", stdout=stream)


@pytest.mark.parametrize("via", ["coql", "bulk"])
def test_export_to_the_stream_of_another_command_has_no_empty_lines(via: str, leads: Rows) -> None:
    output = io.StringIO()
    words = ("--fields", "Last_Name", "--format", "jsonl", "--via", via)
    call_command("zcrm_export", "Leads", *words, stdout=OutputWrapper(output))
    assert len([json.loads(line) for line in output.getvalue().splitlines()]) == 25


def test_export_to_special_file_writes_directly(leads: Rows, tmp_path: Path) -> None:
    assert export("Leads", "-o", "/dev/null") == ""
    assert Path("/dev/null").is_char_device()


def test_check_writable_keeps_a_file_that_appears_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, stat = tmp_path / "leads.csv", Path.stat

    def finish_another_export(target: Path, **options: Any) -> os.stat_result:
        try:
            return stat(target, **options)
        finally:
            path.write_text("complete")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", finish_another_export)
        check_writable(path)
    assert path.read_text() == "complete"


def test_check_writable_with_unwritable_path_raises_and_changes_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "new.csv")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "none" / "x", tmp_path / "x\0y", tmp_path / "loop" / "x"):
        with pytest.raises(TransferError, match="cannot be written"):
            check_writable(path)
