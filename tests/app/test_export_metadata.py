"""The command that writes an organisation's metadata, and an emulator made from it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from django_zcrm.emulator import Emulator
from django_zcrm.testing.site import SiteEmulator

pytestmark = pytest.mark.django_db


@pytest.mark.slow
@pytest.mark.zcrm_emulator(data="demo")
def test_exported_metadata_can_be_imported(zcrm_emulator: SiteEmulator, tmp_path: Path) -> None:
    zcrm_emulator.connect()
    path, output = tmp_path / "org.json", StringIO()

    call_command("zcrm_export_metadata", str(path), stdout=output)

    modules = zcrm_emulator.org.metadata.modules
    linking = "Projects_X_Products"
    # With the linking module, and that of functions, which is listed but has no fields.
    assert output.getvalue().startswith(f"{len(modules) + 2} modules with ")
    again = Emulator(data="empty", metadata=str(path)).zoho.organisation.metadata.modules
    assert set(again) == {*modules, linking}
    assert again["Projects"].field_map.keys() == modules["Projects"].field_map.keys()
    zcrm_emulator.assert_not_called("GET", "/crm/v8/Leads")


def test_one_module_through_a_named_connection(
    zcrm_emulator: SiteEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm_emulator.connect(identifier="sales")
    call_command("zcrm_export_metadata", "--identifier", "sales", "--module", "Leads")
    metadata = json.loads(capsys.readouterr().out)
    assert [module["api_name"] for module in metadata["modules"]] == ["Leads"]
    assert list(metadata["fields"]) == ["Leads"]


def test_one_module_is_counted_in_the_singular(zcrm_emulator: SiteEmulator, tmp_path: Path) -> None:
    zcrm_emulator.connect()
    path, output = tmp_path / "org.json", StringIO()
    call_command("zcrm_export_metadata", str(path), "--module", "Leads", stdout=output)
    count = len(json.loads(path.read_text())["fields"]["Leads"])
    assert output.getvalue() == f"1 module with {count} fields\n"


@pytest.mark.slow
def test_a_module_without_permission_is_left_out(
    zcrm_emulator: SiteEmulator, tmp_path: Path
) -> None:
    zcrm_emulator.connect()
    zcrm_emulator.fail_next("fields.list", code="NO_PERMISSION")
    errors = StringIO()
    path = tmp_path / "org.json"
    call_command("zcrm_export_metadata", str(path), stdout=StringIO(), stderr=errors)
    metadata = json.loads(path.read_text())
    assert len(metadata["fields"]) == len(metadata["modules"]) - 1
    assert "left out" in errors.getvalue()


def test_a_failure_of_zoho_leaves_the_old_file(zcrm_emulator: SiteEmulator, tmp_path: Path) -> None:
    zcrm_emulator.connect()
    zcrm_emulator.fail_next("fields.list", code="INTERNAL_ERROR", times=9)
    path = tmp_path / "org.json"
    path.write_text("complete")
    with pytest.raises(CommandError, match="INTERNAL_ERROR"):
        call_command("zcrm_export_metadata", str(path), "--module", "Leads", stderr=StringIO())
    assert path.read_text() == "complete"


def test_export_metadata_with_errors_raises_command_error(zcrm_emulator: SiteEmulator) -> None:
    with pytest.raises(CommandError, match=r"no default Zoho connection.*zcrm:connect\.$"):
        call_command("zcrm_export_metadata")
    zcrm_emulator.connect(User.objects.create(username="ines"))
    with pytest.raises(CommandError, match=r"no default .*name another one with --owner, --user"):
        call_command("zcrm_export_metadata")
    zcrm_emulator.connect()
    with pytest.raises(CommandError, match="no module 'leads'"):
        call_command("zcrm_export_metadata", "--module", "leads")
