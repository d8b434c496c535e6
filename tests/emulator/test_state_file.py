"""State that survives a restart: as text, in a file, through a kill."""

from __future__ import annotations

import json
import re
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

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.persistence import FORMER_NAMES
from django_zcrm.emulator.state.bulk import BulkPageToken
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


def restored(api: BulkApi) -> BulkApi:
    emulator = Emulator(data="empty")
    emulator.load(api.caller.emulator.dump())
    again = BulkApi("v8", data="empty")
    again.caller = Caller(emulator)
    again.caller.token = api.caller.token
    return again


#: What a state's types were called when they were named after their modules.
FORMER = {
    "AccessToken": "accounts.grants.AccessToken",
    "Archive": "bulk.jobs.Archive",
    "Blob": "records.store.Blob",
    "Bulk": "bulk.jobs.Bulk",
    "BulkPageToken": "bulk.jobs.PageToken",
    "Catalogue": "metadata.catalogue.Catalogue",
    "Channel": "notifications.channels.Channel",
    "Code": "accounts.grants.Code",
    "Consent": "accounts.grants.Consent",
    "CustomView": "metadata.module.CustomView",
    "Deleted": "records.store.Deleted",
    "Field": "metadata.field.Field",
    "Job": "settings.Job",
    "Mapping": "bulk.resources.Mapping",
    "Module": "metadata.module.Module",
    "OAuthClient": "accounts.grants.OAuthClient",
    "Organisation": "state.Organisation",
    "PageToken": "records.paging.PageToken",
    "PickListValue": "metadata.field.PickListValue",
    "ReadJob": "bulk.reading.ReadJob",
    "RefreshToken": "accounts.grants.RefreshToken",
    "RelatedList": "metadata.module.RelatedList",
    "Report": "bulk.reports.Report",
    "Resource": "bulk.resources.Resource",
    "Section": "metadata.module.Section",
    "Settings": "settings.Settings",
    "Store": "records.store.Store",
    "Table": "records.store.Table",
    "Tag": "records.store.Tag",
    "User": "state.User",
    "WriteJob": "bulk.writing.WriteJob",
}


def kept(store: RecordStore) -> dict[str, Any]:
    """A store without its caches."""
    return {
        **{name: getattr(store, name) for name in store.__dataclass_fields__ if name != "tables"},
        "tables": {
            name: (table.rows, table.counters, table.deleted.keys())
            for name, table in store.tables.items()
            if table.rows or table.deleted
        },
    }


def test_everything_comes_back(busy: BulkApi) -> None:
    again = restored(busy)
    before, after = busy.org, again.org
    for name in ("id", "name", "info", "users", "roles", "profiles", "channels", "settings"):
        assert getattr(after, name) == getattr(before, name)
    assert after.metadata == before.metadata
    assert kept(after.records) == kept(before.records)
    assert after.bulk == before.bulk
    assert again.caller.emulator.dump() == busy.caller.emulator.dump()


def test_a_state_with_the_former_names_of_types_loads(busy: BulkApi) -> None:
    busy.caller.grant_code()
    busy.org.bulk.page_tokens["t"] = BulkPageToken(busy.org.id, {}, "1", 2, 0)
    text = busy.caller.emulator.dump()
    former = re.sub(r'"\$is":"([A-Z][A-Za-z]*)"', lambda match: f'"$is":"{FORMER[match[1]]}"', text)
    assert former.count("records.store.") > 10
    emulator = Emulator(data="empty")
    emulator.load(former)
    assert emulator.dump() == text


def test_it_goes_on_where_it_was(busy: BulkApi) -> None:
    refresh_token = busy.caller.connect()["refresh_token"]
    token = busy.caller.emulator.zoho.grants.access_tokens[str(busy.caller.token)]
    first = busy.get("Leads", fields="Last_Name", per_page=10).json["info"]["next_page_token"]
    newest = busy.first_id("Leads")
    again = restored(busy)

    assert again.get("Leads", fields="Last_Name", per_page=10, page_token=first).status_code == 200
    assert again.caller.refresh(refresh_token)["access_token"] != token.token
    assert again.create("Leads", Last_Name="New", Extra="A") > newest
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
    assert again.caller.emulator.zoho.callbacks.sent[-1].url == "http://x.example/"


def test_moved_time_and_seeds_do_not_repeat() -> None:
    caller = Caller(seed=3)
    caller.emulator.zoho.clock.advance(1000)
    first = caller.connect()
    again = Caller(Emulator(seed=3))
    again.emulator.load(caller.emulator.dump())
    assert again.emulator.zoho.clock.offset == 1000
    assert again.connect()["access_token"] != first["access_token"]


def test_the_built_in_client_is_as_the_options_say() -> None:
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
    ],
)
def test_foreign_text_is_refused_and_changes_nothing(text: str) -> None:
    emulator = Emulator(data="demo")
    before = emulator.dump()
    with pytest.raises(ValueError, match="no state"):
        emulator.load(text)
    assert emulator.dump() == before


def test_the_file_is_written_now_and_then_and_at_the_end(tmp_path: Path) -> None:
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


def test_nothing_is_written_while_nothing_changes(tmp_path: Path) -> None:
    caller = Caller()
    with StateFile(caller.emulator, tmp_path / "state.json", every=100) as file:
        written = (tmp_path / "state.json").stat().st_mtime_ns
        caller.get("/emulator/health")
        caller.get("/emulator/requests")
        file.save()
        assert (tmp_path / "state.json").stat().st_mtime_ns == written


def test_a_full_disk_is_told_and_tried_again(
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


def served(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "django_zcrm.emulator", "--port", "0", "--data", "empty"]
    return subprocess.Popen([*command, "--state", str(path)], stdout=subprocess.PIPE, text=True)


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip().rpartition(" ")[2]


@pytest.mark.slow
def test_a_restarted_server_knows_what_it_knew(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with served(path) as process:
        url = url_of(process)
        body = json.dumps({"name": "Kept Ltd"}).encode()
        urlopen(Request(f"{url}/emulator/organisations", body), timeout=30).close()  # noqa: S310
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    with served(path) as process:
        with urlopen(url_of(process), timeout=30) as page:  # noqa: S310
            assert b"Kept Ltd" in page.read()
        process.kill()
    assert "Kept Ltd" in path.read_text()


@pytest.mark.slow
def test_a_foreign_file_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("precious")
    done = subprocess.run(
        [sys.executable, "-m", "django_zcrm.emulator", "--port", "0", "--state", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "no state that an emulator of this version has kept" in done.stderr
    assert path.read_text() == "precious"


def test_fields_that_were_renamed_come_back(busy: BulkApi) -> None:
    """Files of before have the names that these fields had then."""
    busy.org.settings.start("1", "merge")
    text = busy.caller.emulator.dump()
    for name, former in FORMER_NAMES.items():
        assert f'"{name}":' in text
        text = text.replace(f'"{name}":', f'"{former}":')
    emulator = Emulator(data="empty")
    emulator.load(text)
    assert emulator.dump() == busy.caller.emulator.dump()
