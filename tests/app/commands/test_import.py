"""zcrm_import: where columns go, what is refused, what is written, and that nothing is twice."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import call_command

from django_zcrm.testing.site import SiteEmulator
from tests.app.commands.importing import SIMPLE, fail_import, names, results, run_import
from tests.cases import check_each

pytestmark = pytest.mark.django_db

Said = tuple[str, str]


# The dry run


def test_import_without_yes_only_checks_the_rows(
    write: Any, zoho: SiteEmulator, tmp_path: Path
) -> None:
    file = write("Last Name;E-Mail;Notes;Created_Time\nWong;wong@acme.example;x;2026\n")
    words = ("--map", "E-Mail=Email", "--map", "Notes=")
    output = run_import(file, *words)
    assert output.splitlines() == [
        "leads.csv: CSV, ';', utf-8",
        "  Last Name    -> Last_Name (text)",
        "  E-Mail       -> Email (email)",
        "  Notes        -> left out: as specified by --map",
        "  Created_Time -> left out: Created_Time is read-only",
        "1 row to create, 0 of them refused",
        "Nothing was written; --yes writes.",
    ]
    assert run_import(file, *words, "--dry-run") == output
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]
    assert zoho.records("Leads") == []
    run_import(file, *words, "--yes")
    assert [lead["Email"] for lead in zoho.records("Leads")] == ["wong@acme.example"]


@pytest.mark.parametrize(("answer", "count"), [("y", 2), ("YES ", 2), ("n", 0), ("", 0)])
def test_import_on_terminal_asks_for_confirmation(
    answer: str, count: int, write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []

    def response(question: str) -> str:
        questions.append(question)
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", response)
    run_import(write(SIMPLE))
    assert questions == ["Write 2 rows to Leads? [y/N] "]
    assert len(zoho.records("Leads")) == count
    run_import(write("Last_Name\nAbe\n", "other.csv"), "--dry-run")
    assert len(questions) == 1


def test_rows_that_do_not_fit_are_named_before_anything_is_sent(
    write: Any, zoho: SiteEmulator
) -> None:
    file = write(
        "Last_Name,Annual_Revenue,Email_Opt_Out,Follow_Up_Date,Owner,No_of_Employees\n"
        "Fine,1000.5,yes,2026-03-01,,4\n"
        "A,much,no,,,\n"
        "B,,maybe,,,\n"
        '"C\n c",,,01.03.2026,me,\n'
        ",5,,,,\n"
        "D,,,\n"
        "E,,,,,1_000\n"
        f"{'x' * 81},,,,,\n"
    )
    output = fail_import(file)
    assert output.endswith("7 rows would be refused.")
    assert [line for line in output.splitlines() if line.startswith("line")] == [
        "line 3 is refused: Annual_Revenue takes a number such as 1234.5, without separators",
        "line 4 is refused: Email_Opt_Out takes true or false",
        "line 5 is refused: Follow_Up_Date takes a date such as 2026-12-24; "
        "Owner takes the id of a record or user",
        "line 7 is refused: Last_Name is empty",
        "line 8 is refused: cells: 4, and in the first line 6",
        "line 9 is refused: No_of_Employees takes a whole number, without separators",
        "line 10 is refused: Last_Name takes 80 characters at most",
    ]
    assert {request.method for request in zoho.requests} == {"GET"}
    output = fail_import(file, "--yes")
    assert output.endswith("leads.result.csv: 1 created, 7 refused.")
    lines = [line for line, outcome, _ in results(file) if outcome == "refused"]
    assert lines == ["3", "4", "5", "7", "8", "9", "10"]
    assert names(zoho) == ["Fine"]


@check_each(
    ("text", "words", "output"),
    [
        (
            "Last_Name,Emial\na,b\n",
            [],
            "No field matches these columns: 'Emial', is it Email?. Use --map",
        ),
        ("Last_Name,x,y\na,b,c\n", [], "'x'; 'y'"),
        (SIMPLE, ["--map", "Compny=Company"], "--map names a column 'Compny', but the file has: L"),
        (SIMPLE, ["--map", "Company=Nope"], "No field matches these columns: 'Company' (Nope)"),
        (SIMPLE, ["--map", "Company=Created_Time"], "Created_Time is read-only"),
        (SIMPLE, ["--map", "Company"], "--map takes COLUMN=NAME, as in E-Mail=Email, not"),
        (SIMPLE, ["--map", "Company=Last_Name"], "'Last_Name' and 'Company' both map to Last_Name"),
        ("Company\nAcme\n", [], "No column maps to Last_Name, which Zoho requires."),
        (SIMPLE, ["--on", "Email"], "No column maps to Email, which --on names."),
        ("id,Company\n5,Acme\n", ["--on", "id"], "--on names other fields than id: leave it out"),
        ("id\n5\n", [], "No column maps to any field."),
        ("a,a\n1,2\n", [], "leads.csv has several columns 'a'"),
        ("", [], "no header line"),
        ('Last_Name\n"a\n', [], "leads.csv, line 2: unexpected end of data"),
        ("Last_Name\nMüller\n".encode("cp1252"), [], "is not encoded in utf-8: name its encoding"),
        (SIMPLE, ["--encoding", "klingon"], "There is no encoding 'klingon'"),
        (SIMPLE, ["--delimiter", "ab"], "--delimiter is one character"),
        (SIMPLE, ["--delimiter", '"'], "--delimiter is one character"),
        (SIMPLE, ["--resume"], "There is no unfinished import of leads.result.csv"),
        (SIMPLE, ["--dry-run", "--yes"], "--dry-run writes nothing"),
    ],
)
def test_import_with_wrong_arguments_raises_before_writing(
    text: Any, words: list[str], output: str, write: Any, zoho: SiteEmulator, tmp_path: Path
) -> None:
    yes = [] if "--resume" in words or "--yes" in words else ["--yes"]
    assert output in fail_import(write(text), *words, *yes)
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]
    assert zoho.records("Leads") == []


def test_import_with_missing_file_or_module_raises_command_error(
    write: Any, zoho: SiteEmulator, tmp_path: Path
) -> None:
    assert "no.csv cannot be read: No such file" in fail_import(str(tmp_path / "no.csv"))
    assert "leads: " in fail_import(write(SIMPLE), module="leads")
    assert ". is not a regular file" in fail_import(".")


def test_ctrl_c_at_the_question_imports_nothing(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupt(question: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", interrupt)
    assert fail_import(write(SIMPLE)).endswith("Interrupted.")
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]


def test_ctrl_d_at_the_question_imports_nothing(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", Mock(side_effect=EOFError))
    assert "Nothing was written" in run_import(write(SIMPLE))
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]


# Files as people have them


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Last_Name,City\nWáng 王,Zürich\n".encode(), []),
        ("Last_Name,City\nWáng 王,Zürich\n".encode("utf-8-sig"), []),
        ("Last_Name\tCity\r\nWáng 王\tZürich\r\n".encode("utf-16"), []),
        ("Last_Name;City\nWáng 王;Zürich".encode(), []),
        ("Last_Name|City\n\n\nWáng 王|Zürich\n\n".encode(), []),
        ("Last_Name,City\n王,苏黎世\n".encode("gb18030"), ["--encoding", "gb18030"]),
        ("Last_Name^City\nWáng 王^Zürich\n".encode(), ["--delimiter", "^"]),
        ("Last_Name\tCity\nWáng 王\tZürich\n".encode(), ["--delimiter", "tab"]),
        (' Last_Name ,"City"\n"Wáng 王","Zürich"\n'.encode(), []),
    ],
)
def test_import_accepts_encodings_and_delimiters(
    content: bytes, words: list[str], write: Any, zoho: SiteEmulator
) -> None:
    run_import(write(content), *words, "--yes")
    [lead] = zoho.records("Leads")
    assert (lead["Last_Name"], lead["City"]) in (("Wáng 王", "Zürich"), ("王", "苏黎世"))


def test_values_become_those_of_their_fields(write: Any, zoho: SiteEmulator) -> None:
    contact = zoho.create("Contacts", Last_Name="Abel")
    file = write(
        "Last_Name,Languages,Annual_Revenue,Email_Opt_Out,Follow_Up_Date,Demo_Scheduled_At,"
        "Referred_By,No_of_Employees,Customer_Number,Description\n"
        f"=Wong,German;English,-1000.5,TRUE,2026-03-01,2026-03-01T12:30+01:00,{contact['id']},"
        '4.0,999999999999999999,"two\nlines, and ""quotes"""\n'
    )
    run_import(file, "--yes")
    [lead] = zoho.records("Leads")
    assert lead["Last_Name"] == "=Wong"
    assert lead["Languages"] == ["German", "English"]
    assert (lead["Annual_Revenue"], lead["Email_Opt_Out"]) == (-1000.5, True)
    assert lead["Follow_Up_Date"] == "2026-03-01"
    assert lead["Demo_Scheduled_At"].startswith("2026-03-01T")
    assert lead["Referred_By"]["id"] == contact["id"]
    assert (lead["No_of_Employees"], lead["Customer_Number"]) == (4, "999999999999999999")
    assert lead["Description"] == 'two\nlines, and "quotes"'


