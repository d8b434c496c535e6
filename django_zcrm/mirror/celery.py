"""The mirror's work as Celery tasks: `Celery("site", include=["django_zcrm.mirror.celery"])`.

They can be delivered twice, late, or be lost: what is due stands in tables. Each is acknowledged
when it is done, so that a broker gives what a killed worker had in hand to another one.

A site's module for Celery imports this before Django is set up, so models come with the first task.
"""

from __future__ import annotations

from ..exceptions import ConfigurationError

try:
    from celery import shared_task
except ImportError as error:
    raise ConfigurationError(
        "django_zcrm.mirror.celery needs Celery: pip install 'django-zcrm[celery]'."
    ) from error

POLL_SECONDS = 5.0
"""Seconds between two looks of the beat at the tables."""

EXPIRES = 600.0
"""Seconds that a message for a mirror is worth something: the next look at the tables sends another
one. So none pile up while there is no worker."""

MAX_WAIT = 1.0
"""Seconds for which a broker that is away keeps a page of the site waiting."""

BEAT_SCHEDULE = {
    "zcrm-mirror": {
        "task": "zcrm_mirror.run_due",
        "schedule": POLL_SECONDS,
        # A look that no worker took is worth nothing once there is the next.
        "options": {"expires": POLL_SECONDS},
    }
}
"""What a site adds to its `beat_schedule`."""

TASK_OPTIONS = {"acks_late": True, "reject_on_worker_lost": True, "ignore_result": True}


@shared_task(name="zcrm_mirror.run", **TASK_OPTIONS)  # type: ignore[untyped-decorator]
def run(connection_id: int, module: str) -> None:
    """Do what is due for one mirror."""
    from .runners.queued import run_mirror

    if run_mirror(connection_id, module):
        send(connection_id, module)


@shared_task(name="zcrm_mirror.run_due", **TASK_OPTIONS)  # type: ignore[untyped-decorator]
def run_due() -> None:
    """Send a task for each mirror that something is due for, so that they run side by side."""
    from .runners.queued import due_mirrors

    for connection_id, module in due_mirrors():
        send(connection_id, module)


def send(connection_id: int, module: str) -> None:
    """Send the task for one mirror. Raises what Celery raises when the broker is away.

    Somebody may be waiting, and the tables tell of it too: a broker that does not answer is given
    up soon, where Celery would try again for long.
    """
    message = {"args": (connection_id, module), "expires": EXPIRES, "retry": False}
    if run.app.conf.task_always_eager:
        run.apply_async(**message)
        return
    with run.app.producer_or_acquire() as producer:
        producer.connection.ensure_connection(
            max_retries=1, interval_start=0, interval_step=0, timeout=MAX_WAIT
        )
        run.apply_async(producer=producer, **message)
