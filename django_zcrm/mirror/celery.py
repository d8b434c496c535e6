"""The mirror's work as Celery tasks: `Celery("site", include=["django_zcrm.mirror.celery"])`.

Tasks may be delivered twice, late or not at all, because pending work is stored in tables. A task
is acknowledged when it is done, so the broker delivers the task of a killed worker to another one.

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
"""Seconds between two runs of `run_due`, which finds the due mirrors."""

MAX_WAIT = 1.0
"""Seconds for which a page of the site waits for a broker that does not respond."""

BEAT_SCHEDULE = {
    "zcrm-mirror": {
        "task": "zcrm_mirror.run_due",
        "schedule": POLL_SECONDS,
        # One that no worker took is of no use once the next is sent.
        "options": {"expires": POLL_SECONDS},
    }
}
"""The entries to add to the site's `beat_schedule`."""

TASK_OPTIONS = {"acks_late": True, "reject_on_worker_lost": True, "ignore_result": True}


@shared_task(name="zcrm_mirror.run", **TASK_OPTIONS)  # type: ignore[untyped-decorator]
def run(connection_id: int, module: str) -> None:
    """Do the due work of one mirror."""
    from .runners.queued import run_mirror  # Celery's module loads this one before the models

    if run_mirror(connection_id, module):
        send(connection_id, module)


@shared_task(name="zcrm_mirror.run_due", **TASK_OPTIONS)  # type: ignore[untyped-decorator]
def run_due() -> None:
    """Send a task for each mirror that is due, so that they run in parallel."""
    from .runners.queued import send_due  # as in `run`

    send_due(send)


def runs_at_once() -> bool:
    """Whether tasks run where they are sent, as with `task_always_eager`."""
    return bool(run.app.conf.task_always_eager)


def send(connection_id: int, module: str) -> None:
    """Send the task for one mirror. Raises Celery's errors if the broker does not respond.

    A page may be waiting, and the next `run_due` finds what is due as well: so there is one short
    attempt, where Celery would retry for long.
    """
    from .runners.queued import MESSAGE_SECONDS  # as in `run`

    message = {"args": (connection_id, module), "expires": MESSAGE_SECONDS, "retry": False}
    if runs_at_once():
        run.apply_async(**message)
        return
    with run.app.producer_or_acquire() as producer:
        producer.connection.ensure_connection(
            max_retries=1, interval_start=0, interval_step=0, timeout=MAX_WAIT
        )
        run.apply_async(producer=producer, **message)