def test_columns_go_by_the_labels_that_people_see(write: Any, zoho: SiteEmulator) -> None:
    run_import(write("last name,LEAD OWNER,Opt\nWong,,\n"), "--map", "Opt=", "--yes")
    assert names(zoho) == ["Wong"]


@pytest.mark.parametrize(
    ("name", "words"), [("out.csv", []), ("out.csv", ["--spreadsheet"]), ("out.jsonl", [])]
)
def test_exported_file_can_be_imported(
    name: str, words: list[str], zoho: SiteEmulator, tmp_path: Path
) -> None:
    zoho.create("Leads", Last_Name="=1+1", Company="'quoted", Languages=["German", "English"])
    zoho.create("Leads", Last_Name="客户", Annual_Revenue=7.25, Email_Opt_Out=True)
    file = str(tmp_path / name)
    call_command("zcrm_export", "Leads", "-o", file, *words, stdout=StringIO())
    before = zoho.records("Leads")
    columns = ("Last_Name", "Company", "Languages", "Annual_Revenue", "Email_Opt_Out")
    run_import(file, "--yes", *words)  # by the id
    assert [outcome for _, outcome, _ in results(file)] == ["updated"] * 2
    imported_twice = str(tmp_path / f"again-{name}")
    Path(file).rename(imported_twice)
    run_import(imported_twice, "--yes", "--map", "id=", *words)  # again
    after = zoho.records("Leads")
    assert len(after) == 4
    for old, same, new in zip(before, after[:2], after[2:], strict=True):
        assert [old[name] for name in columns] == [same[name] for name in columns]
        assert [old[name] for name in columns] == [new[name] for name in columns]


