"""Credits of 24 hours: counted, corrected by what Zoho reports, and kept for pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from django_zcrm import Limited, zcrm
from django_zcrm.limits import credit_rows
from django_zcrm.limits.credit_counter import BUCKET, DAY, Bucket, CreditCounter
from django_zcrm.limits.limiter import OrganisationLimiter
from django_zcrm.limits.registry import note_unwritten
from django_zcrm.models import CreditUse
from django_zcrm.testing import SiteEmulator
from tests.app.limits.counting import function_calls
from tests.app.zoho import connect

if TYPE_CHECKING:
    from pytest_django import Settings

CREDITS = 4000


class Clock:
    """A clock that a test sets forward, together with Zoho's."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pass_time(zoho: SiteEmulator, clock: Clock) -> Callable[[float], None]:
    def forward(seconds: float) -> None:
        zoho.advance(seconds=seconds)
        clock.ahead += seconds

    return forward


@pytest.fixture
def crm(zoho: SiteEmulator, clock: Clock) -> Any:
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    limiter_of(crm).counter._clock = clock
    return crm


def limiter_of(crm: Any) -> OrganisationLimiter:
    limiter = crm.session.limiter
    assert isinstance(limiter, OrganisationLimiter)
    return limiter


def left_at_zoho(zoho: SiteEmulator) -> int:
    """What the emulator would report."""
    limits = zoho.emulator.zoho.limits
    now = zoho.emulator.zoho.clock.time()
    [spent] = limits._spent.values()
    return CREDITS - sum(credits for at, credits in spent if at > now - DAY)


def create(crm: Any, rows: int) -> None:
    crm.records.create("Leads", [{"Last_Name": "Wong"}] * rows)


class AnotherApp:
    """A program that uses the same organisation without this package."""

    def __init__(self, zoho: SiteEmulator) -> None:
        self.zoho = zoho
        self.email = zoho.add_user("another@example.com").email

    def spend(self, calls: int) -> None:
        """Create bulk reads, at 50 credits each."""
        token = self.zoho.access_token(email=self.email)
        headers = {"Authorization": f"Zoho-oauthtoken {token}"}
        for _ in range(calls):
            response = self.zoho.session().post(
                f"{self.zoho.url}/crm/bulk/v8/read",
                json={"query": {"module": {"api_name": "Leads"}}},
                headers=headers,
            )
            assert response.status_code == 201


@pytest.mark.django_db
@pytest.mark.zcrm_emulator(limit_credits=CREDITS)
class TestADay:
    def test_credit_counter_over_a_day_is_exact(
        self, zoho: SiteEmulator, crm: Any, clock: Clock, pass_time: Callable[[float], None]
    ) -> None:
        """Two of three credits are another program's, which only Zoho's reports include."""
        another, ours = AnotherApp(zoho), []
        counter = limiter_of(crm).counter
        for half_hour in range(60):
            another.spend(1 if half_hour < 48 else 0)
            create(crm, 100)
            create(crm, 75)
            ours.append((clock(), 18))
            counted = sum(credits for at, credits in ours if at > clock() - DAY)
            assert (
                abs(counter.credits_spent() - counted) <= 18
            )  # a half hour's, at the very end of a day
            actual = left_at_zoho(zoho)
            if actual < CREDITS / 2 - 18:
                left = counter.credits_left()
                assert left is not None
                assert abs(left - actual) <= 0.01 * CREDITS
                assert 0.98 * CREDITS <= counter.total() <= 1.02 * CREDITS
            pass_time(1800)
        assert counted == 48 * 18

    def test_a_batch_stops_at_the_reserve_and_pages_go_on(
        self, zoho: SiteEmulator, crm: Any, pass_time: Callable[[float], None]
    ) -> None:
        another = AnotherApp(zoho)
        another.spend(40)
        create(crm, 1)
        another.spend(23)
        create(crm, 1)
        with zcrm.priority("batch"):
            create(crm, 1)
            another.spend(1)
            create(crm, 1)
            with pytest.raises(Limited, match="kept for interactive calls") as caught:
                create(crm, 1)
        assert caught.value.retry_after
        assert not caught.value.sent
        create(crm, 100)
        # Credits come back, others' too: now and then one call finds out.
        pass_time(DAY + 60)
        with zcrm.priority("batch"):
            for _ in range(3):
                create(crm, 1)

    def test_a_batch_continues_once_credits_of_others_are_back(
        self, zoho: SiteEmulator, crm: Any, pass_time: Callable[[float], None]
    ) -> None:
        """While more than half are left, Zoho reports nothing, so the last report is outdated."""
        another = AnotherApp(zoho)
        another.spend(50)
        create(crm, 1)
        pass_time(DAY / 2)
        another.spend(20)
        create(crm, 1)
        pass_time(DAY / 2 + 60)
        create(crm, 1)
        with zcrm.priority("batch"):
            for _ in range(3):
                create(crm, 1)
        assert crm.limits().credits_left is None

    def test_call_refused_without_credits_raises_at_once(
        self, zoho: SiteEmulator, crm: Any
    ) -> None:
        AnotherApp(zoho).spend(78)
        for _ in range(9):
            create(crm, 100)
        zoho.forget_requests()
        with pytest.raises(Limited) as caught:
            create(crm, 100)
        assert len(zoho.requests) == 1
        assert caught.value.retry_after
        assert crm.limits().concurrency == 20  # it was not for too many calls


