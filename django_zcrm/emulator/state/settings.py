"""The settings of an organisation and its jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]


@dataclass
class Job:
    """Work that Zoho does later; here it is done at once, but its first poll reports "running"."""

    id: str
    kind: str
    result: Item = field(default_factory=dict)
    is_polled: bool = False

    def poll(self) -> bool:
        """Poll the job: return whether it is over."""
        over, self.is_polled = self.is_polled, True
        return over


@dataclass
class Settings:
    """Items by collection and id.

    An item is never changed in place: an update replaces it with a new dict, so that copies may
    share items.
    """

    collections: dict[str, dict[str, Item]] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)

    def items(self, name: str, *owners: str) -> dict[str, Item]:
        """Return a collection, created on first use; ``owners`` are the ids it belongs to."""
        return self.collections.setdefault("/".join((name, *owners)), {})

    def drop(self, *names: str) -> None:
        """Delete a collection with all that belongs to it."""
        path = "/".join(names)
        for name in list(self.collections):
            if name == path or name.startswith(f"{path}/"):
                del self.collections[name]

    def start(self, job_id: str, job_type: str, **result: Any) -> str:
        """Record a job and return its id."""
        self.jobs[job_id] = Job(job_id, job_type, result)
        return job_id

    def copy(self) -> Settings:
        """Return settings that can change independently; the items are shared."""
        return Settings(
            {name: dict(items) for name, items in self.collections.items()}, dict(self.jobs)
        )
