"""zcrm_import: where columns go, what is refused, what is written, and that nothing is twice."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_zcrm.management.part_file import PartFile
from django_zcrm.testing.site import SiteEmulator

pytestmark = pytest.mark.django_db

Said = tuple[str, str]


@pytest.fixture
def zoho(zcrm_emulator: SiteEmulator) -> SiteEmulator:
    zcrm_emulator.connect()
    return zcrm_emulator


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a file and returns its name."""

    def write(text: str | bytes, name: str = "leads.csv", encoding: str = "utf-8") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return str(path)

    return write


def imported(file: str, *words: str, module: str = "Leads") -> str:
    """Run the command, which has no terminal; return what it said."""
    said = StringIO()
    call_command("zcrm_import", file, "--module", module, *words, stdout=said, stderr=said)
    return said.getvalue()


def refused(file: str, *words: str, module: str = "Leads") -> str:
    """Run the command, which fails; return everything it said."""
    said = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("zcrm_import", file, "--module", module, *words, stdout=said, stderr=said)
    return f"{said.getvalue()}{caught.value}"


def results(file: str) -> list[tuple[str, str, str]]:
    """Return line, outcome and error of each row of the result."""
    path = Path(file)
    with path.with_name(f"{path.stem}.result.csv").open(newline="") as source:
        return [(row["line"], row["outcome"], row["error"]) for row in csv.DictReader(source)]


def names(zoho: SiteEmulator, module: str = "Leads") -> list[Any]:
    return [record["Last_Name"] for record in zoho.records(module)]


SIMPLE = "Last_Name,Company\nWong,Acme\nAbe,\n"


# The dry run


def test_a_dry_run_comes_first(write: Any, zoho: SiteEmulator, tmp_path: Path) -> None:
    file = write("Last Name;E-Mail;Notes;Created_Time\nWong;wong@acme.example;x;2026\n")
    words = ("--map", "E-Mail=Email", "--map", "Notes=")
    said = imported(file, *words)
    assert said.splitlines() == [
        "leads.csv: CSV, ';', utf-8",
        "  Last Name    -> Last_Name (text)",
        "  E-Mail       -> Email (email)",
        "  Notes        -> left out: as --map says",
        "  Created_Time -> left out: Created_Time is read-only",
        "1 row to create, 0 of them refused",
        "Nothing was written; --yes writes.",
    ]
    assert imported(file, *words, "--dry-run") == said
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]
    assert zoho.records("Leads") == []
    imported(file, *words, "--yes")
    assert [lead["Email"] for lead in zoho.records("Leads")] == ["wong@acme.example"]


