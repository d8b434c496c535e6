"""Each check reports what is wrong with the settings, once, and nothing when all is well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as site_settings
from django.contrib.auth.models import Group
from django.core.checks import Tags, run_checks
from django.test import override_settings

from django_zcrm.checks import check_processes, check_settings
from django_zcrm.checks.site import EMULATOR_CLIENT_ID
from django_zcrm.emulator import Emulator
from django_zcrm.models import Connection
from tests.cases import check_each

Configure = Callable[..., None]
GOOD_KEY = Fernet.generate_key().decode()
REAL = {
    "CLIENT_ID": "1000.OWN",
    "ENCRYPTION_KEYS": [GOOD_KEY],
    "REDIRECT_URI": "https://example.com/zcrm/oauth/callback/",
    "ACCOUNTS_URL": "",
    "API_URL": "",
    "UPLOAD_URL": "",
}


def check_messages(deploy: bool = False) -> dict[str, str]:
    """Return what our checks find, each id with its message and hint; no database is available."""
    messages = run_checks(tags=["zcrm", "urls", "security"], include_deployment_checks=deploy)
    return {
        str(message.id): f"{message.msg} {message.hint}"
        for message in messages
        if str(message.id).startswith("zcrm.")
    }


def test_good_settings_have_no_messages(configure: Configure) -> None:
    configure(**REAL)
    assert check_messages(deploy=True) == {}


def test_project_without_settings_gets_errors(settings: Any) -> None:
    del settings.ZCRM
    assert set(check_messages()) == {"zcrm.E002", "zcrm.E003"}


def test_settings_that_are_no_dict_are_an_error(settings: Any) -> None:
    settings.ZCRM = ["CLIENT_ID"]
    assert set(check_messages(deploy=True)) == {"zcrm.E001"}


class StoreWithoutUpdate:
    def save_oauth_tokens(self) -> None: ...
    def get_oauth_tokens(self) -> None: ...


@check_each(
    ("keys", "check", "text"),
    [
        ({"CLIENT_ID": ""}, "zcrm.E002", "CLIENT_ID"),
        ({"CLIENT_ID": " "}, "zcrm.E002", "CLIENT_ID"),
        ({"CLIENT_SECRET": None}, "zcrm.E003", "CLIENT_SECRET"),
        ({"CLIENT_SECRET": " \n"}, "zcrm.E003", "CLIENT_SECRET"),
        ({"CLIENT_IDD": "x"}, "zcrm.E004", "Did you mean 'CLIENT_ID'?"),
        ({"client_secret": "x"}, "zcrm.E004", "Did you mean 'CLIENT_SECRET'?"),
        ({"crm.iamurl": "x"}, "zcrm.E004", "Did you mean 'ACCOUNTS_URL'?"),
        ({"FLUX": 1}, "zcrm.E004", "The keys are CLIENT_ID,"),
        ({"CLIENT_ID": 1000}, "zcrm.E005", "CLIENT_ID"),
        ({"CLIENT_SECRET": ["x"]}, "zcrm.E005", "CLIENT_SECRET"),
        ({"SCOPES": {"a"}}, "zcrm.E005", "SCOPES"),
        ({"ENCRYPTION_KEYS": GOOD_KEY}, "zcrm.E005", "ENCRYPTION_KEYS"),
        ({"TIMEOUT": "30"}, "zcrm.E005", "TIMEOUT"),
        ({"TIMEOUT": (1, 2, 3, 4)}, "zcrm.E005", "TIMEOUT"),
        ({"TIMEOUT": (1, 2, "3")}, "zcrm.E005", "total"),
        ({"MAX_RESPONSE_BYTES": 1e9}, "zcrm.E005", "MAX_RESPONSE_BYTES"),
        ({"RETRIES": True}, "zcrm.E005", "RETRIES"),
        ({"DATA_CENTER": "com"}, "zcrm.E006", "choose one of us, eu"),
        ({"CLIENT_SECRET": {"com": "x"}}, "zcrm.E006", "'com'"),
        ({"ENVIRONMENT": "test"}, "zcrm.E007", "sandbox"),
        ({"API_VERSION": "8"}, "zcrm.E008", "v8"),
        ({"ACCOUNTS_URL": "accounts.zoho.com"}, "zcrm.E009", "ACCOUNTS_URL"),
        ({"API_URL": "https://www.zohoapis.eu?a=b"}, "zcrm.E009", "API_URL"),
        ({"REDIRECT_URI": "/callback/"}, "zcrm.E009", "/zcrm/oauth/callback/, as in the API"),
        ({"API_URL": "https://me:pw@crm.example/"}, "zcrm.E009", "without a user name, a password"),
        ({"REDIRECT_URI": "https://me:pw@crm.example/"}, "zcrm.E009", "without a user name or a"),
        ({"ENCRYPTION_KEYS": ["short"]}, "zcrm.E010", "generate_key"),
        ({"TOKEN_STORE": "nowhere.Store"}, "zcrm.E011", "nowhere"),
        ({"TOKEN_STORE": f"{__name__}.StoreWithoutUpdate"}, "zcrm.E011", "update_oauth_tokens"),
        ({"RETRIES": -1}, "zcrm.E012", "RETRIES"),
        ({"TIMEOUT": 0}, "zcrm.E012", "TIMEOUT"),
        ({"TIMEOUT": (1, float("nan"))}, "zcrm.E012", "TIMEOUT"),
        ({"TIMEOUT": float("inf")}, "zcrm.E012", "TIMEOUT"),
        ({"TIMEOUT": 10**400}, "zcrm.E012", "TIMEOUT"),
        ({"TIMEOUT": (1, 2, 0)}, "zcrm.E012", "TIMEOUT"),
        ({"MAX_RESPONSE_BYTES": 1000}, "zcrm.E012", "65536"),
        ({"CLIENT_SECRET": {"eu": "x"}}, "zcrm.E013", "'us'"),
        ({"CLIENT_SECRET": {"us": "", "eu": "x"}}, "zcrm.E013", "'us'"),
        ({"LIMITS": "memory"}, "zcrm.E005", "must be a dict"),
        ({"LIMITS": {"STORE": 1}}, "zcrm.E005", "STORE"),
        ({"LIMITS": {"MAX_WAIT": "5"}}, "zcrm.E005", "MAX_WAIT"),
        ({"LIMITS": {"RESERVE": 0.4}}, "zcrm.E005", "RESERVE"),
        ({"LIMITS": {"EDITION": 5}}, "zcrm.E005", "EDITION"),
        ({"LIMITS": {"STORES": "memory"}}, "zcrm.E017", "'STORES'; use STORE"),
        ({"LIMITS": {"STORE": "memcached://x"}}, "zcrm.E017", "redis://"),
        ({"LIMITS": {"EDITION": "Gold"}}, "zcrm.E017", "one of Free, Standard"),
        ({"LIMITS": {"RESERVE": {"slots": 1}}}, "zcrm.E017", "'slots'"),
        ({"LIMITS": {"RESERVE": {"credits": 1}}}, "zcrm.E017", "between 0 and 0.9"),
        ({"LIMITS": {"MAX_WAIT": -1}}, "zcrm.E017", "between 0 and 600"),
        ({"MIRROR": 300}, "zcrm.E005", "must be a dict"),
        ({"MIRROR": {"POLL_INTERVAL": "300"}}, "zcrm.E005", "POLL_INTERVAL"),
        ({"MIRROR": {"NOTIFY_URL": 1}}, "zcrm.E005", "NOTIFY_URL"),
        ({"MIRROR": {"POLL_INTERVAL": 0}}, "zcrm.E019", "between 1 and"),
        ({"MIRROR": {"OFTEN": 1}}, "zcrm.E019", "'OFTEN'; use POLL_INTERVAL"),
        ({"MIRROR": {"RUNNER": "cron"}}, "zcrm.E019", "command, tasks, celery"),
        ({"MIRROR": {"NOTIFY_URL": "example.com/notify/"}}, "zcrm.E019", "http or https"),
        ({"MIRROR": {"SETTLE_TIME": 600}}, "zcrm.E019", "600 s, longer than its OVERLAP of 300 s"),
        (
            {"MIRROR": {"OVERLAP": 30}},
            "zcrm.E019",
            "SETTLE_TIME of 60 s, longer than its OVERLAP of 30 s",
        ),
        ({"SCOPES": []}, "zcrm.E020", "ZCRM['SCOPES'] has no scope"),
        ({"SCOPES": " , "}, "zcrm.E020", "leave it out for the default ones"),
        ({"SCOPES": ["ZohoCRM.org.READ", ""]}, "zcrm.E020", "contains ''"),
        ({"SCOPES": ["ZohoCRM.org.READ,ZohoCRM.coql.READ"]}, "zcrm.E020", "single scope"),
        ({"SCOPES": ("ZohoCRM.org.READ", " ZohoCRM.coql.READ")}, "zcrm.E020", "' ZohoCRM.coql"),
        ({"HEALTH_TOKEN": "short"}, "zcrm.E021", "at least 16"),
        ({"HEALTH_TOKEN": "sixteen letters é"}, "zcrm.E021", "ASCII"),
        ({"OWNER_MODEL": "Tenant"}, "zcrm.E014", "app_label.ModelName"),
        ({"OWNER_MODEL": "tenants.Tenant"}, "zcrm.E014", "not installed"),
        ({"GET_OWNER": "nowhere.owner"}, "zcrm.E015", "nowhere"),
        ({"GET_OWNER": "tests.app.test_checks.GOOD_KEY"}, "zcrm.E015", "not callable"),
        ({"DATA_CENTER": ""}, "zcrm.W001", "cn"),
        ({"API_URL": "http://zoho.internal"}, "zcrm.W003", "API_URL"),
        ({"ENCRYPTION_KEYS": ["QUFB" * 10 + "QUE="]}, "zcrm.W005", "not random"),
        ({"REDIRECT_URI": "https://example.com/other/"}, "zcrm.W006", "/zcrm/oauth/callback/"),
        ({"OWNER_MODEL": "auth.Group"}, "zcrm.W007", "GET_OWNER"),
        ({"REDIRECT_URI": ""}, "zcrm.W008", "/zcrm/oauth/callback/"),
    ],
)
def test_each_fault_is_found(keys: dict[str, Any], check: str, text: str) -> None:
    with override_settings(ZCRM={**site_settings.ZCRM, **keys}):
        messages = check_messages()
    assert list(messages) == [check]
    assert text in messages[check]


def test_a_password_in_a_url_is_not_quoted(configure: Configure) -> None:
    configure(
        ACCOUNTS_URL="https://me:s3cret@a.example",
        MIRROR={"NOTIFY_URL": "https://me:s3cret@a.example"},
    )
    messages = check_messages()
    assert set(messages) == {"zcrm.E009", "zcrm.E019"}
    assert "s3cret" not in str(messages)


@pytest.mark.parametrize(
    ("keys", "check"),
    [
        ({"REDIRECT_URI": "http://example.com/zcrm/oauth/callback/"}, "zcrm.W002"),
        ({"ENCRYPTION_KEYS": []}, "zcrm.W004"),
    ],
)
def test_deploy_checks_find_development_settings(
    configure: Configure, settings: Any, keys: dict[str, Any], check: str
) -> None:
    settings.DEBUG = True  # or the test suite's own client and hosts are found
    configure(**{"ENCRYPTION_KEYS": [GOOD_KEY], **keys})
    assert check_messages() == {}
    assert list(check_messages(deploy=True)) == [check]


@pytest.mark.parametrize(
    ("keys", "check", "text"),
    [
        ({"CLIENT_ID": EMULATOR_CLIENT_ID}, "zcrm.W009", "secret is public"),
        *[
            ({key: f"{scheme}://{host}:8900{path}"}, "zcrm.W010", f"ZCRM[{key!r}]:")
            for key, path in [
                ("ACCOUNTS_URL", ""),
                ("API_URL", ""),
                ("UPLOAD_URL", ""),
                ("REDIRECT_URI", "/zcrm/oauth/callback/"),
            ]
            for scheme in ("http", "https")
            for host in ("localhost", "127.0.0.1", "127.9.9.9", "[::1]", "zoho.localhost")
        ],
    ],
)
def test_deploy_check_finds_emulator_settings(
    configure: Configure, settings: Any, keys: dict[str, Any], check: str, text: str
) -> None:
    configure(**REAL)
    assert check_messages(deploy=True) == {}
    configure(**keys)
    assert check_messages() == {}
    messages = check_messages(deploy=True)
    assert list(messages) == [check]
    assert text in messages[check]
    settings.DEBUG = True
    assert check_messages(deploy=True) == {}


def test_emulator_client_id_is_that_of_the_emulator() -> None:
    assert Emulator().zoho.grants.clients.keys() == {EMULATOR_CLIENT_ID}


def test_self_clients_need_no_redirect_uri(configure: Configure, settings: Any) -> None:
    configure(REDIRECT_URI="")
    settings.ROOT_URLCONF = __name__  # which does not include the app's URLs
    assert check_messages() == {}
    del settings.ROOT_URLCONF
    assert check_messages() == {}


urlpatterns: list[Any] = []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "site.localhost"])
def test_plain_http_to_loopback_has_no_messages(
    configure: Configure, settings: Any, host: str
) -> None:
    settings.DEBUG = True
    uri = f"http://{host}:8000/zcrm/oauth/callback/"
    configure(ENCRYPTION_KEYS=[GOOD_KEY], REDIRECT_URI=uri, API_URL=f"http://{host}:1")
    assert check_messages(deploy=True) == {}


def test_no_check_shows_a_secret(configure: Configure) -> None:
    configure(CLIENT_SECRET={"us": "c4nary", "com": "c4nary"}, ENCRYPTION_KEYS=["c4nary"], RETRY=1)
    assert "c4nary" not in str(check_messages(deploy=True))


@pytest.mark.django_db
def test_owner_model_set_after_migrations_is_an_error(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
    configure(OWNER_MODEL="auth.Group")
    monkeypatch.setattr(Connection._meta.get_field("owner"), "related_model", Group)
    (error,) = run_checks(tags=[Tags.database], databases=["default"])
    assert error.id == "zcrm.E016"
    assert "auth_user" in error.msg
    assert "auth.Group" in error.msg


class TestProcesses:
    @pytest.fixture
    def found(self, configure: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
        def check(arguments: str = "", concurrency: str = "", **limiter: Any) -> list[str]:
            monkeypatch.setenv("GUNICORN_CMD_ARGS", arguments)
            monkeypatch.setenv("WEB_CONCURRENCY", concurrency)
            configure(LIMITS=limiter)
            return [str(message.id) for message in check_processes()]

        return check

    def test_several_workers_without_shared_store_get_a_warning(
        self, found: Callable[..., list[str]]
    ) -> None:
        assert found("--workers=4") == ["zcrm.W011"]
        assert found("-w 4 --bind=:80") == ["zcrm.W011"]
        assert found(concurrency="2") == ["zcrm.W011"]
        assert found(concurrency="2", STORE="database") == []
        assert found() == []

    def test_too_many_threads_get_a_warning(self, found: Callable[..., list[str]]) -> None:
        shared = {"STORE": "database", "EDITION": "Free"}
        assert found("--workers 4 --threads 8", **shared) == ["zcrm.W012"]
        assert found("--workers 4 --threads 8", MAX_WAIT=10, **shared) == []
        assert found("--workers 4 --threads 6", **shared) == []


def test_settings_of_a_mirror_that_is_not_installed_are_found(
    configure: Any, settings: Any
) -> None:
    configure(MIRROR={"POLL_INTERVAL": 60})
    assert "zcrm.W013" not in {message.id for message in check_settings()}
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if "mirror" not in name]
    assert "zcrm.W013" in {message.id for message in check_settings()}


def test_redis_without_its_client_is_found(configure: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(LIMITS={"STORE": "redis://127.0.0.1:6379/0"})
    assert "zcrm.E018" not in {message.id for message in check_settings()}
    monkeypatch.setattr("django_zcrm.checks.settings.find_spec", lambda name: None)
    assert "zcrm.E018" in {message.id for message in check_settings()}
