"""The emulator in a test, without Django."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from django_zcrm.exceptions import ConsentWithdrawn, Forbidden, Invalid, Limited
from django_zcrm.testing import ZCRMEmulator, emulate
from django_zcrm.testing.standalone import serve
from django_zcrm.zoho.auth.accounts import OAuthClient
from django_zcrm.zoho.secret import Secret
from tests.cases import check_each

Around = Callable[[], AbstractContextManager[ZCRMEmulator]]


@pytest.fixture
def zoho() -> Iterator[ZCRMEmulator]:
    with emulate() as zcrm_emulator:
        yield zcrm_emulator


def test_new_emulator_has_one_user_and_no_records(zoho: ZCRMEmulator) -> None:
    assert len(zoho.org.users) == 1
    assert not any(zoho.org.records.counts().values())
    assert zoho.requests == []


@check_each(
    "module",
    [
        "Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Campaigns",
        "Products", "Vendors", "Price_Books", "Quotes", "Sales_Orders", "Purchase_Orders",
        "Invoices", "Cases", "Solutions", "Projects",
    ],
)  # fmt: skip
def test_records_of_every_module_can_be_made(zoho: ZCRMEmulator, module: str) -> None:
    first, second = zoho.create(module, 2)
    assert first["id"] < second["id"]
    assert zoho.records(module) == [first, second]
    assert zoho.client().records.get(module, first["id"])["id"] == first["id"]


def test_a_note_needs_its_parent(zoho: ZCRMEmulator) -> None:
    with pytest.raises(ValueError, match="Parent_Id"):
        zoho.create("Notes")
    lead = zoho.create("Leads")
    note = zoho.create("Notes", Note_Content="Hello", Parent_Id=lead)
    assert note["Parent_Id"]["id"] == lead["id"]


def test_values_may_be_python_objects(zoho: ZCRMEmulator) -> None:
    ines = zoho.add_user("ines@example.com", "Ines", "Haddad")
    [lead] = zoho.create(
        "Leads",
        1,
        Owner=ines.id,
        Follow_Up_Date=date(2030, 1, 5),
        Demo_Scheduled_At=datetime(2030, 1, 5, 12, tzinfo=UTC),
        Created_Time=datetime(2020, 1, 1, tzinfo=UTC),
        Modified_Time=datetime(2020, 1, 2, tzinfo=UTC),
    )
    assert lead["Owner"]["email"] == "ines@example.com"
    assert lead["Follow_Up_Date"] == "2030-01-05"
    assert lead["Demo_Scheduled_At"] == "2030-01-05T13:00:00+01:00"
    assert lead["Created_Time"] == "2020-01-01T01:00:00+01:00"
    assert lead["Modified_Time"] == "2020-01-02T01:00:00+01:00"


def test_times_without_an_offset_are_in_the_organisations_zone(
    zoho: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = "2020-06-01T12:00:00"
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        lead = zoho.create("Leads", Created_Time=noon, Modified_Time=noon, Demo_Scheduled_At=noon)
    time.tzset()

    names = ("Created_Time", "Modified_Time", "Demo_Scheduled_At")
    assert {lead[name] for name in names} == {"2020-06-01T12:00:00+02:00"}


def test_helpers_with_invalid_values_raise(zoho: ZCRMEmulator) -> None:
    with pytest.raises(ValueError, match="Email"):
        zoho.create("Leads", Email="none")
    with pytest.raises(LookupError, match="no field 'Emial'"):
        zoho.create("Leads", Emial="a@example.com")
    with pytest.raises(LookupError, match="no module 'leads'"):
        zoho.create("leads")
    with pytest.raises(LookupError, match="not a user"):
        zoho.access_token(email="nobody@example.com")


def test_record_returns_current_values(zoho: ZCRMEmulator) -> None:
    lead = zoho.create("Leads")
    client = zoho.client()
    client.records.update_one("Leads", lead["id"], {"City": "Bonn"})
    changed = zoho.record("Leads", lead["id"])
    assert changed is not None
    assert changed["City"] == "Bonn"
    client.records.delete("Leads", [lead["id"]])
    assert zoho.record("Leads", lead["id"]) is None


def test_client_has_the_chosen_version_scopes_and_user(zoho: ZCRMEmulator) -> None:
    zoho.add_user("ines@example.com", "Ines", "Haddad")
    client = zoho.client("v2", "ZohoCRM.users.READ", "ines@example.com")
    [user] = client.users.list(type="CurrentUser").rows
    assert user["email"] == "ines@example.com"
    with pytest.raises(Forbidden):
        client.org.get()
    zoho.assert_called("GET", "/crm/v2/users", status=200)


def test_dead_tokens_are_renewed(zoho: ZCRMEmulator) -> None:
    client = zoho.client()
    zoho.expire_access_tokens()
    client.org.get()
    zoho.advance(hours=2)
    client.org.get()
    org, token = "GET /crm/v8/org", "POST /oauth/v2/token -> 200"
    assert [str(request) for request in zoho.requests] == 2 * [
        f"{org} -> 401",
        token,
        f"{org} -> 200",
    ]
    zoho.assert_called("POST", "/oauth/v2/token", form={"grant_type": "refresh_token"}, times=2)


@pytest.mark.parametrize("around", [emulate, serve])
def test_client_gets_accounts_server_errors(around: Around) -> None:
    with around() as zoho:
        client = zoho.client()
        zoho.expire_access_tokens()
        zoho.fail_next("oauth.token", throttle=400)
        with pytest.raises(Limited):
            client.org.get()
        zoho.revoke()
        with pytest.raises(ConsentWithdrawn):
            client.org.get()


def test_threads_with_one_client_renew_its_token_once(zoho: ZCRMEmulator) -> None:
    client = zoho.client()
    zoho.expire_access_tokens()
    zoho.fail_next("oauth.token", times=None, delay_ms=100)
    with ThreadPoolExecutor(8) as pool:
        org_ids = list(pool.map(lambda _: client.org.get()["id"], range(8)))
    assert org_ids == [zoho.org.id] * 8
    zoho.assert_called("POST", "/oauth/v2/token", times=1)


def test_organisations_are_separate(zoho: ZCRMEmulator) -> None:
    other = zoho.add_organisation("Quokka")
    other.add_user("alice@quokka.example")
    other.create("Leads", 2)
    assert other.org.name == "Quokka"
    assert other.client(email="alice@quokka.example").records.count("Leads") == 2
    assert zoho.client().records.count("Leads") == 0
    assert len(zoho.requests) == len(other.requests) == 2
    with pytest.raises(LookupError, match="not a user of the organisation"):
        zoho.client(email="alice@quokka.example")
    sandbox = zoho.add_organisation("Quokka", environment="sandbox")
    assert sandbox.org.environment == "sandbox"
    with pytest.raises(ValueError, match="environment is one of production"):
        zoho.add_organisation("Quokka", environment="moon")


def consent_url(zoho: ZCRMEmulator, **changes: str) -> str:
    """Where a program sends the browser of a user whose consent it wants."""
    oauth = OAuthClient(
        zoho.client_id, Secret(zoho.client_secret), "http://localhost/back?a=b", zoho.url
    )
    parts = urlsplit(oauth.authorize_url(["ZohoCRM.org.READ"], "a b&c/=ü"))
    query = {**dict(parse_qsl(parts.query)), **changes}
    return parts._replace(query=urlencode(query)).geturl()


@pytest.mark.parametrize("around", [emulate, serve])
def test_consent_returns_a_callback_with_a_code(around: Around) -> None:
    with around() as zoho:
        zoho.add_user("ines@example.com")
        back = zoho.consent(consent_url(zoho), email="ines@example.com")
        assert back.startswith("http://localhost/back?a=b&code=1000.")
        answer = dict(parse_qsl(urlsplit(back).query))
        assert answer["state"] == "a b&c/=ü"
        [code] = zoho.emulator.zoho.grants.codes.values()
        assert (code.code, code.consent.email) == (answer["code"], "ines@example.com")


def test_refused_consent_returns_a_callback_with_an_error(zoho: ZCRMEmulator) -> None:
    back = zoho.consent(consent_url(zoho), accept=False)
    assert dict(parse_qsl(urlsplit(back).query))["error"] == "access_denied"
    back = zoho.consent(consent_url(zoho, scope="ZohoCRM.nonsense"))
    assert dict(parse_qsl(urlsplit(back).query))["error"] == "invalid_scope"
    assert not zoho.emulator.zoho.grants.codes


def test_a_consent_page_that_shows_an_error(zoho: ZCRMEmulator) -> None:
    with pytest.raises(ValueError, match=r"shows an error: .*invalid_redirect_uri.* registered"):
        zoho.consent(consent_url(zoho, redirect_uri="https://www.example.com/"))
    with pytest.raises(LookupError, match=r"nobody@example\.com is not a user"):
        zoho.consent(consent_url(zoho), email="nobody@example.com")


def test_revoking_one_user_or_all(zoho: ZCRMEmulator) -> None:
    first = next(iter(zoho.org.users.values())).email
    zoho.add_user("ines@example.com")
    grants = zoho.emulator.zoho.grants
    zoho.access_token()
    zoho.access_token(email="ines@example.com")
    zoho.revoke(first)
    assert [token.consent.email for token in grants.access_tokens.values()] == ["ines@example.com"]
    zoho.revoke()
    assert not grants.access_tokens


def test_fault_is_returned_as_often_as_requested(zoho: ZCRMEmulator) -> None:
    client = zoho.client()
    zoho.fail_next("records.create", code="LIMIT_EXCEEDED", times=2)
    for _ in range(2):
        with pytest.raises(Invalid):
            client.records.create_one("Leads", {"Last_Name": "Wong"})
    client.records.create_one("Leads", {"Last_Name": "Wong"})
    with pytest.raises(ValueError, match=r"unknown operation 'records\.insert'"):
        zoho.fail_next("records.insert", code="X")
    with pytest.raises(ValueError, match="did you mean 'status'"):
        zoho.fail_next("records.create", statsu=500)


def test_faults_of_any_operation_until_they_stop(zoho: ZCRMEmulator) -> None:
    client = zoho.client()
    zoho.fail_next(path="/crm/*", times=None, code="NO_PERMISSION")
    for call in (client.org.get, client.users.list, client.org.get):
        with pytest.raises(Forbidden):
            call()
    zoho.stop_failing()
    assert client.org.get()["id"] == zoho.org.id


def test_requests_are_found(zoho: ZCRMEmulator) -> None:
    client = zoho.client()
    client.org.get()
    client.records.create("Leads", [{"Last_Name": "Wong"}])
    client.users.list(type="AdminUsers")
    assert [request.path for request in zoho.requests_to("get", "*")] == [
        "/crm/v8/org",
        "/crm/v8/users",
    ]
    assert [request.method for request in zoho.requests_to("*", "*/Leads")] == ["POST"]
    [users] = zoho.requests_to("*", "/crm/*", params={"type": "AdminUsers"})
    assert users.path == "/crm/v8/users"
    assert zoho.requests_to("*", "/crm/*", status=500) == []


def test_closed_emulator_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    for kind in (emulate, serve):
        with kind() as zoho:
            watch = {"channel_id": "1", "events": ["Leads.all"], "notify_url": "http://x.example/"}
            session = zoho.session()
            session.post(
                f"{zoho.url}/crm/v8/actions/watch",
                json={"watch": [watch]},
                headers={"Authorization": f"Zoho-oauthtoken {zoho.access_token()}"},
            )
            zoho.client().records.create_one("Leads", {"Last_Name": "Wong"})
            [callback] = zoho.callbacks
            assert (callback.body["operation"], callback.status) == ("insert", 0)
            zoho.fail_next("records.create", notices_delay_s=600)
            zoho.client().records.create_one("Leads", {"Last_Name": "Late"})
            session.close()
    # A server's threads see the end of their connections a moment after it.
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=60)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("grant_code", ()), ("access_token", ()), ("revoke", ()), ("add_user", ("x@example.com",))],
)
def test_threads_wait_for_the_request_that_is_answered(
    method: str, arguments: tuple[str, ...]
) -> None:
    with emulate() as zoho, ThreadPoolExecutor(1) as pool:
        with zoho.emulator.zoho.lock:
            future = pool.submit(getattr(zoho, method), *arguments)
            assert not wait([future], timeout=0.05).done
        future.result(60)


def test_two_emulators_share_nothing() -> None:
    with emulate() as first, emulate(data="demo") as second:
        first.create("Leads", 2)
        assert first.client().records.count("Leads") == 2
        assert second.client().records.count("Leads") == 72


def test_many_records_are_generated(zoho: ZCRMEmulator) -> None:
    zoho.generate("Leads", 300)
    assert len(zoho.records("Leads")) == 300
    with pytest.raises(ValueError, match="Nope"):
        zoho.generate("Nope", 1)


def test_lag_delays_lists_and_searches(zoho: ZCRMEmulator) -> None:
    zoho.lag(search=60, rows=10)
    zoho.lag(rows=30)
    lead = zoho.create("Leads", Last_Name="Fresh")
    crm = zoho.client()
    assert crm.records.get("Leads", lead["id"])["Last_Name"] == "Fresh"
    assert list(crm.objects("Leads")) == []

    zoho.advance(seconds=31)
    assert [row["id"] for row in crm.objects("Leads")] == [lead["id"]]
    assert list(crm.records.search("Leads", word="Fresh")) == []

    zoho.lag(search=0)
    assert [row["id"] for row in crm.records.search("Leads", word="Fresh")] == [lead["id"]]


def test_records_are_hidden_from_a_user(zoho: ZCRMEmulator) -> None:
    zoho.add_user("other@example.com")
    first, second = zoho.create("Leads", 2)
    zoho.hide(first, second["id"])
    assert list(zoho.client().objects("Leads")) == []
    assert len(list(zoho.client(email="other@example.com").objects("Leads"))) == 2

    zoho.hide(second)
    assert [row["id"] for row in zoho.client().objects("Leads")] == [first["id"]]
    with pytest.raises(LookupError, match="nobody"):
        zoho.hide(first, email="nobody@example.com")


def test_a_module_is_renamed(zoho: ZCRMEmulator) -> None:
    project = zoho.create("Projects")
    zoho.rename_module("Projects", "Undertakings")
    assert zoho.client().records.get("Undertakings", project["id"])["id"] == project["id"]
    with pytest.raises(ValueError, match="custom"):
        zoho.rename_module("Leads", "Prospects")


def test_a_row_appears_in_the_past(zoho: ZCRMEmulator) -> None:
    crm = zoho.client()
    before = crm.records.create_one("Leads", {"Last_Name": "Wong"})
    zoho.advance(minutes=5)
    zoho.fail_next("records.create", backdate_s=600)
    late = crm.records.create_one("Leads", {"Last_Name": "Okoye"})
    times = [zoho.record("Leads", made.id) for made in (late, before)]
    assert [record["Modified_Time"] for record in times if record] == sorted(
        record["Modified_Time"] for record in times if record
    )
