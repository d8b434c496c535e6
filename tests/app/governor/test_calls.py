"""Calls of threads and coroutines stay below Zoho's limits, and what Zoho refuses is sent again."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from django_zcrm import BudgetSpent, ConfigurationError, Limited, zcrm
from django_zcrm.governor.gate import SlotCounts
from django_zcrm.governor.registry import forget_governors
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.app.governor.counting import function_calls
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


def created(zoho: SiteEmulator) -> list[int]:
    return [seen.status for seen in zoho.requests_to("POST", LEADS)]


def governor() -> Any:
    return zcrm.for_identifier("sales@example.com").session.governor


def test_what_the_limiter_refused_is_sent_again_a_post_too(zoho: SiteEmulator, create: Any) -> None:
    zoho.fail_next("records.create", code="TOO_MANY_REQUESTS", times=3)
    assert create()
    assert created(zoho) == [429, 429, 429, 201]
    assert [round(delay, 1) > 0 for delay in zoho.retry_delays] == [True] * 3
    assert len(zoho.records("Leads")) == 1
    assert governor().gate.in_use == SlotCounts()


def test_it_is_sent_again_for_as_long_as_a_call_may_wait(zoho: SiteEmulator, create: Any) -> None:
    zoho.fail_next("records.create", code="RATE_LIMIT_EXCEEDED", times=None, status=429)
    with pytest.raises(Limited) as caught:
        create()
    assert (caught.value.code, caught.value.status) == ("RATE_LIMIT_EXCEEDED", 429)
    assert caught.value.retry_after
    assert 3.5 < sum(zoho.retry_delays) <= 5
    assert governor().gate.in_use == SlotCounts()


def test_what_a_gateway_refused_is_not_sent_again(zoho: SiteEmulator, create: Any) -> None:
    """It does not say whether the call was carried out."""
    zoho.fail_next("records.create", html=429)
    with pytest.raises(Limited):
        create()
    assert created(zoho) == [429]
    assert governor().gate.in_use == SlotCounts()


def test_a_longer_wait_that_the_reply_asks_for_is_left_to_the_caller(
    zoho: SiteEmulator, create: Any
) -> None:
    zoho.fail_next("records.create", code="TOO_MANY_REQUESTS", headers={"Retry-After": "60"})
    with pytest.raises(Limited) as caught:
        create()
    assert caught.value.retry_after == 60
    assert created(zoho) == [429]


def test_off_a_refusal_is_raised_as_it_is(zoho: SiteEmulator, configure: Any) -> None:
    configure(GOVERNOR=None)
    connect(zoho)
    zoho.fail_next("records.create", code="TOO_MANY_REQUESTS")
    with pytest.raises(Limited):
        zcrm.records.create("Leads", [{"Last_Name": "Wong"}])
    assert created(zoho) == [429]
    assert zcrm.default().session.governor is None
    with pytest.raises(ConfigurationError, match="GOVERNOR"):
        zcrm.limits()
    with pytest.raises(ConfigurationError, match="GOVERNOR"):
        zcrm.budget(credits=1)


def test_a_refusal_slows_down_all_clients_of_the_organisation(zoho: SiteEmulator) -> None:
    connect(zoho)
    other = connect(zoho, "other@example.com")
    zoho.fail_next("records.create", code="TOO_MANY_REQUESTS")
    zcrm.for_identifier("sales@example.com").records.create("Leads", [{"Last_Name": "Wong"}])
    assert zcrm.limits(zcrm.for_connection(other)).concurrency == 10


def test_connecting_tells_the_edition_and_a_call_never_asks_for_it(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    assert connection.edition == "Enterprise"
    zoho.forget_requests()
    crm = zcrm.for_identifier("sales@example.com")
    assert (zcrm.limits(crm).edition, zcrm.limits(crm).concurrency) == ("Enterprise", 20)
    crm.org.get()
    assert len(zoho.requests) == 1


@pytest.mark.zcrm_emulator(edition="Free")
def test_the_edition_in_the_settings_comes_first(zoho: SiteEmulator, configure: Any) -> None:
    connect(zoho)
    assert zcrm.limits().concurrency == 5
    configure(GOVERNOR={"EDITION": "Ultimate"})
    assert (zcrm.limits().edition, zcrm.limits().concurrency) == ("Ultimate", 25)


def test_an_unknown_edition_may_have_the_highest_limit(zoho: SiteEmulator) -> None:
    connect(zoho)
    forget_governors()
    Connection.objects.update(edition="")
    crm = zcrm.for_identifier("sales@example.com")
    assert (zcrm.limits(crm).edition, zcrm.limits(crm).concurrency) == ("", 25)


def test_a_call_that_needs_metadata_holds_one_permit_at_a_time(
    zoho: SiteEmulator, configure: Any
) -> None:
    connect(zoho)
    governor().gate.capacity = SlotCounts(1, 1, 1)
    assert list(zcrm.for_identifier("sales@example.com").records.list("Leads")) == []


def test_no_slot_in_time_raises_limited_and_nothing_is_sent(
    zoho: SiteEmulator, configure: Any
) -> None:
    configure(GOVERNOR={"WAIT": 0.01})
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    governor().gate.capacity = SlotCounts()
    zoho.forget_requests()
    with pytest.raises(Limited, match="calls at once") as caught:
        crm.records.create("Leads", [{"Last_Name": "Wong"}])
    assert (caught.value.retry_after, caught.value.status, caught.value.sent) == (1, 0, False)
    assert not zoho.requests


def test_an_error_gives_the_slot_back(zoho: SiteEmulator, create: Any) -> None:
    zoho.fail_next("records.create", drop="before")
    with pytest.raises(Exception, match="connection"):
        create()
    zoho.fail_next("records.create", status=500)
    with pytest.raises(Exception, match="500"):
        create()
    assert governor().gate.in_use == SlotCounts()


def test_the_limit_of_bulk_results_a_minute_is_another_one(zoho: SiteEmulator) -> None:
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    zoho.fail_next("bulk.read_result", code="TOO_MANY_REQUESTS")
    with pytest.raises(Limited) as caught:
        crm.bulk_read.download("1")
    assert caught.value.retry_after == 60
    assert zcrm.limits(crm).concurrency == 20
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

    def test_a_file_holds_its_slot_until_it_is_closed(self, lead: Any) -> None:
        crm, *ids = lead
        download = crm.attachments.download("Leads", *ids)
        assert zcrm.limits(crm).in_use == 1
        download.close()
        assert zcrm.limits(crm).in_use == 0

    def test_or_read_to_its_end(self, lead: Any) -> None:
        crm, *ids = lead
        download = crm.attachments.download("Leads", *ids)
        assert len(download.read()) == 200_000
        assert zcrm.limits(crm).in_use == 0

    @pytest.mark.parametrize("begun", [False, True])
    def test_an_abandoned_one_gives_it_back(self, lead: Any, begun: bool) -> None:
        crm, *ids = lead
        download = crm.attachments.download("Leads", *ids)
        if begun:
            download.read(10)
        assert zcrm.limits(crm).in_use == 1
        gc.disable()
        try:
            del download
            assert zcrm.limits(crm).in_use == 0
        finally:
            gc.enable()

    def test_an_awaited_one_too(self, lead: Any) -> None:
        crm, *ids = lead

        async def download() -> None:
            file = await crm.aio.attachments.download("Leads", *ids)
            assert zcrm.limits(crm).in_use == 1
            assert len(await file.read()) == 200_000
            assert zcrm.limits(crm).in_use == 0
            abandoned = await crm.aio.attachments.download("Leads", *ids)
            assert zcrm.limits(crm).in_use == 1
            del abandoned
            gc.collect()
            assert zcrm.limits(crm).in_use == 0

        async_to_sync(download)()


class TestPriorities:
    def test_a_batch_leaves_the_reserve_to_others(self, zoho: SiteEmulator, configure: Any) -> None:
        configure(GOVERNOR={"WAIT": 0.001})
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        governor().gate.capacity = SlotCounts(2, 2, 0)
        with zcrm.priority("batch"):
            with pytest.raises(Limited):
                crm.org.get()
            with zcrm.priority("interactive"):
                crm.org.get()
        crm.org.get()

    def test_it_goes_along_into_coroutines(self, zoho: SiteEmulator, configure: Any) -> None:
        configure(GOVERNOR={"WAIT": 0.001})
        connect(zoho)
        crm = zcrm.for_identifier("sales@example.com")
        governor().gate.capacity = SlotCounts(2, 2, 0)

        async def call() -> None:
            with zcrm.priority("batch"), pytest.raises(Limited):
                await asyncio.create_task(crm.aio.request("GET", "/crm/{version}/org"))
            await crm.aio.request("GET", "/crm/{version}/org")

        async_to_sync(call)()

    def test_another_word_is_refused(self) -> None:
        with pytest.raises(ValueError, match="interactive or batch"), zcrm.priority("low"):
            pass


class TestBudgets:
    def test_the_call_that_would_pass_it_is_not_sent(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        zoho.forget_requests()
        with zcrm.budget(credits=5) as spent:
            zcrm.records.create("Leads", [{"Last_Name": str(n)} for n in range(30)])
            assert (spent.credits, spent.left) == (3, 2)
            with pytest.raises(BudgetSpent, match=r"needs 3 .* 2 of the budget of 5 are left"):
                zcrm.records.create("Leads", [{"Last_Name": str(n)} for n in range(30)])
            zcrm.org.get()
        assert spent.credits == 4
        assert len(zoho.requests) == 2

    def test_a_longer_batch_tells_what_was_not_sent(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        with zcrm.budget(credits=25):
            result = zcrm.records.create("Leads", [{"Last_Name": str(n)} for n in range(300)])
        assert Counter(outcome.code for outcome in result) == {"SUCCESS": 200, "NOT_SENT": 100}
        assert isinstance(result[-1].error, BudgetSpent)

    def test_a_refused_call_costs_nothing(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        zoho.fail_next("org.get", code="TOO_MANY_REQUESTS", times=2)
        with zcrm.budget(credits=1) as spent:
            zcrm.org.get()
        assert spent.credits == 1

    def test_of_two_both_hold(self, zoho: SiteEmulator) -> None:
        connect(zoho)
        with zcrm.budget(credits=2) as outer, zcrm.budget(credits=9) as inner:
            zcrm.org.get()
            zcrm.org.get()
            with pytest.raises(BudgetSpent):
                zcrm.org.get()
        assert (outer.credits, inner.credits) == (2, 2)


@pytest.mark.slow
@pytest.mark.zcrm_emulator(limit_concurrency=5, limit_sub_concurrency=2)
@pytest.mark.django_db(transaction=True)
def test_many_threads_stay_below_the_limit(
    zcrm_live_emulator: SiteEmulator, configure: Any
) -> None:
    """Without a governor most of these are refused."""
    zoho = zcrm_live_emulator
    configure(GOVERNOR={"EDITION": "Free", "WAIT": 30})
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    governor().gate.capacity = SlotCounts(5, 2, 5)
    zoho.fail_next(path=f"{LEADS}*", delay_ms=20, times=None)
    zoho.forget_requests()

    def call(number: int) -> None:
        if number % 2:
            crm.records.create("Leads", [{"Last_Name": "Wong"}] * (20 if number % 4 == 1 else 1))
        else:
            crm.request("GET", LEADS, params={"fields": "id"})

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, range(64)))
    assert Counter(seen.status == 429 for seen in zoho.requests) == {False: 64}


def test_a_call_costs_little(zoho: SiteEmulator) -> None:
    """The bar is 20 us, measured in benchmarks; here only that nobody adds a zero."""
    from django_zcrm.zoho.auth import Permit
    from django_zcrm.zoho.costs import ONE
    from django_zcrm.zoho.http import Response

    connect(zoho)
    step, reply, of = Permit(ONE, "GET /x"), Response(200), governor()
    counts = [function_calls(lambda: of.permit(step).release(reply)) for _ in range(10)]
    assert min(counts) < 100  # the collector may come in between
