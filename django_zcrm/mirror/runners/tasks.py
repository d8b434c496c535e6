"""The mirror's work as tasks of Django's framework: `django.tasks`, or the package django-tasks.

They need a backend that runs them elsewhere, such as that of django-tasks-db. The framework has no
schedule: enqueue `run_due`, or call `manage.py zcrm_sync --due`, for example every minute.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any

from ...exceptions import ConfigurationError
from .queued import run_mirror, send_due


def _task() -> Any:
    """Return the decorator `task`. Raises ConfigurationError without the framework."""
    for framework in ("django.tasks", "django_tasks"):  # that of Django 6.0, and the one before
        with suppress(ImportError):
            return import_module(framework).task
    raise ConfigurationError(
        "ZCRM['MIRROR']['RUNNER'] is 'tasks', which needs Django 6.0, or the package django-tasks.",
        "MIRROR",
    )


task = _task()


@task()  # type: ignore[untyped-decorator]
def run(connection_id: int, module: str) -> None:
    """Do the due work of one mirror."""
    if run_mirror(connection_id, module):
        send(connection_id, module)


@task()  # type: ignore[untyped-decorator]
def run_due() -> int:
    """Enqueue a task for each mirror that is due; return the number of tasks."""
    return send_due(send)


def runs_at_once() -> bool:
    """Whether the backend runs a task where it is enqueued, as Django's default backend does."""
    framework = type(run).__module__.partition(".base")[0]
    immediate: type = import_module(f"{framework}.backends.immediate").ImmediateBackend
    return isinstance(run.get_backend(), immediate)


def send(connection_id: int, module: str) -> None:
    """Enqueue a mirror's work. Raises the errors of the backend."""
    run.enqueue(connection_id, module)
