"""The emulator in a Django project: connections, settings, callbacks and clean-up."""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client as HttpClient
from django.test import TestCase, override_settings

from django_zcrm import Forbidden, NotConnected, Unreachable, zcrm
from django_zcrm.models import Connection
from django_zcrm.testing import ZCRMEmulatorMixin
from django_zcrm.testing.site import SiteEmulator, emulate_site
from django_zcrm.testing.standalone import URL, Scopes
from django_zcrm.transport import transport

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_connect_without_user_connects_the_site(zcrm_emulator: SiteEmulator) -> None:
    connection = zcrm_emulator.connect()
    assert (connection.owner, connection.is_default) == (None, True)
    assert connection.organisation_name == zcrm_emulator.org.name
    assert zcrm_emulator.requests == []
    made = zcrm.records.create_one("Leads", {"Last_Name": "Wong"})
    assert zcrm_emulator.record("Leads", made.id) is not None


def test_connect_accepts_users_and_identifiers(zcrm_emulator: SiteEmulator) -> None:
    ines = User.objects.create_user("ines")
    zcrm_emulator.add_user("ines@example.com", "Ines", "Haddad")
    zcrm_emulator.connect(ines, email="ines@example.com", scopes="ZohoCRM.users.READ")
    [user] = zcrm.for_user(ines).users.list(type="CurrentUser").rows
    assert user["email"] == "ines@example.com"
    zcrm_emulator.connect(identifier="sales")
    assert zcrm.for_identifier("sales").org.get()["id"] == zcrm_emulator.org.id
    with pytest.raises(NotConnected):
        zcrm.for_user(User.objects.create_user("tom"))


def test_connections_to_several_organisations(zcrm_emulator: SiteEmulator) -> None:
    tenants = [zcrm_emulator.add_organisation(name) for name in ("Quokka", "Numbat")]
    for tenant in tenants:
        tenant.connect(identifier=tenant.org.name)
        tenant.create("Leads", Last_Name=tenant.org.name)
    for name in ("Quokka", "Numbat"):
        [lead] = zcrm.for_identifier(name).records.list("Leads", fields=["Last_Name"])
        assert lead["Last_Name"] == name
    assert zcrm_emulator.records("Leads") == []


def test_a_user_connects_at_the_consent_page(
    zcrm_emulator: SiteEmulator, admin_client: HttpClient, admin_user: User
) -> None:
    url = admin_client.post("/zcrm/connect/")["Location"]
    assert admin_client.get(zcrm_emulator.consent(url, accept=False)).status_code == 403
    assert not Connection.objects.exists()
    url = admin_client.post("/zcrm/connect/")["Location"]
    assert admin_client.get(zcrm_emulator.consent(url)).status_code == 302
    assert zcrm.for_user(admin_user).org.get()["id"] == zcrm_emulator.org.id


def test_connect_twice_makes_one_connection(zcrm_emulator: SiteEmulator) -> None:
    assert zcrm_emulator.connect() == zcrm_emulator.connect()
    assert Connection.objects.count() == 1


