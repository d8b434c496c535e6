"""The mirror's work as Celery tasks: `Celery("site", include=["django_zcrm.mirror.celery"])`.

They can be delivered twice, late, or be lost, since what is due is kept in tables. Each is
acknowledged when it is done, so that a broker delivers the task of a killed worker to another one.

A site's Celery module imports this before Django is set up, so the tasks import the models.
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
"""Seconds between two runs of `run_due`, which looks for mirrors that are due."""

EXPIRES = 600.0
"""Seconds after which a message for a mirror expires. The next `run_due` sends another one, so
that none pile up while there is no worker.
"""

MAX_WAIT = 1.0
"""Seconds for which a page of the site waits for a broker that does not answer."""

BEAT_SCHEDULE = {
    "zcrm-mirror": {
        "task": "zcrm_mirror.run_due",
        "schedule": POLL_SECONDS,
        # One that no worker took is of no use once the next is sent.
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
    """Send a task for each mirror that is due, so that they run in parallel."""
    from .runners.queued import due_mirrors

    for connection_id, module in due_mirrors():
        send(connection_id, module)


def send(connection_id: int, module: str) -> None:
    """Send the task for one mirror. Raises Celery's errors when the broker does not answer.

    A page may be waiting, and the next `run_due` finds what is due as well: so there is one short
    attempt, where Celery would retry for long.
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
