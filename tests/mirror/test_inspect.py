"""`zcrm_inspect --mirror` writes models that can be migrated, and that hold what Zoho gives."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models

from django_zcrm import zcrm
from django_zcrm.records import mirrored
from django_zcrm.records.inspecting import FoundField
from django_zcrm.testing import SiteEmulator
from tests.amounts import some

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]


def written(*modules: str) -> str:
    said = StringIO()
    call_command("zcrm_inspect", *modules, "--mirror", stdout=said)
    return said.getvalue()


def source_of(*fields: FoundField) -> str:
    return mirrored.source({"Leads": fields})


@pytest.mark.slow
def test_each_module_can_be_migrated_and_mirrored(
    zcrm_emulator: SiteEmulator, tmp_path: Path
) -> None:
    zcrm_emulator.connect()
    filled = {"Leads", "Contacts", "Accounts", "Deals", "Tasks", "Products"}
    names = {
        str(module["api_name"])
        for module in zcrm.modules.list()
        if module["api_supported"] and module["generated_type"] in ("default", "custom")
    }
    modules = sorted(filled | {*some(sorted(names - filled), 4)})
    home = tmp_path / "inspected"
    (home / "migrations").mkdir(parents=True)
    for folder in (home, home / "migrations"):
        (folder / "__init__.py").touch()
    call_command("zcrm_inspect", *modules, "--mirror", "-o", str(home / "models.py"), verbosity=0)
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tests/mirror/inspected.py"),
            str(tmp_path),
            f"sqlite:///{tmp_path}/db.sqlite3",
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    models: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert models["problems"] == {}
    assert set(models["rows"]) == set(modules)
    assert filled <= {module for module, count in models["rows"].items() if count}


def test_columns_are_as_wide_as_zohos(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    text = written("Leads", "Contacts")
    for line in (
        'last_name = models.CharField(max_length=80, blank=True, default="")',
        'external_reference = models.CharField(max_length=100, blank=True, default="")  # unique\n',
        "revenue_per_employee = models.FloatField(null=True, blank=True)  # Zoho sets it\n",
        'lead_number = models.CharField(max_length=50, blank=True, default="")  # Zoho sets it\n',
        "modified_time = models.DateTimeField(null=True, blank=True)  # Zoho sets it\n",
        'email = models.EmailField(max_length=100, blank=True, default="")\n',
        'description = models.TextField(blank=True, default="")',
        "annual_revenue = models.DecimalField(max_digits=18, decimal_places=2, null=True, "
        "blank=True)",
        "customer_number = models.BigIntegerField(null=True, blank=True)",
        "languages = models.JSONField(null=True, blank=True)",
        "email_opt_out = models.BooleanField(default=False)",
        "follow_up_date = models.DateField(null=True, blank=True)",
        'account_name = models.CharField(max_length=32, blank=True, default="")  # an id in',
        '"Contact", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"',
        '"zip_code": "Zip_Code",',
        '# "record_image": "Record_Image",  # profileimage: a JSONField',
    ):
        assert line in text


def test_names_that_every_row_has_are_not_taken() -> None:
    text = source_of(
        FoundField("Connection", "text"),
        FoundField("Save", "text"),
        FoundField("Zoho_Id", "text"),
        FoundField("class", "text"),
    )
    for name in ("connection_field", "save_field", "zoho_id_field", "class_field"):
        assert f"    {name} = models.CharField(max_length=255" in text


def test_many_texts_fit_into_a_row_of_mysql() -> None:
    text = source_of(*(FoundField(f"Text_{number}", "text", length=255) for number in range(80)))
    short = text.count("models.CharField(max_length=255")
    assert short + text.count("models.TextField") == 80
    assert 255 * 4 * short <= mirrored.ROW_BYTES


def test_what_is_written_is_python(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    compile(written("Leads", "Invoices"), "models.py", "exec")
    assert "def __str__(self):\n        return str(self.full_name)" in written("Leads")


def test_somebody_elses_models_are_left_alone(zcrm_emulator: SiteEmulator, tmp_path: Path) -> None:
    zcrm_emulator.connect()
    path = tmp_path / "models.py"
    for theirs in (
        "from django.db import models\n\nclass Cat(models.Model): ...\n",
        "?",
        "import os",
    ):
        path.write_text(theirs)
        with pytest.raises(CommandError, match="left as it is: name another file"):
            call_command("zcrm_inspect", "Leads", "--mirror", "-o", str(path))
        assert path.read_text() == theirs
    path.unlink()
    for _again in range(2):
        call_command("zcrm_inspect", "Leads", "--mirror", "-o", str(path), stdout=StringIO())
    with pytest.raises(CommandError, match="leave out --output and --mirror"):
        call_command("zcrm_inspect", "--check", "--mirror")


def test_the_models_of_a_new_app_are_written_over(
    zcrm_emulator: SiteEmulator, tmp_path: Path
) -> None:
    zcrm_emulator.connect()
    call_command("startapp", "crm", str(tmp_path))
    path = tmp_path / "models.py"
    assert "import models" in path.read_text()
    call_command("zcrm_inspect", "Leads", "--mirror", "-o", str(path), stdout=StringIO())
    assert "class Lead(MirrorModel):" in path.read_text()


def test_the_names_of_rows_are_those_of_models() -> None:
    assert {name for name in dir(models.Model) if not name.startswith("_")} <= mirrored.TAKEN
