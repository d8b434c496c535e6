"""Returns the queue of a runner: that of Celery, or of Django's tasks framework."""

from __future__ import annotations

from .wake import Queue


def queue_of(runner: str) -> Queue:
    """Return the module of a runner with a queue. Raises ConfigurationError if not installed."""
    if runner == "celery":
        from . import celery  # an extra

        return celery
    from .runners import tasks  # Django 6.0, or an extra

    return tasks
