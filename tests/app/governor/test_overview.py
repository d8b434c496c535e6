"""What is used of the limits, on the health page, in a terminal, in spans and by the checks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.test import Client
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.doctor.live_call import check_live_call
from django_zcrm.health.report import make_report
from django_zcrm.models import Connection, CreditUse
from django_zcrm.monitoring import tracing
from django_zcrm.monitoring.usage import counter
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.observer import Attempt
from django_zcrm.zoho.spending import is_batch
from tests.app.zoho import connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def crm(zoho: SiteEmulator) -> Any:
    connect(zoho)
    return zcrm.for_identifier("sales@example.com")


def said(command: str, *arguments: str) -> str:
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
    configure(GOVERNOR={"STORE": store})
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    spend(crm)
    [limits] = make_report().limits
    assert (limits.edition, limits.concurrency, limits.heavy_limit) == ("Enterprise", 20, 10)
    assert (limits.credits_spent, limits.credits_left, limits.runs_out_at) == (3, None, None)
    assert limits.is_shared == (store == "database")
    assert (limits.in_use, limits.waiting) == (0, 0)
    assert [hour.credits for hour in limits.hours][-1] == 3
    text = said("zcrm_limits")
    for words in ("(Enterprise)", "calls at once: 0 of 20, heavy ones: 0 of 10", "24 hours: 3;"):
        assert words in text
    assert ("of this process" in text) == (store == "memory")
    assert "calls at once: 0 of 20" in said("zcrm_status")
    assert json.loads(said("zcrm_limits", "--json"))[0]["credits_spent"] == 3


def test_counts_of_all_processes_come_from_the_database(crm: Any) -> None:
    crm.org.get()
    counter.flush()
    CreditUse.objects.update(credits=700, waits=5, waited_ms=2500, refused=2)
    text = said("zcrm_limits")
    assert "credits used in 24 hours: 700" in text
    assert "waits: 5, of 2 s together; refused: 2" in text
    crm.org.get()
    counter.flush()
    assert zcrm.limits(crm).credits_spent == 701


def test_a_forecast_says_when_none_are_left(crm: Any) -> None:
    crm.org.get()
    counter.flush()
    CreditUse.objects.update(credits=1000, remaining=500)
    [limits] = make_report().limits
    assert limits.credits_left == 500
    assert limits.runs_out_at is not None
    assert timedelta(minutes=29) < limits.runs_out_at - timezone.now() < timedelta(minutes=31)
    assert "at this rate none are left at" in said("zcrm_limits")


def test_the_health_page_has_a_chart_by_hour(crm: Any, admin_client: Client) -> None:
    spend(crm)
    content = admin_client.get("/admin/zcrm/connection/health/").content.decode()
    assert "Zoho's limits" in content
    assert "0 of 20" in content
    assert ": 3 credits; waits: 0; rate-limited (429): 0" in content


def test_the_report_makes_as_many_queries_for_many_organisations(
    zoho: SiteEmulator, django_assert_max_num_queries: Any, configure: Callable[..., None]
) -> None:
    configure(GOVERNOR={"STORE": "database"})
    row = connect(zoho)
    for number in range(20):
        row.pk, row.organisation_id, row.default_for = None, str(number), None
        row.save()
    assert Connection.objects.count() == 21
    with django_assert_max_num_queries(10):
        assert len(make_report().limits) == 21


def test_off_nothing_is_shown(zoho: SiteEmulator, configure: Callable[..., None]) -> None:
    configure(GOVERNOR=None)
    connect(zoho)
    report = make_report()
    assert report.limits == []
    assert {setting.key: setting.value for setting in report.settings}["GOVERNOR"] == "off"
    with pytest.raises(CommandError, match="GOVERNOR"):
        said("zcrm_limits")


def test_watching_ends_by_ctrl_c(crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[float] = []

    def sleep(seconds: float) -> None:
        times.append(seconds)
        if len(times) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("django_zcrm.management.commands.zcrm_limits.time.sleep", sleep)
    assert said("zcrm_limits", "--watch").count("calls at once") == 3


def test_a_password_of_redis_is_not_shown(zoho: SiteEmulator, configure: Any) -> None:
    configure(GOVERNOR={"STORE": "redis://:hunter2secret@127.0.0.1:1/0"})
    [shown] = [setting.value for setting in make_report().settings if setting.key == "GOVERNOR"]
    assert shown.startswith("store redis, edition as Zoho says")
    assert "hunter2secret" not in repr(zcrm)


def test_a_span_tells_how_long_the_call_waited(crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    class Span:
        def is_recording(self) -> bool:
            return True

        def set_attributes(self, about: dict[str, Any]) -> None:
            seen.update(about)

        def add_event(self, name: str, about: dict[str, Any]) -> None:
            pass

    monkeypatch.setattr("django_zcrm.monitoring.tracing.trace.get_current_span", Span)
    tracing.note_attempt(Attempt("GET /x", "GET", "1", 1, 200, 5.0, waited_ms=12.34))
    assert seen["zcrm.waited_ms"] == 12.3


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
    said(command)
    assert seen == [batch]
    assert not is_batch()