@pytest.mark.parametrize(("answer", "count"), [("y", 2), ("YES ", 2), ("n", 0), ("", 0)])
def test_on_a_terminal_it_asks(
    answer: str, count: int, write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def reply(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", reply)
    imported(write(SIMPLE))
    assert asked == ["Write 2 rows to Leads? [y/N] "]
    assert len(zoho.records("Leads")) == count
    imported(write(SIMPLE, "other.csv"), "--dry-run")
    assert len(asked) == 1


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
    said = refused(file)
    assert said.endswith("7 rows would be refused.")
    assert [line for line in said.splitlines() if line.startswith("line")] == [
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
    said = refused(file, "--yes")
    assert said.endswith("leads.result.csv: 1 created, 7 refused.")
    lines = [line for line, outcome, _ in results(file) if outcome == "refused"]
    assert lines == ["3", "4", "5", "7", "8", "9", "10"]
    assert names(zoho) == ["Fine"]


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("Last_Name,Emial\na,b\n", [], "No field fits: 'Emial', is it Email?. Say --map"),
        ("Last_Name,x,y\na,b,c\n", [], "'x'; 'y'"),
        (SIMPLE, ["--map", "Compny=Company"], "--map names a column 'Compny', and the file has: L"),
        (SIMPLE, ["--map", "Company=Nope"], "No field fits: 'Company' (Nope)"),
        (SIMPLE, ["--map", "Company=Created_Time"], "Created_Time is read-only"),
        (SIMPLE, ["--map", "Company"], "--map takes COLUMN=NAME, as in E-Mail=Email, not"),
        (SIMPLE, ["--map", "Company=Last_Name"], "'Last_Name' and 'Company' both go to Last_Name"),
        ("Company\nAcme\n", [], "No column goes to Last_Name, which Zoho requires."),
        (SIMPLE, ["--on", "Email"], "No column goes to Email of --on."),
        ("id\n5\n", [], "No column goes to any field."),
        ("a,a\n1,2\n", [], "leads.csv has several columns 'a'"),
        ("", [], "no line with the names of columns"),
        ('Last_Name\n"a\n', [], "leads.csv, line 2: unexpected end of data"),
        ("Last_Name\nMüller\n".encode("cp1252"), [], "is not encoded in utf-8: name its encoding"),
        (SIMPLE, ["--encoding", "klingon"], "There is no encoding 'klingon'"),
        (SIMPLE, ["--delimiter", "ab"], "--delimiter is one character"),
        (SIMPLE, ["--delimiter", '"'], "--delimiter is one character"),
        (SIMPLE, ["--resume"], "Nothing is unfinished of leads.result.csv"),
        (SIMPLE, ["--dry-run", "--yes"], "--dry-run writes nothing"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(
    text: Any, words: list[str], said: str, write: Any, zoho: SiteEmulator, tmp_path: Path
) -> None:
    yes = [] if "--resume" in words or "--yes" in words else ["--yes"]
    assert said in refused(write(text), *words, *yes)
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]
    assert zoho.records("Leads") == []


def test_a_missing_file_or_module_is_told(write: Any, zoho: SiteEmulator, tmp_path: Path) -> None:
    assert "no.csv cannot be read: No such file" in refused(str(tmp_path / "no.csv"))
    assert "leads: " in refused(write(SIMPLE), module="leads")


def test_ctrl_c_is_an_answer(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupt(question: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", interrupt)
    assert refused(write(SIMPLE)).endswith("Interrupted.")
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
def test_encodings_and_delimiters(
    content: bytes, words: list[str], write: Any, zoho: SiteEmulator
) -> None:
    imported(write(content), *words, "--yes")
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
    imported(file, "--yes")
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
    imported(write("last name,LEAD OWNER,Opt\nWong,,\n"), "--map", "Opt=", "--yes")
    assert names(zoho) == ["Wong"]


@pytest.mark.parametrize(
    ("name", "words"), [("out.csv", []), ("out.csv", ["--spreadsheet"]), ("out.jsonl", [])]
)
def test_what_was_exported_can_be_imported(
    name: str, words: list[str], zoho: SiteEmulator, tmp_path: Path
) -> None:
    zoho.create("Leads", Last_Name="=1+1", Company="'quoted", Languages=["German", "English"])
    zoho.create("Leads", Last_Name="客户", Annual_Revenue=7.25, Email_Opt_Out=True)
    file = str(tmp_path / name)
    call_command("zcrm_export", "Leads", "-o", file, *words, stdout=StringIO())
    before = zoho.records("Leads")
    shown = ("Last_Name", "Company", "Languages", "Annual_Revenue", "Email_Opt_Out")
    imported(file, "--yes", *words)  # by the id
    assert [outcome for _, outcome, _ in results(file)] == ["updated"] * 2
    imported_twice = str(tmp_path / f"again-{name}")
    Path(file).rename(imported_twice)
    imported(imported_twice, "--yes", "--map", "id=", *words)  # anew
    after = zoho.records("Leads")
    assert len(after) == 4
    for old, same, new in zip(before, after[:2], after[2:], strict=True):
        assert [old[name] for name in shown] == [same[name] for name in shown]
        assert [old[name] for name in shown] == [new[name] for name in shown]


def test_json_lines_hold_what_the_api_takes(write: Any, zoho: SiteEmulator) -> None:
    lines: list[Any] = [
        {"Last_Name": "Wong", "Annual_Revenue": 5, "Languages": ["German"]},
        {"Last_Name": "Abe", "City": None},
        ["no object"],
        {"Company": "Acme"},
    ]
    text = "\n".join([*map(json.dumps, lines), "{broken", ""])
    file = write(text, "leads.jsonl")
    assert refused(file, "--yes").endswith("2 created, 3 refused.")
    assert results(file) == [
        ("1", "created", ""),
        ("2", "created", ""),
        ("3", "refused", "is no JSON object"),
        ("4", "refused", "Last_Name is empty"),
        ("5", "refused", "is no JSON object"),
    ]
    [wong, _] = zoho.records("Leads")
    assert (wong["Annual_Revenue"], wong["Languages"]) == (5, ["German"])


# Which records


def test_on_finds_records_and_creates_the_others(write: Any, zoho: SiteEmulator) -> None:
    old = zoho.create("Leads", Last_Name="Old", Email="a@x.example", City="Bern")
    file = write(
        "id,Email,Last_Name,City\n77,a@x.example,New,\n78,b@x.example,Other,Rome\n79,,Third,\n"
    )
    said = refused(file, "--on", "Email", "--yes")
    assert "id        -> left out: records are found by --on" in said
    assert said.endswith("1 updated, 1 created, 1 refused.")
    assert results(file)[2] == ("4", "refused", "Email: empty, and records are found by it")
    assert names(zoho) == ["New", "Other"]
    assert zoho.records("Leads")[0]["id"] == old["id"]
    assert zoho.records("Leads")[0]["City"] == "Bern"  # an empty cell leaves it


def test_empty_cells_can_empty_fields(write: Any, zoho: SiteEmulator) -> None:
    old = zoho.create("Leads", Last_Name="Old", City="Bern", Company="Acme")
    file = write(f"id,City,Company\n{old['id']},,Globex\n")
    imported(file, "--yes", "--clear-empty")
    [lead] = zoho.records("Leads")
    assert (lead["Last_Name"], lead["City"], lead["Company"]) == ("Old", None, "Globex")


def test_a_column_of_ids_updates(write: Any, zoho: SiteEmulator) -> None:
    first, second = zoho.create("Leads", 2, Last_Name="Old", City="Bern")
    file = write(f"id,City\n{second['id']},Rome\n,Oslo\nabc,Oslo\n999,Oslo\n")
    assert refused(file, "--yes").endswith("1 updated, 3 refused.")
    found = results(file)
    assert found[1][2] == "id is empty"
    assert found[2][2].startswith("id takes the id of a record")
    assert found[3][2].startswith("INVALID_DATA: ")
    assert [lead["City"] for lead in zoho.records("Leads")] == ["Bern", "Rome"]
    assert first["City"] == "Bern"


def test_automation_can_be_left_out(write: Any, zoho: SiteEmulator) -> None:
    imported(write(SIMPLE), "--yes", "--no-automation")
    assert zoho.requests_to("POST", "/crm/v8/Leads")[0].json["trigger"] == []


# What became of each row


def made(count: int) -> str:
    """Return the text of a file of so many rows, of which one in seven lacks its name."""
    rows = (
        f"Lead {number},{number}@x.example\n" if number % 7 else f",{number}@x.example\n"
        for number in range(count)
    )
    return "Last_Name,Email\n" + "".join(rows)


THOUSAND = made(1_050)


def check_all(zoho: SiteEmulator, file: str, count: int = 1_050) -> None:
    """Check that every row was written once, and is told of once."""
    good = [number for number in range(count) if number % 7]
    found = results(file)
    assert [int(line) for line, _, _ in found] == list(range(2, count + 2))
    assert [int(line) - 2 for line, outcome, _ in found if outcome != "refused"] == good
    assert sorted(names(zoho), key=lambda name: int(name[5:])) == [
        f"Lead {number}" for number in good
    ]


@pytest.mark.slow
def test_a_thousand_rows(write: Any, zoho: SiteEmulator) -> None:
    file = write(THOUSAND)
    assert refused(file, "--yes").endswith("leads.result.csv: 150 refused, 900 created.")
    check_all(zoho, file)
    assert len(zoho.requests_to("POST", "/crm/v8/Leads")) == 9
    with Path(file).with_name("leads.result.csv").open(newline="") as result:
        ids = [row["id"] for row in csv.DictReader(result) if row["id"]]
    assert ids == [lead["id"] for lead in zoho.records("Leads")]


def test_it_is_not_imported_twice(write: Any, zoho: SiteEmulator) -> None:
    file = write(SIMPLE)
    imported(file, "--yes")
    assert "leads.result.csv tells of an earlier import of leads.csv" in refused(file, "--yes")
    assert "Nothing is unfinished" in refused(file, "--resume")
    assert len(zoho.records("Leads")) == 2
    Path(file).with_name("leads.result.csv").unlink()
    imported(file, "--yes")
    assert len(zoho.records("Leads")) == 4


def test_killed_between_the_last_two_steps_it_is_finished(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(SIMPLE)
    state = Path(file).with_name("leads.result.csv.part.json")
    kept: list[str] = []

    def finish(part: PartFile) -> None:
        kept.append(state.read_text())
        finished(part)

    finished = PartFile.finish
    monkeypatch.setattr(PartFile, "finish", finish)
    imported(file, "--yes")
    state.write_text(kept[0])
    assert "tells of an earlier import" in refused(file, "--yes")
    assert "Nothing is unfinished" in refused(file, "--resume")
    assert len(zoho.records("Leads")) == 2


def test_zohos_refusals_are_told_row_by_row(write: Any, zoho: SiteEmulator) -> None:
    file = write("Last_Name,Email\nWong,no address\nAbe,a@x.example\n")
    assert refused(file, "--yes").endswith("1 refused, 1 created.")
    [first, _] = results(file)
    assert first[:2] == ("2", "refused")
    assert first[2].startswith("INVALID_DATA: ")
    assert first[2].endswith("(Email)")


def stop_at_commit(
    monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException, *, is_after: bool
) -> None:
    """Let the process end at a commit: just before it, or just after it."""
    commit, left = PartFile.commit, number

    def ending(part: PartFile, rows: int, **seen: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0 and not is_after:
            raise error
        commit(part, rows, **seen)
        if left == 0:
            raise error

    monkeypatch.setattr(PartFile, "commit", ending)


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3, 6])
@pytest.mark.parametrize("words", [[], ["--on", "Email"]])
def test_an_interrupted_import_loses_nothing_and_writes_nothing_twice(
    words: list[str],
    number: int,
    is_after: bool,
    write: Any,
    zoho: SiteEmulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write(made(350))
    with monkeypatch.context() as patch:
        stop_at_commit(patch, number, KeyboardInterrupt(), is_after=is_after)
        said = refused(file, *words, "--yes")
    assert said.endswith("Interrupted.")
    assert "--resume goes on." in said
    if number == 1 and not is_after:  # it had not begun
        refused(file, *words, "--yes")
        check_all(zoho, file, 350)
        return
    assert "is unfinished: --resume goes on" in refused(file, *words, "--yes")
    said = refused(file, *words, "--resume")
    found = results(file)
    assert [int(line) for line, _, _ in found] == list(range(2, 352))
    unknown = [int(line) - 2 for line, outcome, _ in found if outcome == "unknown"]
    written = [int(line) - 2 for line, outcome, _ in found if outcome in ("created", "updated")]
    assert sorted(unknown + written) == [number for number in range(350) if number % 7]
    assert len(unknown) <= 100
    assert not (words and unknown)
    there = [int(name[5:]) for name in names(zoho)]
    assert len(there) == len(set(there))
    assert set(written) <= set(there) <= set(written + unknown)
    if unknown:
        assert "What is unknown may have been created" in said


@pytest.mark.slow
def test_a_lost_reply_is_told_and_not_sent_again(write: Any, zoho: SiteEmulator) -> None:
    file = write(THOUSAND)
    zoho.fail_next("records.create", drop="after")
    said = refused(file, "--yes")
    assert "150 refused, 100 unknown, 800 created. What is unknown may have been created" in said
    unknown = [error for _, outcome, error in results(file) if outcome == "unknown"]
    assert len(unknown) == 100
    assert len(names(zoho)) == len(set(names(zoho))) == 900


@pytest.mark.slow
def test_a_lost_reply_of_an_upsert_is_sent_again(write: Any, zoho: SiteEmulator) -> None:
    file = write(THOUSAND)
    zoho.fail_next("records.upsert", drop="after")
    assert refused(file, "--on", "Email", "--yes").endswith("85 updated, 815 created.")
    check_all(zoho, file)


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["--on", "Email"]])
def test_what_meets_every_row_ends_it_and_is_gone_on_after(
    words: list[str], write: Any, zoho: SiteEmulator
) -> None:
    file = write(THOUSAND)
    operation = "records.upsert" if words else "records.create"
    zoho.fail_next(operation, code="NO_PERMISSION", times=None)
    said = refused(file, *words, "--yes")
    assert "leads.result.csv.part: 0 of 1050; --resume" in said
    assert "NO_PERMISSION" in said
    assert zoho.records("Leads") == []
    zoho.stop_failing()
    assert "900 created" in refused(file, *words, "--resume")
    check_all(zoho, file)


@pytest.mark.slow
def test_zoho_out_of_reach_ends_it(write: Any, zoho: SiteEmulator) -> None:
    file = write(THOUSAND)
    zoho.fail_next("records.create", drop="after", times=None)
    said = refused(file, "--yes")
    assert "Outcomes in leads.result.csv.part: 350 of 1050; --resume goes on." in said
    zoho.stop_failing()
    refused(file, "--resume")
    assert len(names(zoho)) == len(set(names(zoho))) == 900
    outcomes = [outcome for _, outcome, _ in results(file)]
    assert outcomes.count("unknown") == 300
    assert outcomes.count("created") == 600


def test_another_file_or_another_way_does_not_go_on(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(THOUSAND)
    with monkeypatch.context() as patch:
        stop_at_commit(patch, 4, KeyboardInterrupt(), is_after=True)
        refused(file, "--yes")
    assert "was begun with another value of on" in refused(file, "--on", "Email", "--resume")
    write(THOUSAND.replace("Lead 8,", "Lead 8b,"))
    assert "was begun with another value of leads.csv" in refused(file, "--resume")
    state = Path(file).with_name("leads.result.csv.part.json")
    state.write_text("damaged")
    assert "leads.result.csv.part.json is damaged" in refused(file, "--resume")
    write(THOUSAND)
    assert "is damaged" in refused(file, "--resume")
    assert "is unfinished" in refused(file, "--yes")


# By bulk write


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"), [([], "900 created"), (["--on", "Email"], "899 created")]
)
def test_a_bulk_write_reports_every_row(
    words: list[str], said: str, write: Any, zoho: SiteEmulator
) -> None:
    if words:
        zoho.create("Leads", Last_Name="Lead 1", Email="1@x.example")
    file = write(THOUSAND + "Lead 1050,no address\n")
    assert said in refused(file, *words, "--via", "bulk", "--yes")
    assert len(zoho.requests_to("POST", "/crm/bulk/v8/write")) == 1
    line, outcome, error = results(file).pop()
    assert (line, outcome) == ("1052", "refused")
    assert error
    found = [outcome for _, outcome, _ in results(file)[:-1]]
    assert found.count("updated") == len(words) // 2
    assert len(names(zoho)) == len(set(names(zoho))) == 900


@pytest.mark.slow
@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("words", [[], ["--on", "Email"]])
def test_a_bulk_write_is_gone_on_with_by_its_job(
    words: list[str],
    number: int,
    is_after: bool,
    write: Any,
    zoho: SiteEmulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write(made(350))
    words = [*words, "--via", "bulk"]
    with monkeypatch.context() as patch:
        stop_at_commit(patch, number, KeyboardInterrupt(), is_after=is_after)
        refused(file, *words, "--yes")
    if number == 1 and not is_after:
        refused(file, *words, "--yes")
    else:
        refused(file, *words, "--resume")
    outcomes = [outcome for _, outcome, _ in results(file)]
    assert len(outcomes) == 350
    there = names(zoho)
    assert len(there) == len(set(there))
    jobs = len(zoho.requests_to("POST", "/crm/bulk/v8/write"))
    if "unknown" in outcomes:  # it was stopped before the job's id was written down
        assert words[0] != "--on"
        assert number < 3
        assert outcomes.count("unknown") == 300
    else:
        assert len(there) == 300
        assert jobs == (2 if words[0] == "--on" and number == 2 and not is_after else 1)


def test_a_bulk_write_that_zoho_no_longer_has_is_not_repeated(
    write: Any, zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(made(350))
    with monkeypatch.context() as patch:
        stop_at_commit(patch, 2, KeyboardInterrupt(), is_after=True)
        refused(file, "--via", "bulk", "--yes")
    zoho.org.bulk.jobs.clear()
    zoho.org.bulk.waiting.clear()
    refused(file, "--via", "bulk", "--resume")
    assert [outcome for _, outcome, _ in results(file)].count("unknown") == 300


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--no-automation"], "Zoho has no bulk write without automation"),
        (["--on", "Email,Last_Name"], "finds them by one field"),
        (["--on", "Email", "--clear-empty"], "empty cells empty nothing"),
    ],
)
def test_what_a_bulk_write_cannot_do_is_told(
    words: list[str], said: str, write: Any, zoho: SiteEmulator
) -> None:
    assert said in refused(write(made(3)), "--via", "bulk", "--yes", *words)
    zoho.assert_not_called("POST", "/crm/bulk/v8/write")
