"""Notifications are stored and acknowledged, and the records that they name are read again."""

from __future__ import annotations

import json
import threading
import traceback
from contextlib import nullcontext
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, UnreadablePostError
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.mirror import failures, notification_received, run_due
from django_zcrm.mirror.models import Channel, MirrorState, Notice, Wakeup
from django_zcrm.mirror.notifications import channels, notices, receiver, subscribe
from django_zcrm.mirror.notifications.receiver import MAX_BODY, notify
from django_zcrm.mirror.runners import due
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.calls.plans import Planner
from tests.cases import check_each
from tests.mirror.conftest import Post
from tests.mirror.hearing import hear
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


def test_notice_of_change_updates_row_without_poll(
    zcrm_emulator: SiteEmulator, in_step: Channel, client: Client
) -> None:
    first, second, third = zcrm_emulator.records("Leads")
    zcrm.records.update("Leads", [{"id": first["id"], "Last_Name": "Changed"}])
    zcrm.records.create("Leads", [{"Last_Name": "New", "Company": "Acme"}])
    assert run_due() == 0
    results = zcrm_emulator.deliver_callbacks(client)
    assert [answer.status_code for answer in results] == [200, 200]
    assert MirrorState.objects.get(module="Leads").due > timezone.now()
    assert run_due() == 1
    assert set(Lead.objects.values_list("name", flat=True)) == {
        "Changed",
        "New",
        second["Last_Name"],
        third["Last_Name"],
    }
    assert not Notice.objects.filter(done_at=None).exists()
    assert run_due() == 0


def test_received_notice_is_answered_without_a_call(
    zcrm_emulator: SiteEmulator, body: dict[str, Any], post: Post
) -> None:
    calls = len(zcrm_emulator.requests)
    with CaptureQueriesContext(database) as queries:
        assert post(body).status_code == 200
    assert len(zcrm_emulator.requests) == calls
    sent = [query for query in queries if "SAVEPOINT" not in query["sql"]]
    # The channel with its mirror, when the last came, the notice, and the request for work;
    # PostgreSQL takes the last two in one statement.
    assert len(sent) == (3 if database.vendor == "postgresql" else 4)
    assert list(Wakeup.objects.values_list("connection_id", "module")) == [
        (Channel.objects.get().connection_id, "Leads")
    ]


@pytest.mark.parametrize("in_transaction", [False, True])
@pytest.mark.django_db(transaction=True)
def test_repeated_notice_is_stored_once_and_requests_no_work(
    body: dict[str, Any], post: Post, in_transaction: bool
) -> None:
    with transaction.atomic() if in_transaction else nullcontext():
        assert [post(body).status_code for _ in range(3)] == [200, 200, 200]
        assert post({**body, "server_time": 1}).status_code == 200
    assert Notice.objects.count() == Wakeup.objects.count() == 2
    assert Channel.objects.get().last_notice_at is not None


