"""What is used of the limits, on the health page, in a terminal and by the checks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command, load_command_class
from django.test import Client
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.conf import get_settings
from django_zcrm.doctor.live_call import check_live_call
from django_zcrm.health import limits as limits_page
from django_zcrm.health.connection_health import condition_of
from django_zcrm.health.limits import limits_in_use
from django_zcrm.health.report import make_report
from django_zcrm.health.summary import summarize_health
from django_zcrm.limits.registry import organisation_key, store_of
from django_zcrm.management.commands import zcrm_limits
from django_zcrm.management.limits_screen import draw_screen
from django_zcrm.models import Connection, CreditUse
from django_zcrm.monitoring.usage import counter
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.limits.budget import is_batch
from tests.app.zoho import connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def crm(zoho: SiteEmulator) -> Any:
    connect(zoho)
    return zcrm.for_identifier("sales@example.com")


def run_command(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, no_color=True)
    return out.getvalue()


def spend(crm: Any) -> None:
    """Use 3 credits by one call, and wait for a second one."""
    crm.records.search("Leads", criteria="(Last_Name:equals:Wong)", fields=["id"])


@pytest.mark.parametrize("store", ["memory", "database"])
@pytest.mark.django_db(transaction=True)
def test_slots_and_credits_are_shown(
    zoho: SiteEmulator, configure: Callable[..., None], store: str
) -> None:
    configure(LIMITS={"STORE": store})
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    spend(crm)
    [limits] = make_report().limits
    assert (limits.edition, limits.concurrency, limits.heavy_limit) == ("Enterprise", 20, 10)
    assert (limits.credits_spent, limits.credits_left, limits.runs_out_at) == (3, None, None)
    assert limits.is_shared == (store == "database")
    assert (limits.in_use, limits.waiting) == (0, 0)
    assert [hour.credits for hour in limits.hours][-1] == 3
    text = run_command("zcrm_limits")
    for words in ("(Enterprise)", "calls at once: 0 of 20, heavy ones: 0 of 10", "24 hours: 3;"):
        assert words in text
    assert ("of this process" in text) == (store == "memory")
    assert "calls at once: 0 of 20" in run_command("zcrm_status")
    assert json.loads(run_command("zcrm_limits", "--json"))[0]["credits_spent"] == 3


def test_counts_of_all_processes_come_from_the_database(crm: Any) -> None:
    crm.org.get()
    counter.flush()
    CreditUse.objects.update(credits=700, waits=5, waited_ms=2500, refused=2)
    text = run_command("zcrm_limits")
    assert "credits used in 24 hours: 700" in text
    assert "waits: 5, of 2 s together; refused: 2" in text
    crm.org.get()
    counter.flush()
    assert crm.limits().credits_spent == 701


def test_forecast_gives_time_without_credits(crm: Any) -> None:
    crm.org.get()
    counter.flush()
    CreditUse.objects.update(credits=1000, remaining=500)
    [limits] = make_report().limits
    assert limits.credits_left == 500
    assert limits.runs_out_at is not None
    assert timedelta(minutes=29) < limits.runs_out_at - timezone.now() < timedelta(minutes=31)
    assert "at this rate none are left at" in run_command("zcrm_limits")


def test_the_health_page_has_a_chart_by_hour(crm: Any, admin_client: Client) -> None:
    spend(crm)
    content = admin_client.get("/admin/zcrm/connection/health/").content.decode()
    assert "Zoho's limits" in content
    assert "0 of 20" in content
    assert ": 3 credits; waits: 0; rate-limited (429): 0" in content


def test_the_report_makes_as_many_queries_for_many_organisations(
    zoho: SiteEmulator, django_assert_max_num_queries: Any, configure: Callable[..., None]
) -> None:
    configure(LIMITS={"STORE": "database"})
    row = connect(zoho)
    for number in range(20):
        row.pk, row.organisation_id, row.default_for = None, str(number), None
        row.save()
    assert Connection.objects.count() == 21
    with django_assert_max_num_queries(16):
        assert len(make_report().limits) == 21


def test_switched_off_limits_are_not_shown(
    zoho: SiteEmulator, configure: Callable[..., None]
) -> None:
    configure(LIMITS=None)
    connect(zoho)
    report = make_report()
    assert report.limits == []
    settings = {setting.key: setting for setting in report.settings}
    assert (settings["LIMITS"].value, settings["LIMITS"].source) == ("off", "settings.ZCRM")
    with pytest.raises(CommandError, match="LIMITS"):
        run_command("zcrm_limits")


def stop_after(monkeypatch: pytest.MonkeyPatch, screens: int) -> None:
    """Press Ctrl-C after some screens."""
    times: list[float] = []

    def sleep(seconds: float) -> None:
        times.append(seconds)
        if len(times) == screens:
            raise KeyboardInterrupt

    monkeypatch.setattr("django_zcrm.management.commands.zcrm_limits.time.sleep", sleep)


def test_watching_ends_by_ctrl_c(crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(monkeypatch, 3)
    text = run_command("zcrm_limits", "--watch")
    assert text.count("organisations: 1") == 3
    assert "\x1b" not in text  # it is no terminal


@pytest.mark.parametrize("is_terminal", [False, True])
def test_watching_as_json_writes_one_list_a_line(
    is_terminal: bool, crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(monkeypatch, 3)
    out = Terminal() if is_terminal else StringIO()
    call_command("zcrm_limits", "--watch", "--json", stdout=out)
    lists = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [len(organisations) for organisations in lists] == [1, 1, 1]


class Terminal(StringIO):
    """A terminal of a size that tests set by the environment."""

    def isatty(self) -> bool:
        return True


def make_organisations(zoho: SiteEmulator, count: int) -> None:
    row = connect(zoho)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for number in range(count):
        row.pk, row.default_for = None, None
        row.organisation_id, row.organisation_name = str(number), f"Organisation {number} 上海公司"
        row.user_identifier = f"user{number}@example.com"
        row.save()
        CreditUse.objects.create(
            organisation=organisation_key(row), starts_at=now, credits=number + 1, calls=1
        )


def test_watching_many_organisations_redraws_one_screen_worst_first(
    zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_organisations(zoho, 43)
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("COLUMNS", "80")
    stop_after(monkeypatch, 2)
    out = Terminal()
    call_command("zcrm_limits", "--watch", stdout=out, no_color=True)
    first, second = out.getvalue().split("\x1b[H")[1:]
    lines = second.partition("\x1b[J")[0].split("\n")
    assert len(lines) == 23
    assert first.count("\n") == 22
    assert all(len(line.removesuffix("\x1b[K")) < 80 for line in lines)
    assert "Organisation 42 上" in lines[2]
    assert lines[-1].startswith("Page 1 of 3. Next page: --page 2")
    stop_after(monkeypatch, 1)
    third = run_command("zcrm_limits", "--watch", "--page", "3").splitlines()
    assert third[-2:-1] == ["Page 3 of 3"] or third[-1] == "Page 3 of 3"
    assert "Organisation 2 " in "".join(third)


def test_only_the_busiest_organisations_are_read(
    zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    make_organisations(zoho, 30)
    CreditUse.objects.filter(organisation__endswith=":3").update(refused=1)
    monkeypatch.setattr(limits_page, "MAX_LIMITED", 5)
    monkeypatch.setattr(zcrm_limits, "MAX_LIMITED", 5)
    with django_assert_max_num_queries(5):
        rows = limits_page.busiest(Connection.objects.all(), 5)
        names = [limits.name.split()[1] for limits in limits_in_use(rows, get_settings())]
    assert names == ["3", "29", "28", "27", "26"]
    CreditUse.objects.all().delete()
    assert len(limits_page.busiest(Connection.objects.all(), 5)) == 5
    assert "31 connections; these are the busiest" in run_command("zcrm_limits")
    found = run_command("zcrm_limits", "--search", "organisation 12")
    assert "Organisation 12" in found
    assert "busiest" not in found


def test_many_connections_of_an_organisation_leave_room_for_others(zoho: SiteEmulator) -> None:
    make_organisations(zoho, 7)
    Connection.objects.exclude(user_identifier="user0@example.com").update(organisation_id="1")
    rows = limits_page.busiest(Connection.objects.all(), 5)
    assert {row.organisation_id for row in rows} == {"0", "1"}


def test_status_of_many_connections_counts_them_and_lists_the_worst(zoho: SiteEmulator) -> None:
    make_organisations(zoho, 30)
    withdrawn = Connection.objects.filter(organisation_id__in=["7", "8"])
    withdrawn.update(state=Connection.State.CONSENT_WITHDRAWN)
    text = run_command("zcrm_status")
    assert "must be connected again: 2" in text
    assert "connected: 29" in text
    assert text.count("tokens in ten minutes") == 10
    assert "… and 21 more" in text
    found = run_command("zcrm_status", "--search", "organisation 12")
    assert "Organisation 12" in found
    assert found.count("tokens in ten minutes") == 1
    owner = get_user_model().objects.create(username="quentin")
    Connection.objects.filter(organisation_id="9").update(owner=owner)
    assert run_command("zcrm_status", "--search", "QUENT").count("tokens in ten minutes") == 1


def test_watching_in_a_narrow_terminal_cuts_lines(
    zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_organisations(zoho, 3)
    lines = draw_screen(
        limits_in_use(Connection.objects.usable(), get_settings()), 9, os.terminal_size((30, 3))
    )
    assert len(lines) == 4
    assert all(len(line) <= 29 for line in lines)
    assert [line[:14] for line in lines[2:3]] == ["Page 4 of 4"] or "Page 4 of 4" in lines[-1]


def test_the_health_page_shows_a_page_and_finds_connections(
    zoho: SiteEmulator, admin_client: Client
) -> None:
    make_organisations(zoho, 43)
    worst = Connection.objects.get(organisation_id="7")
    Connection.objects.filter(pk=worst.pk).update(state=Connection.State.CONSENT_WITHDRAWN)
    url = "/admin/zcrm/connection/health/"
    response = admin_client.get(url)
    content = response.content.decode()
    rows = response.context["conditions"]
    assert len(rows) == 10
    assert rows[0][0].pk == worst.pk
    assert content.count('class="zcrm-chart"') == 10
    assert "Page 1 of 5, those that need attention first" in content
    assert [one.name.split()[1] for one, _ in response.context["limits"]] == [
        str(number) for number in range(42, 32, -1)
    ]
    response = admin_client.get(url, {"page": "5", "limits": "5"})
    assert len(response.context["conditions"]) == 4
    assert "?q=&amp;page=4&amp;limits=5#zcrm-connections" in response.content.decode()
    response = admin_client.get(url, {"q": "organisation 12", "page": "nonsense"})
    assert [row.name for row, _ in response.context["conditions"]] == [
        str(Connection.objects.get(organisation_id="12"))
    ]
    response = admin_client.get(url, {"q": "<script>"})
    assert "No connection contains all of these words." in response.content.decode()
    assert "<script>" not in response.content.decode().partition("zcrm-connections")[2][:900]


def test_the_report_sorts_connections_as_their_conditions_do(
    zoho: SiteEmulator, configure: Any
) -> None:
    make_organisations(zoho, 4)
    now = timezone.now()
    changes: list[dict[str, Any]] = [
        {"state": Connection.State.DISCONNECTED},
        {"last_error": "x", "expires_at": now - timedelta(hours=1)},
        {"throttled_until": now + timedelta(minutes=5)},
        {"client_id": "another"},
    ]
    for number, change in enumerate(changes):
        Connection.objects.filter(organisation_id=str(number)).update(**change)
    kinds = [row.condition.kind for row in make_report().connections]
    assert kinds == ["bad", "wait", "wait", "good", "off"]


def test_throttle_by_a_clock_that_was_ahead_is_over_in_the_summary(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    connection.throttled_until = timezone.now() + timedelta(days=1)
    connection.save()
    assert condition_of(connection, get_settings()).kind == "good"
    part = summarize_health().parts["connections"]
    assert (part["status"], part["good"], part["throttled"]) == ("ok", 1, 0)


def test_a_password_of_redis_is_not_shown(zoho: SiteEmulator, configure: Any) -> None:
    configure(LIMITS={"STORE": "redis://:hunter2secret@127.0.0.1:1/0"})
    [text] = [setting.value for setting in make_report().settings if setting.key == "LIMITS"]
    assert text.startswith("store redis, edition as Zoho says")
    assert "hunter2secret" not in repr(zcrm)


def test_the_health_page_reports_that_the_redis_client_is_missing(
    zoho: SiteEmulator, admin_client: Client, configure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(zoho)
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "django_zcrm.limits.stores.redis", raising=False)
    monkeypatch.setattr("django_zcrm.checks.settings.find_spec", lambda name: None)
    configure(LIMITS={"STORE": "redis://127.0.0.1:1/0"})
    store_of.cache_clear()
    text = admin_client.get("/admin/zcrm/connection/health/").text
    assert "zcrm.E018" in text
    assert "zcrm.E018" in run_command("zcrm_status")


def test_the_doctor_learns_the_edition(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    Connection.objects.update(edition="Free")
    connection.refresh_from_db()
    check_live_call(connection)
    connection.refresh_from_db()
    assert connection.edition == "Enterprise"


@pytest.mark.parametrize(
    ("command", "batch"),
    [("zcrm_export_metadata", True), ("zcrm_doctor", False), ("zcrm_limits", False)],
)
def test_commands_that_take_long_are_batches(
    crm: Any, monkeypatch: pytest.MonkeyPatch, command: str, batch: bool
) -> None:
    seen = []

    def handle(self: object, *args: object, **options: object) -> None:
        seen.append(is_batch())

    monkeypatch.setattr(load_command_class("django_zcrm", command).__class__, "handle", handle)
    run_command(command)
    assert seen == [batch]
    assert not is_batch()
