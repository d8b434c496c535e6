"""The command `zcrm_sync` syncs mirrors now, and reports what prevents this."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from django_zcrm import zcrm
from django_zcrm.mirror.models import MirroredRecord, MirrorState
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.cases import check_each
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

MODULES = sorted(mirrored_models())
ALL = len(MODULES)


def test_command_syncs_modules(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    call_command("zcrm_sync", "Leads")
    assert "new: 2; 2 records" in capsys.readouterr().out
    call_command("zcrm_sync")
    assert len(capsys.readouterr().out.splitlines()) == ALL
    call_command("zcrm_sync", "Leads", "--json")
    assert json.loads(capsys.readouterr().out)[0]["rows"]["live"] == 2


def test_command_prints_sent_changes(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm_emulator.create("Leads", 1, Last_Name="Fox")
    zcrm.mirror(Lead).sync()
    lead = Lead.objects.get()
    lead.name = "Wolf"
    lead.save()
    call_command("zcrm_sync", "Leads")
    assert "sent: 1; 1 record" in capsys.readouterr().out
    assert zcrm_emulator.records("Leads")[0]["Last_Name"] == "Wolf"


def test_module_without_a_model_is_mirrored_without_code(
    zcrm_emulator: SiteEmulator, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm_emulator.create("Campaigns", 3, Campaign_Name="Big")
    call_command("zcrm_sync", "Campaigns", "--identifier", connection.user_identifier)
    assert "new: 3; 3 records" in capsys.readouterr().out
    assert {row.data["Campaign_Name"] for row in MirroredRecord.objects.all()} == {"Big"}


def test_one_module_that_fails_does_not_keep_the_command_from_the_others(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    MirrorState.objects.create(
        connection=connection, module="Nonsense"
    )  # of a model that was removed
    with pytest.raises(CommandError, match="1 mirror failed"):
        call_command("zcrm_sync", "Nonsense", "Leads")
    out, err = capsys.readouterr()
    assert "Nonsense" in err
    assert out.startswith("Leads")


def test_command_skips_paused_mirrors_unless_named(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    zcrm.mirror(Lead).pause()
    call_command("zcrm_sync")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == ALL
    assert [line for line in lines if line.endswith(": paused")] == [
        f"Leads ({connection}): paused"
    ]
    call_command("zcrm_sync", "--json")
    statuses = json.loads(capsys.readouterr().out)
    assert {status["module"]: status["is_paused"] for status in statuses} == {
        module: module == "Leads" for module in MODULES
    }
    with pytest.raises(CommandError, match="1 mirror failed"):
        call_command("zcrm_sync", "Leads", "--restart")
    assert "resume it in the admin, or with zcrm.mirror(...).resume()" in capsys.readouterr().err


@check_each(
    ("words", "meant"),
    [
        (["leads"], "Leads"),
        (["Laeds"], "Leads"),
        (["Laeds", "--identifier", "emulator"], "Leads"),
        (["campaign"], "Campaigns"),
    ],
)
def test_misspelt_module_suggests_name_and_leaves_no_mirror(
    connection: Connection, words: list[str], meant: str
) -> None:
    message = rf"Zoho has no module '{words[0]}', or hides.* Is it {meant}\?"
    with pytest.raises(CommandError, match=message):
        call_command("zcrm_sync", *words)
    assert words[0] not in MirrorState.objects.values_list("module", flat=True)


@check_each(
    ("words", "message"),
    [
        ([], "no default Zoho connection"),
        (["Laeds"], r"No module 'Laeds' is mirrored\. Is it Leads\?$"),
        (["Xyzzyx"], r"'Xyzzyx' is mirrored\. .*no default Zoho connection"),
    ],
)
def test_command_without_a_default_connection_raises(
    zcrm_emulator: SiteEmulator, words: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("zcrm_sync", *words)


def test_due_option_syncs_all_due_mirrors_and_takes_no_module(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("zcrm_sync", "--due")
    assert f"due for {ALL} mirrors" in capsys.readouterr().out
    with pytest.raises(CommandError, match="work on all mirrors"):
        call_command("zcrm_sync", "Leads", "--due")
