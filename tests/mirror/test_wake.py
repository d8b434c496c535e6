"""A queue gets a message for due work, and nothing depends on it."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction

from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.mirror.runners import queued
from django_zcrm.mirror.runners.mirror_states import ensure_states
from django_zcrm.mirror.runners.queued import find_due_mirrors, run_mirror
from django_zcrm.mirror.wake import wake
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


def set_runner(settings: Any, name: str) -> None:
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"RUNNER": name}}


def settings_of_a_real_queue() -> dict[str, Any]:
    """Settings of a backend that does not run tasks where they are enqueued."""
    from django_zcrm.mirror.runners import tasks

    framework = tasks.task.__module__.partition(".base")[0]
    return {"default": {"BACKEND": f"{framework}.backends.dummy.DummyBackend"}}


def test_queue_that_runs_tasks_at_once_is_unused_in_a_request(
    settings: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    from django_zcrm.mirror import celery
    from django_zcrm.mirror.runners import tasks

    ran: list[Any] = []
    monkeypatch.setattr(tasks, "run_mirror", lambda *message: ran.append(message))
    monkeypatch.setattr(queued, "run_mirror", lambda *message: ran.append(message))
    conf = celery.run.app.conf
    conf.update(task_always_eager=True)
    try:
        assert celery.runs_at_once()
        for name in ("tasks", "celery"):
            set_runner(settings, name)
            with django_capture_on_commit_callbacks(execute=True):
                wake(1, "Leads")
    finally:
        conf.update(task_always_eager=False)
    assert not celery.runs_at_once()
    assert ran == []
    assert tasks.runs_at_once()
    settings.TASKS = settings_of_a_real_queue()
    assert not tasks.runs_at_once()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """The messages that Celery was given."""
    from django_zcrm.mirror import celery

    messages: list[tuple[int, str]] = []
    monkeypatch.setattr(celery, "send", lambda *message: messages.append(message))
    return messages


def test_task_of_a_mirror_is_sent_once_at_commit(
    settings: Any,
    sent: list[tuple[int, str]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    set_runner(settings, "celery")
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            wake(1, "Leads")
            wake(2, "Leads")
        assert not sent
    assert sent == [(1, "Leads"), (2, "Leads")]


def test_wake_without_queue_sends_nothing(
    sent: list[tuple[int, str]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        wake(1, "Leads")
    assert not sent


@pytest.mark.django_db(transaction=True)
def test_rollback_sends_no_message(settings: Any, sent: list[tuple[int, str]]) -> None:
    set_runner(settings, "celery")
    with transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic():
            wake(1, "Leads")
            raise ZeroDivisionError
        wake(2, "Leads")
    assert sent == [(2, "Leads")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["celery", "tasks"])
def test_wake_with_unavailable_queue_logs_warning(
    settings: Any, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*message: Any) -> None:
        raise ConnectionRefusedError

    from django_zcrm.mirror import celery
    from django_zcrm.mirror.runners import tasks

    settings.TASKS = settings_of_a_real_queue()
    monkeypatch.setattr(celery, "send", broken)
    monkeypatch.setattr(tasks, "send", broken)
    set_runner(settings, name)
    with transaction.atomic():
        wake(1, "Leads")
    assert "ConnectionRefusedError" in caplog.text


def test_message_for_mirror_not_due_does_nothing(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    ensure_states()
    assert (connection.pk, "Leads") in find_due_mirrors()
    assert not run_mirror(connection.pk, "Leads")
    assert Lead.objects.count() == 2
    calls = len(zcrm_emulator.requests)
    assert not run_mirror(connection.pk, "Leads")
    assert not run_mirror(connection.pk, "Nonsense")
    assert len(zcrm_emulator.requests) == calls
    assert MirrorState.objects.get(module="Leads").phase == "live"


def test_tasks_of_djangos_framework_do_the_same(
    settings: Any, zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    from django_zcrm.mirror.runners import tasks

    settings.TASKS = settings_of_a_real_queue()
    backend = tasks.run.get_backend()
    backend.clear()
    ensure_states()
    modules = sorted(mirrored_models())
    assert tasks.run_due.call() == len(modules)
    messages = [result.args for result in backend.results]
    assert sorted(module for _, module in messages) == modules
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    for connection_id, module in messages:
        tasks.run.call(connection_id, module)
    assert Lead.objects.count() == 2
    assert tasks.run_due.call() == 0


def test_missing_task_framework_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_zcrm.mirror.runners import tasks

    for name in ("django.tasks", "django_tasks"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigurationError, match="django-tasks"):
        tasks._task()