def test_import_of_json_lines_accepts_api_values(write: Any, zoho: SiteEmulator) -> None:
    lines: list[Any] = [
        {"Last_Name": "Wong", "Annual_Revenue": 5, "Languages": ["German"]},
        {"Last_Name": "Abe", "City": None},
        ["no object"],
        {"Company": "Acme"},
    ]
    text = "\n".join([*map(json.dumps, lines), "{broken", ""])
    file = write(text, "leads.jsonl")
    assert fail_import(file, "--yes").endswith("2 created, 3 refused.")
    assert results(file) == [
        ("1", "created", ""),
        ("2", "created", ""),
        ("3", "refused", "is not a JSON object"),
        ("4", "refused", "Last_Name is empty"),
        ("5", "refused", "is not a JSON object"),
    ]
    [wong, _] = zoho.records("Leads")
    assert (wong["Annual_Revenue"], wong["Languages"]) == (5, ["German"])


# Which records


@pytest.mark.parametrize("value", [r'"\ud800"', "NaN"])
def test_import_names_rows_that_json_cannot_hold(
    value: str, write: Any, zoho: SiteEmulator
) -> None:
    first, second = (zoho.create("Leads")["id"] for _ in range(2))
    text = f'{{"id": "{first}", "Company": {value}}}\n{{"id": "{second}", "Company": "Acme"}}\n'
    assert "line 1 is refused: Company " in fail_import(write(text, "leads.jsonl"), "--yes")
    assert [lead["Company"] for lead in zoho.records("Leads")][1] == "Acme"


def test_on_finds_records_and_creates_the_others(write: Any, zoho: SiteEmulator) -> None:
    old = zoho.create("Leads", Last_Name="Old", Email="a@x.example", City="Bern")
    file = write(
        "id,Email,Last_Name,City\n77,a@x.example,New,\n78,b@x.example,Other,Rome\n79,,Third,\n"
    )
    output = fail_import(file, "--on", "Email", "--yes")
    assert "id        -> left out: records are found by --on" in output
    assert output.endswith("1 updated, 1 created, 1 refused.")
    assert results(file)[2] == ("4", "refused", "Email: empty, but it identifies the record")
    assert names(zoho) == ["New", "Other"]
    assert zoho.records("Leads")[0]["id"] == old["id"]
    assert zoho.records("Leads")[0]["City"] == "Bern"  # an empty cell leaves it


def test_empty_cells_can_empty_fields(write: Any, zoho: SiteEmulator) -> None:
    old = zoho.create("Leads", Last_Name="Old", City="Bern", Company="Acme")
    file = write(f"id,City,Company\n{old['id']},,Globex\n")
    run_import(file, "--yes", "--clear-empty")
    [lead] = zoho.records("Leads")
    assert (lead["Last_Name"], lead["City"], lead["Company"]) == ("Old", None, "Globex")


def test_column_of_ids_updates_the_records(write: Any, zoho: SiteEmulator) -> None:
    first, second = zoho.create("Leads", 2, Last_Name="Old", City="Bern")
    file = write(f"id,City\n{second['id']},Rome\n,Oslo\nabc,Oslo\n999,Oslo\n")
    assert fail_import(file, "--yes").endswith("1 updated, 3 refused.")
    found = results(file)
    assert found[1][2] == "id is empty"
    assert found[2][2].startswith("id takes the id of a record")
    assert found[3][2].startswith("INVALID_DATA: ")
    assert [lead["City"] for lead in zoho.records("Leads")] == ["Bern", "Rome"]
    assert first["City"] == "Bern"


def test_automation_can_be_left_out(write: Any, zoho: SiteEmulator) -> None:
    run_import(write(SIMPLE), "--yes", "--no-automation")
    assert zoho.requests_to("POST", "/crm/v8/Leads")[0].json["trigger"] == []
