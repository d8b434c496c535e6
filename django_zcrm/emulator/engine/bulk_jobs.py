"""Does the work of bulk jobs when it is due.

The work is not done before, so that clients that do not wait find no result.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from ..core import Refusal, Request
from ..core.hooks import Callback
from ..state import Item, Organisation, User
from ..state.bulk import KEPT_SECONDS, Bulk, BulkJob, JobStage


@dataclass
class RunnableJob(BulkJob, ABC):
    """A bulk job that can do its work."""

    @abstractmethod
    def work(self, org: Organisation) -> None:
        """Do the work and store its result."""

    @abstractmethod
    def describe(self, org: Organisation) -> Item:
        """Return the job in the form of responses to polls and of callbacks."""

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
    return job.describe(org)


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
    return [Callback(job.callback["url"], job.describe(org)) for job in ended if job.callback]


def list_due_times(org: Organisation) -> list[float]:
    """Return, for each new job with a callback, the seconds after which it is due."""
    new, org.bulk.unattended = org.bulk.unattended, []
    return [org.bulk.seconds or 0.0 for _ in new]


def caller(org: Organisation, job: RunnableJob) -> Request:
    """Return a call by a job's creator, for work that needs one."""
    request = Request.build("POST", f"/crm/v{job.version:g}")
    request.user = job.user(org)
    return request


def find_job(org: Organisation, job_id: str, job_class: type[RunnableJobType]) -> RunnableJobType:
    """Return a job. Raises Refusal RESOURCE_NOT_FOUND for unknown or expired ones."""
    job = org.bulk.jobs.get(job_id)
    if not isinstance(job, job_class) or (
        job.is_over and org.clock.time() - job.over_at > KEPT_SECONDS
    ):
        raise not_found(job_id)
    return job


def not_found(resource: str) -> Refusal:
    """Return the error for an unknown job, or of a result that does not exist (yet)."""
    return Refusal(
        "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.", 404, {"resource": resource}
    )


def read_callback(body: Item) -> Item | None:
    """Return the callback in a job's body. Raises Refusal for an invalid one."""
    callback = body.get("callback")
    if callback is None:
        return None
    url = callback.get("url") if isinstance(callback, dict) else None
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise Refusal("INVALID_CALLBACK_URL", "The callback URL given is not valid")
    if callback.get("method") != "post":
        raise Refusal(
            "INVALID_CALLBACK_METHOD",
            "The callback method given is not supported",
            details={"supported_callback_methods": ["post"]},
        )
    return {"url": url, "method": "post"}
