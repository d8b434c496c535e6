"""Jobs of bulk read and bulk write: how far they are, and when their work is done.

Zoho works on a job some time after it was asked for. Here a job is over after so many looks at it
or, by the clock, after so many seconds. Its work is done at that moment and not before, so that
whoever does not wait finds nothing. Knows neither queries nor files' contents.
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
"""How long results, uploads and page tokens are kept; Zoho documents it for the last only."""


class Stage(Enum):
    """How far a job is; read and write spell it differently."""

    ADDED = auto()
    RUNNING = auto()
    OVER = auto()


@dataclass
class Job(ABC):
    """One job. `asked` is its body, `content` the zip of its result; times are epoch seconds."""

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
        """Do what was asked for, and keep what came of it."""

    @abstractmethod
    def described(self, org: Organisation) -> Item:
        """Return the job as its status and its callback tell it."""

    def user(self, org: Organisation) -> User:
        """Return who asked for the job."""
        return org.users[self.user_id]

    def call(self, org: Organisation) -> Call:
        """Return a call by whoever asked for the job, for work that needs one."""
        call = Call("POST", f"/crm/v{self.version:g}")
        call.user = self.user(org)
        return call

    def created_time(self, org: Organisation) -> str:
        """Return when the job was asked for, as its user sees it."""
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
    """Where a later page of a read begins: behind the record `after`, for one user's query."""

    user_id: str
    query: Item
    after: str
    page: int
    expires_at: float


@dataclass
class Bulk:
    """All bulk jobs of an organisation, and the pace at which they are worked on.

    So many `looks` at a job end it; with `seconds` the clock does. `rows` are the rows of a page.
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
    #: New jobs with a callback, and those that are over whose callback was not posted yet.
    unattended: list[Job] = field(default_factory=list)
    untold: list[Job] = field(default_factory=list)

    @classmethod
    def paced(cls, options: Options) -> Bulk:
        """Return an empty desk with the pace that the options ask for."""
        return cls(
            options.bulk_looks,
            options.bulk_seconds,
            options.bulk_rows,
            options.limit_bulk_downloads,
        )

    def add(self, job: Job) -> None:
        """Take a job on."""
        self.jobs[job.id] = self.waiting[job.id] = job
        if job.callback is not None:
            self.unattended.append(job)

    def find(self, job_id: str, kind: type[JobType], now: float) -> JobType:
        """Return a job. Raises Problem RESOURCE_NOT_FOUND when there is none (any more)."""
        job = self.jobs.get(job_id)
        if not isinstance(job, kind) or (job.is_over and now - job.over_at > KEPT_SECONDS):
            raise not_found(job_id)
        return job

    def stage(self, job: Job, now: float) -> Stage:
        """Return how far a job is; OVER may mean that its work is due.

        By looks, a job with a callback is due at once: nobody may ever look.
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
    """Describe a job to somebody who looks at it, which may be what makes its work due."""
    job.looks += 1
    settle(org)
    return job.described(org)


def settle(org: Organisation) -> None:
    """Do the work that is due; cheap when no job waits."""
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
    """Return the callbacks of jobs that ended since the last time, as address and body."""
    ended, org.bulk.untold = org.bulk.untold, []
    return [(job.callback["url"], job.described(org)) for job in ended if job.callback]


def unattended(org: Organisation) -> list[float]:
    """Return, for each new job with a callback, after how many seconds `settle` ends it."""
    new, org.bulk.unattended = org.bulk.unattended, []
    return [org.bulk.seconds or 0.0 for _ in new]


def not_found(resource: str) -> Problem:
    """Return the refusal of an unknown job, or of a result that is not there (yet)."""
    return Problem(
        "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.", 404, {"resource": resource}
    )


def read_callback(asked: Item) -> Item | None:
    """Return the callback in a job's body, checked. Raises Problem for a wrong one."""
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
