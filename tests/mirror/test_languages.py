"""Pages and commands in Simplified Chinese contain no English sentence of django-zcrm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import Channel, MirrorState, Notice, OutboxItem
from django_zcrm.models import Connection, ConnectionHistory
from django_zcrm.models.history import record_connection_change
from django_zcrm.reasons import reason
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

CODE = re.compile(r"<(script|style|code|pre|time)\b.*?</\1>|<!--.*?-->", re.S)
TAG = re.compile(r"<[^>]*>")
ALLOWED = re.compile(
    r"[\w.@/-]*[_./@\['][\w.@/'\]-]*"  # settings, fields, modules, paths, addresses
    r"|--?[a-z-]+"  # options of commands
    r"|\b(?:Zoho|CRM|API|URL|ID|UTC|JSON|OAuth|Django|Python|COQL|TLS|HTTP)\b"
    r"|manage\.py \w+|emulator|Emulator|Acme Ltd"
    # Django's own, which it leaves in English
    r"|Model name|Add link|Change or view list link|Select an option"
)
"""Names that are the same in every language: of Zoho, settings, modules, commands and the site."""

SENTENCE = re.compile(r"[A-Za-z][a-z]+(?:[ ,;:]+[a-z]{2,})+|\b[a-z]{4,}: ")
"""Two English words in a row, or a word with a colon."""


def english_in(text: str) -> list[str]:
    """Return the English phrases in the visible text of a page, or in the output of a command."""
    plain = unescape(TAG.sub("\n", CODE.sub("\n", text)))
    return SENTENCE.findall(ALLOWED.sub("·", plain))


@pytest.fixture
def chinese(settings: Any) -> Iterator[Client]:
    """A superuser whose language is Simplified Chinese."""
    settings.LANGUAGE_CODE = "zh-hans"
    client = Client()
    client.force_login(User.objects.create_superuser("wei"))
    with translation.override("zh-hans"):
        yield client


@pytest.fixture
def mirror(zcrm_emulator: SiteEmulator, connection: Connection) -> MirrorState:
    """A mirror with a reason of each kind, as code that runs in English stores them."""
    zcrm_emulator.create("Leads", 2, Last_Name="Fox", Company="Acme")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    state = mirror.state
    state.problems = {
        "4711": reason(
            "not_stored", module="Leads", id="4711", why=reason("too_long", field="name", count=9)
        )
    }
    state.unstored = 1
    state.last_error = reason("too_many_missing", missing=3, rows=30)
    state.phase, state.blocked = MirrorState.Phase.BLOCKED, "too_many_missing"
    state.save()
    for number, (item_state, why) in enumerate(
        (
            ("new", reason("waits_for", row="Accounts 3")),
            ("failed", reason("taken", record="4712", row="7")),
            ("conflict", reason("reconnected")),
            ("in_doubt", reason("read_timeout")),
            ("discarded", reason("discarded")),
        )
    ):
        OutboxItem.objects.create(
            connection=connection,
            module="Leads",
            object_id=str(number),
            operation="update",
            changed={"Last_Name": "Fox"},
            state=item_state,
            error=why,
        )
    channel = Channel.objects.create(
        connection=connection,
        channel_id="1000000068001",
        notify_url="https://example.com/zcrm/notify/",
        encrypted_token="secret",
        events=["Leads.all"],
        failures=1,
        expires_at=timezone.now() + timedelta(days=1),
        last_error=reason("unreachable"),
    )
    Notice.objects.create(
        channel=channel, module="Leads", operation="insert", ids=["1"], digest="d"
    )
    Connection.objects.update(
        last_error=reason("no_slot", count=5), expires_at=timezone.now() - timedelta(1)
    )
    record_connection_change(ConnectionHistory.Change.CONNECTED, connection)
    return state


def test_pages_in_chinese_have_no_english(mirror: MirrorState, chinese: Client) -> None:
    names = [
        *("zcrm_mirror_mirrorstate", "zcrm_mirror_outboxitem", "zcrm_mirror_channel"),
        *("zcrm_mirror_notice", "zcrm_mirror_mirroredrecord"),
        *("zcrm_connection", "zcrm_connectionhistory"),
    ]
    urls = [reverse(f"admin:{name}_changelist") for name in names]
    models: tuple[Any, ...] = (MirrorState, OutboxItem, Channel, Notice, Connection)
    for row in [row for model in models for row in model._default_manager.all()]:
        name = row._meta.label_lower.replace(".", "_")
        urls.append(reverse(f"admin:{name}_change", args=[row.pk]))
    left = {url: english_in(chinese.get(url).content.decode()) for url in urls}
    assert {url: phrases for url, phrases in left.items() if phrases} == {}


@pytest.mark.parametrize("command", ["zcrm_outbox", "zcrm_channels", "zcrm_limits"])
def test_output_of_a_command_in_chinese_has_no_english(
    mirror: MirrorState, chinese: Client, settings: Any, command: str
) -> None:
    settings.ZCRM = {
        **settings.ZCRM,
        "MIRROR": {"NOTIFY_URL": "https://example.com/zcrm/notify/"},
    }
    out = StringIO()
    try:
        call_command(command, stdout=out, stderr=out)
    except CommandError as error:
        out.write(str(error))
    assert out.getvalue()
    assert english_in(out.getvalue()) == []


def test_status_in_chinese_has_translated_reasons(mirror: MirrorState, chinese: Client) -> None:
    status = Mirror(Lead, mirror.connection).status().as_dict()

    assert status["last_error"].startswith("Zoho 不再显示 30 行中的 3 行")
    assert "最多 9 个字符" in status["problems"]["4711"]
    assert status["waiting_for"] == "等待 Accounts 3。"


def test_health_of_mirrors_and_limits_in_chinese_has_no_english(
    mirror: MirrorState, chinese: Client
) -> None:
    out = StringIO()
    call_command("zcrm_status", stdout=out)
    page = chinese.get(reverse("admin:zcrm_connection_health")).content.decode()

    # The settings and the system checks, which both show too, are in English.
    _, found, rest = out.getvalue().partition("\n连接\n")
    assert found
    assert english_in(rest) == []
    sections = [part for part in page.split("<section")[1:] if "<h2" in part]
    checked = [part for part in sections if "zcrm-connections" in part or "Leads" in part]
    assert len(checked) >= 2
    assert [phrase for part in checked for phrase in english_in(f"<section{part}")] == []
