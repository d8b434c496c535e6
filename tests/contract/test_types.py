"""Type checkers find every error in a file of wrong calls, and none in correct ones.

Every call is checked as a blocking one and as an awaited one.
"""

from __future__ import annotations

import ast
import fcntl
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cases import check_each

ROOT = Path(__file__).resolve().parents[2]
HEAD = """
from datetime import date, datetime
from typing import Any
from django_zcrm.zoho.aio import AsyncClient, AsyncDownload, AsyncPage
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.http.downloads import Download
from django_zcrm.zoho.operations.results import BatchResult, Outcome, Page
"""

RIGHT = """
for record in crm.records.list("Leads", fields=["Last_Name"], sort_order="desc"): record["anything"]
crm.records.create("Leads", [{"Last_Name": "Wong"}], trigger=[]).raise_for_failures().ids
crm.records.update_one("Leads", "1", {"City": None}).id
crm.records.add_tags("Leads", ["1"], ["hot", {"name": "new"}], over_write=True)
crm.notes.create([{"Note_Content": "n", "Parent_Id": {"id": "1", "module": {"api_name": "Leads"}}}])
crm.bulk_read.create({"module": "Leads", "fields": ["id"]}, file_type="csv")
crm.emails.send("Leads", "1", {"from": {"email": "a@b.c"}, "to": [{"email": "d@e.f"}]})
crm.bulk_read.get("1")["result"]["download_url"].upper()
crm.users.list(type="CurrentUser")[0]
crm.files.upload([("a.txt", b"a")])
""".strip().splitlines()

ASYNCHRONOUS_RIGHT = """
listed: AsyncPage[dict[str, Any]] = await crm.aio.records.list("Leads")
for row in (await crm.aio.records.list("Leads")).rows: row["anything"]
async for page in (await crm.aio.records.list("Leads")).pages(): page.rows[0]["anything"]
names = [lead["Last_Name"] async for lead in await crm.aio.coql.query("select 1")]
file: AsyncDownload = await crm.aio.photos.download("Leads", "1")
content: bytes = await (await crm.aio.photos.download("Leads", "1")).read()
aio: AsyncClient = crm.aio; (await aio.request("GET", "/crm/{version}/org")).status_code
""".strip().splitlines()

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

ASYNCHRONOUS_WRONG = {
    "await crm.aio.recrods.lsit(7)": "attr-defined",
    "crm.aio.request('GET')": "call-arg",
    'crm.aio.records.create("Leads", []).ids': "attr-defined",
    'for lead in await crm.aio.records.list("Leads"): pass': "attr-defined",
    'async for lead in crm.aio.records.list("Leads"): pass': "attr-defined",
    'page: Page[dict[str, Any]] = await crm.aio.records.list("Leads")': "assignment",
    'download: Download = await crm.aio.photos.download("Leads", "1")': "assignment",
}


# What pyright calls an error that has this code in mypy.
RULES = {
    "arg-type": {"reportArgumentType"},
    "assignment": {"reportAssignmentType"},
    "attr-defined": {"reportAttributeAccessIssue", "reportGeneralTypeIssues"},
    "call-arg": {"reportCallIssue"},
    "list-item": {"reportArgumentType"},
    "misc": {"reportGeneralTypeIssues"},
    "typeddict-item": {"reportArgumentType", "reportGeneralTypeIssues"},
    "typeddict-unknown-key": {"reportArgumentType"},
}


class _Asynchronous(ast.NodeTransformer):
    """Turns `crm.records.get(...)` into `await crm.aio.records.get(...)`."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Attribute(node, "aio", node.ctx) if node.id == "crm" else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        is_operation = re.fullmatch(r"crm\.\w+\.\w+", ast.unparse(node.func))
        self.generic_visit(node)
        return ast.Await(node) if is_operation else node

    def visit_For(self, node: ast.For) -> ast.AsyncFor:
        self.generic_visit(node)
        return ast.AsyncFor(**dict(ast.iter_fields(node)), lineno=node.lineno)


def asynchronous(call: str) -> str:
    """Return the same call of the asynchronous client."""
    return ast.unparse(_Asynchronous().visit(ast.parse(call))).replace(":\n    ", ": ")


ALL_RIGHT = [*RIGHT, *map(asynchronous, RIGHT), *ASYNCHRONOUS_RIGHT]
ALL_WRONG = WRONG | ASYNCHRONOUS_WRONG
for call, code in WRONG.items():
    # mypy has another code for a wrong key of what a generic call returns, which these are not.
    ALL_WRONG[asynchronous(call)] = "typeddict-item" if code == "misc" else code

Found = dict[int, set[str]]

MYPY_CACHE = ROOT / ".mypy_cache" / "tests"
"""Kept from run to run, and for all processes: in an empty one mypy takes several times as long."""


def mypy(file: Path) -> Found:
    """Return the codes of mypy's errors, by line."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"]
    command += ["--cache-dir", str(MYPY_CACHE), "--follow-imports=silent", str(file)]
    MYPY_CACHE.mkdir(parents=True, exist_ok=True)
    with (MYPY_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two would write the same files
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    errors: Found = {}
    for line in done.stdout.splitlines():
        if error := re.match(r".*calls\.py:(\d+): error: .*\[([\w-]+)\]$", line):
            errors.setdefault(int(error[1]), set()).add(error[2])
    return errors


def pyright(file: Path) -> Found:
    """Return the rules of pyright's errors, by line."""
    settings = {
        "include": [str(file)],
        "extraPaths": [str(ROOT)],
        "typeCheckingMode": "strict",
        "reportUnusedVariable": False,
    }
    project = file.with_name("pyrightconfig.json")
    project.write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--project", str(project)]
    command += ["--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    errors: Found = {}
    for diagnostic in json.loads(done.stdout)["generalDiagnostics"]:
        line = diagnostic["range"]["start"]["line"] + 1
        errors.setdefault(line, set()).add(diagnostic.get("rule", diagnostic["message"]))
    return errors


CHECKERS: dict[str, Callable[[Path], Found]] = {"mypy": mypy, "pyright": pyright}
CHECKER_PARAMS = [
    pytest.param("mypy", marks=pytest.mark.dev),
    pytest.param("pyright", marks=pytest.mark.pyright),
]


class Checked:
    """What a type checker found in all calls, each in a separate function of two lines."""

    def __init__(self, checker: str, directory: Path) -> None:
        self.checker = checker
        self.calls = [*ALL_RIGHT, *ALL_WRONG]
        file = directory / "calls.py"
        functions = (
            f"async def call_{number}(crm: Client) -> None:\n    {call}\n"
            for number, call in enumerate(self.calls)
        )
        file.write_text(HEAD + "".join(functions))
        self._found = CHECKERS[checker](file)

    def errors(self, call: str) -> set[str]:
        """Return the codes of the errors in a call."""
        return self._found.get(HEAD.count("\n") + 2 * self.calls.index(call) + 2, set())


@pytest.fixture(scope="module", params=CHECKER_PARAMS)
def checked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Run a type checker, once for all tests."""
    return Checked(request.param, tmp_path_factory.mktemp("types"))


@pytest.mark.slow
@check_each("call", ALL_RIGHT)
def test_right_calls_are_right(call: str, checked: Checked) -> None:
    assert not checked.errors(call)


@pytest.mark.slow
@check_each(("call", "code"), ALL_WRONG.items())
def test_wrong_calls_are_found(call: str, code: str, checked: Checked) -> None:
    expected = {code} if checked.checker == "mypy" else RULES[code]
    assert expected & checked.errors(call), checked.errors(call)