def test_a_credit_comes_back_after_a_day() -> None:
    now = 1_000_000.0
    counter = CreditCounter(lambda: now)
    counter.count(7, 0.0, None)
    assert counter.credits_spent() == 7
    assert counter.returns_at() is not None
    now += DAY - BUCKET
    assert counter.credits_spent() == 7
    now += 2 * BUCKET
    assert counter.credits_spent() == 0
    assert counter.returns_at() is None


def flush(counter: CreditCounter) -> None:
    """Write a counter's counts as those of an organisation."""
    if counter._waiting:
        note_unwritten("us:production:1", counter)
    credit_rows.flush()


@pytest.mark.django_db
def test_processes_add_up_in_the_database() -> None:
    now = time.time()  # an hour later, counts go into another row
    first, second = CreditCounter(lambda: now), CreditCounter(lambda: now)
    for counter in (first, second):
        counter.count(5, 0.5, None)
        flush(counter)
    second.count(2, 0.0, 900, refused=True)
    flush(second)
    flush(first)  # nothing new
    [row] = CreditUse.objects.all()
    assert (row.credits, row.calls, row.waits, row.waited_ms) == (12, 3, 2, 1000)
    assert (row.refused, row.remaining) == (1, 900)
    assert second.credits_spent() == 12
    first.count(1, 0.0, None)
    flush(first)
    assert (first.credits_spent(), first.credits_left()) == (13, 900)


@pytest.mark.django_db
def test_outdated_report_of_another_process_is_not_learned_again() -> None:
    now = time.time() // BUCKET * BUCKET + 600
    first, second = CreditCounter(lambda: now), CreditCounter(lambda: now)
    second.count(1, 0.0, 100)
    flush(second)
    now += 600
    for _ in range(2):
        first.count(1, 0.0, None, succeeded=True)
        flush(first)
    assert first.credits_left() is None


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_credits_are_stored_without_time_zones(settings: Settings, zone: str) -> None:
    settings.USE_TZ, settings.TIME_ZONE = False, zone
    first, second = CreditCounter(), CreditCounter()
    for counter in (first, second):
        counter.count(5, 0.0, None)
        flush(counter)
    assert second.credits_spent() == 10
    assert credit_rows.prune() == 0


@pytest.mark.django_db
def test_counts_that_cannot_be_written_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    counter = CreditCounter()
    counter.count(5, 0.0, None)

    def broken(*args: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(credit_rows, "_write", broken)
        flush(counter)
    assert counter.credits_spent() == 5
    flush(counter)
    assert CreditUse.objects.get().credits == 5


def test_call_during_a_write_is_written_by_the_next_one() -> None:
    """Counts that a write takes as soon as it knows of them are not left behind."""
    taken: list[int] = []

    def write(counter: CreditCounter) -> None:
        taken.extend(bucket.credits for bucket in counter.take_waiting().values())

    counter = CreditCounter(on_waiting=write)
    counter.count(3, 0.0, None)
    counter.count(4, 0.0, None)
    assert taken == [3, 4]


def test_credit_counter_drops_old_counts() -> None:
    """As with ZCRM["TRACK_USAGE"] off."""
    now = 1_000_000.0
    counter = CreditCounter(lambda: now)
    for _ in range(3 * DAY // 3600):
        counter.count(1, 0.0, None)
        now += 3600
    assert len(counter.take_waiting()) <= 26


def test_asking_before_every_call_is_cheap_for_a_batch() -> None:
    counter = CreditCounter()
    start = int(time.time()) // BUCKET * BUCKET
    counter.learn({start - number * BUCKET: Bucket(100, 100) for number in range(23)})
    counter.count(1, 0.0, 40_000)
    assert not counter.is_reserved(1, 0.2)
    counts = [function_calls(lambda: counter.is_reserved(1, 0.2)) for _ in range(10)]
    assert min(counts) < 30  # of 24 buckets; the collector may come in between
