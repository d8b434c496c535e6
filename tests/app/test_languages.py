"""The pages in the language that a browser accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from django_zcrm import zcrm
from django_zcrm.models import Connection
from django_zcrm.models.consumed_state import ConsumedState
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import ConnectionTarget
from django_zcrm.zoho.http.datacenters import DATA_CENTERS

from .zoho import Zoho

if TYPE_CHECKING:
    from pytest_django import Settings

    from django_zcrm.testing import SiteEmulator

pytestmark = pytest.mark.django_db
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def user_client(settings: Settings) -> Iterator[Client]:
    """Log in a staff member whose browser prefers Simplified Chinese."""
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:2],
        "django.middleware.locale.LocaleMiddleware",
        *settings.MIDDLEWARE[2:],
    ]
    client = Client(headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"})
    client.force_login(User.objects.create_superuser("wei"))
    with translation.override(None):  # the middleware sets this thread's language, and leaves it
        yield client


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/zcrm/connect/", "连接 Zoho CRM"),
        ("/zcrm/connect/?site=1", "整个网站的 Zoho CRM"),
        ("/zcrm/grant-token/", "授权令牌"),
        ("/zcrm/connections/", "尚未连接任何账户"),
        ("/admin/zcrm/connection/", "连接 Zoho 账户"),
        ("/admin/zcrm/connection/add/", "前往 Zoho"),
        ("/admin/zcrm/connection/grant-token/", "粘贴授权令牌"),
        ("/admin/zcrm/connection/health/", "生效的设置"),
    ],
)
def test_pages_are_in_the_language_of_the_browser(
    user_client: Client, path: str, words: str
) -> None:
    response = user_client.get(path)

    page = response.content.decode()
    assert response.status_code == 200
    assert '<html lang="zh-hans"' in page
    assert words in page


def test_error_page_is_in_the_language_of_the_browser(user_client: Client) -> None:
    response = user_client.get("/zcrm/oauth/callback/?state=forged&code=1000.x")

    assert response.status_code == 400
    assert "请重新开始" in response.content.decode()


def test_operations_of_the_admin_are_in_the_language_of_the_browser(
    user_client: Client, zoho: Zoho
) -> None:
    pk = zcrm.generate_auth_tokens("wei@example.com", zoho.grant_code()).pk
    question = user_client.get(f"/admin/zcrm/connection/operation/test/?ids={pk}").content.decode()
    assert "立即测试" in question
    change_page = user_client.get(f"/admin/zcrm/connection/{pk}/change/").content.decode()
    for words in ("已连接", "刷新令牌", "指纹", "美国", "生产环境"):
        assert words in change_page
    for path in ("", "add/", "health/"):
        page = user_client.get(f"/admin/zcrm/connection/{path}").content.decode()
        assert "美国" in page
        assert "United States" not in page


def test_commands_speak_the_language_of_the_settings(
    zcrm_live_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The doctor also tests the network.
    monkeypatch.setattr("sys.stdin", StringIO(f"{zcrm_live_emulator.grant_code()}\n"))
    out = StringIO()
    with translation.override("zh-hans"):
        call_command("zcrm_connect", identifier="wei@example.com", stdout=out)
        call_command("zcrm_status", stdout=out)
        call_command("zcrm_doctor", stdout=out)

    for words in ("wei@example.com", "已连接", "数据中心: 美国", "检查", "没有发现妨碍调用的问题"):
        assert words in out.getvalue()


@pytest.mark.django_db(transaction=True)  # mails are sent on commit
def test_mails_speak_the_language_of_the_settings(zoho: Zoho, settings: Settings) -> None:
    settings.LANGUAGE_CODE = "zh-hans"
    ann = User.objects.create_user("ann", "ann@example.com")
    row = connect_with_grant_token(zoho.grant_code(), ConnectionTarget(owner=ann))
    staff = Client()
    staff.force_login(User.objects.create_superuser("ines"))
    staff.post("/admin/zcrm/connection/operation/hand-over/", {"ids": row.pk, "owner": ""})

    (sent,) = mail.outbox
    assert "已移交" in sent.subject
    assert re.search("原所有者. ann\n现所有者. 整个网站\n", str(sent.body))
    assert "ines (管理后台)" in str(sent.body)


def test_names_of_data_centres_and_environments_are_translated() -> None:
    with translation.override("zh-hans"):
        for code in DATA_CENTERS:
            assert HAN.search(Connection(data_center=code).get_data_center_display())
        assert Connection(environment="sandbox").get_environment_display() == "沙盒"


def test_everything_that_a_model_is_called_is_translated() -> None:
    with translation.override("zh-hans"):
        names = [
            str(name)
            for model in apps.get_app_config("zcrm").get_models()
            if model is not ConsumedState  # which has no permissions, and is shown nowhere
            for name in (
                model._meta.verbose_name,
                *(field.verbose_name for field in model._meta.fields if field.editable),
            )
        ]
    assert [name for name in names if not HAN.search(name) and name != "ID"] == []
