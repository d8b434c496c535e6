"""The health page, `zcrm_status` and metrics report the mirror's health."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from opentelemetry import metrics as api
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from django_zcrm.mirror import health, metrics
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import Channel, MirrorState, OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


def run_status(*arguments: str) -> str:
    out = StringIO()
    call_command("zcrm_status", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def mirror_section() -> dict[str, Any]:
    (section,) = json.loads(run_status("--json"))["sections"]
    assert section["key"] == "mirror"
    return dict(section)


def later(row: Mapping[str, Any] | None) -> str:
    """Return the Modified_Time of a record that is changed a second later."""
    moment = datetime.fromisoformat((row or {})["Modified_Time"]) + timedelta(seconds=1)
    return moment.isoformat()


def item(connection: Connection, state: str) -> None:
    OutboxItem.objects.create(
        connection=connection, module="Leads", object_id="1", operation="update", state=state
    )


FAR_BEHIND = timedelta(hours=3)
LATE = {"phase": "live", "poll_interval": 3600, "synced_until": timedelta(hours=4)}
"""Late, but not far behind."""


def with_times(columns: dict[str, Any]) -> dict[str, Any]:
    """Return columns of a mirror, with times in place of what has passed since."""
    now = timezone.now()
    return {
        name: now - value if isinstance(value, timedelta) else value
        for name, value in columns.items()
    }


def test_health_of_a_site_without_mirrors_is_off(connection: Connection) -> None:
    assert mirror_section()["condition"]["kind"] == "off"
    run_status("--fail-on-problems")


def test_status_has_all_figures(state: MirrorState, connection: Connection) -> None:
    for name in ("new", "in_doubt", "conflict", "failed", "done"):
        item(connection, name)
    MirrorState.objects.update(drift=3)
    Channel.objects.create(connection=connection, channel_id="1", notify_url="https://a.example/")
    figures = mirror_section()["figures"]
    assert figures.pop("lag") < 300
    assert figures == {
        "mirrors": 1,
        "resting": 0,
        "in_initial_sync": 0,
        "blocked": 0,
        "failing": 0,
        "drift": 3,
        "unstored": 0,
        "outbox": 2,
        "waiting": 0,
        "conflicts": 1,
        "failed_items": 1,
        "notices": 0,
        "channels_closed": 1,
    }
    text = run_status()
    assert "to be sent: 2; conflicts: 1; failed: 1" in text
    assert "3 rows differed" in text
    assert "1 channel is not open" in text


@pytest.mark.parametrize(
    ("columns", "kind", "words"),
    [
        ({}, "good", "in sync"),
        ({"phase": "blocked", "blocked": "NO_PERMISSION"}, "bad", "blocked: NO_PERMISSION"),
        ({"failures": 1, "last_error": "Zoho is away."}, "wait", "the last attempt failed"),
        ({"synced_until": timedelta(minutes=30)}, "wait", "late"),
        ({"synced_until": timedelta(hours=3)}, "bad", "far behind"),
        ({"synced_until": timedelta(hours=3), "failures": 40}, "bad", "far behind"),
        ({"synced_until": timedelta(hours=3), "is_paused": True}, "off", "paused"),
        ({"synced_until": None, "phase": "initial"}, "wait", "initial sync"),
        ({"phase": "initial", "failures": 23}, "wait", "the last attempt failed"),
        ({"phase": "initial", "failures": 24}, "bad", "the initial sync fails"),
    ],
)
def test_status_fails_for_bad_health(
    state: MirrorState, columns: dict[str, Any], kind: str, words: str
) -> None:
    MirrorState.objects.update(**with_times(columns))
    (entry,) = mirror_section()["entries"]
    assert entry["condition"] == {"kind": kind, "words": words}
    if kind == "bad":
        with pytest.raises(CommandError, match="Leads of emulator"):
            run_status("--fail-on-problems")
    else:
        run_status("--fail-on-problems")


def test_mirror_of_a_lost_connection_is_no_second_problem(state: MirrorState) -> None:
    Connection.objects.update(state="consent_withdrawn")
    MirrorState.objects.update(synced_until=timezone.now() - timedelta(days=9))
    assert mirror_section()["entries"][0]["condition"]["kind"] == "off"
    with pytest.raises(CommandError, match=r"attention: emulator @ [^,]*$"):
        run_status("--fail-on-problems")


def test_copy_of_the_live_site_does_not_touch_its_mirrors(
    state: MirrorState, connection: Connection, settings: Any
) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    Channel.objects.create(connection=connection, channel_id="1", notify_url="https://a.example/")
    MirrorState.objects.update(synced_until=long_ago, due=long_ago, last_run_at=long_ago)
    settings.ZCRM = {**settings.ZCRM, "ENVIRONMENT": "sandbox"}
    section = mirror_section()
    assert section["entries"][0]["condition"]["words"] == "rests: of another client or environment"
    assert (section["figures"]["resting"], section["figures"]["channels_closed"]) == (1, 0)
    run_status("--fail-on-problems")


def test_failed_change_and_missing_runner_are_bad(state: MirrorState) -> None:
    item(state.connection, "failed")
    long_ago = timezone.now() - timedelta(hours=1)
    MirrorState.objects.update(due=long_ago, last_run_at=long_ago)
    with pytest.raises(CommandError, match=r"Runner, Outbox of Leads\.$"):
        run_status("--fail-on-problems")
    MirrorState.objects.update(last_run_at=timezone.now())
    assert not health.is_silent()


@pytest.mark.usefixtures("state")
def test_unstored_records_are_reported(
    zcrm_emulator: SiteEmulator, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    for number, lead in enumerate(zcrm_emulator.records("Leads")):
        row = zcrm_emulator.org.records.table("Leads").get(lead["id"])
        zcrm_emulator.org.records.put(
            "Leads", {**(row or {}), "Company": "x" * (201 + number), "Modified_Time": later(row)}
        )
    out, err = StringIO(), StringIO()
    call_command("zcrm_sync", "Leads", stdout=out, stderr=err, no_color=True)
    assert "could not be stored: 2" in out.getvalue()
    reason = "the value of company exceeds its maximum length of 200."
    assert err.getvalue().count(reason) == 1
    assert f"{reason} (+ 1 more record)" in err.getvalue()
    assert caplog.text.count(reason) == 1
    assert not Lead.objects.filter(company__startswith="x").exists()
    call_command("zcrm_sync", "Leads", "--reconcile", stdout=out, stderr=err, no_color=True)
    assert caplog.text.count(reason) == 1

    section = mirror_section()
    assert section["condition"]["kind"] == "wait"
    assert section["entries"][0]["condition"]["words"] == "2 records could not be stored"
    assert "exceeds its maximum length of 200" in section["entries"][0]["error"]
    run_status("--fail-on-problems")
    status = Mirror(Lead, connection).status()
    assert len(status.problems) == 2
    assert not status.is_in_sync
    MirrorState.objects.create(connection=connection, module="Tasks", synced_until=timezone.now())
    assert health.worst_first()[0].module == "Leads"


def test_many_mirrors_take_no_more_queries(state: MirrorState) -> None:
    with CaptureQueriesContext(database) as few:
        health.section()
    names = [f"Module{number}" for number in range(60)]
    MirrorState.objects.bulk_create(
        MirrorState(connection=state.connection, module=name) for name in names
    )
    MirrorState.objects.filter(module="Module7").update(phase="blocked", blocked="INVALID_MODULE")
    with CaptureQueriesContext(database) as many:
        section = health.section()
    assert len(many) == len(few)
    assert section.entries[0].name.startswith("Module7 ")
    assert (len(section.entries), section.more) == (50, 11)


def test_many_connections_are_counted_and_the_worst_are_listed(
    state: MirrorState, admin_user: Any
) -> None:
    def add(number: int) -> Connection:
        identifier = f"user{number}"
        owner = admin_user if number == 3 else None
        row = state.connection
        return Connection(user_identifier=identifier, owner=owner, client_id=row.client_id)

    Connection.objects.bulk_create(add(number) for number in range(40))
    connections = Connection.objects.filter(user_identifier__startswith="user")
    now = timezone.now()
    MirrorState.objects.bulk_create(
        MirrorState(connection=row, module=module, phase="live", synced_until=now)
        for row in connections
        for module in ("Leads", "Contacts")
    )
    third = MirrorState.objects.filter(connection__user_identifier="user3")
    third.update(phase="blocked", blocked="X", synced_until=now - timedelta(hours=5))
    section = health.section()
    contacts, leads, *worst = section.entries
    assert (contacts.name, leads.name) == ("Contacts", "Leads")
    assert contacts.condition.words == "blocked: 1"
    assert contacts.words.startswith("40 mirrors; at most ")
    assert contacts.words.endswith("5\xa0hours behind")
    assert contacts.condition.kind == "bad"
    assert len(worst) == health.MAX_CONNECTIONS
    is_third = re.compile(r"\buser3\b").search
    assert is_third(worst[0].name)
    assert worst[0].words.startswith(f"{admin_user}; ")
    assert not any(is_third(entry.name) for entry in worst[1:])
    assert section.more == 81 - health.MAX_CONNECTIONS


@pytest.mark.parametrize(
    ("others", "columns", "words"),
    [
        ({"phase": "initial"}, {"synced_until": FAR_BEHIND}, "far behind"),
        ({**LATE, "failures": 1}, {"synced_until": FAR_BEHIND}, "far behind"),
        ({"failures": 1}, {"synced_until": FAR_BEHIND, "failures": 40}, "far behind"),
        ({"failures": 1}, {"phase": "initial", "failures": 24}, "the initial sync fails"),
    ],
)
def test_bad_mirror_is_listed_before_many_others(
    state: MirrorState,
    monkeypatch: pytest.MonkeyPatch,
    others: dict[str, Any],
    columns: dict[str, Any],
    words: str,
) -> None:
    monkeypatch.setattr(health, "MAX_ENTRIES", 3)
    late = {**LATE, "synced_until": timedelta(hours=5)}
    mirrors = {"Module0": others, "Module1": others, "Module2": others, "Tasks": late}
    MirrorState.objects.bulk_create(
        MirrorState(connection=state.connection, module=module, **with_times(values))
        for module, values in mirrors.items()
    )
    MirrorState.objects.filter(pk=state.pk).update(**with_times(columns))
    entry = mirror_section()["entries"][0]
    assert entry["name"] == str(state)
    assert entry["condition"] == {"kind": "bad", "words": words}


def test_mirrors_that_a_policy_disables_rest(
    state: MirrorState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "MAX_ENTRIES", 1)
    long_ago = timezone.now() - timedelta(days=9)
    MirrorState.objects.create(
        connection=state.connection, module="Tasks", phase="live", synced_until=long_ago
    )
    MirrorState.objects.filter(module="Tasks").update(is_enabled=False)
    section = mirror_section()
    assert (section["figures"]["resting"], section["figures"]["mirrors"]) == (1, 2)
    assert section["figures"]["lag"] < 300
    assert [entry["name"] for entry in section["entries"]] == [str(state)]


def test_unreadable_settings_do_not_hide_the_mirror(state: MirrorState, settings: Any) -> None:
    settings.ZCRM = {**settings.ZCRM, "TIMEOUT": "soon"}
    assert "Leads of emulator" in run_status()


def test_health_page_shows_the_mirror(admin_client: Client, state: MirrorState) -> None:
    MirrorState.objects.update(phase="blocked", blocked="X", last_error="<b>Why</b>")
    text = admin_client.get(reverse("admin:zcrm_connection_health")).content.decode()
    assert "Mirrored modules" in text
    assert "blocked: X" in text
    assert "&lt;b&gt;Why" in text


def test_metrics_have_the_same_figures(state: MirrorState, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    monkeypatch.setattr(api, "get_meter", provider.get_meter)
    monkeypatch.setattr(metrics, "_registered", False)
    monkeypatch.setattr(metrics, "_known", None)
    assert metrics.register()
    assert metrics.register()
    for name in ("new", "failed"):
        item(state.connection, name)
    figures: dict[str, Any] = {}
    data = reader.get_metrics_data()
    assert data is not None
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                (point,) = metric.data.data_points
                figures[metric.name] = (point.value, dict(point.attributes or {}))
    leads = {"zcrm.module": "Leads"}
    assert figures["zcrm.mirror.outbox"] == (1, leads)
    assert figures["zcrm.mirror.failed_items"] == (1, leads)
    assert figures["zcrm.mirror.mirrors"] == (1, leads)
    assert figures["zcrm.mirror.lag"][0] < 300
    assert figures["zcrm.mirror.channels_closed"] == (0, {})
    provider.shutdown()
