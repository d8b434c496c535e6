"""A queue is told of what is due, and nothing depends on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import transaction

from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.mirror.runners.queued import due_mirrors, run_mirror
from django_zcrm.mirror.runners.states import ensure_states
from django_zcrm.mirror.runners.wake import wake
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


@contextmanager
def runner(settings: Any, name: str) -> Iterator[None]:
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"RUNNER": name}}
    yield


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """The messages that Celery was given."""
    from django_zcrm.mirror import celery

    messages: list[tuple[int, str]] = []
    monkeypatch.setattr(celery, "send", lambda *message: messages.append(message))
    return messages


def test_a_mirror_is_sent_once_at_the_commit(
    settings: Any,
    sent: list[tuple[int, str]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with runner(settings, "celery"), django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            wake(1, "Leads")
            wake(2, "Leads")
        assert not sent
    assert sent == [(1, "Leads"), (2, "Leads")]


def test_without_a_queue_nothing_is_sent(
    sent: list[tuple[int, str]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        wake(1, "Leads")
    assert not sent


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_sent(settings: Any, sent: list[tuple[int, str]]) -> None:
    with runner(settings, "celery"), transaction.atomic():
        with suppress(ZeroDivisionError), transaction.atomic():
            wake(1, "Leads")
            raise ZeroDivisionError
        wake(2, "Leads")
    assert sent == [(2, "Leads")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["celery", "tasks"])
def test_a_queue_that_is_away_breaks_nothing(
    settings: Any, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*message: Any) -> None:
        raise ConnectionRefusedError

    from django_zcrm.mirror import celery
    from django_zcrm.mirror.runners import tasks

    monkeypatch.setattr(celery, "send", broken)
    monkeypatch.setattr(tasks, "send", broken)
    with runner(settings, name), transaction.atomic():
        wake(1, "Leads")
    assert "ConnectionRefusedError" in caplog.text


def test_a_message_for_what_is_not_due_does_nothing(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    zcrm_emulator.create("Leads", 2, Last_Name="Fox")
    ensure_states()
    assert (connection.pk, "Leads") in due_mirrors()
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

    framework = tasks.task.__module__.partition(".base")[0]
    settings.TASKS = {"default": {"BACKEND": f"{framework}.backends.dummy.DummyBackend"}}
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


def test_a_framework_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_zcrm.mirror.runners import tasks

    for name in ("django.tasks", "django_tasks"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigurationError, match="django-tasks"):
        tasks._task()
