"""Bulk read and bulk write jobs of an organisation, and their speed.

Zoho works on a job some time after it was created. Here, a job ends after a number of polls or, by
the clock, after a number of seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

from .settings import Item

KEPT_SECONDS = 24 * 3600.0
"""How long results, uploads and page tokens are kept; Zoho documents it only for the latter."""


class JobStage(Enum):
    """The progress of a job; read and write jobs spell it differently."""

    ADDED = auto()
    RUNNING = auto()
    OVER = auto()


@dataclass
class BulkJob:
    """One job. `asked` is its request, `content` its zipped result; times are epoch seconds."""

    id: str
    user_id: str
    version: float
    created_at: float
    body: Item
    callback: Item | None = None
    polls: int = 0
    is_over: bool = False
    over_at: float = 0.0
    content: bytes | None = None


JobType = TypeVar("JobType", bound=BulkJob)


@dataclass(frozen=True)
class Archive:
    """An uploaded zip: its CSV files by name."""

    id: str
    files: dict[str, bytes]
    created_at: float


@dataclass(frozen=True)
class BulkPageToken:
    """Where a later page of a read begins: after the record `after`, for one user's query."""

    user_id: str
    query: Item
    after: str
    page: int
    expires_at: float


@dataclass
class Bulk(Generic[JobType]):
    """All bulk jobs of an organisation, and their speed.

    A job ends after `polls` polls or, if set, after `seconds`. `rows` is the size of a page.
    """

    polls: int = 2
    seconds: float | None = None
    rows: int = 200_000
    limits_downloads: bool = False
    jobs: dict[str, JobType] = field(default_factory=dict)
    archives: dict[str, Archive] = field(default_factory=dict)
    page_tokens: dict[str, BulkPageToken] = field(default_factory=dict)
    downloads: list[float] = field(default_factory=list)
    waiting: dict[str, JobType] = field(default_factory=dict)
    #: New jobs with a callback, which may never be polled.
    unattended: list[JobType] = field(default_factory=list)
    pending_callbacks: list[JobType] = field(default_factory=list)

    def add(self, job: JobType) -> None:
        """Add a new job."""
        self.jobs[job.id] = self.waiting[job.id] = job
        if job.callback is not None:
            self.unattended.append(job)

    def stage(self, job: BulkJob, now: float) -> JobStage:
        """Return a job's progress; OVER may mean that its work is due.

        If polls count, a job with a callback is due at once, since it may never be polled.
        """
        if job.is_over:
            return JobStage.OVER
        if self.seconds is not None:
            passed = now - job.created_at
            if passed >= self.seconds:
                return JobStage.OVER
            return JobStage.RUNNING if passed * 2 >= self.seconds else JobStage.ADDED
        if job.callback is not None or job.polls >= self.polls:
            return JobStage.OVER
        return JobStage.RUNNING if job.polls else JobStage.ADDED
