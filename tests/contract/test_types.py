"""A type checker finds every error in a file of wrong calls, and none in correct ones."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="a linter's work; installed with the extra dev")

ROOT = Path(__file__).resolve().parents[2]
HEAD = """
from datetime import date, datetime
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.results import BatchResult, Outcome

def calls(crm: Client) -> None:
"""

RIGHT = """
for record in crm.records.list("Leads", fields=["Last_Name"], sort_order="desc"):
    record["anything"]
crm.records.create("Leads", [{"Last_Name": "Wong"}], trigger=[]).raise_for_failures().ids
crm.records.update_one("Leads", "1", {"City": None}).id
crm.records.add_tags("Leads", ["1"], ["hot", {"name": "new"}], over_write=True)
crm.notes.create([{"Note_Content": "n", "Parent_Id": {"id": "1", "module": {"api_name": "Leads"}}}])
crm.bulk_read.create({"module": "Leads", "fields": ["id"]}, file_type="csv")
crm.emails.send("Leads", "1", {"from": {"email": "a@b.c"}, "to": [{"email": "d@e.f"}]})
crm.bulk_read.get("1")["result"]["download_url"].upper()
crm.users.list(type="CurrentUser")[0]
crm.files.upload([("a.txt", b"a")])
"""

WRONG = {
    'crm.record.list("Leads")': "attr-defined",
    'crm.records.lsit("Leads")': "attr-defined",
    "crm.records.list()": "call-arg",
    "crm.records.list(7)": "arg-type",
    'crm.records.list("Leads", field=["id"])': "call-arg",
    'crm.records.list("Leads", fields=7)': "arg-type",
    'crm.records.list("Leads", sort_order="up")': "arg-type",
    'crm.records.list("Leads", ["id"])': "call-arg",
    'crm.records.list("Leads", if_modified_since="today")': "arg-type",
    'crm.records.get("Leads")': "call-arg",
    'crm.records.create("Leads", {"Last_Name": "Wong"})': "arg-type",
    'crm.records.create("Leads", [], trigger=["workflows"])': "list-item",
    'crm.records.update_one("Leads", {"id": "1"})': "call-arg",
    'crm.records.delete("Leads", 1)': "arg-type",
    'crm.records.deleted("Leads", type="gone")': "arg-type",
    'outcome: Outcome = crm.records.create("Leads", [])': "assignment",
    'result: BatchResult = crm.records.create_one("Leads", {})': "assignment",
    'crm.records.count("Leads").upper()': "attr-defined",
    'crm.notes.create([{"Note_Contents": "n"}])': "typeddict-unknown-key",
    'crm.notes.create_one({"Parent_Id": "1"})': "typeddict-item",
    'crm.notes.get("1")["Note_Contents"]': "misc",
    'crm.bulk_read.create({"module": "Leads"}, file_type="xls")': "arg-type",
    'crm.bulk_write.create([], "delete")': "arg-type",
    'crm.bulk_read.get("1")["status"]': "misc",
    'crm.sharing.create("Leads", "1", [{"permission": "all"}])': "typeddict-item",
    'crm.events.cancel("1", "yes")': "arg-type",
    'crm.users.list(type="Everybody")': "arg-type",
    'crm.attachments.upload("Leads", "1", "/etc/motd")': "arg-type",
    'crm.coql.query("select 1", limit=2)': "call-arg",
    "len(crm.coql.query('select 1'))": "arg-type",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[int, set[str]]:
    """Run mypy once; return the codes of the errors it found, by line."""
    lines = [*RIGHT.strip("\n").split("\n"), *WRONG]
    file = tmp_path_factory.mktemp("types") / "calls.py"
    file.write_text(HEAD + "".join(f"    {line}\n" for line in lines))
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"]
    command += ["--cache-dir", str(file.parent / "cache"), "--follow-imports=silent", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    errors: dict[int, set[str]] = {}
    for line in done.stdout.splitlines():
        if said := re.match(r".*calls\.py:(\d+): error: .*\[([\w-]+)\]$", line):
            errors.setdefault(int(said[1]) - HEAD.count("\n"), set()).add(said[2])
    return errors


def test_right_calls_are_right(found: dict[int, set[str]]) -> None:
    assert not {
        line: codes for line, codes in found.items() if line <= RIGHT.strip("\n").count("\n") + 1
    }


@pytest.mark.parametrize(("call", "code"), WRONG.items())
def test_wrong_calls_are_found(call: str, code: str, found: dict[int, set[str]]) -> None:
    line = RIGHT.strip("\n").count("\n") + 2 + list(WRONG).index(call)
    assert code in found.get(line, set()), found.get(line)
