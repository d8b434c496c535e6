"""Checks find what is wrong with mirrored models and `ZCRM["MIRROR"]`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import models
from django.test.utils import isolate_apps
from django.utils import timezone

from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror import celery, checks
from django_zcrm.mirror.models import MirrorModel, MirrorState
from django_zcrm.mirror.models.base import MirrorModelBase
from django_zcrm.mirror.options import options_of
from django_zcrm.mirror.runners import tasks
from django_zcrm.models import Connection
from tests.mirror.shop.models import Account, Contact

Configure = Callable[..., None]


@pytest.fixture
def configure(settings: Any) -> Configure:
    def change(**keys: Any) -> None:
        settings.ZCRM = {**settings.ZCRM, **keys}

    return change


def list_ids(messages: Any) -> list[str]:
    return [str(message.id) for message in messages]


def check_of(monkeypatch: pytest.MonkeyPatch, *kinds: type[MirrorModel]) -> list[str]:
    apps = SimpleNamespace(get_models=lambda: kinds)
    monkeypatch.setattr("django_zcrm.mirror.options.apps", apps)
    return list_ids(checks.check_models())


def model(name: str, attributes: dict[str, Any] | None = None, **zoho: Any) -> type[MirrorModel]:
    """A model with a text column `name`, and these attributes and options."""
    options = {"module": "Leads", "fields": {"name": "Last_Name"}, **zoho}
    attrs = {
        "__module__": "tests.mirror.shop.models",
        "name": models.CharField(max_length=80),
        "zoho_name": models.CharField(max_length=80),
        "plan": models.FileField(),
        "Zoho": type("Zoho", (), options),
        **(attributes or {}),
    }
    made: type[MirrorModel] = MirrorModelBase(name, (MirrorModel,), attrs)
    return made


@pytest.mark.django_db  # Django 6.1 queries whether the database supports JSON
def test_models_of_the_test_suite_pass_the_checks() -> None:
    assert [
        check_id for check_id in list_ids(run_checks()) if check_id.startswith("zcrm_mirror.E")
    ] == []


@isolate_apps("tests.mirror.shop")
@pytest.mark.parametrize(
    "zoho",
    [
        {"fieldz": {}},
        {"module": "no name"},
        {"fields": {"nme": "Last_Name"}},
        {"fields": {"plan": "Plan"}},
        {"push": ["email"]},
        {"conflict": "mine"},
    ],
)
def test_check_with_invalid_option_reports_error(
    monkeypatch: pytest.MonkeyPatch, zoho: dict[str, Any]
) -> None:
    assert check_of(monkeypatch, model("Wrong", **zoho)) == ["zcrm_mirror.E001"]


@isolate_apps("tests.mirror.shop")
@pytest.mark.parametrize(
    ("zoho", "words"),
    [
        (
            {"fields": {"name": "Last_Name", "zoho_name": "Last_Name"}},
            "Zoho's field Last_Name twice",
        ),
        ({"module": None}, 'write its API name, as in module = "Leads"'),
        ({"match_on": "name"}, "use Zoho's name, 'Last_Name'"),
        ({"extra": "name"}, "use the name of a JSONField of the model"),
    ],
)
def test_message_of_invalid_option_shows_what_to_write(zoho: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        options_of(model("Wrong", **zoho))


@isolate_apps("tests.mirror.shop")
@pytest.mark.parametrize(
    ("name", "inner", "words"),
    [
        ("zoho", type("zoho", (), {}), "is it class Zoho"),
        ("Other", type("Other", (), {}), 'write class Zoho: module = "Lea'),
        ("Zoho", {"module": "Leads"}, r"Wrong\.Zoho is not a class: write class Zoho"),
    ],
)
def test_model_without_class_zoho_is_an_error(name: str, inner: object, words: str) -> None:
    attrs = {"__module__": "tests.mirror.shop.models", name: inner}
    with pytest.raises(ConfigurationError, match=words):
        options_of(MirrorModelBase("Wrong", (MirrorModel,), attrs))


@isolate_apps("tests.mirror.shop")
def test_options_of_a_base_class() -> None:
    base = type("Zoho", (), {"conflict": "merge", "connections": "site"})
    inner = {"module": "Leads", "fields": {"name": "Last_Name"}}
    options = options_of(model("Derived", {"Zoho": type("Zoho", (base,), inner)}))
    assert (options.conflict, options.connections) == ("merge", "site")


@isolate_apps("tests.mirror.shop")
@pytest.mark.parametrize(
    ("column", "ids"),
    [
        (models.IntegerField(), ["zcrm_mirror.W007"]),
        (models.IntegerField(null=True), []),
        (models.IntegerField(default=1), []),
        (models.IntegerField(db_default=1), []),
        (models.DateTimeField(auto_now_add=True), []),
        (models.CharField(max_length=5), []),
    ],
)
def test_check_with_unfilled_column_warns(
    monkeypatch: pytest.MonkeyPatch, column: models.Field[Any, Any], ids: list[str]
) -> None:
    assert check_of(monkeypatch, model("Own", {"own": column})) == ids


@isolate_apps("tests.mirror.shop")
def test_two_models_of_one_module_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = model("One"), model("Two"), model("Other", module="Contacts")
    assert check_of(monkeypatch, *kinds) == ["zcrm_mirror.E002"]


@isolate_apps("tests.mirror.shop")
def test_check_without_match_on_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_of(monkeypatch, model("Pushed", push=["name"])) == ["zcrm_mirror.W001"]
    sure = model("Sure", push=["name"], match_on="Reference")
    assert check_of(monkeypatch, sure) == []


@pytest.mark.parametrize("runner", ["celery", "tasks"])
def test_check_with_missing_runner_package_reports_error(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, runner: str
) -> None:
    configure(MIRROR={"RUNNER": runner})
    monkeypatch.setattr(tasks, "runs_at_once", lambda: False)
    monkeypatch.setattr(checks, "_is_there", lambda package: True)
    assert checks.check_settings() == []
    monkeypatch.setattr(checks, "_is_there", lambda package: False)
    assert list_ids(checks.check_settings()) == ["zcrm_mirror.E003"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere.policy", "is 'nowhere.policy', which cannot be imported: No module named"),
        ("tests.mirror.test_checks.policy", "cannot be imported: Module"),
        ("django_zcrm.mirror.checks.READ_COMMITTED", "which is not callable"),
    ],
)
def test_get_policy_that_cannot_be_called_is_an_error(
    configure: Configure, path: str, words: str
) -> None:
    configure(MIRROR={"GET_POLICY": path})
    (message,) = checks.check_settings()
    assert message.id == "zcrm_mirror.E007"
    assert "ZCRM['MIRROR']['GET_POLICY']" in message.msg
    assert words in message.msg


def test_get_policy_that_is_a_function_passes(configure: Configure) -> None:
    configure(MIRROR={"GET_POLICY": "tests.mirror.pulling.disable_leads"})
    assert checks.check_settings() == []


@pytest.mark.parametrize(("runner", "queue"), [("celery", celery), ("tasks", tasks)])
def test_queue_that_runs_tasks_in_the_request_is_found(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, runner: str, queue: Any
) -> None:
    configure(MIRROR={"RUNNER": runner})
    monkeypatch.setattr(queue, "runs_at_once", lambda: True)
    assert list_ids(checks.check_settings()) == ["zcrm_mirror.W009"]
    monkeypatch.setattr(queue, "runs_at_once", lambda: False)
    assert checks.check_settings() == []


def test_settings_without_time_zones_are_an_error(settings: Any) -> None:
    settings.USE_TZ = False
    (message,) = checks.check_settings()
    assert message.id == "zcrm_mirror.E005"
    assert "USE_TZ = True" in str(message.hint)


def test_is_there_returns_whether_a_package_exists() -> None:
    assert checks._is_there("django")
    assert not checks._is_there("no_such_package.within")


def test_missing_scopes_are_reported(configure: Configure) -> None:
    assert checks.check_settings() == []
    configure(
        SCOPES=["ZohoCRM.modules.READ", "ZohoCRM.settings.ALL", "ZohoCRM.org.READ"],
        MIRROR={"NOTIFY_URL": "https://testserver/zcrm/notify/"},
    )
    (message,) = checks.check_settings()
    assert message.id == "zcrm_mirror.W002"
    for scope in ("ZohoCRM.coql.READ", "ZohoCRM.bulk", "ZohoCRM.notifications", "leads.ALL"):
        assert scope in message.msg


@pytest.mark.parametrize(
    ("url", "ids"),
    [
        ("", []),
        ("https://example.com/zcrm/notify/", []),
        ("https://example.com/prefix/zcrm/notify/", []),
        ("http://127.0.0.1:8000/zcrm/notify/", []),
        ("http://example.com/zcrm/notify/", ["zcrm_mirror.E004"]),
        ("https://example.com/hook/", ["zcrm_mirror.W003"]),
        ("http://example.com/", ["zcrm_mirror.E004", "zcrm_mirror.W003"]),
    ],
)
def test_notify_url_is_checked(configure: Configure, url: str, ids: list[str]) -> None:
    configure(MIRROR={"NOTIFY_URL": url})
    assert list_ids(checks.check_notify_url()) == ids


def test_urls_that_are_not_included(configure: Configure, settings: Any) -> None:
    configure(MIRROR={"NOTIFY_URL": "https://example.com/zcrm/notify/"})
    settings.ROOT_URLCONF = "django.contrib.auth.urls"
    assert list_ids(checks.check_notify_url()) == ["zcrm_mirror.W003"]


def test_checks_with_unreadable_settings_return_nothing(configure: Configure) -> None:
    configure(TIMEOUT="soon")
    assert checks.check_settings() == checks.check_notify_url() == []


@pytest.mark.django_db
def test_check_without_running_runner_warns(connection: Connection) -> None:
    state = MirrorState.objects.create(connection=connection, module="Leads")
    assert checks.check_runner(databases=["default"]) == []
    MirrorState.objects.filter(pk=state.pk).update(due=timezone.now() - timedelta(hours=1))
    assert list_ids(checks.check_runner(databases=["default"])) == ["zcrm_mirror.W004"]
    assert checks.check_runner() == []


def test_check_with_manager_without_push_of_pushed_model_warns(
    monkeypatch: pytest.MonkeyPatch, declare: Any
) -> None:
    plain: models.Manager[Account] = models.Manager()
    plain.model, plain.name = Account, "objects"
    monkeypatch.setattr(type(Account), "_default_manager", plain)

    def found() -> list[Any]:
        return [message.id for message in checks.check_models() if message.obj is Account]

    assert "zcrm_mirror.W005" in found()
    declare(Account, push=[])
    assert "zcrm_mirror.W005" not in found()


def test_check_with_lookup_to_unpushed_model_warns(declare: Any) -> None:
    declare(Account, push=[])
    messages = [message for message in checks.check_models() if message.obj is Contact]
    assert [message.id for message in messages] == ["zcrm_mirror.W006"]
    assert "the lookup 'account_id'" in messages[0].msg


@pytest.mark.parametrize("level", ["repeatable read", "SERIALIZABLE", None])
def test_mariadb_at_another_isolation_level(monkeypatch: pytest.MonkeyPatch, level: Any) -> None:
    database = SimpleNamespace(vendor="mysql", settings_dict={"OPTIONS": {}})
    monkeypatch.setattr(checks, "connections", {"default": database})
    assert checks.check_isolation() == []
    database.settings_dict["OPTIONS"]["isolation_level"] = "Read Committed"
    assert checks.check_isolation() == []
    database.settings_dict["OPTIONS"]["isolation_level"] = level
    assert list_ids(checks.check_isolation()) == ["zcrm_mirror.E006"]


def test_postgresql_at_another_isolation_level(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = import_module("django.db.backends.postgresql.psycopg_any").IsolationLevel
    database = SimpleNamespace(vendor="postgresql", settings_dict={"OPTIONS": {}})
    monkeypatch.setattr(checks, "connections", {"default": database})
    for right in (levels.READ_COMMITTED, levels.READ_COMMITTED.value):
        assert checks.check_isolation() == []
        database.settings_dict["OPTIONS"]["isolation_level"] = right
        assert checks.check_isolation() == []
    database.settings_dict["OPTIONS"]["isolation_level"] = levels.REPEATABLE_READ
    assert list_ids(checks.check_isolation()) == ["zcrm_mirror.E006"]