@pytest.mark.django_db(transaction=True)
def test_notice_of_a_channel_that_is_deleted_in_the_meantime_is_dropped(
    body: dict[str, Any], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = receiver._find_channel

    def find_and_delete(*args: str) -> Any:
        found = find(*args)
        Channel.objects.all().delete()
        return found

    monkeypatch.setattr(receiver, "_find_channel", find_and_delete)
    assert post(body).status_code == 200
    assert not Notice.objects.exists()
    assert not Wakeup.objects.exists()


@check_each(
    ("change", "status"),
    [
        ({"token": "forged"}, 403),
        ({"token": None}, 403),
        ({"token": ""}, 403),
        ({"channel_id": "1"}, 403),
        ({"channel_id": None}, 403),
        ({"ids": "1"}, 400),
        ({"ids": [{"id": "1"}]}, 400),
        ({"ids": ["1; DROP TABLE"]}, 400),
        ({"ids": [str(n) for n in range(10_001)]}, 400),
        ({"module": "Le ads"}, 400),
        ({"module": None, "channel_id": "1"}, 403),
        ({"operation": ""}, 400),
        ({"channel_id": "1\0"}, 400),
        ({"channel_id": "\ud800"}, 400),
        ({"token": "\ud800"}, 400),
    ],
)
def test_forged_or_invalid_notice_is_not_stored(
    body: dict[str, Any], post: Post, change: dict[str, Any], status: int
) -> None:
    assert post({**body, **change}).status_code == status
    assert not Notice.objects.exists()


@check_each("sent", [b"", b"null", b"[]", b"{", b"\xff\xfe", b"1" * 10, b"[" * 100_000])
def test_notice_that_is_no_json_object_is_refused(
    in_step: Channel, post: Post, sent: bytes
) -> None:
    assert post(sent).status_code == 400
    assert not Notice.objects.exists()


def test_notice_with_too_long_body_is_refused(body: dict[str, Any], post: Post) -> None:
    assert post(json.dumps(body) + " " * MAX_BODY).status_code == 413


def test_notice_whose_body_does_not_arrive_is_refused(
    body: dict[str, Any], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(request: Any, *size: int) -> bytes:
        raise UnreadablePostError("the client went away")

    monkeypatch.setattr(HttpRequest, "read", fail)
    assert post(body).status_code == 400


def test_notice_needs_post_and_no_csrf_token(body: dict[str, Any]) -> None:
    strict = Client(enforce_csrf_checks=True)
    url = reverse("zcrm:notify")
    assert strict.get(url).status_code == 405
    assert strict.post(url, json.dumps(body), "application/json").status_code == 200


def test_failure_page_of_a_notice_hides_the_token(
    body: dict[str, Any], client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise ZeroDivisionError

    settings.DEBUG = True
    monkeypatch.setattr("django_zcrm.mirror.notifications.receiver.store_notice", broken)
    client.raise_request_exception = False
    answer = client.post(reverse("zcrm:notify"), json.dumps(body), "application/json")
    assert answer.status_code == 500
    assert body["token"] not in answer.content.decode()


def test_notice_with_invalid_time_repeats_no_other(body: dict[str, Any], post: Post) -> None:
    outside = [-62_135_596_800_000, 253_402_300_799_000, 10**30]
    times: list[Any] = ["soon", None, None, {}, *outside]
    for value in times:
        assert post({**body, "server_time": value}).status_code == 200
    assert list(Notice.objects.values_list("server_time", flat=True)) == [None] * len(times)


def test_signal_of_a_notice_is_sent_without_a_mirror(
    zcrm_emulator: SiteEmulator,
    in_step: Channel,
    connection: Connection,
    client: Client,
    django_capture_on_commit_callbacks: Any,
) -> None:
    subscribe(connection, ["Campaigns.create"])
    with hear(notification_received) as heard, django_capture_on_commit_callbacks(execute=True):
        made = zcrm.records.create_one("Campaigns", {"Campaign_Name": "Spring"})
        first = zcrm_emulator.records("Leads")[0]
        zcrm.records.update("Leads", [{"id": first["id"], "Last_Name": "Changed"}])
        zcrm_emulator.deliver_callbacks(client)
        assert not heard
    campaign, lead = heard
    assert campaign["sender"] is None
    assert campaign["connection"] == connection
    assert (campaign["module"], campaign["operation"]) == ("Campaigns", "insert")
    assert campaign["ids"] == (made.id,)
    assert campaign["server_time"].tzinfo is UTC
    assert lead["sender"] is Lead
    assert run_due() == 1  # the lead's; nothing is mirrored of the other


def test_notices_during_initial_sync_are_skipped(
    zcrm_emulator: SiteEmulator, body: dict[str, Any], post: Post
) -> None:
    later = timezone.now() + timedelta(minutes=4)
    MirrorState.objects.filter(module="Leads").update(synced_until=None, phase="initial", due=later)
    post(body)
    calls = len(zcrm_emulator.requests)
    assert run_due() == 1
    assert len(zcrm_emulator.requests) == calls
    assert not Notice.objects.filter(done_at=None).exists()


def test_notices_while_calls_fail_wait_for_retry(
    zcrm_emulator: SiteEmulator, body: dict[str, Any], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "FIRST_RETRY", 60.0)  # it does not come before the poll
    zcrm_emulator.fail_next(path="/crm/*", code="INTERNAL_ERROR", times=None)
    post(body)
    assert run_due() == 1
    calls = len(zcrm_emulator.requests)
    assert run_due() == 0
    assert len(zcrm_emulator.requests) == calls
    assert Notice.objects.get().done_at is None
    zcrm_emulator.stop_failing()
    MirrorState.objects.update(due=timezone.now())
    run_due()
    assert Notice.objects.get().done_at is not None


def test_many_notices_of_few_records_need_few_requests(
    zcrm_emulator: SiteEmulator, body: dict[str, Any], post: Post
) -> None:
    for number in range(50):
        post({**body, "server_time": body["server_time"] + number})
    zcrm_emulator.forget_requests()
    assert run_due() == 1
    assert len(zcrm_emulator.requests) == 1


def test_notices_are_left_to_another_poll_when_time_is_up(
    zcrm_emulator: SiteEmulator, body: dict[str, Any], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "BATCH", 2)
    monkeypatch.setattr(due, "POLL_SECONDS", -1.0)
    for record in zcrm_emulator.records("Leads"):
        post({**body, "ids": [record["id"]]})
    zcrm_emulator.forget_requests()
    run_due(1)
    assert len(zcrm_emulator.requests) == 1
    undone = Notice.objects.filter(done_at=None)
    assert undone.count() == 1
    assert MirrorState.objects.get(module="Leads").due <= timezone.now()
    run_due(1)
    assert not undone.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    not database.features.has_select_for_update, reason="a database of one writer at a time"
)
def test_simultaneous_notices_do_not_wait_for_each_other(body: dict[str, Any]) -> None:
    Channel.objects.update(last_notice_at=None)
    both = threading.Barrier(2, timeout=30)
    statuses: list[int] = []

    def wait(execute: Any, sql: str, *args: Any) -> Any:
        result = execute(sql, *args)
        if "INSERT INTO" in sql and "zcrm_mirror_notice" in sql:
            both.wait()
        return result

    def receive(number: int) -> None:
        request = RequestFactory().post(
            "/", json.dumps({**body, "server_time": number}), "application/json"
        )
        try:
            with database.execute_wrapper(wait):
                statuses.append(notify(request).status_code)
        finally:
            database.close()

    threads = [threading.Thread(target=receive, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200, 200]
    assert Notice.objects.count() == 2


def test_notice_covered_by_poll_is_not_read_again(
    zcrm_emulator: SiteEmulator, body: dict[str, Any], post: Post
) -> None:
    post(body)
    zcrm_emulator.advance(minutes=10)
    MirrorState.objects.filter(module="Leads").update(due=timezone.now())
    zcrm_emulator.forget_requests()
    assert run_due() == 1
    assert not [
        request for request in zcrm_emulator.requests if body["ids"][0] in str(request.json)
    ]
    assert not Notice.objects.filter(done_at=None).exists()


def frames_of(error: BaseException | None) -> dict[str, str]:
    """The variables of the app's frames in a chain of errors, by function."""
    texts: dict[str, str] = {}
    while error is not None:
        for frame, _line in traceback.walk_tb(error.__traceback__):
            if "django_zcrm" in frame.f_code.co_filename:
                name = frame.f_code.co_name
                for value in frame.f_locals.values():
                    if not isinstance(value, QuerySet):  # one inside a subquery has no repr
                        texts[name] = f"{texts.get(name, '')} {value!r}"
        error = error.__cause__ or error.__context__
    return texts


def test_frames_of_a_failed_notice_hold_no_token(
    body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(receiver, "store_notice", fail)
    request = RequestFactory().post("/", json.dumps(body), "application/json")
    with pytest.raises(OSError, match="disk") as failed:
        notify(request)
    texts = frames_of(failed.value)
    assert "NotificationBody" in texts["notify"]
    assert body["token"] not in str(texts)


def test_frames_of_a_failed_renewal_hold_no_token(
    body: dict[str, Any], in_step: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Planner, "call", fail)
    error = channels.renew(in_step)
    texts = frames_of(error)
    assert "notify_url" in texts["_put"]
    assert body["token"] not in str(texts)
