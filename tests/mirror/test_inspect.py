"""`zcrm_inspect --mirror` writes models that can be migrated, and hold the values of Zoho."""

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
from django_zcrm.records.merging import merge_fields
from django_zcrm.testing import SiteEmulator
from tests.cases import check_each
from tests.mirror.metadata import add_field, without_field

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]


def run_inspect(*modules: str) -> str:
    output = StringIO()
    call_command("zcrm_inspect", *modules, "--mirror", stdout=output)
    return output.getvalue()


def source_of(*fields: FoundField) -> str:
    return mirrored.source({"Leads": fields})


def test_module_without_fields_gets_a_comment() -> None:
    text = mirrored.source({"Functions__s": ()})
    assert "# Functions__s has no fields that can be mirrored." in text
    assert "class " not in text


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
    modules = sorted(names)
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
    assert set(models["rows"]) == {*modules} - {"Functions__s"}  # it has no fields
    assert filled <= {module for module, count in models["rows"].items() if count}


def test_columns_are_as_wide_as_zohos(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    text = run_inspect("Leads", "Contacts")
    compile(text, "models.py", "exec")
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


def test_text_without_a_length_limit_is_a_text_field(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    text = run_inspect("Leads")
    assert 'full_name = models.TextField(blank=True, default="")  # Zoho sets it' in text
    assert "def __str__(self):\n        return str(self.full_name)" in text
    text = source_of(
        FoundField("Unlimited", "text"),
        FoundField("Computed", "formula", "text", read_only=True, length=100),
        FoundField("Limited", "text", length=100),
        FoundField("Website", "website", length=450),
    )
    for line in (
        'unlimited = models.TextField(blank=True, default="")',
        'computed = models.TextField(blank=True, default="")',
        'limited = models.CharField(max_length=100, blank=True, default="")',
        'website = models.CharField(max_length=450, blank=True, default="")',
    ):
        assert line in text


def test_names_that_every_row_has_are_not_taken() -> None:
    text = source_of(
        FoundField("Connection", "text", length=80),
        FoundField("Save", "text", length=80),
        FoundField("Zoho_Id", "text", length=80),
        FoundField("class", "text", length=80),
        FoundField("Objects", "text", length=80),
        FoundField("Saved_Values", "text", length=80),
    )
    names = ("connection_field", "save_field", "zoho_id_field", "class_field", "objects_field")
    for name in (*names, "saved_values_field"):
        assert f"    {name} = models.CharField(max_length=80" in text


def test_no_field_has_the_name_of_a_foreign_keys_column() -> None:
    text = source_of(
        FoundField("Referred_By", "lookup", modules=("Leads",)),
        FoundField("Referred_By_ID", "text", length=80),
    )
    assert "    referred_by = models.ForeignKey(" in text
    assert "    referred_by_id_field = models.CharField(max_length=80" in text


def test_many_texts_fit_into_a_row_of_mysql() -> None:
    text = source_of(*(FoundField(f"Text_{number}", "text", length=255) for number in range(80)))
    short = text.count("models.CharField(max_length=255")
    assert short + text.count("models.TextField") == 80
    assert 255 * 4 * short <= mirrored.ROW_BYTES


def test_inspect_does_not_overwrite_other_models(
    zcrm_emulator: SiteEmulator, tmp_path: Path
) -> None:
    zcrm_emulator.connect()
    path = tmp_path / "models.py"
    for theirs in (
        "from django.db import models\n\nclass Cat(models.Model): ...\n",
        "?",
        "import os",
    ):
        path.write_text(theirs)
        with pytest.raises(CommandError, match="not overwritten: name another file"):
            call_command("zcrm_inspect", "Leads", "--mirror", "-o", str(path))
        assert path.read_text() == theirs
    path.unlink()
    for _again in range(2):
        call_command("zcrm_inspect", "Leads", "--mirror", "-o", str(path), stdout=StringIO())
    with pytest.raises(CommandError, match="leave out --output and --mirror"):
        call_command("zcrm_inspect", "--check", "--mirror")


def test_inspect_overwrites_the_models_of_a_new_app(
    zcrm_emulator: SiteEmulator, tmp_path: Path
) -> None:
    zcrm_emulator.connect()
    call_command("startapp", "crm", str(tmp_path))
    path = tmp_path / "models.py"
    assert "import models" in path.read_text()
    call_command("zcrm_inspect", "Leads", "--mirror", "-o", str(path), stdout=StringIO())
    assert "class Lead(MirrorModel):" in path.read_text()


def test_names_of_rows_are_those_of_models() -> None:
    assert {name for name in dir(models.Model) if not name.startswith("_")} <= mirrored.TAKEN


@pytest.fixture
def organisations(
    zcrm_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> dict[str, SiteEmulator]:
    """Four connected organisations that differ."""
    names = ("acme", "brook", "crane", "delta")
    made = {name: zcrm_emulator.add_organisation(name) for name in names}
    for name, zoho in made.items():
        zoho.connect(identifier=name)
    without_field(made["brook"], monkeypatch, "Leads", "Rating")
    without_field(made["acme"], monkeypatch, "Leads", "Fax")
    without_field(made["brook"], monkeypatch, "Leads", "Fax")
    add_field(made["acme"], monkeypatch, "Leads", "Segment", label="Segment", length=40)
    add_field(made["crane"], monkeypatch, "Leads", "Segment1", label="segment", length=60)
    for name in ("acme", "brook"):
        length = 90 if name == "brook" else 30
        add_field(made[name], monkeypatch, "Leads", "Code", label="Code", length=length)
    monkeypatch.delitem(made["delta"].org.metadata.modules, "Solutions")
    return made


def inspect_all(*modules: str, option: str = "identifier") -> str:
    out = StringIO()
    names = [part for name in ("acme", "brook", "crane", "delta") for part in ("--" + option, name)]
    call_command("zcrm_inspect", *modules, "--mirror", *names, stdout=out)
    return out.getvalue()


@pytest.mark.slow
def test_inspect_of_several_organisations_marks_what_some_lack(
    organisations: dict[str, SiteEmulator],
) -> None:
    text = inspect_all("Leads", "Solutions")
    compile(text, "models.py", "exec")
    for line in (
        "# only in acme, crane, delta\n",
        "# only in crane, delta\n",
        'segment = models.CharField(max_length=60, blank=True, default="")  # only in acme, '
        "crane\n",
        '            "segment": ["Segment", "Segment1"],\n',
        'code = models.CharField(max_length=90, blank=True, default="")  # only in acme, brook\n',
        '        module = "Solutions"  # only in acme, brook, crane\n',
        '        module = "Leads"\n',
        'last_name = models.CharField(max_length=80, blank=True, default="")\n',
    ):
        assert line in text
    assert "segment1 = " not in text


@pytest.mark.slow
def test_inspect_of_organisations_without_module_fails(
    organisations: dict[str, SiteEmulator],
) -> None:
    with pytest.raises(CommandError, match="None of these organisations has the module Nothing"):
        inspect_all("Nothing")


@pytest.mark.slow
def test_several_connections_need_mirror(organisations: dict[str, SiteEmulator]) -> None:
    two = {"identifier": ["acme", "brook"]}
    for options in ({"check": True}, {}):
        with pytest.raises(CommandError, match="Several connections need --mirror"):
            call_command("zcrm_inspect", "Leads", **two, **options)
    with pytest.raises(CommandError, match="only one of --identifier, --user and --owner"):
        call_command("zcrm_inspect", "Leads", mirror=True, identifier=["acme"], user=["alice"])


@check_each(
    ("first", "second", "column"),
    [
        (("text", 20), ("picklist", 50), "CharField(max_length=50,"),
        (("text", 20), ("text", 0), "TextField("),
        (("integer", 9), ("double", 9), "DecimalField("),
        (("text", 20), ("integer", 9), "JSONField("),
        (("boolean", 0), ("boolean", 0), "BooleanField("),
    ],
)
def test_field_of_two_types_holds_values_of_both(
    first: tuple[str, int], second: tuple[str, int], column: str
) -> None:
    merged = merge_fields(
        {
            str(number): [FoundField("Kind", data_type, length=length)]
            for number, (data_type, length) in enumerate((first, second))
        }
    )
    assert f"kind = models.{column}" in source_of(*merged)


def test_fields_of_one_label_in_one_organisation_are_no_aliases() -> None:
    one = [FoundField(name, "text", label="Segment") for name in ("Segment", "Segment1")]
    merged = merge_fields({"acme": one, "brook": [], "crane": one[1:]})
    assert [(field.name, field.aliases) for field in merged] == [("Segment", ()), ("Segment1", ())]
    assert [field.only_in for field in merged] == ["only in acme", "only in acme, crane"]
    merged = merge_fields(
        {"brook": [], "crane": [FoundField("Part", "text", label="Segment")], "acme": one}
    )
    assert [field.aliases for field in merged] == [()] * 3
