"""Calls of threads and coroutines stay below Zoho's limits, and what Zoho refuses is sent again."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from django_zcrm import BudgetExceeded, ConfigurationError, Limited, zcrm
from django_zcrm.exceptions import ServerFault
from django_zcrm.limits.registry import forget_limiters
from django_zcrm.limits.slot_pool import SlotCounts
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.http.deadline import Deadline
from django_zcrm.zoho.http.pauses import override_pause
from django_zcrm.zoho.limits.budget import no_waiting
from tests.app.limits.counting import function_calls
from tests.app.zoho import connect

pytestmark = pytest.mark.django_db

LEADS = "/crm/v8/Leads"


@pytest.fixture(params=["blocking", "awaiting"])
def create(request: pytest.FixtureRequest, zoho: SiteEmulator) -> Any:
    """Create a lead, by a blocking call or an awaited one."""
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")

    def blocking(name: str = "Wong") -> Any:
        return crm.records.create("Leads", [{"Last_Name": name}])

    async def awaiting(name: str = "Wong") -> Any:
        return await crm.aio.records.create("Leads", [{"Last_Name": name}])

    return blocking if request.param == "blocking" else async_to_sync(awaiting)


def list_statuses(zoho: SiteEmulator) -> list[int]:
    return [seen.status for seen in zoho.requests_to("POST", LEADS)]


def limiter() -> Any:
    return zcrm.for_identifier("sales@example.com").session.limiter


def test_call_refused_by_limiter_is_resent_even_post(zoho: SiteEmulator, create: Any) -> None:
    zoho.fail_next("records.create", code="TOO_MANY_REQUESTS", times=3)
    assert create()
    assert list_statuses(zoho) == [429, 429, 429, 201]
    assert [round(delay, 1) > 0 for delay in zoho.retry_delays] == [True] * 3
    assert len(zoho.records("Leads")) == 1
    assert limiter().pool.in_use == SlotCounts()


def test_refused_call_is_resent_within_max_wait(zoho: SiteEmulator, create: Any) -> None:
    zoho.fail_next("records.create", code="RATE_LIMIT_EXCEEDED", times=None, status=429)
    with pytest.raises(Limited) as caught:
        create()
    assert (caught.value.code, caught.value.status) == ("RATE_LIMIT_EXCEEDED", 429)
    assert caught.value.retry_after
    assert 3.5 < sum(zoho.retry_delays) <= 5
    assert limiter().pool.in_use == SlotCounts()


def test_call_that_may_not_wait_is_sent_once(zoho: SiteEmulator, create: Any) -> None:
    zoho.fail_next("records.create", code="TOO_MANY_REQUESTS", times=None)
    with no_waiting(), pytest.raises(Limited):
        create()
    assert list_statuses(zoho) == [429]
    assert zoho.retry_delays == []
    zoho.stop_failing()
    zoho.fail_next("records.list", code="INTERNAL_ERROR", times=1)
    zoho.forget_requests()
    crm = zcrm.for_identifier("sales@example.com")
    with no_waiting(), pytest.raises(ServerFault):
        crm.records.list("Leads")
    assert len(zoho.requests_to("GET", LEADS)) == 1


def test_post_refused_by_gateway_is_not_resent(zoho: SiteEmulator, create: Any) -> None:
    """It does not tell whether the call was carried out."""
    zoho.fail_next("records.create", html=429)
    with pytest.raises(Limited):
        create()
    assert list_statuses(zoho) == [429]
    assert limiter().pool.in_use == SlotCounts()


def test_create_with_long_retry_after_raises_limited(zoho: SiteEmulator, create: Any) -> None:
    zoho.fail_next("records.create", code="TOO_MANY_REQUESTS", headers={"Retry-After": "60"})
    with pytest.raises(Limited) as caught:
        create()
    assert caught.value.retry_after == 60
    assert list_statuses(zoho) == [429]


def test_refusal_without_limiter_is_raised(zoho: SiteEmulator, configure: Any) -> None:
    configure(LIMITS=None)
    connect(zoho)
    zoho.fail_next("records.create", code="TOO_MANY_REQUESTS")
    with pytest.raises(Limited):
        zcrm.records.create("Leads", [{"Last_Name": "Wong"}])
    assert list_statuses(zoho) == [429]
    assert zcrm.default().session.limiter is None
    with pytest.raises(ConfigurationError, match="LIMITS"):
        zcrm.limits()
    with pytest.raises(ConfigurationError, match="LIMITS"):
        zcrm.budget(credits=1)


def test_a_refusal_slows_down_all_clients_of_the_organisation(zoho: SiteEmulator) -> None:
    connect(zoho)
    other = connect(zoho, "other@example.com")
    zoho.fail_next("records.create", code="TOO_MANY_REQUESTS")
    zcrm.for_identifier("sales@example.com").records.create("Leads", [{"Last_Name": "Wong"}])
    assert zcrm.for_connection(other).limits().concurrency == 10


def test_edition_is_read_on_connecting_not_by_calls(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    assert connection.edition == "Enterprise"
    zoho.forget_requests()
    crm = zcrm.for_identifier("sales@example.com")
    assert (crm.limits().edition, crm.limits().concurrency) == ("Enterprise", 20)
    crm.org.get()
    assert len(zoho.requests) == 1


@pytest.mark.zcrm_emulator(edition="Free")
def test_edition_in_settings_takes_precedence(zoho: SiteEmulator, configure: Any) -> None:
    connect(zoho)
    assert zcrm.limits().concurrency == 5
    configure(LIMITS={"EDITION": "Ultimate"})
    assert (zcrm.limits().edition, zcrm.limits().concurrency) == ("Ultimate", 25)


def test_an_unknown_edition_may_have_the_highest_limit(zoho: SiteEmulator) -> None:
    connect(zoho)
    forget_limiters()
    Connection.objects.update(edition="")
    crm = zcrm.for_identifier("sales@example.com")
    assert (crm.limits().edition, crm.limits().concurrency) == ("", 25)


def test_call_with_metadata_holds_one_slot_at_a_time(zoho: SiteEmulator, configure: Any) -> None:
    connect(zoho)
    limiter().pool.capacity = SlotCounts(1, 1, 1)
    assert list(zcrm.for_identifier("sales@example.com").records.list("Leads")) == []


def test_no_slot_in_time_raises_limited_and_nothing_is_sent(
    zoho: SiteEmulator, configure: Any
) -> None:
    configure(LIMITS={"MAX_WAIT": 0.01})
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    limiter().pool.capacity = SlotCounts()
    zoho.forget_requests()
    with pytest.raises(Limited, match="All slots") as caught:
        crm.records.create("Leads", [{"Last_Name": "Wong"}])
    assert (caught.value.retry_after, caught.value.status, caught.value.sent) == (1, 0, False)
    assert not zoho.requests


@pytest.mark.parametrize("is_awaited", [False, True])
def test_retry_after_a_long_wait_for_a_slot_has_the_whole_timeout(
    zoho: SiteEmulator, configure: Any, monkeypatch: pytest.MonkeyPatch, is_awaited: bool
) -> None:
    configure(TIMEOUT=(0.3, 0.3))
    connect(zoho)
    crm, pool, timeouts = zcrm.for_identifier("sales@example.com"), limiter().pool, list[float]()
    capacity, next_timeout = pool.capacity, Deadline.next_timeout

    async def call_awaited() -> Any:
        return await crm.aio.org.get()

    def fill_pool(seconds: float) -> None:
        pool.capacity = SlotCounts()
        Timer(0.7, lambda: setattr(pool, "capacity", capacity)).start()

    def record(deadline: Deadline) -> tuple[float, float]:
        timeouts.append(next_timeout(deadline)[1])
        return next_timeout(deadline)

    monkeypatch.setattr(Deadline, "next_timeout", record)
    zoho.fail_next("org.get", status=503, headers={"Retry-After": "0"})
    with override_pause(fill_pool):
        assert async_to_sync(call_awaited)() if is_awaited else crm.org.get()
    assert [timeout > 0.2 for timeout in timeouts] == [True, True]


def test_an_error_gives_the_slot_back(zoho: SiteEmulator, create: Any) -> None:
    zoho.fail_next("records.create", drop="before")
    with pytest.raises(Exception, match="connection"):
        create()
    zoho.fail_next("records.create", status=500)
    with pytest.raises(Exception, match="500"):
        create()
    assert limiter().pool.in_use == SlotCounts()


def test_the_limit_of_bulk_results_a_minute_is_another_one(zoho: SiteEmulator) -> None:
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    zoho.fail_next("bulk.read_result", code="TOO_MANY_REQUESTS")
    with pytest.raises(Limited) as caught:
        crm.bulk_read.download("1")
    assert caught.value.retry_after == 60
    assert crm.limits().concurrency == 20
    assert len(zoho.requests_to("GET", "/crm/bulk/v8/read/1/result")) == 1


class TestDownloads:
    @pytest.fixture
    def lead(self, zoho: SiteEmulator) -> tuple[Any, str, str]:
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        lead = crm.records.create("Leads", [{"Last_Name": "Wong"}])[0].id
        crm.attachments.upload("Leads", lead, ("a.bin", b"x" * 200_000))
        [attachment] = crm.attachments.list("Leads", lead, fields=["File_Name"])
        return crm, lead, str(attachment["id"])

    def test_download_holds_slot_until_closed(self, lead: Any) -> None:
        crm, *ids = lead
        download = crm.attachments.download("Leads", *ids)
        assert crm.limits().in_use == 1
        download.close()
        assert crm.limits().in_use == 0

    def test_download_holds_slot_until_read_to_its_end(self, lead: Any) -> None:
        crm, *ids = lead
        download = crm.attachments.download("Leads", *ids)
        assert len(download.read()) == 200_000
        assert crm.limits().in_use == 0

    @pytest.mark.parametrize("begun", [False, True])
    def test_abandoned_download_releases_slot(self, lead: Any, begun: bool) -> None:
        crm, *ids = lead
        download = crm.attachments.download("Leads", *ids)
        if begun:
            download.read(10)
        assert crm.limits().in_use == 1
        gc.disable()
        try:
            del download
            assert crm.limits().in_use == 0
        finally:
            gc.enable()

    def test_awaited_download_releases_slot(self, lead: Any) -> None:
        crm, *ids = lead

        async def download() -> None:
            file = await crm.aio.attachments.download("Leads", *ids)
            assert crm.limits().in_use == 1
            assert len(await file.read()) == 200_000
            assert crm.limits().in_use == 0
            abandoned = await crm.aio.attachments.download("Leads", *ids)
            assert crm.limits().in_use == 1
            del abandoned
            for _ in range(100):  # tasks of aiohttp that end hold it until they have run
                gc.collect()
                if not crm.limits().in_use:
                    break
                await asyncio.sleep(0.01)
            assert crm.limits().in_use == 0

        async_to_sync(download)()


class TestPriorities:
    def test_a_batch_leaves_the_reserve_to_others(self, zoho: SiteEmulator, configure: Any) -> None:
        configure(LIMITS={"MAX_WAIT": 0.001})
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        limiter().pool.capacity = SlotCounts(2, 2, 0)
        with zcrm.priority("batch"):
            with pytest.raises(Limited):
                crm.org.get()
            with zcrm.priority("interactive"):
                crm.org.get()
        crm.org.get()

    def test_priority_is_inherited_by_coroutines(self, zoho: SiteEmulator, configure: Any) -> None:
        configure(LIMITS={"MAX_WAIT": 0.001})
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        limiter().pool.capacity = SlotCounts(2, 2, 0)

        async def call() -> None:
            with zcrm.priority("batch"), pytest.raises(Limited):
                await asyncio.create_task(crm.aio.request("GET", "/crm/{version}/org"))
            await crm.aio.request("GET", "/crm/{version}/org")

        async_to_sync(call)()

    def test_unknown_priority_is_refused(self) -> None:
        with pytest.raises(ValueError, match="interactive or batch"), zcrm.priority("low"):
            pass


class TestBudgets:
    def test_call_over_budget_is_not_sent(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        zoho.forget_requests()
        with zcrm.budget(credits=5) as spent:
            zcrm.records.create("Leads", [{"Last_Name": str(n)} for n in range(30)])
            assert (spent.credits, spent.remaining) == (3, 2)
            with pytest.raises(BudgetExceeded, match=r"needs 3 .* the budget of 5 has only 2 left"):
                zcrm.records.create("Leads", [{"Last_Name": str(n)} for n in range(30)])
            zcrm.org.get()
        assert spent.credits == 4
        assert len(zoho.requests) == 2

    def test_batch_over_budget_marks_rest_not_sent(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        with zcrm.budget(credits=25):
            result = zcrm.records.create("Leads", [{"Last_Name": str(n)} for n in range(300)])
        assert Counter(outcome.code for outcome in result) == {"SUCCESS": 200, "NOT_SENT": 100}
        assert isinstance(result[-1].error, BudgetExceeded)

    def test_a_refused_call_costs_nothing(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        zoho.fail_next("org.get", code="TOO_MANY_REQUESTS", times=2)
        with zcrm.budget(credits=1) as spent:
            zcrm.org.get()
        assert spent.credits == 1

    def test_two_budgets_apply_together(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        with zcrm.budget(credits=2) as outer, zcrm.budget(credits=9) as inner:
            zcrm.org.get()
            zcrm.org.get()
            with pytest.raises(BudgetExceeded):
                zcrm.org.get()
        assert (outer.credits, inner.credits) == (2, 2)


@pytest.mark.slow
@pytest.mark.zcrm_emulator(limit_concurrency=5, limit_sub_concurrency=2)
@pytest.mark.django_db(transaction=True)
def test_many_threads_stay_below_the_limit(
    zcrm_live_emulator: SiteEmulator, configure: Any
) -> None:
    """Without a limiter most of these are refused."""
    zoho = zcrm_live_emulator
    configure(LIMITS={"EDITION": "Free", "MAX_WAIT": 30})
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    limiter().pool.capacity = SlotCounts(5, 2, 5)
    zoho.fail_next(path=f"{LEADS}*", delay_ms=20, times=None)
    zoho.forget_requests()

    def call(number: int) -> None:
        if number % 2:
            crm.records.create("Leads", [{"Last_Name": "Wong"}] * (20 if number % 4 == 1 else 1))
        else:
            crm.request("GET", LEADS, params={"fields": "id"})

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(call, range(64)))
    assert Counter(seen.status == 429 for seen in zoho.requests) == {False: 64}


def test_limiter_adds_few_function_calls(zoho: SiteEmulator) -> None:
    """The bar is 20 us, measured in benchmarks; here only that nobody adds a zero."""
    from django_zcrm.zoho.http.messages import ZohoResponse
    from django_zcrm.zoho.limits.costs import ONE
    from django_zcrm.zoho.limits.limiter import SlotClaim

    connect(zoho)
    step, response, of = SlotClaim(ONE, "GET /x"), ZohoResponse(200), limiter()
    counts = [function_calls(lambda: of.claim(step).release(response)) for _ in range(10)]
    assert min(counts) < 100  # the collector may come in between
