"""``manage.py zcrm_probe``."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from django_zcrm.testing.site import SiteEmulator
from django_zcrm.testing.standalone import ALL_SCOPES

pytestmark = pytest.mark.django_db


@pytest.mark.zcrm_emulator(environments=("sandbox",))
def test_probe_by_connection_writes_result(zcrm_emulator: SiteEmulator, tmp_path: Path) -> None:
    zcrm_emulator.connect(identifier="sandbox", scopes=ALL_SCOPES)
    output, progress = tmp_path / "probe.json", StringIO()

    call_command(
        "zcrm_probe",
        "--identifier",
        "sandbox",
        "--only",
        "composite",
        "--only",
        "people",
        "--output",
        str(output),
        stdout=progress,
    )

    result = json.loads(output.read_text())
    assert len(result["facts"]) == 8
    assert {fact["verdict"] for fact in result["facts"].values()} == {"confirmed"}
    assert "[  8/8]" in progress.getvalue()
    assert f"The result is in {output}." in progress.getvalue()


def test_probe_of_production_is_refused(zcrm_emulator: SiteEmulator, tmp_path: Path) -> None:
    zcrm_emulator.connect()

    with pytest.raises(CommandError, match="--production"):
        call_command("zcrm_probe", "--output", str(tmp_path / "probe.json"))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.zcrm_emulator(environments=("sandbox",))
def test_probe_that_is_interrupted_ends_with_its_code(
    zcrm_emulator: SiteEmulator, tmp_path: Path
) -> None:
    zcrm_emulator.connect()

    class Interrupting(StringIO):
        def write(self, text: str) -> int:
            if "[  2/" in text:
                raise KeyboardInterrupt
            return super().write(text)

    with pytest.raises(CommandError, match="run the same command") as caught:
        call_command("zcrm_probe", "--output", str(tmp_path / "probe.json"), stdout=Interrupting())

    assert caught.value.returncode == 130
    assert [path.name for path in tmp_path.iterdir()] == ["probe.json.journal"]