def test_connect_keeps_earlier_requests_in_log(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()
    zcrm.org.get()
    zcrm_emulator.connect(identifier="sales")
    assert [str(request) for request in zcrm_emulator.requests] == ["GET /crm/v8/org -> 200"]


def test_a_fault_also_meets_a_connect(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.fail_next("oauth.token", drop="before")
    with pytest.raises(Unreachable):
        zcrm_emulator.connect()


def test_live_emulator_answers_on_a_port(zcrm_live_emulator: SiteEmulator) -> None:
    assert zcrm_live_emulator.url.startswith("http://127.0.0.1:")
    zcrm_live_emulator.connect()
    zcrm_live_emulator.create("Leads", 3)
    assert zcrm.records.count("Leads") == 3
    zcrm_live_emulator.assert_called("GET", "/crm/v8/Leads/actions/count")


@pytest.mark.zcrm_emulator(data="demo", edition="Ultimate")
def test_marker_sets_options(zcrm_emulator: SiteEmulator) -> None:
    assert zcrm_emulator.org.edition == "Ultimate"
    assert len(zcrm_emulator.records("Leads")) == 72


def test_other_keys_of_the_settings_stay(settings: Settings) -> None:
    settings.ZCRM = {"API_VERSION": "v2", "USER_IDENTIFIER": "me", "CLIENT_ID": "mine"}
    with emulate_site() as zoho:
        settings.ZCRM = zoho.settings()
        assert settings.ZCRM["CLIENT_ID"] == "1000.EMULATORCLIENT"
        assert zoho.connect().user_identifier == "me"
        zcrm.org.get()
        zoho.assert_called("GET", "/crm/v2/org")


@pytest.mark.parametrize(
    "redirect_uri", ["https://www.example.com/zcrm/oauth/callback/", "http://localhost/x", ""]
)
def test_the_sites_own_redirect_uri_is_registered(
    settings: Settings, admin_client: HttpClient, redirect_uri: str
) -> None:
    settings.ZCRM = {**settings.ZCRM, "REDIRECT_URI": redirect_uri}
    with emulate_site() as zoho:
        settings.ZCRM = zoho.settings()
        consent = admin_client.post("/zcrm/connect/")["Location"]
        assert consent.startswith(f"{URL}/oauth/v2/auth?")
        page = zoho.session().get(consent)
        assert page.status_code == 200, page.text


def test_a_callback_reaches_a_view_once(
    zcrm_emulator: SiteEmulator, client: HttpClient, settings: Settings
) -> None:
    settings.ROOT_URLCONF = "tests.testing.urls"
    zcrm_emulator.connect()
    url = "http://testserver/hook/?secret=s%201"
    watch = {"channel_id": "1", "events": ["Leads.create"], "notify_url": url}
    zcrm.request("POST", "/crm/{version}/actions/watch", json={"watch": [watch]})
    made = zcrm.records.create_one("Leads", {"Last_Name": "Wong"})
    [answer] = zcrm_emulator.deliver_callbacks(client)
    assert answer.json() == {"ids": [made.id], "secret": "s 1"}
    assert zcrm_emulator.deliver_callbacks(client) == []


def test_webhook_of_a_workflow_rule_reaches_a_view_once(
    zcrm_emulator: SiteEmulator, client: HttpClient, settings: Settings
) -> None:
    settings.ROOT_URLCONF = "tests.testing.urls"
    zcrm_emulator.connect()
    name = [{"name": "name", "value": "${Leads.Last_Name}"}]
    hook = {
        "name": "Hook",
        "module": {"api_name": "Leads"},
        "url": "http://testserver/webhook/",
        "http_method": "POST",
        "headers": {"custom_parameters": [{"name": "X-Source", "value": "crm"}]},
        "body": {"type": "form_data", "form_data_content": {"module_parameters": name}},
    }
    settings_path = "/crm/{version}/settings/automation"
    zcrm.request("POST", f"{settings_path}/webhooks", json={"webhooks": [hook]})
    action = {"type": "webhooks", "name": "Hook"}
    rule = {
        "name": "Call it",
        "module": {"api_name": "Leads"},
        "execute_when": {"type": "create", "details": {}},
        "conditions": [{"instant_actions": {"actions": [action]}}],
    }
    zcrm.request("POST", f"{settings_path}/workflow_rules", json={"workflow_rules": [rule]})
    zcrm.records.create_one("Leads", {"Last_Name": "Wong"})
    [answer] = zcrm_emulator.deliver_callbacks(client)
    assert answer.json() == {"method": "POST", "form": {"name": "Wong"}, "source": "crm"}
    assert zcrm_emulator.deliver_callbacks(client) == []


def test_nothing_is_left_behind() -> None:
    before = django_settings.ZCRM
    overrides = dict(transport().overrides)
    with emulate_site() as zoho, override_settings(ZCRM=zoho.settings()):
        assert before != django_settings.ZCRM
        assert transport().overrides != overrides
    assert before == django_settings.ZCRM
    assert transport().overrides == overrides


def test_live_emulator_leaves_no_socket() -> None:
    before = list_open_sockets()
    with emulate_site(live=True) as zoho, override_settings(ZCRM=zoho.settings()):
        assert zoho.client().org.get()["id"] == zoho.org.id
        zoho.connect()
        assert zcrm.org.get()["id"] == zoho.org.id
    # The server closes its own end a moment later.
    deadline = time.monotonic() + 60
    while list_open_sockets() - before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def list_open_sockets() -> set[socket.socket]:
    # isinstance() would evaluate lazy objects.
    sockets = {found for found in gc.get_objects() if issubclass(type(found), socket.socket)}
    return {found for found in sockets if found.fileno() != -1}


class MixinTests(ZCRMEmulatorMixin, TestCase):
    zcrm_emulator_options = {"data": "demo"}  # noqa: RUF012

    def setUp(self) -> None:
        super().setUp()
        self.zcrm_emulator.connect()

    def test_created_record_is_counted(self) -> None:
        zcrm.records.create_one("Leads", {"Last_Name": "Wong"})
        assert zcrm.records.count("Leads") == 73

    def test_record_of_another_test_is_gone(self) -> None:
        assert zcrm.records.count("Leads") == 72
        self.zcrm_emulator.assert_called("GET", "*/count", times=1)


class LiveMixinTests(ZCRMEmulatorMixin, TestCase):
    zcrm_emulator_live = True

    def test_live_emulator_is_served(self) -> None:
        assert self.zcrm_emulator.session().get(self.zcrm_emulator.url).status_code == 200


@pytest.mark.parametrize(
    "scopes",
    [
        "ZohoCRM.users.READ,ZohoCRM.org.READ",
        ["ZohoCRM.users.READ", "ZohoCRM.org.READ"],
        ("ZohoCRM.users.READ", "ZohoCRM.org.READ"),
    ],
)
def test_scopes_are_a_list_or_a_string(zcrm_emulator: SiteEmulator, scopes: Scopes) -> None:
    connection = zcrm_emulator.connect(scopes=scopes)
    assert connection.granted_scopes == ("ZohoCRM.users.READ", "ZohoCRM.org.READ")
    assert zcrm.users.list().rows
    with pytest.raises(Forbidden):
        zcrm.records.list("Leads", fields=["Last_Name"])


@pytest.mark.parametrize(
    ("scopes", "message"),
    [
        ([], "empty"),
        ("", "empty"),
        (["Leads"], "'Leads' is not a scope"),
        ("a b", "'a' is not a scope"),
    ],
)
def test_connect_with_invalid_scope_raises(
    zcrm_emulator: SiteEmulator, scopes: Scopes, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        zcrm_emulator.connect(scopes=scopes)
    assert not Connection.objects.exists()


@contextmanager
def no_sleep() -> Iterator[list[float]]:
    """Note the seconds for which anything would really have slept."""
    slept: list[float] = []
    with patch("time.sleep", slept.append):
        yield slept


def call_with_two_retries(emulator: SiteEmulator) -> None:
    emulator.connect()
    emulator.fail_next("users.list", status=503, times=2)
    assert zcrm.users.list().rows
    emulator.assert_called("GET", "/crm/v8/users", times=3)


def assert_two_delays(seconds: list[float]) -> None:
    first, second = seconds
    assert 0.5 <= first <= 1 <= second <= 2


def test_retries_do_not_sleep(zcrm_emulator: SiteEmulator) -> None:
    with no_sleep() as slept:
        call_with_two_retries(zcrm_emulator)
    assert slept == []
    assert_two_delays(zcrm_emulator.retry_delays)


def test_retries_over_a_socket_do_not_sleep(zcrm_live_emulator: SiteEmulator) -> None:
    with no_sleep() as slept:
        call_with_two_retries(zcrm_live_emulator)
    assert slept == []
    assert_two_delays(zcrm_live_emulator.retry_delays)


@pytest.mark.zcrm_emulator(sleep_on_retry=True)
def test_retries_sleep_on_request(zcrm_emulator: SiteEmulator) -> None:
    with no_sleep() as slept:
        call_with_two_retries(zcrm_emulator)
    assert_two_delays(slept)
    assert zcrm_emulator.retry_delays == []


class ImpatientTests(ZCRMEmulatorMixin, TestCase):
    def test_retries_do_not_sleep(self) -> None:
        with no_sleep() as slept:
            call_with_two_retries(self.zcrm_emulator)
        assert slept == []
        assert_two_delays(self.zcrm_emulator.retry_delays)


class PatientTests(ZCRMEmulatorMixin, TestCase):
    zcrm_emulator_sleep_on_retry = True

    def test_retries_sleep(self) -> None:
        with no_sleep() as slept:
            call_with_two_retries(self.zcrm_emulator)
        assert_two_delays(slept)
