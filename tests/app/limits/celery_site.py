"""Tasks for Celery's workers, which fork after this was imported: each makes one batch call."""

from __future__ import annotations

import os

import django
from celery import Celery

django.setup()

from django_zcrm import zcrm  # noqa: E402 - the apps have to be loaded first

app = Celery("limits", broker=os.environ["ZCRM_BROKER"])
app.conf.update(
    task_default_queue=os.environ["ZCRM_QUEUE"],
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)

crm = zcrm.for_identifier("benchmark@example.com")
crm.request("GET", "/crm/v8/org")  # so that the parent holds slots, and has a thread


@app.task(name="read")  # type: ignore[untyped-decorator]
def read(rows: int) -> None:
    """Make a call that nobody waits for."""
    with zcrm.priority("batch"):
        crm.request("GET", "/crm/v8/Leads", params={"fields": "Last_Name", "per_page": rows})
