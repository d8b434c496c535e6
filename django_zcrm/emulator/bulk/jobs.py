"""Bulk read and bulk write jobs: their progress, and when their work is done.

Zoho works on a job some time after it was created. Here a job is over once it has been polled so
many times or, by the clock, after so many seconds. Its work is done at that moment and not before,
so that clients that do not wait find nothing. Knows neither queries nor file contents.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeVar

from django_zcrm.emulator.call import Call
from django_zcrm.emulator.problems import Problem

if TYPE_CHECKING:
    from django_zcrm.emulator.options import Options
    from django_zcrm.emulator.state import Organisation, User

Item = dict[str, Any]
JobType = TypeVar("JobType", bound="Job")

KEPT_SECONDS = 24 * 3600.0
"""How long results, uploads and page tokens are kept; Zoho documents it only for the latter."""


class Stage(Enum):
    """The progress of a job; read and write jobs spell it differently."""

    ADDED = auto()
    RUNNING = auto()
    OVER = auto()


@dataclass
class Job(ABC):
    """One job. `asked` is its request, `content` its zipped result; times are epoch seconds."""

    id: str
    user_id: str
    version: float
    created_at: float
    asked: Item
    callback: Item | None = None
    looks: int = 0
    is_over: bool = False
    over_at: float = 0.0
    content: bytes | None = None

    @abstractmethod
    def work(self, org: Organisation) -> None:
        """Do the work and keep its result."""

    @abstractmethod
    def described(self, org: Organisation) -> Item:
        """Return the job as status answers and callbacks show it."""

    def user(self, org: Organisation) -> User:
        """Return the user who created the job."""
        return org.users[self.user_id]

    def call(self, org: Organisation) -> Call:
        """Return a call by the job's creator, for work that needs one."""
        call = Call("POST", f"/crm/v{self.version:g}")
        call.user = self.user(org)
        return call

    def created_time(self, org: Organisation) -> str:
        """Return when the job was created, in its creator's time zone."""
        at = datetime.fromtimestamp(self.created_at, UTC)
        return org.clock.iso(self.user(org).time_zone, at=at)


@dataclass(frozen=True)
class Archive:
    """An uploaded zip: its CSV files by name."""

    id: str
    files: dict[str, bytes]
    created_at: float


@dataclass(frozen=True)
class PageToken:
    """Where a later page of a read begins: after the record `after`, for one user's query."""

    user_id: str
    query: Item
    after: str
    page: int
    expires_at: float


@dataclass
class Bulk:
    """All bulk jobs of an organisation, and how fast they proceed.

    A job is over after `looks` polls or, if given, after `seconds`. `rows` is the size of a page.
    """

    looks: int = 2
    seconds: float | None = None
    rows: int = 200_000
    limits_downloads: bool = False
    jobs: dict[str, Job] = field(default_factory=dict)
    archives: dict[str, Archive] = field(default_factory=dict)
    page_tokens: dict[str, PageToken] = field(default_factory=dict)
    downloads: list[float] = field(default_factory=list)
    waiting: dict[str, Job] = field(default_factory=dict)
    #: New jobs with a callback, for which nobody may ever poll.
    unattended: list[Job] = field(default_factory=list)
    untold: list[Job] = field(default_factory=list)

    @classmethod
    def paced(cls, options: Options) -> Bulk:
        """Return a Bulk without jobs, at the pace that the options ask for."""
        return cls(
            options.bulk_looks,
            options.bulk_seconds,
            options.bulk_rows,
            options.limit_bulk_downloads,
        )

    def add(self, job: Job) -> None:
        """Add a new job."""
        self.jobs[job.id] = self.waiting[job.id] = job
        if job.callback is not None:
            self.unattended.append(job)

    def find(self, job_id: str, kind: type[JobType], now: float) -> JobType:
        """Return a job. Raises Problem RESOURCE_NOT_FOUND for unknown or expired ones."""
        job = self.jobs.get(job_id)
        if not isinstance(job, kind) or (job.is_over and now - job.over_at > KEPT_SECONDS):
            raise not_found(job_id)
        return job

    def stage(self, job: Job, now: float) -> Stage:
        """Return a job's progress; OVER may mean that its work is due.

        Where polls count, a job with a callback is due at once, since nobody may ever poll it.
        """
        if job.is_over:
            return Stage.OVER
        if self.seconds is not None:
            passed = now - job.created_at
            if passed >= self.seconds:
                return Stage.OVER
            return Stage.RUNNING if passed * 2 >= self.seconds else Stage.ADDED
        if job.callback is not None or job.looks >= self.looks:
            return Stage.OVER
        return Stage.RUNNING if job.looks else Stage.ADDED


def look(org: Organisation, job: Job) -> Item:
    """Describe a job to a client that polls it, which may make its work due."""
    job.looks += 1
    settle(org)
    return job.described(org)


def settle(org: Organisation) -> None:
    """Do the work that is due; cheap when no job is waiting."""
    bulk = org.bulk
    if not bulk.waiting:
        return
    now = org.clock.time()
    for job in list(bulk.waiting.values()):
        if bulk.stage(job, now) is Stage.OVER:
            del bulk.waiting[job.id]
            job.work(org)
            job.is_over, job.over_at = True, now
            if job.callback is not None:
                bulk.untold.append(job)


def take(org: Organisation) -> list[tuple[str, Item]]:
    """Return the callbacks of jobs that ended since the last call, as (URL, body)."""
    ended, org.bulk.untold = org.bulk.untold, []
    return [(job.callback["url"], job.described(org)) for job in ended if job.callback]


def unattended(org: Organisation) -> list[float]:
    """Return, for each new job with a callback, after how many seconds `settle` finishes it."""
    new, org.bulk.unattended = org.bulk.unattended, []
    return [org.bulk.seconds or 0.0 for _ in new]


def not_found(resource: str) -> Problem:
    """Return the refusal of an unknown job, or of a result that does not exist (yet)."""
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
