"""The key `MIRROR` of `settings.ZCRM`: how often the mirror asks Zoho, and who wakes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

RUNNERS = ("command", "tasks", "celery")
"""What calls `run_due()`: `manage.py zcrm_sync`, Django's tasks framework, or Celery."""

MAX_OVERLAP = 86400
"""Seconds."""


@dataclass(frozen=True)
class MirrorSettings:
    """How records are mirrored; the attributes are the keys in lower case.

    Seconds: `every` between two looks at a module; `overlap` by which each begins before the last
    one's end; `settle` for which Zoho may still add records to a moment that has passed;
    `reconcile` between two comparisons of all ids. `notify_url` is where Zoho posts notifications,
    empty for none.
    """

    every: int = 300
    overlap: int = 300
    settle: int = 60
    reconcile: int = 604800
    notify_url: str = ""
    runner: str = "command"

    @classmethod
    def of(cls, settings: object) -> Self:
        """Return what a dict of settings says.

        Raises TypeError and ValueError, whose text goes on after the setting's name.
        """
        if not isinstance(settings, Mapping):
            raise TypeError("must be a dict")
        if unknown := [key for key in settings if key not in _KEYS]:
            raise ValueError(f"has the unknown key {unknown[0]!r}; use {', '.join(_KEYS)}")
        options = cls(
            every=_seconds(settings, "EVERY", cls.every, least=1),
            overlap=_seconds(settings, "OVERLAP", cls.overlap, most=MAX_OVERLAP),
            settle=_seconds(settings, "SETTLE", cls.settle, most=MAX_OVERLAP),
            reconcile=_seconds(settings, "RECONCILE", cls.reconcile, least=60),
            notify_url=_notify_url(settings.get("NOTIFY_URL") or ""),
            runner=_runner(settings.get("RUNNER") or cls.runner),
        )
        if options.settle > options.overlap:
            raise ValueError(
                f"has a SETTLE of {options.settle} s, longer than its OVERLAP of {options.overlap} "
                f"s: what Zoho adds late would be missed; without the keys they are {cls.settle} "
                f"and {cls.overlap} s"
            )
        return options

    @property
    def described(self) -> str:
        """The settings in words."""
        url = self.notify_url or "none"
        return (
            f"looks every {self.every} s with an overlap of {self.overlap} s, settles after "
            f"{self.settle} s, compares every {self.reconcile} s; notify URL: {url}; runner: "
            f"{self.runner}"
        )


_KEYS = ("EVERY", "OVERLAP", "SETTLE", "RECONCILE", "NOTIFY_URL", "RUNNER")


def _seconds(
    settings: Mapping[object, object], key: str, default: int, least: int = 0, most: int = 10**9
) -> int:
    value = settings.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"has a value for {key} that is not a whole number of seconds")
    if not least <= value <= most:
        raise ValueError(f"has a value for {key} that is not between {least} and {most} seconds")
    return value


def _notify_url(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("has a NOTIFY_URL that is not a string")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("has a NOTIFY_URL that is not an http or https URL")
    if parts.username is not None:
        raise ValueError("has a NOTIFY_URL with a user name or a password; leave these out")
    return value


def _runner(value: object) -> str:
    if value not in RUNNERS:
        raise ValueError(f"has the unknown RUNNER {value!r}; use one of {', '.join(RUNNERS)}")
    return str(value)
