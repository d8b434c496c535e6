"""The emulator's own pages: what they show, and what they must not show."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape

import pytest

from .api import Api
from .caller import Caller


def text_of(api: Api | Caller, path: str) -> str:
    caller = api.caller if isinstance(api, Api) else api
    answer = caller.http.get(path)
    assert answer.status_code == 200, path
    assert answer.content_type == "text/html; charset=utf-8"
    assert "<script" not in answer.text
    return str(answer.text)


def links(page: str) -> list[str]:
    return [unescape(match) for match in re.findall(r'<a [^>]*href="(/[^"]*)"', page)]


def browse(api: Api, *parts: str) -> str:
    return "/".join(("/emulator/browse", api.org.id, *parts))


def test_overview_shows_the_contents(v8: Api) -> None:
    v8.create("Leads", Last_Name="Wong")
    v8.refused("Leads", First_Name="Nobody")
    v8.caller.post("/emulator/faults", [{"operation": "org.get", "code": "X", "times": 3}])
    page = text_of(v8, "/")
    assert "Brightwater Trading" in page
    assert browse(v8, "Leads") in links(page)
    assert "Leads <strong>73</strong>" in page
    assert "ines.haddad@brightwater.example" in page
    assert '<strong class="good">201</strong>' in page
    assert '<strong class="odd">400</strong>' in page
    assert "<td>org.get</td><td>{&#34;code&#34;: &#34;X&#34;}</td><td>3</td>" in page


def test_files_that_pages_link_to_are_served(v8: Api) -> None:
    files = dict(re.findall(r'<link rel="(\w+)" href="(/[^"]*)"', text_of(v8, "/")))
    types = {rel: v8.caller.http.get(path).content_type for rel, path in files.items()}
    assert types == {"icon": "image/svg+xml", "stylesheet": "text/css; charset=utf-8"}


def test_overview_of_an_empty_organisation_has_empty_texts() -> None:
    page = text_of(Caller(), "/")
    for text in (
        "No records yet",
        "Nothing was asked yet",
        "everything works",
        "No access has been granted",
    ):
        assert text in page


def test_no_token_is_shown(v8: Api) -> None:
    tokens = v8.caller.connect()
    v8.get("Leads", fields="Last_Name")
    v8.caller.refresh(tokens["refresh_token"])
    page = text_of(v8, "/")
    for name in ("access_token", "refresh_token"):
        assert tokens[name] not in page
        assert f"{tokens[name][:12]}..." in page


def test_overview_counts_one_in_the_singular() -> None:
    api = Api("v8", data="empty")
    api.create("Leads", Last_Name="Wong")
    assert "1 record;" in text_of(api, browse(api, "Leads"))
    api.caller.connect("ZohoCRM.org.READ")
    assert "<span>1 scope</span>" in text_of(api, "/")


def test_secret_of_each_data_centre_is_shown() -> None:
    caller = Caller(data_centers=("us", "eu"), secret_by_data_center=True)
    page = text_of(caller, "/")
    assert "<td>http://localhost/eu</td><td>emulator-secret-eu</td>" in page
    assert "Brightwater Trading EU" in page


def test_links_stay_below_a_data_centres_path() -> None:
    api = Api("v8", data_centers=("us", "eu"))
    page = text_of(api, "/eu/")
    assert all(link.startswith("/eu/") for link in links(page))
    [leads] = [link for link in links(page) if link.endswith(f"{api.org.id}/Leads")]
    assert all(link.startswith("/eu/") for link in links(text_of(api, leads)))


@pytest.mark.parametrize("module", ["Leads", "Quotes", "Notes", "Milestones", "Price_Books"])
def test_every_link_from_a_module_is_served(v8: Api, module: str) -> None:
    page = text_of(v8, browse(v8, module))
    record = next(link for link in links(page) if f"/{module}/" in link)
    for link in {*links(page), *links(text_of(v8, record))}:
        text_of(v8, link)


def test_module_page_is_paged_and_searched(v8: Api) -> None:
    ids = [row["id"] for row in v8.rows("Leads")]
    first, second = (text_of(v8, f"{browse(v8, 'Leads')}?page={page}") for page in (1, 2))
    assert all(record_id in first for record_id in ids[:50])
    assert all(record_id in second for record_id in ids[50:])
    assert 'href="?page=2">Older' in first
    assert 'href="?page=1">Newer' in second
    text = text_of(v8, f"{browse(v8, 'Leads')}?word=TIDEWATER&page=x")
    assert 0 < text.count("<tr>") < 20
    assert "None found." in text_of(v8, f"{browse(v8, 'Leads')}?word=nothing-like-it")
    assert "None found." in text_of(v8, f"{browse(v8, 'Leads')}?page=99")


def test_record_page_shows_fields_rows_related_records_and_changes(v8: Api) -> None:
    account = v8.create("Accounts", Account_Name="Acme")
    contact = v8.create("Contacts", Last_Name="Wong", Account_Name={"id": account})
    v8.put(f"Accounts/{account}", {"data": [{"Billing_City": "Bonn"}]})
    page = text_of(v8, browse(v8, "Accounts", account))
    assert "<h1>Acme</h1>" in page
    assert "<dd>Bonn</dd>" in page
    assert browse(v8, "Contacts", contact) in links(page)
    assert "<td>updated</td><td>Mara Lindqvist</td><td>Billing_City</td>" in page
    quote = v8.first_id("Quotes")
    assert "<h2>Quoted Items</h2>" in text_of(v8, browse(v8, "Quotes", quote))


def test_record_values_are_escaped(v8: Api) -> None:
    evil = '"><script>alert(1)</script>'
    lead = v8.create("Leads", Last_Name=evil, Company=evil, Tag=[{"name": evil[:20]}])
    v8.caller.get("/crm/v8/Leads", query_string={evil: evil})
    for path in ("/", browse(v8, "Leads"), browse(v8, "Leads", lead)):
        page = text_of(v8, path)
        assert "&lt;script&gt;" in page
    assert "&#34;&gt;&lt;script" in text_of(v8, f"{browse(v8, 'Leads')}?word=%22%3E%3Cscript")


@pytest.mark.parametrize("path", ["1/Leads", "{org}/Nothing", "{org}/Leads/1", "{org}/Leads/x/y"])
def test_unknown_page_is_404(v8: Api, path: str) -> None:
    answer = v8.caller.http.get(f"/emulator/browse/{path.format(org=v8.org.id)}")
    assert answer.status_code == 404


def test_pages_are_not_logged_and_change_nothing(v8: Api) -> None:
    before = v8.caller.emulator.dump()
    lead = next(iter(v8.org.records.table("Leads").rows))
    for path in ("/", browse(v8, "Leads"), browse(v8, "Leads", lead)):
        text_of(v8, path)
    assert v8.caller.emulator.dump() == before
    assert all("browse" not in entry.request.path for entry in v8.caller.emulator.zoho.log.all())


@pytest.mark.slow
def test_jinja2_is_loaded_for_the_first_page() -> None:
    script = """
import sys
from werkzeug.test import Client
from django_zcrm.emulator import Emulator

http = Client(Emulator(data="empty"))
assert http.get("/emulator/health").status_code == 200
assert "jinja2" not in sys.modules
assert http.get("/").status_code == 200
assert "jinja2" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=180)
