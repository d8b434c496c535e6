"""Does the work of bulk jobs when it is due.

Its work is done at that moment and not before, so that clients that do not wait find nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.hooks import Callback
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.state.bulk import KEPT_SECONDS, Bulk, BulkJob, JobStage
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.settings import Item


@dataclass
class RunnableJob(BulkJob, ABC):
    """A bulk job that can do its work."""

    @abstractmethod
    def work(self, org: Organisation) -> None:
        """Do the work and keep its result."""

    @abstractmethod
    def described(self, org: Organisation) -> Item:
        """Return the job as responses to polls and callbacks show it."""

    def user(self, org: Organisation) -> User:
        """Return the user who created the job."""
        return org.users[self.user_id]

    def created_time(self, org: Organisation) -> str:
        """Return when the job was created, in its creator's time zone."""
        at = datetime.fromtimestamp(self.created_at, UTC)
        return org.clock.iso(self.user(org).time_zone, at=at)


RunnableJobType = TypeVar("RunnableJobType", bound=RunnableJob)


def poll(org: Organisation, job: RunnableJob) -> Item:
    """Describe a job to a client that polls it, which may make its work due."""
    job.polls += 1
    run_due_jobs(org)
    return job.described(org)


def run_due_jobs(org: Organisation) -> None:
    """Do the work that is due; cheap when no job is waiting."""
    bulk: Bulk[RunnableJob] = org.bulk
    if not bulk.waiting:
        return
    now = org.clock.time()
    for job in list(bulk.waiting.values()):
        if bulk.stage(job, now) is JobStage.OVER:
            del bulk.waiting[job.id]
            job.work(org)
            job.is_over, job.over_at = True, now
            if job.callback is not None:
                bulk.pending_callbacks.append(job)


def take_callbacks(org: Organisation, base_url: str) -> list[Callback]:
    """Return the callbacks of jobs that ended since the last call."""
    ended, org.bulk.pending_callbacks = org.bulk.pending_callbacks, []
    return [Callback(job.callback["url"], job.described(org)) for job in ended if job.callback]


def unattended(org: Organisation) -> list[float]:
    """Return, for each new job with a callback, the seconds after which it is due."""
    new, org.bulk.unattended = org.bulk.unattended, []
    return [org.bulk.seconds or 0.0 for _ in new]


def caller(org: Organisation, job: RunnableJob) -> Request:
    """Return a call by a job's creator, for work that needs one."""
    request = Request.build("POST", f"/crm/v{job.version:g}")
    request.user = job.user(org)
    return request


def find_job(org: Organisation, job_id: str, job_class: type[RunnableJobType]) -> RunnableJobType:
    """Return a job. Raises Problem RESOURCE_NOT_FOUND for unknown or expired ones."""
    job = org.bulk.jobs.get(job_id)
    if not isinstance(job, job_class) or (
        job.is_over and org.clock.time() - job.over_at > KEPT_SECONDS
    ):
        raise not_found(job_id)
    return job


def not_found(resource: str) -> Problem:
    """Return the error for an unknown job, or of a result that does not exist (yet)."""
    return Problem(
        "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.", 404, {"resource": resource}
    )


def read_callback(asked: Item) -> Item | None:
    """Return the callback in a job's body. Raises Problem for an invalid one."""
    callback = asked.get("callback")
    if callback is None:
        return None
    url = callback.get("url") if isinstance(callback, dict) else None
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise Problem("INVALID_CALLBACK_URL", "The callback URL given is not valid")
    if callback.get("method") != "post":
        raise Problem(
            "INVALID_CALLBACK_METHOD",
            "The callback method given is not supported",
            details={"supported_callback_methods": ["post"]},
        )
    return {"url": url, "method": "post"}
