"""State that survives a restart: as text, in a file, through a kill."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from django_zcrm.emulator import Emulator, commandline
from django_zcrm.emulator.state.grants import CLIENT_ID
from django_zcrm.emulator.state.store import RecordStore
from django_zcrm.emulator.state_file import StateFile

from .bulk.jobs import BulkApi, sheet
from .caller import Caller


@pytest.fixture
def busy() -> BulkApi:
    """An organisation in which a bit of everything has happened."""
    api = BulkApi("v8")
    lead = api.create("Leads", Last_Name="Lasting", Company="C", Tag=[{"name": "kept"}])
    api.upload(f"Leads/{lead}/Attachments", ("a.bin", bytes(range(256))))
    api.post(f"Leads/{lead}/Notes", {"data": [{"Note_Content": "x"}]})
    api.post(f"Leads/{api.create('Leads', Last_Name='Conv')}/actions/convert", {"data": [{}]})
    api.delete(f"Leads/{api.create('Leads', Last_Name='Gone')}")
    api.create("Projects", Name="P", Milestones=[{"Title": "m"}])
    field = {"field_label": "Extra", "data_type": "picklist",
             "pick_list_values": [{"display_value": "A"}, {"display_value": "B"}]}  # fmt: skip
    assert api.caller.post(
        "/crm/v8/settings/fields?module=Leads", {"fields": [field]}
    ).status_code == 201  # fmt: skip
    module = {"api_name": "Machines", "singular_label": "Machine", "plural_label": "Machines"}
    assert api.post("settings/modules", {"modules": [module]}).status_code == 201
    watch = {"channel_id": "1", "events": ["Leads.all"], "notify_url": "http://x.example/"}
    assert api.post("actions/watch", {"watch": [watch]}).status_code == 201
    api.rows("Leads", per_page=10)
    api.finished_read("Leads")
    api.finished_write("insert", api.resource("Leads", api.file_id(l=sheet({"Last_Name": "x"}))))
    return api


def restore(api: BulkApi) -> BulkApi:
    emulator = Emulator(data="empty")
    emulator.load(api.caller.emulator.dump())
    again = BulkApi("v8", data="empty")
    again.caller = Caller(emulator)
    again.caller.token = api.caller.token
    return again


def get_contents(store: RecordStore) -> dict[str, Any]:
    """A store without its caches."""
    return {
        **{name: getattr(store, name) for name in store.__dataclass_fields__ if name != "tables"},
        "tables": {
            name: (table.rows, table.counters, table.deleted.keys())
            for name, table in store.tables.items()
            if table.rows or table.deleted
        },
    }


def test_loaded_state_is_complete(busy: BulkApi) -> None:
    again = restore(busy)
    before, after = busy.org, again.org
    for name in ("id", "name", "info", "users", "roles", "profiles", "channels", "settings"):
        assert getattr(after, name) == getattr(before, name)
    assert after.metadata == before.metadata
    assert get_contents(after.records) == get_contents(before.records)
    assert after.bulk == before.bulk
    assert again.caller.emulator.dump() == busy.caller.emulator.dump()


def test_loaded_state_continues(busy: BulkApi) -> None:
    refresh_token = busy.caller.connect()["refresh_token"]
    token = busy.caller.emulator.zoho.grants.access_tokens[str(busy.caller.token)]
    first = busy.get("Leads", fields="Last_Name", per_page=10).json["info"]["next_page_token"]
    newest = busy.first_id("Leads")
    again = restore(busy)

    assert again.get("Leads", fields="Last_Name", per_page=10, page_token=first).status_code == 200
    assert again.caller.refresh(refresh_token)["access_token"] != token.token
    assert again.create("Leads", Last_Name="New", Extra="A") > newest
    again.org.strict_picklists = True
    assert again.refused("Leads", Last_Name="New", Extra="C")["code"] == "INVALID_DATA"
    [deleted] = again.get("Leads/deleted", type="all").json["data"]
    assert deleted["display_name"] == "Gone"
    assert again.create("Machines", Name="M")
    lead = again.get("Leads/search", word="Lasting").json["data"][0]
    assert lead["Full_Name"] == "Lasting"
    assert [tag["name"] for tag in lead["Tag"]] == ["kept"]
    [attachment] = again.rows(f"Leads/{lead['id']}/Attachments", fields="File_Name")
    downloaded = again.get(f"Leads/{lead['id']}/Attachments/{attachment['id']}")
    assert downloaded.data == bytes(range(256))
    again.caller.emulator.zoho.callbacks.wait()
    assert again.caller.emulator.zoho.callbacks.posted_callbacks[-1].url == "http://x.example/"


def test_loaded_record_shows_an_empty_list_for_no_choice() -> None:
    api = BulkApi("v8")
    size = {"field_label": "Size", "data_type": "text"}
    assert api.post("settings/fields", {"fields": [size]}, module="Products").status_code == 201
    product = api.create("Products", Product_Name="Tablet")
    assert api.record("Products", product)["Tax"] == []
    assert restore(api).record("Products", product)["Tax"] == []


def test_loaded_clock_and_seed_do_not_repeat() -> None:
    caller = Caller(seed=3)
    caller.emulator.zoho.clock.advance(1000)
    first = caller.connect()
    again = Caller(Emulator(seed=3))
    again.emulator.load(caller.emulator.dump())
    assert again.emulator.zoho.clock.offset == 1000
    assert again.connect()["access_token"] != first["access_token"]


def test_built_in_client_follows_the_options() -> None:
    old = Emulator(data="empty")
    new = Emulator(data="empty", redirect_uris=("https://x.example/",))
    new.load(old.dump())
    assert new.zoho.grants.clients[CLIENT_ID].redirect_uris == ("https://x.example/",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "other"}',
        '{"format": "zcrm-emulator-state", "version": 99}',
        '{"$is": "os.system", "of": "true"}',
        '{"$is": "server.EmulatorServer"}',
        '{"format": "zcrm-emulator-state", "version": 1, "clock": 0, "ids": [1, null],'
        ' "grants": {}, "organisations": {"1": {"name": "x"}}}',
        '{"format": "zcrm-emulator-state", "version": 1, "clock": 0, "ids": [1, null],'
        ' "grants": {"clients": {}, "codes": {}, "refresh_tokens": {}, "access_tokens": {},'
        ' "code_times": {}}, "organisations": {}}',
        "[" * 100_000,
    ],
)
def test_foreign_text_is_refused_and_changes_nothing(text: str) -> None:
    emulator = Emulator(data="demo")
    before = emulator.dump()
    with pytest.raises(ValueError, match="no emulator of this version"):
        emulator.load(text)
    assert emulator.dump() == before


def test_state_file_is_written_regularly_and_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    caller = Caller()
    with StateFile(caller.emulator, path, every=0.01):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        token = caller.connect()["access_token"]
        deadline = time.monotonic() + 60
        while token not in path.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        last = caller.connect()["access_token"]
    assert last in path.read_text()
    assert list(tmp_path.iterdir()) == [path]
    assert "zcrm-emulator-state" not in {thread.name for thread in threading.enumerate()}


def test_state_file_without_changes_is_not_written(tmp_path: Path) -> None:
    caller = Caller()
    with StateFile(caller.emulator, tmp_path / "state.json", every=100) as file:
        written = (tmp_path / "state.json").stat().st_mtime_ns
        caller.get("/emulator/health")
        caller.get("/emulator/requests")
        file.save()
        assert (tmp_path / "state.json").stat().st_mtime_ns == written


def test_state_file_at_the_end_has_changes_without_a_request(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    emulator = Emulator(data="empty")
    with StateFile(emulator, path, every=100):
        emulator.zoho.clock.advance(1000)
    again = Emulator(data="empty")
    again.load(path.read_text())
    assert again.zoho.clock.offset == 1000


def test_full_disk_is_reported_and_saving_retried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    caller = Caller()
    with StateFile(caller.emulator, folder / "state.json", every=0.01):
        (folder / "state.json").unlink()
        folder.rmdir()
        caller.connect()
        deadline = time.monotonic() + 60
        while "could not be kept" not in capsys.readouterr().err:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        folder.mkdir()
    assert (folder / "state.json").exists()


def start_server(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "django_zcrm.emulator", "--port", "0", "--data", "empty"]
    return subprocess.Popen([*command, "--state", str(path)], stdout=subprocess.PIPE, text=True)


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip().rpartition(" ")[2]


@pytest.mark.slow
def test_restarted_server_has_its_state(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with start_server(path) as process:
        url = url_of(process)
        body = json.dumps({"name": "Kept Ltd"}).encode()
        urlopen(Request(f"{url}/emulator/organisations", body), timeout=30).close()  # noqa: S310
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    with start_server(path) as process:
        with urlopen(url_of(process), timeout=30) as page:  # noqa: S310
            assert b"Kept Ltd" in page.read()
        process.kill()
    assert "Kept Ltd" in path.read_text()


def test_foreign_state_file_is_reported_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state.json"
    path.write_text("precious")
    with pytest.raises(SystemExit) as exit:
        commandline.main(["--port", "0", "--state", str(path)])
    assert exit.value.code == 2
    assert "no emulator of this version has stored this state" in capsys.readouterr().err
    assert path.read_text() == "precious"
