"""zcrm_inspect: a file of classes, and what is no longer true of it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_zcrm import zcrm
from django_zcrm.testing.site import SiteEmulator
from tests.app.records import shop
from tests.contract.test_types import CHECKER_PARAMS, CHECKERS

pytestmark = pytest.mark.django_db

NAME = "zcrm_inspected"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder whose module `zcrm_inspected` can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it would be as old as the next file
    yield tmp_path
    sys.modules.pop(NAME, None)


def run(*words: str) -> str:
    output = StringIO()
    call_command("zcrm_inspect", *words, stdout=output)
    return output.getvalue()


def drift(*words: str) -> str:
    """Return the output of a check that ends with an error."""
    output = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("zcrm_inspect", "--check", *words, stdout=output)
    assert caught.value.returncode == 1
    return f"{output.getvalue()}{caught.value}"


def write_classes(home: Path, *modules: str) -> ModuleType:
    """Write a file with the command, and import it."""
    run(*modules, "-o", str(home / f"{NAME}.py"))
    importlib.invalidate_caches()
    return importlib.import_module(NAME)


def test_inspect_prints_the_same_as_it_writes(zcrm_emulator: SiteEmulator, home: Path) -> None:
    zcrm_emulator.connect()
    path = home / "zoho.py"
    assert run("Leads", "Contacts", "-o", str(path)) == f"{path} has 2 classes\n"
    assert run("Contacts", "Leads", "Leads") == path.read_text()
    assert list(home.iterdir()) == [path]
    zcrm_emulator.assert_not_called("GET", "/crm/v8/Leads")


def test_written_classes_read_and_write_records(zcrm_emulator: SiteEmulator, home: Path) -> None:
    zcrm_emulator.connect()
    records: Any = write_classes(home, "Leads", "Contacts", "Accounts")
    account = records.Account(account_name="Acme", industry="Consulting").save()
    records.Contact(last_name="Wong", account_name=account).save()
    assert records.Contact.objects.get(account_name__industry="Consulting").last_name == "Wong"
    lead = records.Lead(last_name="Wong", company="Acme", annual_revenue=5).save()
    assert records.Lead.objects.get(annual_revenue__gte=5) == lead


@pytest.mark.slow
def test_check_reports_changes_of_the_organisation_only(
    zcrm_emulator: SiteEmulator, home: Path
) -> None:
    zcrm_emulator.connect()
    region = {"field_label": "Region", "data_type": "text", "length": 50}
    level = {"field_label": "Level", "data_type": "integer", "length": 9}
    ids = zcrm.fields.create([region, level], "Leads").raise_for_failures().ids
    write_classes(home, "Leads", "Accounts")
    assert run("--check", "--classes", NAME) == (
        f"ok  {NAME}.Account (Accounts)\nok  {NAME}.Lead (Leads)\n"
    )
    for field in ids:
        zcrm.fields.delete_one(field, "Leads")
    added = [region | {"field_label": name} for name in ("Level", "Zone")]
    zcrm.fields.create(added, "Leads").raise_for_failures()
    output = drift("--classes", NAME)
    assert output.endswith("1 class no longer fits the organisation.")
    assert f"ok  {NAME}.Account" in output
    assert output.partition(f"XX  {NAME}.Lead (Leads)\n")[2].splitlines()[:3] == [
        "    changed: Level (level) is of type text, not integer",
        "    gone: Region (region)",
        "    new: Zone (Text)",
    ]
    write_classes(home, "Leads", "Accounts")
    sys.modules.pop(NAME)
    assert run("--check", "--classes", NAME).count("ok") == 2


def test_classes_declared_by_hand_are_checked(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    assert run("--check", "--classes", shop.__name__, "Accounts") == (
        f"ok  {shop.__name__}.Account (Accounts)\n"
    )


def test_without_a_path_every_known_class_of_the_module_is_checked(
    zcrm_emulator: SiteEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm_emulator.connect()
    with suppress(CommandError):  # other tests have other classes
        call_command("zcrm_inspect", "--check", "Contacts")
    assert f"{shop.__name__}.Contact (Contacts)" in capsys.readouterr().out


def test_check_with_missing_module_reports_drift_and_checks_others(
    zcrm_emulator: SiteEmulator, home: Path
) -> None:
    zcrm_emulator.connect()
    write_classes(home, "Accounts", "Leads", "Vendors")
    zcrm_emulator.fail_next("fields.list", skip=1, code="INVALID_MODULE", status=400)
    output = drift("--classes", NAME)
    assert output == (
        f"ok  {NAME}.Account (Accounts)\nXX  {NAME}.Lead (Leads)\n    gone: Leads\n"
        f"ok  {NAME}.Vendor (Vendors)\n1 class no longer fits the organisation."
    )


def test_inspect_with_missing_module_names_it(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    with pytest.raises(CommandError, match=r"^leads: .*INVALID_MODULE"):
        run("leads")


def test_inspect_over_foreign_file_raises(zcrm_emulator: SiteEmulator, home: Path) -> None:
    zcrm_emulator.connect()
    path = home / "models.py"
    path.write_text("# by hand\n")
    with pytest.raises(CommandError, match=r"models\.py was not written by zcrm_inspect"):
        run("Leads", "-o", str(path))
    assert path.read_text() == "# by hand\n"
    assert zcrm_emulator.requests == []


def test_a_refusal_leaves_the_old_file(zcrm_emulator: SiteEmulator, home: Path) -> None:
    zcrm_emulator.connect()
    path = home / "zoho.py"
    run("Leads", "-o", str(path))
    before = path.read_text()
    zcrm_emulator.fail_next("fields.list", code="NO_PERMISSION")
    with pytest.raises(CommandError, match=r"^Leads: "):
        run("Leads", "-o", str(path))
    assert path.read_text() == before
    assert list(home.iterdir()) == [path]


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ((), "Name the modules"),
        (("--check", "Leads", "-o", "x.py"), "--check writes nothing"),
        (("Leads", "--classes", "a.b"), "--classes needs --check"),
        (("--check", "--classes", "no.such.module"), "no.such.module cannot be imported"),
        (("--check", "--classes", "json"), "has no typed record for any module"),
        (("--check", "--classes", shop.__name__, "Deals"), "no typed record for Deals"),
        (("Leads", "-o", "/no/such/folder/x.py"), "cannot be written"),
    ],
)
def test_inspect_with_wrong_options_raises_before_calls(
    words: tuple[str, ...], output: str, zcrm_emulator: SiteEmulator
) -> None:
    with pytest.raises(CommandError, match=output):
        run(*words)
    assert zcrm_emulator.requests == []


@pytest.mark.slow
@pytest.mark.zcrm_emulator(data="demo")
@pytest.mark.parametrize("checker", CHECKER_PARAMS)
def test_type_checkers_find_nothing_but_a_mistake_after_the_file(
    checker: str, zcrm_emulator: SiteEmulator, tmp_path: Path
) -> None:
    zcrm_emulator.connect()
    modules = sorted(zcrm_emulator.org.metadata.modules)
    file = tmp_path / "calls.py"
    run(*modules, "-o", str(file))
    assert file.read_text().count("\nclass ") == len(modules)
    with file.open("a") as more:
        more.write("\n\nmistake: int = Lead.objects.all()[0].last_name\n")
    assert list(CHECKERS[checker](file)) == [len(file.read_text().splitlines())]
