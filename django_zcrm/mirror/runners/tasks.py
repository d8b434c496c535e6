"""The mirror's work as tasks of Django's framework: `django.tasks`, or the package django-tasks.

They need a backend that runs them elsewhere, such as that of django-tasks-db. The framework has no
schedule: have `run_due` enqueued, or `manage.py zcrm_sync --due` called, every few seconds.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any

from ...exceptions import ConfigurationError
from .queued import due_mirrors, run_mirror


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
    """Do what is due for one mirror."""
    if run_mirror(connection_id, module):
        send(connection_id, module)


@task()  # type: ignore[untyped-decorator]
def run_due() -> int:
    """Enqueue a task for each mirror that is due; return how many."""
    mirrors = due_mirrors()
    for connection_id, module in mirrors:
        send(connection_id, module)
    return len(mirrors)


def send(connection_id: int, module: str) -> None:
    """Enqueue a mirror's work. Raises the errors of the backend."""
    run.enqueue(connection_id, module)
