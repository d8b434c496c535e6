"""All pages of the mirror in the admin: they open, hide secrets, and filter by offered columns."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from django_zcrm.mirror.admin.records import MirroredRecordAdmin
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import Channel, MirroredRecord, MirrorState, Notice, OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.cases import check_each
from tests.mirror.admin_pages import page

pytestmark = pytest.mark.django_db

OURS = [model for model in admin.site._registry if model._meta.app_label in ("zcrm", "zcrm_mirror")]


def test_each_page_opens(
    admin_client: Client,
    zcrm_emulator: SiteEmulator,
    state: MirrorState,
    connection: Connection,
    conflict: OutboxItem,
) -> None:
    zcrm_emulator.create("Tasks", Subject="Call them")
    Mirror("Tasks", connection).sync()
    channel = Channel.objects.create(
        connection=connection,
        channel_id="1000000068001",
        notify_url="https://example.com/zcrm/notify/",
        encrypted_token="canary-of-the-channel",
        events=["Leads.all"],
    )
    notice = Notice.objects.create(
        channel=channel, module="Leads", operation="insert", ids=["4711"], digest="d"
    )
    task = MirroredRecord.objects.get()
    rows = {
        "mirrorstate": state,
        "channel": channel,
        "notice": notice,
        "outboxitem": conflict,
        "mirroredrecord": task,
    }
    for name, row in rows.items():
        for url in (page(f"{name}_changelist"), page(f"{name}_change", row.pk)):
            response = admin_client.get(url)
            assert response.status_code == 200, url
            assert response.headers["X-Frame-Options"] == "DENY"
            text = response.content.decode()
            assert "canary-of-the-channel" not in text
            assert 'name="_save"' not in text, url
    assert b"Call them" in response.content


@pytest.fixture
def tasks(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    """Two records of a module without a model."""
    for subject in ("Call the fox 北京 给 Müller", "Write to the hen"):
        zcrm_emulator.create("Tasks", Subject=subject)
    Mirror("Tasks", connection).sync()


@pytest.mark.usefixtures("tasks")
@check_each("words", ["the fox", "Müller", "北京", '"北京 给"', "北京 Müller"])
def test_search_finds_records_by_words_of_any_script(admin_client: Client, words: str) -> None:
    listed = admin_client.get(page("mirroredrecord_changelist"), {"q": words}).content.decode()
    assert "Call the fox 北京 给 Müller" in listed
    assert "Write to the hen" not in listed


def test_search_of_records_is_not_escaped_for_mysql(monkeypatch: pytest.MonkeyPatch) -> None:
    mysql = SimpleNamespace(vendor="mysql", mysql_is_mariadb=False)
    monkeypatch.setattr("django_zcrm.mirror.admin.records.connections", {"default": mysql})
    records = MirroredRecordAdmin(MirroredRecord, admin.site)
    request, rows = RequestFactory().get("/"), MirroredRecord.objects.all()
    assert "北京" in str(records.get_search_results(request, rows, "北京")[0].query)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_list_is_filtered_only_by_its_filters(
    admin_client: Client, connection: Connection, model: type[Model]
) -> None:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for field in model._meta.get_fields():
        for lookup in ("startswith", "regex", "pk__gt"):
            response = admin_client.get(url, {f"{field.name}__{lookup}": "g"})
            assert response.status_code == 400, (field.name, lookup)
    changes = admin_client.get(url).context["cl"]
    links = {
        choice["query_string"] for spec in changes.filter_specs for choice in spec.choices(changes)
    }
    assert all(admin_client.get(f"{url}{link}").status_code == 200 for link in links)


def test_filters_do_not_reveal_the_token_of_a_channel(
    admin_client: Client, connection: Connection
) -> None:
    Channel.objects.create(
        connection=connection, channel_id="1000000068001", encrypted_token="canary"
    )
    for lookup in ("encrypted_token", "encrypted_token__startswith", "encrypted_token__exact"):
        response = admin_client.get(page("channel_changelist"), {lookup: "c"})
        assert response.status_code == 400
    linked = {"connection": str(connection.pk), "module": "Leads"}
    assert admin_client.get(page("outboxitem_changelist"), linked).status_code == 200
